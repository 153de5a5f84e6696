"""What the books of БП say of an invoice, as facts for the ledger (facts: 1c-odata-payments §1.5, §6.2).

The status is what the accountant sees and sets, the sum what the money says; they may disagree both ways. «Оплачен» is
believed even without money (cash, a set-off, another base) and flagged; money is believed whatever the status. Refunds
and set-offs never appear here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

from commerceml_bridge.domain.books import BookInvoice, BookPayment, Pairing, Told
from commerceml_bridge.domain.facts import Fact, FactKind, Report, Source
from commerceml_bridge.domain.money import ZERO

PAID, PARTLY_PAID, NOT_PAID, CANCELLED = "Оплачен", "ОплаченЧастично", "НеОплачен", "Отменен"
_SPOKEN = frozenset({PAID, PARTLY_PAID, CANCELLED})
"""Statuses that do not take an earlier one back."""


def report(invoice: BookInvoice, before: Told, currency: str, at: dt.datetime) -> Report:
    """Return what the books say of ``invoice`` now, and what they say no more since ``before``.

    Every payment is in the list, so that it replaces the last one; one that vanished is named as not counting, since an
    empty list would say nothing. That БП has not posted the invoice is no fact about its payment (§1.5).
    """
    return Report(
        source=Source.ODATA,
        at=at.isoformat(),
        facts=tuple(_facts(invoice, before, currency)),
        payments_complete=True,
        about_order=not invoice.bare,
    )


def with_earlier(paired: Pairing, told: Mapping[int, Told], since: dt.date) -> Pairing:
    """Return the pairing with the payments told before that are older than ``since``: this poll did not look there.

    The window begins at the oldest open invoice and moves; an advance paid before it has not vanished.
    """
    return replace(
        paired, found={key: _with_earlier(one, told.get(key, Told()), since) for key, one in paired.found.items()}
    )


def _with_earlier(invoice: BookInvoice, before: Told, since: dt.date) -> BookInvoice:
    there = {payment.key for payment in invoice.payments}
    earlier = tuple(
        payment
        for key, content in before.payments
        if key not in there and (payment := BookPayment.read(key, content)).date is not None and payment.date < since
    )
    return replace(invoice, payments=earlier + invoice.payments) if earlier else invoice


def _facts(invoice: BookInvoice, before: Told, currency: str) -> Iterator[Fact]:
    yield from (_payment(payment, currency) for payment in invoice.payments)
    there = {payment.key for payment in invoice.payments}
    yield from (_vanished(key, content, currency) for key, content in before.payments if key not in there)
    if invoice.bare:
        return
    yield from _claims(invoice, before)
    yield _state(invoice)
    if invoice.shipped:
        yield _about(invoice, FactKind.SHIPPED, "В 1С у счёта статус «Отгружен».")
    status = invoice.status or (NOT_PAID if before.status else "")  # no record means so (§1.1)
    if status:
        yield Fact(FactKind.STATUS, key=invoice.ref, text=status, status_id=status)


def _state(invoice: BookInvoice) -> Fact:
    if invoice.deleted:
        return _about(invoice, FactKind.DELETED, "Счёт помечен в 1С на удаление.")
    if invoice.status == CANCELLED:
        return _about(invoice, FactKind.CANCELLED, "В 1С у счёта статус «Отменен».")
    return _about(invoice, FactKind.STANDING, "Счёт есть в 1С и не отменён.")


def _claims(invoice: BookInvoice, before: Told) -> Iterator[Fact]:
    """Return the status as a word about payment; one that was taken back ends the former one where money is short."""
    if invoice.status == PAID:
        yield _paid(invoice)
    elif invoice.status == PARTLY_PAID and not invoice.paid:
        yield _about(
            invoice,
            FactKind.PARTLY_PAID,
            "В 1С у счёта статус «Оплачен частично», а платежей по нему нет: статус поставлен вручную или платёж "
            "отменён. Сумма неизвестна.",
        )
    elif invoice.status not in _SPOKEN and before.status in (PAID, PARTLY_PAID) and invoice.paid < invoice.total:
        yield _about(invoice, FactKind.NOT_PAID, f"В 1С статус «{before.status}» снят. Проверьте счёт в 1С.")


def _vanished(key: str, content: str, currency: str) -> Fact:
    gone = BookPayment.read(key, content)
    dated = f" от {gone.date:%d.%m.%Y}" if gone.date else ""
    text = (
        f"Платежа {gone.amount}{dated} в 1С по этому счёту больше нет: он отменён, удалён или отнесён на другой счёт."
    )
    return Fact(FactKind.PAYMENT, key=key, amount=ZERO, currency=currency, text=text)


def _payment(payment: BookPayment, currency: str) -> Fact:
    dated = f" от {payment.date:%d.%m.%Y}" if payment.date else ""
    text = f"В 1С оплата {payment.amount}{dated}"
    if payment.other_currency:
        text += ", валюта движения не та, что у счёта"
    return Fact(
        kind=FactKind.PAYMENT,
        key=payment.key,
        number=payment.number,
        date=payment.date,
        amount=payment.amount,
        currency=currency,
        certain=not payment.other_currency,
        text=f"{text} ({payment.kind})." if payment.kind else f"{text}.",
    )


def _paid(invoice: BookInvoice) -> Fact:
    paid, total = invoice.paid, invoice.total
    text = "В 1С у счёта статус «Оплачен»."
    if not paid:
        text += (
            " Платежей, связанных со счётом, нет: статус поставлен вручную (наличные, взаимозачёт, другая база) или "
            "платёж отменён. Проверьте его в 1С."
        )
    elif paid < total:
        text += f" Платежей только на {paid} из {total}: счёт увеличили после оплаты или статус поставлен вручную."
    date = max((one.date for one in invoice.payments if one.date), default=None)
    return Fact(FactKind.PAID_FLAG, invoice.ref, date=date, amount=max(paid, total), text=text)


def _about(invoice: BookInvoice, kind: FactKind, text: str) -> Fact:
    return Fact(kind=kind, key=invoice.ref, number=invoice.number, text=text)


def doubt_of(found: BookInvoice, total: Decimal, date: dt.date) -> str:
    """Say in Russian why a document with our number is not believed to be ours."""
    return (
        f"В 1С есть счёт {found.number} от {found.date:%d.%m.%Y} на {found.total}, а отправлен от {date:%d.%m.%Y} на "
        f"{total}. Его оплата не учитывается: сверьте счета; если счёт в 1С наш, исправьте в нём дату или сумму."
    )


def difference(found: BookInvoice, total: Decimal, date: dt.date) -> str:
    """Say in Russian what differs in 1C from what was sent; ``""`` if nothing does."""
    parts = []
    if found.date != date:
        parts.append(f"дата: отправлено {date:%d.%m.%Y}, в 1С {found.date:%d.%m.%Y}")
    if found.total != total:
        parts.append(f"сумма: отправлено {total}, в 1С {found.total}")
    return "; ".join(parts)


def why_unposted(found: BookInvoice) -> str:
    """Say in Russian why 1C has not posted an invoice, as far as the base tells; ``""`` if it has.

    БП keeps an invoice unposted whose goods or buyer it could not match (1c-clients §3.4), and one it has loaded again
    (§3.2); which of both cannot be asked.
    """
    if found.posted:
        return ""
    if found.deleted:
        return "Документ в 1С не проведён: он помечен на удаление."
    return (
        "Счёт в 1С не проведён. Бухгалтерия не проводит счёт, номенклатуру или контрагента которого не сопоставила, и "
        "снимает с проведения загруженный повторно: откройте его, заполните недостающее и проведите."
    )
