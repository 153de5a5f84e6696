import dataclasses
import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from commerceml_bridge.domain.documents import AddressField, DocumentAccount, OutgoingDocument
from commerceml_bridge.domain.invoices import (
    Address,
    AddressKind,
    BankAccount,
    Invoice,
    Party,
    PartyKind,
    StageSemantics,
)
from commerceml_bridge.domain.nodes import ClientFamily, NodeOptions
from commerceml_bridge.domain.numbering import WireNumber
from commerceml_bridge.domain.rendering import render, why_never
from commerceml_bridge.errors import CannotRender
from tests.unit.domain.samples import BUYER, invoice, invoices, row

PLAIN = invoice(row("1000", "2"))
OPTIONS = NodeOptions(from_date=dt.date(2026, 1, 1))


def document(
    one: Invoice = PLAIN, *, number: WireNumber | None = None, released: tuple[str, ...] = (), **options: Any
) -> OutgoingDocument:
    return render(
        one,
        portal_code="acme",
        number=number or WireNumber("101", is_substitute=False),
        version=3,
        options=dataclasses.replace(OPTIONS, **options),
        released=released,
    )


def refusal(one: Invoice, **options: Any) -> CannotRender:
    with pytest.raises(CannotRender) as caught:
        document(one, **options)
    return caught.value


def with_buyer(**changes: Any) -> Invoice:
    return dataclasses.replace(PLAIN, buyer=dataclasses.replace(BUYER, **changes))


def test_a_plain_invoice_becomes_a_document() -> None:
    made = document(dataclasses.replace(PLAIN, pay_before=dt.date(2026, 4, 1), comment="Спасибо"))
    assert (made.id, made.number, made.date, made.time) == ("acme-si-101", "101", dt.date(2026, 3, 5), dt.time(0, 0))
    assert (made.currency, made.amount, made.version) == ("RUB", Decimal("2000.00"), 3)
    assert (made.tax.rate, made.tax.amount) == ("20", Decimal("333.33"))
    assert (made.comment, made.pay_before, made.requisites) == ("Спасибо", dt.date(2026, 4, 1), ())
    assert [(line.id, line.name, line.quantity) for line in made.lines] == [("acme-p-55", "Стул", Decimal(2))]


def test_the_buyer_goes_out_with_all_its_requisites() -> None:
    made = document().counterparty
    assert (made.id, made.name, made.full_name, made.is_company) == ("acme-co-7", "Ромашка", 'ООО "Ромашка"', True)
    assert (made.inn, made.kpp, made.okpo) == ("7707083893", "770701001", "00032537")
    assert made.accounts == (DocumentAccount("40702810900000000001", "АО Банк", "044525225", "30101810400000000225"),)
    assert (made.phones, made.emails) == (("+7 495 000-00-00",), ("buh@example.test",))
    assert made.legal_address is not None
    assert made.legal_address.text == "101000, Россия, Московская область, Москва, ул. Мясницкая, 1, оф. 5"
    assert AddressField("Регион", "Московская область") in made.legal_address.fields
    assert made.actual_address is not None
    assert made.actual_address.fields == (AddressField("Город", "Тула"),)


#  kind, ИНН, КПП as typed → is a company, ИНН, КПП as sent
TAX_NUMBERS = [
    (PartyKind.LEGAL, "7707083893", "770701001", True, "7707083893", "770701001"),
    (PartyKind.LEGAL, " 7707 083893 ", "7707 01001", True, "7707083893", "770701001"),
    (PartyKind.LEGAL, "7707083893", "77070", True, "7707083893", ""),
    (PartyKind.LEGAL, "7707083893", "7707ab001", True, "7707083893", "7707AB001"),
    (PartyKind.LEGAL, "77070838", "770701001", True, "", ""),
    (PartyKind.LEGAL, "", "770701001", True, "", ""),
    (PartyKind.ENTREPRENEUR, "500100732259", "770701001", True, "500100732259", ""),
    (PartyKind.PERSON, "500100732259", "", False, "500100732259", ""),
    (PartyKind.PERSON, "", "", False, "", ""),
]


@pytest.mark.parametrize(("kind", "inn", "kpp", "is_company", "sent_inn", "sent_kpp"), TAX_NUMBERS)
def test_only_well_formed_tax_numbers_go_out(
    kind: PartyKind, inn: str, kpp: str, is_company: bool, sent_inn: str, sent_kpp: str
) -> None:
    made = document(with_buyer(kind=kind, inn=inn, kpp=kpp)).counterparty
    assert (made.is_company, made.inn, made.kpp) == (is_company, sent_inn, sent_kpp)


#  account, БИК, correspondent account → is the account sent, correspondent account as sent
ACCOUNTS = [
    ("40702810900000000001", "044525225", "30101810400000000225", True, "30101810400000000225"),
    ("40702 810 9 0000 0000001", "044525225", "", True, ""),
    ("40702A10900000000001", "044525225", "301", True, ""),
    ("4070281090000000000", "044525225", "", False, ""),
    ("40702D10900000000001", "044525225", "", False, ""),
    ("40702810900000000001", "04452522", "", False, ""),
    ("40702810900000000001", "", "", False, ""),
]


@pytest.mark.parametrize(("account", "bik", "correspondent", "sent", "sent_correspondent"), ACCOUNTS)
def test_an_account_goes_out_only_whole(
    account: str, bik: str, correspondent: str, sent: bool, sent_correspondent: str
) -> None:
    made = document(with_buyer(bank_account=BankAccount(account, "Банк", bik, correspondent))).counterparty.accounts
    assert [one.correspondent_account for one in made] == ([sent_correspondent] if sent else [])


def test_all_accounts_of_a_buyer_go_out_the_main_one_first_and_each_once() -> None:
    second, third = BankAccount("40702810500000000077", "Второй", "044525974"), BankAccount("?", "Третий", "044525593")
    others = (second, third, BankAccount("40702810900000000001", "Тот же", "044525225"), second)
    made = document(with_buyer(other_accounts=others)).counterparty.accounts
    assert [(one.account, one.bank) for one in made] == [
        ("40702810900000000001", "АО Банк"),
        ("40702810500000000077", "Второй"),
    ]
    without_main = document(with_buyer(bank_account=None, other_accounts=others)).counterparty.accounts
    assert [one.bank for one in without_main] == ["Второй", "Тот же"]


def test_a_buyer_with_little_has_no_empty_parts() -> None:
    bare = Party(entity="contact", entity_id=3, kind=PartyKind.PERSON, name="", last_name="Ёлкин", first_name="Пётр")
    bare = dataclasses.replace(bare, addresses=(Address(AddressKind.LEGAL),), phones=("", "1" * 300, "5", " 5"))
    made = document(dataclasses.replace(PLAIN, buyer=bare)).counterparty
    assert (made.id, made.name, made.full_name) == ("acme-ct-3", "Ёлкин Пётр", "Ёлкин Пётр")
    assert (made.last_name, made.first_name, made.second_name) == ("Ёлкин", "Пётр", "")
    assert (made.legal_address, made.actual_address, made.accounts) == (None, None, ())
    assert made.phones == ("5",)


def test_a_substitute_number_puts_the_printed_one_into_the_comment() -> None:
    one = dataclasses.replace(PLAIN, number="СЧ-2026/000101", comment="Спасибо")
    made = document(one, number=WireNumber("900001", is_substitute=True, reason="длиннее"))
    assert made.number == "900001"
    assert made.comment == "Счёт № СЧ-2026/000101 от 05.03.2026\nСпасибо"


def test_long_and_dirty_texts_fit() -> None:
    one = invoice(row("5", name="Стул\x00 " * 100), comment="x" * 4000)
    made = document(dataclasses.replace(one, buyer=dataclasses.replace(BUYER, name="Р" * 400)))
    assert len(made.lines[0].name) == 250
    assert made.lines[0].name.endswith("…")
    assert "\x00" not in made.lines[0].name
    assert len(made.comment) == 3000
    assert len(made.counterparty.name) == 250


def test_the_currency_is_named_as_the_base_names_it() -> None:
    assert document(currency_names={"RUB": "руб."}).currency == "руб."
    assert document(currency_names={"USD": "долл"}).currency == "RUB"


#  what is wrong, the invoice, options, code
REFUSED: list[tuple[str, Invoice, dict[str, Any], str]] = [
    ("no buyer", dataclasses.replace(PLAIN, buyer=None), {}, "no-counterparty"),
    ("nameless buyer", with_buyer(name="", full_name=" "), {}, "counterparty-name"),
    ("no currency", dataclasses.replace(PLAIN, currency=""), {}, "no-currency"),
    ("old VAT rate", invoice(row("118", "1", "18")), {}, "vat-rate"),
    (
        "a rate this base does not know",
        invoice(row("122", "1", "22")),
        {"vat_rates": frozenset({"20", "10", "0"})},
        "vat-rate",
    ),
    ("a fractional rate", invoice(row("118", "1", "16.67")), {}, "vat-rate"),
    ("taxed and untaxed, family unknown", invoice(row("120"), row("5", "1", None)), {}, "vat-mix"),
    ("taxed and 0 %, УТ 11", invoice(row("120"), row("5", "1", "0")), {"client": ClientFamily.UT11}, "vat-mix"),
    (
        "0 % and untaxed, УТ 11",
        invoice(row("5", "1", None), row("5", "1", "0")),
        {"client": ClientFamily.UT11},
        "vat-mix",
    ),
    ("manual total", invoice(row("120"), total="100"), {}, "manual-total"),
    ("negative", invoice(row("-120"), total="0"), {}, "negative-amount"),
]


@pytest.mark.parametrize(("what", "one", "options", "code"), REFUSED, ids=[one[0] for one in REFUSED])
def test_what_cannot_become_a_document_is_held_with_advice(
    what: str, one: Invoice, options: dict[str, Any], code: str
) -> None:
    refused = refusal(one, **options)
    assert refused.code == code, what
    assert refused.message.count(".") >= 1
    assert len(refused.message) > 40


@pytest.mark.parametrize("client", [ClientFamily.UNF, ClientFamily.BP3, ClientFamily.UT10, ClientFamily.BITRIX])
def test_families_that_read_the_line_s_own_rate_take_a_mix(client: ClientFamily) -> None:
    made = document(invoice(row("120"), row("500", "1", None)), client=client)
    assert [line.tax.rate for line in made.lines] == ["20", "Без НДС"]
    assert made.tax.rate == "20"


def test_two_taxed_rates_are_no_mix() -> None:
    assert document(invoice(row("120"), row("110", "1", "10")), client=ClientFamily.UT11).tax.amount == Decimal("30.00")


def test_an_operator_may_release_a_mix_and_nothing_else() -> None:
    mixed = invoice(row("120"), row("500", "1", None))
    assert document(mixed, released=("vat-mix",)).amount == Decimal("620.00")
    with pytest.raises(CannotRender):
        document(invoice(row("120"), total="1"), released=("vat-mix", "manual-total"))


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({}, None),
        ({"stage_semantics": StageSemantics.SUCCESS}, None),
        ({"is_recurring_template": True}, "регулярного"),
        ({"stage_semantics": StageSemantics.FAILURE}, "проигрышной"),
    ],
)
def test_some_invoices_never_go(changes: dict[str, Any], word: str | None) -> None:
    reason = why_never(dataclasses.replace(PLAIN, **changes))
    assert reason is None if word is None else reason is not None and word in reason


@given(invoices)
def test_any_invoice_becomes_a_document_or_a_reason(one: Invoice) -> None:
    try:
        made = document(one)
    except CannotRender as refused:
        assert refused.code
    else:
        assert made.amount == sum(line.amount for line in made.lines)
        assert made.counterparty.name
        assert all(line.name and len(line.id) <= 80 for line in made.lines)
