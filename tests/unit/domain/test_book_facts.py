"""What БП's status and money mean together, one row a case (facts: 1c-odata-payments §1.5)."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal

import pytest

from commerceml_bridge.domain.book_facts import difference, report
from commerceml_bridge.domain.books import BookInvoice, BookPayment, Told
from commerceml_bridge.domain.facts import Fact, FactKind

NOW = dt.datetime(2026, 3, 7, 9, tzinfo=dt.UTC)
DAY = dt.date(2026, 3, 5)
TOTAL = Decimal("1200.00")
PAID, PARTLY, UNPAID, CANCELLED = "Оплачен", "ОплаченЧастично", "НеОплачен", "Отменен"


def books(status: str = "", *amounts: str, total: Decimal = TOTAL, **changes: object) -> BookInvoice:
    payments = tuple(
        BookPayment(f"p{number}", "ПоступлениеНаРасчетныйСчет", DAY, Decimal(amount), number=f"45{number}")
        for number, amount in enumerate(amounts, 1)
    )
    plain = BookInvoice("ref", "00БС-000011", DAY, True, False, total, status=status, payments=payments)
    return dataclasses.replace(plain, **changes)  # type: ignore[arg-type]  # real fields


def facts(now: BookInvoice, before: BookInvoice | None = None) -> list[Fact]:
    return list(report(now, before.told if before else Told(), "RUB", NOW).facts)


def words(found: list[Fact]) -> list[str]:
    """Name what is said, the sums of payments included; a status as such and the document's being there left out."""
    told = [one for one in found if one.kind not in (FactKind.STATUS, FactKind.STANDING)]
    return [f"{one.kind} {one.amount}" if one.kind is FactKind.PAYMENT else str(one.kind) for one in told]


@pytest.mark.parametrize(
    ("what", "invoice", "said"),
    [
        ("записи о статусе нет", books(), []),
        ("не оплачен", books(UNPAID), []),
        ("не оплачен, а деньги есть: верим деньгам", books(UNPAID, "500.00"), ["payment 500.00"]),
        ("записи нет, а деньги есть", books("", "1200.00"), ["payment 1200.00"]),
        ("частично", books(PARTLY, "500.00"), ["payment 500.00"]),
        ("частично, двумя платежами", books(PARTLY, "500.00", "200.00"), ["payment 500.00", "payment 200.00"]),
        ("частично вручную, сумма неизвестна", books(PARTLY), ["partly-paid"]),
        ("частично, а денег уже довольно: счёт уменьшили", books(PARTLY, "1200.00"), ["payment 1200.00"]),
        ("оплачен", books(PAID, "1200.00"), ["payment 1200.00", "paid-flag"]),
        ("оплачен с переплатой", books(PAID, "1300.00"), ["payment 1300.00", "paid-flag"]),
        ("оплачен вручную", books(PAID), ["paid-flag"]),
        ("оплачен, а денег меньше", books(PAID, "500.00"), ["payment 500.00", "paid-flag"]),
        ("отменён", books(CANCELLED), ["cancelled"]),
        ("отменён, а деньги есть", books(CANCELLED, "500.00"), ["payment 500.00", "cancelled"]),
        ("помечен на удаление", books(PAID, "1200.00", deleted=True), ["payment 1200.00", "paid-flag", "deleted"]),
        ("не проведён, но оплачен", books(PAID, "1200.00", posted=False), ["payment 1200.00", "paid-flag"]),
        ("отгружен", books(UNPAID, shipped=True), ["shipped"]),
    ],
)
def test_status_and_money_together(what: str, invoice: BookInvoice, said: list[str]) -> None:
    assert words(facts(invoice)) == said, what


@pytest.mark.parametrize(
    ("what", "before", "now", "said"),
    [
        ("платёж отменён, статус остался", books(PAID, "1200.00"), books(PAID), ["payment 0.00", "paid-flag"]),
        ("частичный платёж отменён", books(PARTLY, "500.00"), books(PARTLY), ["payment 0.00", "partly-paid"]),
        ("платёж отменён, статус снят", books(PAID, "1200.00"), books(UNPAID), ["payment 0.00", "not-paid"]),
        ("статус сняли, деньги есть", books(PAID, "1200.00"), books(UNPAID, "1200.00"), ["payment 1200.00"]),
        ("статус сняли, денег не было", books(PAID), books(), ["not-paid"]),
        ("сумму платежа исправили", books(PARTLY, "500.00"), books(PARTLY, "600.00"), ["payment 600.00"]),
        ("отмену сняли", books(CANCELLED), books(UNPAID), []),
    ],
)
def test_what_is_said_no_more(what: str, before: BookInvoice, now: BookInvoice, said: list[str]) -> None:
    assert words(facts(now, before)) == said, what


def test_a_payment_is_known_by_its_document_and_named_as_the_bank_names_it() -> None:
    payment = facts(books(PAID, "1200.00"))[0]
    assert (payment.key, payment.number, payment.date, payment.currency) == ("p1", "451", DAY, "RUB")
    assert payment.certain


def test_a_payment_in_another_currency_is_not_certain() -> None:
    one = BookPayment("p1", "ПриходныйКассовыйОрдер", DAY, Decimal("10.00"), other_currency=True)
    assert not facts(books(payments=(one,)))[0].certain


@pytest.mark.parametrize(
    ("invoice", "text"),
    [(books(PAID), "Платежей, связанных со счётом, нет"), (books(PAID, "500.00"), "только на 500.00 из 1200.00")],
)
def test_what_the_accountant_should_look_at_is_said(invoice: BookInvoice, text: str) -> None:
    (flag,) = [one for one in facts(invoice) if one.kind is FactKind.PAID_FLAG]
    assert text in flag.text


def test_a_document_that_is_there_again_ends_its_cancellation() -> None:
    assert FactKind.STANDING in {one.kind for one in facts(books(), books(CANCELLED))}


def test_what_differs_from_what_was_sent() -> None:
    assert difference(books(), TOTAL, DAY) == ""
    found = difference(books(total=Decimal(1)), TOTAL, dt.date(2026, 3, 4))
    assert found == "дата: отправлено 04.03.2026, в 1С 05.03.2026; сумма: отправлено 1200.00, в 1С 1"
