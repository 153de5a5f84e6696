"""Extra requisites: what may be typed, which names are refused and why, what becomes of them in a document."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest

from commerceml_bridge.commerceml.dialects import RESERVED_REQUISITES
from commerceml_bridge.commerceml.redaction import Redactor
from commerceml_bridge.domain.codec import decode, encode
from commerceml_bridge.domain.nodes import ClientFamily, NodeOptions
from commerceml_bridge.domain.rendering import with_requisites
from commerceml_bridge.domain.spelling import (
    ContactTypes,
    ExtraRequisite,
    InvoiceField,
    ServiceMark,
    StageNow,
    extra_requisites,
    parse_requisite,
)
from commerceml_bridge.errors import ConfigurationError
from commerceml_bridge.services.consigning import _digest
from commerceml_bridge.services.extra_requisites import changed, check
from commerceml_bridge.services.recorded_invoices import redact_options
from tests.unit.commerceml.samples import invoice as document
from tests.unit.domain.samples import BUYER, SELLER, invoice, row

PLAIN = NodeOptions(from_date=dt.date(2026, 1, 1))
SOLD = invoice(
    row("1200.005"),
    buyer=dataclasses.replace(BUYER, contact_person="Анна Ёлкина"),
    pay_before=dt.date(2026, 3, 12),
    comment="Позвонить",
    deal_id=77,
)
STAGE = StageNow("DT31_2:P", "Оплачен", paid=True)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Источник=Битрикс24", ExtraRequisite("Источник", constant="Битрикс24")),
        (" Номер счета = { number } ", ExtraRequisite("Номер счета", field=InvoiceField.NUMBER)),
        ("Ссылка=https://x.test/?a=b", ExtraRequisite("Ссылка", constant="https://x.test/?a=b")),
        ("Шаблон={один} {два}", ExtraRequisite("Шаблон", constant="{один} {два}")),
    ],
)
def test_a_requisite_is_a_constant_or_a_field(typed: str, meant: ExtraRequisite) -> None:
    assert parse_requisite(typed) == meant
    assert parse_requisite(str(meant)) == meant


@pytest.mark.parametrize(
    "typed", ["Источник", "=x", "Источник=", "Источник= ", "Поле={нет такого}", "Смесь=№ {number}"]
)
def test_what_is_neither_is_refused(typed: str) -> None:
    with pytest.raises(ConfigurationError):
        parse_requisite(typed)


VALUES = {
    InvoiceField.NUMBER: "101",
    InvoiceField.DATE: "2026-03-05",
    InvoiceField.TITLE: "Мебель",
    InvoiceField.ID: "101",
    InvoiceField.PAY_BEFORE: "2026-03-12",
    InvoiceField.TOTAL: "1200.01",
    InvoiceField.CURRENCY: "RUB",
    InvoiceField.COMMENT: "Позвонить",
    InvoiceField.CONTACT_PERSON: "Анна Ёлкина",
    InvoiceField.SELLER: SELLER.name,
    InvoiceField.SELLER_INN: "5000000000",
    InvoiceField.DEAL: "77",
    InvoiceField.STAGE: "Оплачен",
}


@pytest.mark.parametrize("wanted", InvoiceField)
def test_every_field_says_what_the_invoice_says(wanted: InvoiceField) -> None:
    assert list(extra_requisites([ExtraRequisite("Р", field=wanted)], SOLD, STAGE)) == [("Р", VALUES[wanted])]


def test_what_an_invoice_does_not_say_is_left_out() -> None:
    bare = dataclasses.replace(SOLD, buyer=None, seller=None, deal_id=0, pay_before=None, comment=" \x07 ")
    silent = ["deal", "seller", "seller-inn", "pay-before", "comment", "contact-person", "stage"]
    wanted = [ExtraRequisite(name, field=InvoiceField(name)) for name in silent]
    assert list(extra_requisites(wanted, bare, None)) == []


def test_a_long_value_is_cut_to_what_the_format_takes() -> None:
    ((_name, value),) = extra_requisites(
        [ExtraRequisite("Р", field=InvoiceField.COMMENT)], dataclasses.replace(SOLD, comment="я" * 3000), None
    )
    assert (len(value), value[-1]) == (1000, "…")


def with_extras(*names: str, **options: Any) -> NodeOptions:
    extras = tuple(ExtraRequisite(name, constant="1") for name in names)
    return dataclasses.replace(PLAIN, extra_requisites=extras, **options)


@pytest.mark.parametrize("name", sorted(RESERVED_REQUISITES))
@pytest.mark.parametrize("client", ClientFamily)
def test_a_name_that_moves_the_state_of_a_document_is_refused_for_every_family(name: str, client: ClientFamily) -> None:
    for spelled in (name, name.upper(), name.replace(" ", "")):
        with pytest.raises(ConfigurationError, match="занят обменом"):
            check(with_extras(spelled, client=client, extra_may_overwrite=True))


@pytest.mark.parametrize("name", ["Комментарий", "Курс", "Организация", "Вид цен", "адресдоставки"])
def test_a_name_of_a_field_needs_a_word_of_the_operator_where_1c_would_fill_it(name: str) -> None:
    for client in (ClientFamily.UNF, ClientFamily.AUTO):
        with pytest.raises(ConfigurationError, match="УНФ запишет"):
            check(with_extras(name, client=client))
        check(with_extras(name, client=client, extra_may_overwrite=True))
    for client in (ClientFamily.UT10, ClientFamily.UT11, ClientFamily.BP3, ClientFamily.BITRIX):
        check(with_extras(name, client=client))


@pytest.mark.parametrize("name", ["", " x", "a\nb", "я" * 251])
def test_a_name_is_one_line(name: str) -> None:
    with pytest.raises(ConfigurationError, match="Имя реквизита"):
        check(with_extras(name))


def test_a_name_stands_once() -> None:
    with pytest.raises(ConfigurationError, match="дважды"):
        check(with_extras("Номер счета", "номерсчета"))


def test_requisites_are_added_replaced_in_their_place_and_removed() -> None:
    first = changed((), ["А=1", "Б={number}"])
    assert [str(one) for one in first] == ["А=1", "Б={number}"]
    second = changed(first, ["а=2", "В=3"], ["Б"])
    assert [str(one) for one in second] == ["а=2", "В=3"]
    with pytest.raises(ConfigurationError, match=r"нет\. Есть: «А», «Б»"):
        changed(first, [], ["Г"])


def test_options_survive_the_database() -> None:
    options = dataclasses.replace(
        PLAIN,
        contact_types=ContactTypes.JOINED,
        service_mark=ServiceMark.LOWER,
        extra_requisites=changed((), ["А=1", "Б={stage}"]),
    )
    assert decode(NodeOptions, encode(options)) == options
    assert decode(NodeOptions, {"from_date": "2026-01-01"}) == PLAIN


def test_stage_and_paid_are_said_only_when_wanted() -> None:
    plain = document(requisites=())
    for stage in (None, STAGE):
        made = with_requisites(plain, SOLD, PLAIN, stage)
        assert (made.stage, made.says_paid, made.requisites) == (None, None, ())
    told = with_requisites(plain, SOLD, dataclasses.replace(PLAIN, send_stage=True, send_paid=True), STAGE)
    assert (told.stage, told.says_paid) == (STAGE, True)


EARLIER_DIGEST = "121d55c23346fef7"


@pytest.mark.parametrize(
    "change",
    [
        {"contact_types": ContactTypes.JOINED},
        {"service_mark": ServiceMark.LOWER},
        {"delivery_row": "Доставка"},
        {"send_stage": True},
        {"send_paid": True},
        {"extra_requisites": (ExtraRequisite("А", constant="1"),)},
    ],
    ids=lambda one: next(iter(one)),
)
def test_every_choice_makes_other_documents_and_no_choice_the_ones_of_before(change: dict[str, Any]) -> None:
    assert _digest(PLAIN) == EARLIER_DIGEST
    assert _digest(dataclasses.replace(PLAIN, **change)) != _digest(PLAIN)


def test_a_recording_hides_constants_as_it_hides_the_documents() -> None:
    options = dataclasses.replace(PLAIN, extra_requisites=changed((), ["Менеджер=Анна Ёлкина", "Счёт={number}"]))
    constant, field = redact_options(options, Redactor("acme")).extra_requisites
    assert (constant.name, field) == ("Менеджер", ExtraRequisite("Счёт", field=InvoiceField.NUMBER))
    assert constant.constant not in ("", "Анна Ёлкина")
