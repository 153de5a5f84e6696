"""Payment documents of one order, added up (facts: 1c-clients §4.1, УНФ and the Bitrix module; commerceml §4)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from commerceml_bridge.domain.money import ZERO
from commerceml_bridge.domain.returned import Operation, ReturnedDocument
from commerceml_bridge.domain.signals import DateKind, currencies_differ, read_date, real_date


@dataclass(frozen=True)
class Ledger:
    """Payments less refunds that count; ``doubts`` (Russian) say what kept others from counting for sure."""

    amount: Decimal
    counted: int
    doubts: tuple[str, ...]
    voucher_number: str | None
    voucher_date: dt.date | None


def is_money(document: ReturnedDocument) -> bool:
    """Tell whether a document is a payment or a refund."""
    return document.operation in {Operation.PAYMENT, Operation.REFUND}


def add_up(documents: Iterable[ReturnedDocument], currency: str) -> Ledger:
    """Add up money documents; ``currency`` is the invoice's, ISO.

    Counted is what is posted, not cancelled, not deleted and marked ``Оплачен``. УНФ writes no ``Проведен`` beside its
    subordinate payments, so only an explicit ``false`` takes one out. Refunds need no mark and subtract.
    """
    live = [one for one in documents if is_money(one) and is_live(one)]
    doubts = [(one, doubt_of(one, currency)) for one in live]
    counted = [one for one, doubt in doubts if not doubt and _is_settled(one)]
    newest = max((one for one in counted if one.operation is Operation.PAYMENT), key=_sort_key, default=None)
    return Ledger(
        amount=sum((_signed(one) for one in counted), ZERO),
        counted=len(counted),
        doubts=tuple(doubt for _, doubt in doubts if doubt),
        voucher_number=None if newest is None else voucher_number(newest),
        voucher_date=None if newest is None else voucher_date(newest),
    )


def voucher_number(document: ReturnedDocument) -> str | None:
    """Return the number of the payment, as 1C gave it: its own, else the client's; an order's own number is none."""
    named = (document.payment_number, document.requisites.get("Номер платежного документа"))
    own = (document.number_1c,) if is_money(document) else ()
    return next((number.strip() for number in (*named, *own) if number and number.strip()), None)


def voucher_date(document: ReturnedDocument) -> dt.date | None:
    """Return the date of the payment, from whichever place names a real one."""
    stated = read_date(document.payment_date).date, read_date(document.requisites.get("Дата оплаты")).date
    return next((date for date in (*stated, *map(real_date, _own_dates(document))) if date), None)


def counted_amount(document: ReturnedDocument) -> Decimal | None:
    """Return what a money document counts, without its sign: 0 if it is unposted, cancelled, deleted or not paid."""
    return document.amount if is_live(document) and _is_settled(document) else ZERO


def _own_dates(document: ReturnedDocument) -> tuple[dt.date | None, ...]:
    """An order's own dates say nothing of its payment; a payment document's do."""
    return (document.date_1c, document.date, document.pay_date) if is_money(document) else (document.pay_date,)


def is_live(document: ReturnedDocument) -> bool:
    """Tell whether a document is posted (or does not say), not cancelled and not deleted."""
    return document.posted is not False and document.cancelled is not True and document.deleted is not True


def _is_settled(document: ReturnedDocument) -> bool:
    return document.paid is True or (document.operation is Operation.REFUND and document.paid is not False)


def doubt_of(document: ReturnedDocument, currency: str) -> str:
    """Say why a live document cannot be counted for sure; ``""`` if it can be, or surely is no payment (yet)."""
    name = f"документ оплаты «{voucher_number(document) or document.number or document.id}»"
    unmarked = document.operation is Operation.PAYMENT and document.paid is None
    if unmarked and read_date(document.payment_date).kind is not DateKind.REAL:
        return ""
    if unmarked:
        return f"{name} с датой оплаты, но без отметки «Оплачен»"
    if not _is_settled(document):
        return ""
    if document.amount is None:
        return f"{name} без суммы"
    if currencies_differ(document.currency, currency):
        return f"{name} в другой валюте ({document.currency})"
    return ""


def _signed(document: ReturnedDocument) -> Decimal:
    amount = document.amount or ZERO
    return -amount if document.operation is Operation.REFUND else amount


def _sort_key(document: ReturnedDocument) -> tuple[dt.date, str]:
    return voucher_date(document) or dt.date.min, document.id
