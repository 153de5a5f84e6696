"""ИНН и КПП: что уходит в 1С и что сказано о том, что не уходит."""

from __future__ import annotations

import dataclasses

import pytest

from commerceml_bridge.domain.counterparties import tax_warning
from commerceml_bridge.domain.invoices import Address, AddressKind
from commerceml_bridge.domain.taxpayers import inn_fault, is_home, kpp_fault, tax_numbers
from tests.unit.domain.samples import BUYER

#  как введён → что не так
INNS = [
    ("7707083893", ""),
    (" 7707 083893", ""),
    ("500100732259", ""),
    ("", ""),
    ("7707083894", "контрольная цифра"),
    ("7770083893", "контрольная цифра"),
    ("500100732258", "контрольная цифра"),
    ("500100732249", "контрольная цифра"),
    ("770708389", "10 цифр"),
    ("77070838931", "10 цифр"),
    ("77070838ОЗ", "10 цифр"),
    ("٧٧٠٧٠٨٣٨٩٣", "10 цифр"),
]


@pytest.mark.parametrize(("typed", "fault"), INNS)
def test_an_inn_is_checked_by_its_control_digits(typed: str, fault: str) -> None:
    assert fault in inn_fault(typed) if fault else not inn_fault(typed)


@pytest.mark.parametrize(
    ("typed", "right"),
    [("770701001", True), ("7707ab001", True), ("", True), ("77070100", False), ("000000000", False)],
)
def test_a_kpp_has_nine_characters(typed: str, right: bool) -> None:
    assert (kpp_fault(typed) == "") == right


#  ИНН, КПП → что уходит
SENT = [
    ("7707083893", "770701001", ("7707083893", "770701001")),
    ("7707083893", "7707", ("7707083893", "")),
    ("7707083894", "770701001", ("", "")),
    ("500100732259", "770701001", ("500100732259", "")),
    ("0000000000", "000000000", ("", "")),  # its control digit fits, and all who typed it would be one firm
    ("000000000000", "", ("", "")),
    ("7707083893", "000000000", ("7707083893", "")),
]


@pytest.mark.parametrize(("inn", "kpp", "sent"), SENT)
def test_what_is_wrong_stays_here(inn: str, kpp: str, sent: tuple[str, str]) -> None:
    assert tax_numbers(inn, kpp) == sent


#  ИНН, страна → есть ли предупреждение
WARNED = [
    ("7707083893", "Россия", False),
    ("7707083894", "Россия", True),
    ("7707083894", "", True),
    ("100123456", "Беларусь", False),
    ("", "", False),
]


@pytest.mark.parametrize(("inn", "country", "warned"), WARNED)
def test_an_address_abroad_makes_no_foreigner_of_a_russian_firm(inn: str, country: str, warned: bool) -> None:
    legal = Address(AddressKind.LEGAL, country, city="Город")
    abroad = Address(AddressKind.ACTUAL, "Беларусь", city="Минск")
    known = tax_warning(dataclasses.replace(BUYER, inn=inn, addresses=(legal, abroad)))
    assert bool(known) == (warned and bool(country))


@pytest.mark.parametrize(("inn", "country", "warned"), WARNED)
def test_a_wrong_inn_is_named_and_a_foreign_number_is_not(inn: str, country: str, warned: bool) -> None:
    addresses = (Address(AddressKind.LEGAL, country, city="Город"),)
    text = tax_warning(dataclasses.replace(BUYER, inn=inn, addresses=addresses))
    assert bool(text) == warned
    if warned:
        assert inn in text
        assert "Ромашка" in text


@pytest.mark.parametrize(
    ("country", "home"),
    [
        ("", True),
        ("Россия", True),
        (" российская  федерация", True),
        ("РФ, г. Москва", True),
        ("Россия, Тверская область", True),
        ("RU", True),
        ("Russian Federation", True),
        ("Беларусь", False),
        ("Rumänien", False),
        ("Руанда", False),
    ],
)
def test_a_country_is_home_however_people_write_it(country: str, home: bool) -> None:
    assert is_home(country) is home
