"""Which document of БП is ours: number, year, and two of three proofs (facts: 1c-odata-payments §2, §6.3)."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal

import pytest

from commerceml_bridge.domain.books import BookInvoice, BookPayment, Sought, Told, learn_prefix, number_tail, pair

DAY = dt.date(2026, 3, 5)
OURS = Sought(1, "123", "СЧ-123", DAY, Decimal("1200.00"))
ROW = BookInvoice("ref-1", "00БС-000123", DAY, posted=True, deleted=False, total=Decimal("1200.00"))


@pytest.mark.parametrize(
    ("number", "tail"), [("123", "000123"), ("СЧ-007/24", "000724"), ("1234567", "123456"), ("900001", "900001")]
)
def test_bp_keeps_six_digits_of_our_number(number: str, tail: str) -> None:
    assert number_tail(number) == tail


@pytest.mark.parametrize(
    ("what", "row", "found"),
    [
        ("всё совпало", {}, True),
        ("сумму изменили, комментарий наш", {"total": Decimal(1), "comment": "Счёт № СЧ-123 от 05.03.2026"}, True),
        ("сумму изменили", {"total": Decimal(1)}, False),
        ("другой день, сумма та же", {"date": dt.date(2026, 3, 6)}, False),
        ("другой год", {"date": dt.date(2025, 3, 5)}, False),
        ("чужой номер", {"number": "00БС-000124"}, False),
        ("чужой номер в комментарии", {"total": Decimal(1), "comment": "Счёт № СЧ-1234"}, False),
        ("чужой префикс", {"number": "0000-000123"}, False),
    ],
)
def test_what_proves_a_document(what: str, row: dict[str, object], found: bool) -> None:
    result = pair([OURS], [dataclasses.replace(ROW, **row)], "00БС")  # type: ignore[arg-type]  # real fields
    assert (1 in result.found) is found, what


def test_a_proven_reference_holds_whatever_the_accountant_changes() -> None:
    moved = dataclasses.replace(ROW, number="00ИМ-000777", total=Decimal(5), date=dt.date(2026, 4, 1))
    assert pair([dataclasses.replace(OURS, ref="ref-1")], [moved], "00БС").found[1] is moved


def test_two_organisations_with_one_number_are_no_answer() -> None:
    result = pair([OURS], [ROW, dataclasses.replace(ROW, ref="ref-2", number="01БС-000123")], "БС")
    assert (result.found, result.ambiguous) == ({}, {1: 2})


def test_a_row_of_our_number_that_proves_nothing_is_told() -> None:
    assert pair([OURS], [dataclasses.replace(ROW, total=Decimal(7))]).unproven[1].total == Decimal(7)


def test_the_prefix_is_learned_from_invoices_that_agree() -> None:
    second = Sought(2, "124", "124", DAY, Decimal("10.00"))
    rows = [
        ROW,
        dataclasses.replace(ROW, ref="ref-2", number="00БС-000124", total=Decimal("10.00")),
        dataclasses.replace(ROW, ref="ref-3", number="0000-000124", total=Decimal("99.00")),
    ]
    assert learn_prefix([OURS, second], rows) == "00БС"
    assert learn_prefix([OURS], rows) == "00БС"
    assert learn_prefix([OURS, second], rows[:1]) == ""  # one of two is too little
    assert learn_prefix([OURS, second], [ROW, dataclasses.replace(rows[1], number="01БС-000124")]) == ""
    assert learn_prefix([OURS], [ROW], "ИМ") == ""


def test_only_what_can_change_is_remembered_as_told() -> None:
    paid = dataclasses.replace(ROW, status="Оплачен", payments=(BookPayment("p", "Документ", DAY, Decimal("5.00")),))
    assert ROW.told == dataclasses.replace(ROW, comment="иное").told
    assert ROW.told != dataclasses.replace(ROW, posted=False).told
    assert ROW.told != paid.told
    assert Told.read(paid.told.stored()) == paid.told
    assert Told.read("") == Told()
