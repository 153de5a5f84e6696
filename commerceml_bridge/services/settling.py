"""What all nodes together say about an invoice's payment, and what Bitrix24 is told (decision 20).

Agreeing facts add up, contradicting ones are a problem and nothing is written; a write that has not begun is taken back
when its ground is gone. What is done follows the node's policy (``domain.policy``), once per new fact: what a manager
changes in Bitrix24 afterwards stays until 1C says something new.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from commerceml_bridge.db.rows import ConsignmentRow, JobRow, NodeRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.domain.facts import FactKind
from commerceml_bridge.domain.policy import SUCCESS, Rule, Situation, Value
from commerceml_bridge.domain.reconciliation import DecisionKind
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.jobs import WRITEBACK, writeback_payload

CONFLICT = "conflict"
WAITING = frozenset({"pending", "held"})
PAID_BY = frozenset({FactKind.PAYMENT, FactKind.PAID_FLAG})
_AGAINST = frozenset({DecisionKind.CANCELLED, DecisionKind.DELETED, DecisionKind.UNPOSTED})


@dataclass
class Outbox:
    """Rows to be inserted together when a batch of documents is stored.

    ``burst_id``: the burst they belong to; its jobs are held until it is weighed (``services.bursts``).
    """

    burst_id: int | None = None
    jobs: list[dict[str, object]] = field(default_factory=list)
    events: list[dict[str, object]] = field(default_factory=list)

    def add(self, kind: str, node: NodeRow, invoice_id: int, payload: str, now: dt.datetime, *, key: str = "") -> None:
        """Queue a piece of work for Bitrix24; ``key`` marks what is said once ever."""
        self.jobs.append(
            {
                "kind": kind,
                "portal_id": node.portal_id,
                "invoice_id": invoice_id,
                "payload": payload,
                "state": "pending" if self.burst_id is None else "held",
                "run_after": now,
                "created_at": now,
                "key": key,
                "burst_id": self.burst_id,
            }
        )

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
    rule, ground = _chosen(node, rows, found, total)
    if ground is not None and rule.moves:
        _queue(uow, bridge, node, invoice_id, (rule, ground), last, outbox)
        return ""
    if last is not None and last.state in WAITING:
        uow.jobs.cancel(last.id, bridge.clock(), "Основание для записи отпало.")
    if not (found.paid and found.against):
        return ""
    names = ", ".join(f"«{_name(uow, row)}»: {row.payment_reason}" for row in found.against)
    return f"Базы 1С противоречат друг другу: одна сообщает об оплате, {names} В Битрикс24 ничего не записано."


def _chosen(
    node: NodeRow, rows: Sequence[ConsignmentRow], found: Verdict, total: Decimal
) -> tuple[Rule, ConsignmentRow | None]:
    """Return the row of the policy that applies and the consignment it rests on; ``None``: nothing is certain."""
    policy = node.options.policy
    nothing = Rule(Situation.STATUS)
    if found.paid and found.against:
        return nothing, None
    if found.paid and found.voucher is not None:
        over = policy.rule(Situation.OVERPAID)
        overpaid = (found.voucher.paid_amount or Decimal(0)) > total > 0
        return (over if overpaid and over.moves else policy.rule(Situation.PAID)), found.voucher
    said = [row for row in rows if row.payment]
    if len({row.payment for row in said}) == 1 and said[0].payment_certain and said[0].payment != DecisionKind.PAID:
        rule = policy.rule(Situation(said[0].payment))
        if rule.moves:
            return rule, said[0]
    mine = next((row for row in rows if row.node_id == node.id), None)
    if mine is None or said:
        return nothing, None
    by_status = policy.rule(Situation.STATUS, mine.onec_status_id, mine.onec_status)
    if by_status.moves:
        return by_status, mine
    return (policy.rule(Situation.SHIPPED) if mine.shipped else nothing), mine


def _name(uow: UnitOfWork, row: ConsignmentRow) -> str:
    node = uow.nodes.by_id(row.node_id)
    return node.name if node else "снятый узел"


def _queue(
    uow: UnitOfWork,
    bridge: Bridge,
    node: NodeRow,
    invoice_id: int,
    chosen: tuple[Rule, ConsignmentRow],
    last: JobRow | None,
    outbox: Outbox,
) -> None:
    rule, ground = chosen
    payload = payload_of(uow, node, rule, ground)
    now = bridge.clock()
    if last is not None and last.state in WAITING:
        burst_id = outbox.burst_id if last.state == "pending" else None  # what is held keeps its own gate
        if last.payload == payload or uow.jobs.rewrite(last.id, payload, now, burst_id=burst_id):
            return
    elif last is not None and last.payload == payload and last.state in {"running", "done"}:
        return  # what a manager changed in Bitrix24 since then stays as it is
    outbox.add(WRITEBACK, node, invoice_id, payload, now)
    told = "Оплата будет отмечена в Битрикс24." if rule.situation is Situation.PAID else "Будет записано в Битрикс24."
    text = f"{ground.payment_reason} {told}".strip()
    outbox.events.append({"at": now, "invoice_id": invoice_id, "node_id": node.id, "kind": "decided", "text": text})


def payload_of(uow: UnitOfWork, node: NodeRow, rule: Rule, ground: ConsignmentRow) -> str:
    """Return what a row of the policy writes for an invoice."""
    stage = node.options.paid_stage if rule.stage == SUCCESS and node.options.paid_stage else rule.stage
    if rule.situation is Situation.PAID and stage == SUCCESS:
        stage = ""  # as ever: the success stage of the invoice's own pipeline
    more: dict[str, object] = {"deal_stage": rule.deal_stage, "fields": _field_values(uow, rule, ground)}
    if rule.situation is not Situation.PAID:
        more["situation"] = str(rule.situation)
    elif not rule.stage:
        more["no_stage"] = "yes"
    return writeback_payload(stage, ground.voucher_number, ground.voucher_date, more)


def _field_values(uow: UnitOfWork, rule: Rule, ground: ConsignmentRow) -> dict[str, str]:
    if not rule.fields:
        return {}
    paid = ground.paid_amount if ground.paid_amount is not None else Decimal("0.00")
    facts = uow.ledger.of([ground.id])[ground.id] if Value.PAYMENTS in rule.fields.values() else []
    numbers = [one.number for one in facts if one.holds and one.kind in PAID_BY and one.number and one.amount != 0]
    values = {
        Value.NUMBER: ground.onec_number,
        Value.DATE: ground.onec_date.isoformat() if ground.onec_date else "",
        Value.PAID: str(paid),
        Value.PAYMENTS: ", ".join(dict.fromkeys(numbers)),
    }
    return {name: values[Value(value)] for name, value in rule.fields.items()}
