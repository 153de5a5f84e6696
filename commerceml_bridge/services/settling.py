"""What all nodes together say about an invoice's payment, and what Bitrix24 is told (decision 20).

Agreeing facts add up, contradicting ones are a problem and nothing is written; a write that has not begun is taken back
when its ground is gone. What is done follows the policy (``domain.policy``) of the node that says it, once per new
fact: what a manager changes in Bitrix24 afterwards stays until 1C says something new.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from commerceml_bridge.db.rows import ConsignmentRow, JobRow, NodeRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.domain.facts import Fact, FactKind
from commerceml_bridge.domain.policy import SUCCESS, Rule, Situation, Value
from commerceml_bridge.domain.reconciliation import DecisionKind
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.jobs import WRITEBACK, writeback_payload

CONFLICT = "conflict"
WAITING = frozenset({"pending", "held"})
PAID_BY = frozenset({FactKind.PAYMENT, FactKind.PAID_FLAG})
Numbers = Callable[[int], Sequence[str]]
"""The numbers of the payments that count, by consignment."""
_AGAINST = frozenset({DecisionKind.CANCELLED, DecisionKind.DELETED, DecisionKind.UNPOSTED})


@dataclass
class Outbox:
    """Rows to be inserted together when a batch of documents is stored.

    ``burst_id``: the burst they belong to; its jobs are held until it is weighed (``services.bursts``).
    """

    burst_id: int | None = None
    jobs: list[dict[str, object]] = field(default_factory=list)
    events: list[dict[str, object]] = field(default_factory=list)
    nodes: dict[int, NodeRow | None] = field(default_factory=dict)
    """looked up once a batch"""
    numbers: Numbers | None = None
    """for whoever has ledger pages that are not stored yet"""

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
    for_it: tuple[ConsignmentRow, ...]
    against: tuple[ConsignmentRow, ...]
    voucher: ConsignmentRow | None

    @property
    def contradictory(self) -> bool:
        """Tell whether one base says "paid" (in part) and another that the document counts no more."""
        return bool(self.for_it and self.against)


def verdict(rows: Sequence[ConsignmentRow], total: Decimal) -> Verdict:
    """Weigh what the nodes say of one invoice of ``total``."""
    for_it = tuple(
        row for row in rows if row.payment_certain and row.payment in {DecisionKind.PAID, DecisionKind.PARTLY_PAID}
    )
    whole = next((row for row in for_it if row.payment == DecisionKind.PAID), None)
    together = sum((row.paid_amount or Decimal(0) for row in for_it), Decimal(0))
    paid = whole is not None or (len(for_it) > 1 and together >= total > 0)
    against = tuple(row for row in rows if row.payment in _AGAINST)
    return Verdict(paid, for_it, against, whole or (for_it[0] if paid else None))


@dataclass(frozen=True)
class _Applies:
    """A row of a node's policy that holds for an invoice now, and what it rests on."""

    rule: Rule
    row: ConsignmentRow
    node: NodeRow


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
    outbox.nodes[node.id] = node
    found = verdict(rows, total)
    applies = [] if found.contradictory else [*_applying(uow, outbox, rows, found, total)]
    if applies:
        payload = _payload(applies, outbox.numbers or (lambda one: stored_numbers(uow, one)))
        _queue(uow, bridge, node, invoice_id, payload, applies[0], last, outbox)
        return ""
    if last is not None and last.state in WAITING:
        uow.jobs.cancel(last.id, bridge.clock(), "Основание для записи отпало.")
    if not found.contradictory:
        return ""
    names = ", ".join(f"«{_name(uow, outbox, row)}»: {row.payment_reason}" for row in found.against)
    return (
        f"Базы 1С противоречат друг другу: одна сообщает об оплате, {names} Пока это так, в Битрикс24 ничего нового не "
        "записывается."
    )


def _applying(
    uow: UnitOfWork, outbox: Outbox, rows: Sequence[ConsignmentRow], found: Verdict, total: Decimal
) -> Iterator[_Applies]:
    """Yield the rows of the policies that hold and write something, the weightiest first.

    What is paid comes before the status of the order in 1C, and that before its shipment: all of them may hold at once.
    """
    for situation, row in [*_of_payment(rows, found, total), *_of_order(rows)]:
        node = _node(uow, outbox, row)
        if node is None:
            continue
        said = (row.onec_status_id, row.onec_status) if situation is Situation.STATUS else ("", "")
        rule = node.options.policy.rule(situation, *said)
        if rule.moves:
            yield _Applies(rule, row, node)


def _of_payment(
    rows: Sequence[ConsignmentRow], found: Verdict, total: Decimal
) -> Iterator[tuple[Situation, ConsignmentRow]]:
    if found.paid and found.voucher is not None:
        if (found.voucher.paid_amount or Decimal(0)) > total > 0:
            yield Situation.OVERPAID, found.voucher
        yield Situation.PAID, found.voucher
        return
    said = [row for row in rows if row.payment]
    if len({row.payment for row in said}) == 1 and said[0].payment_certain and said[0].payment != DecisionKind.PAID:
        yield Situation(said[0].payment), said[0]


def _of_order(rows: Sequence[ConsignmentRow]) -> Iterator[tuple[Situation, ConsignmentRow]]:
    yield from ((Situation.STATUS, row) for row in rows if row.onec_status_id or row.onec_status)
    yield from ((Situation.SHIPPED, row) for row in rows if row.shipped)


def _node(uow: UnitOfWork, outbox: Outbox, row: ConsignmentRow) -> NodeRow | None:
    if row.node_id not in outbox.nodes:
        outbox.nodes[row.node_id] = uow.nodes.by_id(row.node_id)
    return outbox.nodes[row.node_id]


def _name(uow: UnitOfWork, outbox: Outbox, row: ConsignmentRow) -> str:
    node = _node(uow, outbox, row)
    return node.name if node else "снятый узел"


def _queue(
    uow: UnitOfWork,
    bridge: Bridge,
    node: NodeRow,
    invoice_id: int,
    payload: str,
    first: _Applies,
    last: JobRow | None,
    outbox: Outbox,
) -> None:
    now = bridge.clock()
    if last is not None and last.state in WAITING:
        burst_id = outbox.burst_id if last.state == "pending" else None  # what is held keeps its own gate
        if last.payload == payload or uow.jobs.rewrite(last.id, payload, now, burst_id=burst_id):
            return
    elif last is not None and last.state in {"running", "done"} and _says_the_same(last.payload, payload):
        return  # what a manager changed in Bitrix24 since then stays as it is
    outbox.add(WRITEBACK, node, invoice_id, payload, now)
    paid = first.rule.situation is Situation.PAID
    told = "Оплата будет отмечена в Битрикс24." if paid else "Будет записано в Битрикс24."
    text = f"{first.row.payment_reason} {told}".strip()
    outbox.events.append({"at": now, "invoice_id": invoice_id, "node_id": node.id, "kind": "decided", "text": text})


def _says_the_same(written: str, payload: str) -> bool:
    """Compare two write-backs; a voucher that is only missing now is no difference: nothing is written again for it."""
    before, after = json.loads(written), json.loads(payload)
    names = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    return not any(after.get(name) for name in names) and names <= {"voucher_number", "voucher_date"}


def _payload(applies: Sequence[_Applies], numbers: Numbers) -> str:
    """Return what the rows write together: each effect is that of the weightiest row that names it."""
    first = applies[0]
    moving = next((one for one in applies if one.rule.stage), None)
    stage = _stage(moving) if moving is not None else ""
    by = (moving or first).rule.situation
    fields: dict[str, str] = {}
    for one in reversed(applies):
        fields |= _field_values(one, numbers)
    deal_stage = next((one.rule.deal_stage for one in applies if one.rule.deal_stage), "")
    more: dict[str, object] = {"deal_stage": deal_stage, "fields": fields}
    if by is not Situation.PAID:
        more["situation"] = str(by)
    if any(one.rule.out_of_failure for one in applies if one is moving or one.rule.deal_stage):
        more["out_of_failure"] = "yes"
    if moving is None and by in {Situation.PAID, Situation.OVERPAID}:
        more["no_stage"] = "yes"
    return writeback_payload(stage, first.row.voucher_number, first.row.voucher_date, more)


def _stage(moving: _Applies) -> str:
    rule, paid_stage = moving.rule, moving.node.options.paid_stage
    stage = paid_stage if rule.stage == SUCCESS and paid_stage else rule.stage
    # "" means as ever: the success stage of the invoice's own pipeline
    return "" if rule.situation is Situation.PAID and stage == SUCCESS else stage


def _field_values(one: _Applies, numbers: Numbers) -> dict[str, str]:
    row = one.row
    paid = row.paid_amount if row.paid_amount is not None else Decimal("0.00")
    wanted = set(one.rule.fields.values())
    values = {
        Value.NUMBER: row.onec_number,
        Value.DATE: row.onec_date.isoformat() if row.onec_date else "",
        Value.PAID: str(paid),
        Value.PAYMENTS: ", ".join(numbers(row.id)) if Value.PAYMENTS in wanted else "",
    }
    return {name: values[Value(value)] for name, value in one.rule.fields.items()}


def stored_numbers(uow: UnitOfWork, consignment_id: int) -> list[str]:
    """Return the numbers of the payments that count by the ledger as it is stored."""
    facts = uow.ledger.of([consignment_id])[consignment_id]
    return payment_numbers(one.entry.fact for one in facts if one.holds)


def payment_numbers(facts: Iterable[Fact]) -> list[str]:
    """Return the numbers of the payments among facts that hold, each once, by date."""
    named = [one for one in facts if one.kind in PAID_BY and one.number and one.amount != 0]
    named.sort(key=lambda one: (one.date or dt.date.min, one.number))
    return list(dict.fromkeys(one.number for one in named))
