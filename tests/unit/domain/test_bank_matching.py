"""What a payment of a statement pays, as a table an accountant can read."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest

from commerceml_bridge.domain.bank_file import BankDocument, Direction
from commerceml_bridge.domain.bank_matching import Open, currency_of, match

DAY = dt.date(2026, 3, 5)
INN = "7707083893"
A = Open(1, "11", "11", DAY, INN, Decimal("1200.00"), Decimal("1200.00"), "RUB")
B = replace(A, consignment_id=2, number="12", printed="12", total=Decimal("800.00"), rest=Decimal("800.00"))
STRANGER = replace(A, consignment_id=3, number="13", printed="13", inn="7728168971")
SUBSTITUTE = replace(A, consignment_id=4, number="900001", printed="СЧ-2026/17")
NO_INN = replace(A, consignment_id=5, number="15", printed="15", inn="")
LAST_YEAR = replace(A, consignment_id=6, date=dt.date(2025, 12, 5), inn="7728168971")
INVOICES = [A, B, STRANGER, SUBSTITUTE, NO_INN]


def pay(purpose: str, amount: str = "1200.00", **changes: object) -> BankDocument:
    plain = BankDocument(
        12,
        "Платежное поручение",
        "457",
        DAY,
        Decimal(amount),
        Direction.INCOMING,
        DAY,
        "ООО Ромашка",
        INN,
        "",
        "40702810900000000777",
        "Мы",
        "7700000000",
        "40702810900000000001",
        purpose,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # real fields


@pytest.mark.parametrize(
    ("what", "document", "certain", "shares"),
    [
        ("номер назван, ИНН и сумма", pay("Оплата по счету 11"), True, {1: "1200.00"}),
        ("частично", pay("Оплата по счету № 11", "500.00"), True, {1: "500.00"}),
        ("номер, каким его сделала 1С", pay("счет 00БС-000011"), True, {1: "1200.00"}),
        ("подменный номер напечатан", pay("сч. СЧ-2026/17"), True, {4: "1200.00"}),
        ("подменный номер из 1С", pay("сч. 900001"), True, {4: "1200.00"}),
        ("два счёта, сумма ровно", pay("по счетам 11 и 12", "2000.00"), True, {1: "1200.00", 2: "800.00"}),
        ("два счёта, сумма меньше", pay("по счетам 11, 12", "1500.00"), False, {1: "1200.00", 2: "300.00"}),
        ("второй номер неизвестен", pay("по счетам 11, 99", "1200.00"), False, {1: "1200.00"}),
        ("переплата", pay("по счету 11", "1300.00"), False, {1: "1300.00"}),
        ("платит другой", pay("по счету 13"), False, {3: "1200.00"}),
        ("в счёте нет ИНН, сумма ровно", pay("по счету 15"), True, {5: "1200.00"}),
        ("в счёте нет ИНН, сумма другая", pay("по счету 15", "100.00"), False, {5: "100.00"}),
        ("валютный счёт", pay("по счету 11", payee_account="40702840900000000001"), False, {1: "1200.00"}),
        ("банк ещё не провёл", pay("по счету 11", booked_on=None), False, {1: "1200.00"}),
        ("число без слова «счёт»", pay("за кондиционер 11", "500.00"), False, {1: "500.00"}),
        ("чужое число без слова", pay("дом 13", "5.00", payer_inn="1"), False, {}),
        ("номера нет, ИНН и остаток", pay("за товар", "800.00"), False, {2: "800.00"}),
        ("назван чужой номер, сумма наша", pay("по счету 99", "800.00"), False, {}),
        ("ничего", pay("за товар", "5.00"), False, {}),
        ("номер договора", pay("по договору 11", "5.00"), False, {}),
        ("дата не номер", pay("оплата от 11.12.2026", "5.00"), False, {}),
    ],
)
def test_a_payment_pays(what: str, document: BankDocument, certain: bool, shares: dict[int, str]) -> None:
    found = match(document, INVOICES)
    assert found.certain is certain, (what, found.reason)
    assert {one.consignment_id: str(one.amount) for one in found.shares} == shares, what
    assert found.reason
    assert all(share.reasons for share in found.shares)


def test_the_year_written_behind_the_number_decides_between_two() -> None:
    both = [A, LAST_YEAR]
    assert match(pay("счет 11 от 05.12.2025", payer_inn="7728168971"), both).shares[0].consignment_id == 6
    assert match(pay("счет 11 от 05.03.2026"), both).shares[0].consignment_id == 1
    assert match(pay("счет 11", payer_inn="1"), both).certain is False
    assert len(match(pay("счет 11", payer_inn="1"), both).shares) == 2
    assert match(pay("счет 11"), both).shares[0].consignment_id == 1  # its ИНН is the payer's


def test_an_invoice_already_paid_is_not_paid_again_without_asking() -> None:
    found = match(pay("счет 11"), [replace(A, rest=Decimal(0))])
    assert (found.certain, len(found.shares)) == (False, 1)


def test_a_payment_without_a_number_shows_every_invoice_it_may_mean() -> None:
    found = match(pay("за товар"), [A, SUBSTITUTE, B])
    assert {share.consignment_id for share in found.shares} == {1, 4}


@pytest.mark.parametrize(
    ("purpose", "inn", "refund", "count"),
    [
        ("Возврат оплаты по счету 11", INN, True, 1),
        ("Возврат по счету 11", "1", True, 0),
        ("Оплата поставщику по счету 11", INN, False, 0),
    ],
)
def test_an_outgoing_payment_is_a_refund_only_if_it_says_so(purpose: str, inn: str, refund: bool, count: int) -> None:
    found = match(pay(purpose, direction=Direction.OUTGOING, payee_inn=inn), INVOICES)
    assert (found.refund, len(found.shares), found.certain) == (refund, count, False)


def test_the_account_tells_its_currency() -> None:
    assert [currency_of(one) for one in ("40702810900000000001", "40702840900000000001", "1")] == ["RUB", "USD", ""]


def test_a_printed_number_of_superscripts_is_no_number_and_breaks_nothing() -> None:
    one = replace(A, number="900001", printed="²")
    assert not one.bears("2")
    assert one.bears("900001")
