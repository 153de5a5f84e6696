"""What is said in an invoice's timeline, each thing once: 1C's number, each payment, what became of the document.

Rows of the policy choose what is said, and whether the responsible person is notified. Repeats are told apart by a key
of the thing itself, so that no order or repetition of files says it twice.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from commerceml_bridge.db.rows import ConsignmentRow, NodeRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.domain.balance import Balance, Standing
from commerceml_bridge.domain.facts import Fact, FactKind, Source
from commerceml_bridge.domain.policy import Policy, Rule, Situation
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.jobs import COMMENT, NOTIFY
from commerceml_bridge.services.settling import Outbox

_TOLD = {
    Standing.WITHDRAWN: Situation.WITHDRAWN,
    Standing.CANCELLED: Situation.CANCELLED,
    Standing.DELETED: Situation.DELETED,
    Standing.UNPOSTED: Situation.UNPOSTED,
    Standing.PAID: Situation.PAID,
    Standing.PARTLY_PAID: Situation.PARTLY_PAID,
}


@dataclass(frozen=True)
class News:
    """A new fact that holds; ``former`` is the sum the same payment had until now."""

    source: str
    fact: Fact
    former: Decimal | None = None


@dataclass(frozen=True)
class Change:
    """An invoice at a node before and after a report, the facts it brought and what is paid now."""

    before: ConsignmentRow
    after: ConsignmentRow
    facts: tuple[News, ...]
    balance: Balance
    currency: str
    at: str = ""
    """moment of the report, if it is no file of 1C"""


@dataclass(frozen=True)
class _Thing:
    rule: Rule
    key: str
    text: str
    source: str = ""


def announce(uow: UnitOfWork, bridge: Bridge, node: NodeRow, changes: Iterable[Change], outbox: Outbox) -> None:
    """Queue what is to be said of these changes."""
    things = [(change, one) for change in changes for one in _things(node.options.policy, change)]
    loud = [(change, one) for change, one in things if one.rule.comment or one.rule.notify]
    said = uow.jobs.said(one.key for _change, one in loud) if loud else set()
    now = bridge.clock()
    for change, one in loud:
        if one.key in said:
            continue
        said.add(one.key)
        payload = json.dumps({"text": _said(node, one)}, ensure_ascii=False)
        for wanted, kind in ((one.rule.comment, COMMENT), (one.rule.notify, NOTIFY)):
            if wanted:
                outbox.add(kind, node, change.after.invoice_id, payload, now, key=one.key)


def _said(node: NodeRow, one: _Thing) -> str:
    if one.source == Source.STATEMENT:
        return f"Выписка банка («{node.name}»): {one.text}"
    return f"1С («{node.name}»): {one.text}"


def _things(policy: Policy, change: Change) -> Iterator[_Thing]:
    row = change.after
    if row.onec_number and not change.before.onec_number:
        text = f"документ в 1С — № {row.onec_number}."
        yield _Thing(policy.rule(Situation.SEEN), f"seen:{row.id}", text)
    paid = policy.rule(Situation.PAYMENT)
    lists = any(one.fact.kind is FactKind.PAYMENT for one in change.facts)
    for one in change.facts:
        text = _payment(one, change, flags=not lists)
        if text:
            key = f"{one.fact.kind}:{row.id}:{one.source}:{one.fact.key}:{one.fact.amount}"
            yield _Thing(paid, f"{key}<{one.former}" if one.former else key, text, one.source)
    if row.payment != change.before.payment and row.payment in set(_TOLD):
        situation = _TOLD[Standing(row.payment)]
        yield _Thing(policy.rule(situation), f"{situation}:{row.id}:{_moment(change)}", row.payment_reason)
    if change.balance.overpaid and change.balance.overpaid != _overpaid(change.before, change.balance):
        text = f"переплата {change.balance.overpaid} {change.currency}."
        yield _Thing(policy.rule(Situation.OVERPAID), f"overpaid:{row.id}:{change.balance.overpaid}", text)
    if row.shipped and not change.before.shipped:
        yield _Thing(policy.rule(Situation.SHIPPED), f"shipped:{row.id}", "отгружен.")
    status = row.onec_status_id, row.onec_status
    if any(status) and status != (change.before.onec_status_id, change.before.onec_status):
        rule = policy.rule(Situation.STATUS, *status)
        yield _Thing(rule, f"status:{row.id}:{_moment(change)}", f"статус заказа — {status[1] or status[0]}.")


def _moment(change: Change) -> str:
    """Names a transition: a state may come again, and is then told again."""
    return f"{change.before.payment}>{change.after.payment}:{change.at or change.after.formed_at}"


def _overpaid(before: ConsignmentRow, balance: Balance) -> object:
    total = balance.paid - balance.overpaid
    return before.paid_amount - total if before.paid_amount is not None else None


def _payment(news: News, change: Change, *, flags: bool) -> str:
    """Word a payment; a bare "fully paid" is one where no list names the payments."""
    fact, former = news.fact, news.former or Decimal(0)
    if fact.kind not in {FactKind.PAYMENT, FactKind.REFUND, FactKind.PAID_FLAG} or not fact.certain:
        return ""
    withdrawn = change.after.payment == Standing.WITHDRAWN  # is told by a row of its own
    if (fact.amount == 0 and (not former or withdrawn)) or (fact.kind is FactKind.PAID_FLAG and not flags):
        return ""
    what = "возврат" if fact.kind is FactKind.REFUND else "оплата"
    if former and former != fact.amount:
        what = f"исправлено в 1С, было {former}: {what}"
    amount = f" {fact.amount} {change.currency}" if fact.amount is not None else ""
    number = f" № {fact.number}" if fact.number else ""
    date = f" от {fact.date:%d.%m.%Y}" if fact.date else ""
    rest = f" Осталось {change.balance.remainder}." if change.balance.remainder else " Оплачено полностью."
    return f"{what}{amount}{number}{date}.{rest}"
