"""Outgoing documents with invented values, and the golden files they render to."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from commerceml_bridge.commerceml.dialects import dialect_for
from commerceml_bridge.commerceml.writer import envelope, render_document
from commerceml_bridge.domain.documents import (
    NO_VAT,
    AddressField,
    Counterparty,
    DocumentAccount,
    DocumentAddress,
    DocumentLine,
    Encoding,
    Form,
    OutgoingDocument,
    Tax,
    Unit,
)
from tests.unit.commerceml.goldens import SITUATIONS, rendered

FIXTURES = Path(__file__).parents[3] / "fixtures" / "commerceml"
FORMED_AT = dt.datetime(2026, 3, 5, 9, 5, 7, tzinfo=dt.UTC)
PIECE = Unit("796", "шт", "Штука", "PCE")
HOUR = Unit("356", "ч", "Час", "HUR")

COMPANY = Counterparty(
    id="acme-co-7",
    name="ООО «Северный свет»",
    full_name="Общество с ограниченной ответственностью «Северный свет»",
    is_company=True,
    inn="9812345679",
    kpp="981201001",
    okpo="12345678",
    legal_address=DocumentAddress(
        "101000, Москва, ул. Мясницкая, дом 5",
        (AddressField("Почтовый индекс", "101000"), AddressField("Город", "Москва"), AddressField("Дом", "5")),
    ),
    actual_address=DocumentAddress("101000, Москва, а/я 17"),
    accounts=(DocumentAccount("40702810900000012345", "АО «Банк»", "040000001", "30101810000000000001"),),
    phones=("+7 495 000-00-17", "+7 495 000-00-18"),
    emails=("buh@example.com",),
)
PERSON = Counterparty(
    id="acme-ct-3",
    name="Ёлкина Анна Петровна",
    full_name="Ёлкина Анна Петровна",
    is_company=False,
    inn="981234567018",
    last_name="Ёлкина",
    first_name="Анна",
    second_name="Петровна",
    legal_address=DocumentAddress("Тверь, Советская ул., 1", (AddressField("Улица", "Советская ул."),)),
    emails=("anna@example.com",),
)


def goods(
    number: int = 1,
    *,
    rate: str = "20",
    vat: str = "400.00",
    price: str = "1200.00",
    quantity: str = "2",
    amount: str = "2400.00",
) -> DocumentLine:
    """A line of goods; by default 2 × 1200.00 with 20 % within."""
    return DocumentLine(
        id=f"acme-p-{number}",
        name=f"Кабель силовой ВВГ {number}",
        unit=PIECE,
        price=Decimal(price),
        quantity=Decimal(quantity),
        amount=Decimal(amount),
        tax=Tax(rate, Decimal(vat)),
        is_service=False,
        article=f"ВВГ-{number}",
    )


def invoice(**changes: object) -> OutgoingDocument:
    """A whole invoice of a company; ``changes`` replace fields."""
    service = replace(goods(2), id="acme-p-2", name="Монтаж", unit=HOUR, is_service=True, article="")
    document = OutgoingDocument(
        id="acme-si-101",
        number="101",
        date=dt.date(2026, 3, 5),
        time=dt.time(9, 5, 7),
        currency="RUB",
        amount=Decimal("4800.00"),
        counterparty=COMPANY,
        lines=(goods(), service),
        tax=Tax("20", Decimal("800.00")),
        version=3,
        pay_before=dt.date(2026, 3, 12),
        comment="Доставка до двери.\nПозвонить за час.",
        requisites=(("Сайт", "acme"), ("Статус заказа", "Выставлен")),
    )
    return replace(document, **changes)  # type: ignore[arg-type]  # the names are checked by replace() itself


def person_invoice() -> OutgoingDocument:
    """A person, no VAT, nothing optional."""
    line = replace(goods(5, rate=NO_VAT, vat="0.00"), article="", unit=Unit("", "упак."))
    return invoice(
        id="acme-si-102",
        number="102",
        counterparty=PERSON,
        lines=(line,),
        amount=Decimal("2400.00"),
        tax=Tax(NO_VAT, Decimal("0.00")),
        pay_before=None,
        comment="",
        requisites=(),
    )


def awkward_invoice() -> OutgoingDocument:
    """Characters that need escaping, have no place in windows-1251, or none in XML at all."""
    line = replace(
        goods(9, price="0.33", quantity="2.5", amount="0.83", vat="0.14"),
        name='Труба 1/2" <чёрная> & муфта ⌀ 20\x0b\x00 мм',
        unit=Unit("006", "м", 'Метр "погонный" ½', "MTR"),
    )
    party = replace(COMPANY, name="АО \ud800«Ünïcode» 😀\r\n", phones=("",), emails=(), accounts=(), okpo="")
    return invoice(
        id="acme-si-103",
        number="103",
        counterparty=party,
        lines=(line,),
        amount=Decimal("0.83"),
        tax=Tax("20", Decimal("0.14")),
        comment="  Первая\r\nвторая\rтретья ☃  ",
        requisites=(("Пусто", " \x07 "), ("Сайт", "a & b")),
    )


def mixed_rates_invoice() -> OutgoingDocument:
    """Rates of several kinds in one document."""
    lines = (
        goods(1),
        goods(2, rate="10", vat="218.18"),
        goods(3, rate="22", vat="432.79"),
        goods(4, rate="0", vat="0.00"),
    )
    return invoice(
        id="acme-si-104", number="104", lines=lines, amount=Decimal("9600.00"), tax=Tax("20", Decimal("1050.97"))
    )


def answer(documents: list[OutgoingDocument], form: Form, version: str | None, encoding: Encoding) -> bytes:
    """A whole query answer."""
    dialect = dialect_for(form, version)
    head, tail = envelope(dialect, encoding, FORMED_AT)
    return head + b"".join(render_document(document, dialect, encoding) for document in documents) + tail


_BODIES = {
    "001-company-goods-and-service": ([invoice()], Encoding.CP1251),
    "002-person-without-vat": ([person_invoice()], Encoding.CP1251),
    "003-awkward-characters": ([awkward_invoice()], Encoding.CP1251),
    "004-mixed-rates": ([mixed_rates_invoice()], Encoding.CP1251),
    "005-three-in-one-answer-utf8-bom": ([invoice(), person_invoice(), awkward_invoice()], Encoding.UTF8_BOM),
    "006-nothing-to-send": ([], Encoding.CP1251),
    "007-company-utf8": ([invoice()], Encoding.UTF8),
}
_FORMS = {"2.05": Form.BARE, "2.10": Form.SUBORDINATE, "3.1": Form.CONTAINER}


def goldens() -> dict[Path, bytes]:
    """Every golden file with the bytes it must hold."""
    found = {
        FIXTURES / version / "outgoing" / f"{name}.xml": answer(documents, form, None, encoding)
        for version, form in _FORMS.items()
        for name, (documents, encoding) in _BODIES.items()
    }
    for version, form in _FORMS.items():
        for name in SITUATIONS:
            document, encoding = rendered(name, form)
            path = FIXTURES / version / "outgoing" / f"{name}.xml"
            found[path] = answer([document], form, None, encoding)
    return found


def main() -> None:
    """Write the golden files anew: ``python -m tests.unit.commerceml.samples``; read the difference then."""
    for path, body in goldens().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)


if __name__ == "__main__":
    main()
