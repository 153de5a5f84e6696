"""What a returned document says, as facts for the ledger (facts: 1c-clients §4.1 and addendum, commerceml §4).

``reconciliation.decide`` reads the document's own word; here it becomes facts that later reports may replace.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from decimal import Decimal

from commerceml_bridge.domain.facts import MONEY, Fact, FactKind, Report, Source
from commerceml_bridge.domain.ledger import counted_amount, doubt_of, is_live, is_money, voucher_date, voucher_number
from commerceml_bridge.domain.reconciliation import Decision, DecisionKind, family, in_kopecks
from commerceml_bridge.domain.returned import Operation, ReturnedDocument
from commerceml_bridge.domain.signals import DateKind, read_date

STATUS_ID = "Статуса заказа ИД"
STATUS_NAME = "Статус заказа"


def report_of(document: ReturnedDocument, decision: Decision, *, currency: str, formed_at: str) -> Report:
    """Return what a matched document reports; ``decision`` is what ``reconciliation.decide`` made of it."""
    facts = tuple(_unique(_facts(document, decision, currency)))
    return Report(
        source=Source.EXCHANGE,
        at=formed_at,
        facts=facts,
        payments_complete=_is_order(document) and any(one.kind in MONEY for one in facts),
        about_order=_is_order(document) and document.posted is not None,
    )


def _is_order(document: ReturnedDocument) -> bool:
    return not is_money(document) and document.operation is not Operation.SHIPMENT


def _unique(facts: Iterator[Fact]) -> Iterator[Fact]:
    """A file may hold one payment twice."""
    seen: dict[tuple[FactKind, str], Fact] = {}
    for fact in facts:
        seen[fact.kind, fact.key] = fact
    return iter(seen.values())


def _facts(document: ReturnedDocument, decision: Decision, currency: str) -> Iterator[Fact]:
    alone = is_money(document)
    for one in family(document):
        if is_money(one):
            yield _payment(one, currency, sure=not alone or one.posted is True)
        if one.operation is Operation.SHIPMENT and one.shipped is not False and one.posted is not False:
            yield Fact(FactKind.SHIPPED, one.id or "shipped", date=one.date_1c or one.date, text="Отгружен в 1С.")
    if _is_order(document):
        yield from _order(document, decision)


def _order(document: ReturnedDocument, decision: Decision) -> Iterator[Fact]:
    yield from _state(document, decision)
    claims = document.paid is True or read_date(document.payment_date).kind is DateKind.REAL
    if decision.kind is DecisionKind.PAID and claims:
        yield Fact(
            FactKind.PAID_FLAG,
            "order",
            number=decision.voucher_number or "",
            date=decision.voucher_date,
            amount=in_kopecks(document.amount),
            certain=decision.certain,
            text=decision.reason,
        )
    elif decision.kind is DecisionKind.UNCLEAR:
        yield Fact(FactKind.UNCLEAR, "order", certain=False, text=decision.reason)
    elif decision.kind is DecisionKind.PARTLY_PAID and not decision.certain:
        yield Fact(FactKind.PARTLY_PAID, "order", certain=False, text=decision.reason)
    if document.paid is False and not claims:
        yield Fact(FactKind.NOT_PAID, "order", text="1С сообщает: заказ не оплачен.")
    if document.shipped is True or read_date(document.shipment_date).kind is DateKind.REAL:
        yield Fact(FactKind.SHIPPED, "order", date=read_date(document.shipment_date).date, text="Отгружен в 1С.")
    status_id, name = document.requisites.get(STATUS_ID, ""), document.requisites.get(STATUS_NAME, "")
    if status_id or name:
        yield Fact(FactKind.STATUS, "order", text=name, status_id=status_id)


def _state(document: ReturnedDocument, decision: Decision) -> Iterator[Fact]:
    kinds = {
        DecisionKind.DELETED: FactKind.DELETED,
        DecisionKind.CANCELLED: FactKind.CANCELLED,
        DecisionKind.UNPOSTED: FactKind.UNPOSTED,
    }
    kind = kinds.get(decision.kind)
    if kind is not None:
        yield Fact(kind, "order", text=decision.reason)


def _payment(document: ReturnedDocument, currency: str, *, sure: bool) -> Fact:
    doubt = doubt_of(document, currency) if is_live(document) else ""
    amount = in_kopecks(document.amount) if doubt else in_kopecks(counted_amount(document))
    number, date = voucher_number(document), voucher_date(document)
    kind = FactKind.REFUND if document.operation is Operation.REFUND else FactKind.PAYMENT
    unsure = "отдельный документ оплаты не говорит, проведён ли он"
    return Fact(
        kind,
        document.id or _digest(number, date, amount),
        number=number or "",
        date=date,
        amount=amount,
        currency=document.currency,
        certain=not doubt and (sure or not amount),
        text=doubt or ("" if sure or not amount else unsure),
    )


def _digest(number: str | None, date: dt.date | None, amount: Decimal | None) -> str:
    return "sha:" + hashlib.sha256(repr((number, date, amount)).encode()).hexdigest()[:32]
