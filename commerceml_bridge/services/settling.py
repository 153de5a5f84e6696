"""What all nodes together say about an invoice's payment, and what Bitrix24 is told (decision 20).

Agreeing facts add up, contradicting ones are a problem and nothing is written; a write that has not begun is taken back
when its ground is gone. What Bitrix24 already knows is never withdrawn here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from commerceml_bridge.db.rows import ConsignmentRow, JobRow, NodeRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.domain.reconciliation import DecisionKind
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.jobs import WRITEBACK, writeback_payload

CONFLICT = "conflict"
_FOR = frozenset({DecisionKind.PAID, DecisionKind.PARTLY_PAID})
_AGAINST = frozenset({DecisionKind.CANCELLED, DecisionKind.DELETED, DecisionKind.UNPOSTED})


@dataclass
class Outbox:
    """Rows to be inserted together when a batch of documents is stored."""

    jobs: list[dict[str, object]] = field(default_factory=list)
    events: list[dict[str, object]] = field(default_factory=list)

    def store(self, uow: UnitOfWork) -> None:
        """Insert them, in the transaction of the decisions."""
        uow.jobs.add_many(self.jobs)
        uow.journal.add_events(self.events)


@dataclass(frozen=True)
class Verdict:
    """Is the invoice paid, by everything its nodes have said?"""

    paid: bool
    against: tuple[ConsignmentRow, ...]
    voucher: ConsignmentRow | None


def verdict(rows: Sequence[ConsignmentRow], total: Decimal) -> Verdict:
    """Weigh what the nodes say of one invoice of ``total``."""
    for_it = [
        row for row in rows if row.payment_certain and row.payment in {DecisionKind.PAID, DecisionKind.PARTLY_PAID}
    ]
    whole = next((row for row in for_it if row.payment == DecisionKind.PAID), None)
    together = sum((row.paid_amount or Decimal(0) for row in for_it), Decimal(0))
    paid = whole is not None or (len(for_it) > 1 and together >= total > 0)
    against = tuple(row for row in rows if row.payment in _AGAINST)
    return Verdict(paid, against, whole or (for_it[0] if paid else None))


def settle(
    uow: UnitOfWork,
    bridge: Bridge,
    node: NodeRow,
    invoice_id: int,
    rows: Sequence[ConsignmentRow],
    total: Decimal,
    last: JobRow | None,
    outbox: Outbox,
) -> str:
    """Queue the write-back, or take it back; return in Russian what contradicts, ``""`` if nothing does.

    ``rows`` are the invoice's consignments at nodes in service as they are now, ``last`` its newest write-back.
    """
    found = verdict(rows, total)
    if found.paid and not found.against and found.voucher is not None:
        _queue(uow, bridge, node, invoice_id, found.voucher, last, outbox)
        return ""
    if last is not None and last.state == "pending":
        uow.jobs.cancel(last.id, bridge.clock(), "Основание для записи отпало.")
    if not found.paid:
        return ""
    names = ", ".join(f"«{_name(uow, row)}»: {row.payment_reason}" for row in found.against)
    return f"Базы 1С противоречат друг другу: одна сообщает об оплате, {names} В Битрикс24 ничего не записано."


def _name(uow: UnitOfWork, row: ConsignmentRow) -> str:
    node = uow.nodes.by_id(row.node_id)
    return node.name if node else "снятый узел"


def _queue(
    uow: UnitOfWork,
    bridge: Bridge,
    node: NodeRow,
    invoice_id: int,
    ground: ConsignmentRow,
    last: JobRow | None,
    outbox: Outbox,
) -> None:
    payload = writeback_payload(node.options.paid_stage, ground.voucher_number, ground.voucher_date)
    now = bridge.clock()
    if last is not None and last.state == "pending" and uow.jobs.rewrite(last.id, payload, now):
        return
    if last is not None and last.payload == payload and last.state in {"running", "done"}:
        return  # what a manager changed in Bitrix24 since then stays as it is
    outbox.jobs.append(
        {
            "kind": WRITEBACK,
            "portal_id": node.portal_id,
            "invoice_id": invoice_id,
            "payload": payload,
            "run_after": now,
            "created_at": now,
        }
    )
    text = f"{ground.payment_reason} Оплата будет отмечена в Битрикс24."
    outbox.events.append({"at": now, "invoice_id": invoice_id, "node_id": node.id, "kind": "decided", "text": text})
