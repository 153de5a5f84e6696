"""Situations an accountant meets, as invoices of Bitrix24, through the real rendering to the documents 1C gets."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

from commerceml_bridge.domain.documents import Encoding, Form, OutgoingDocument
from commerceml_bridge.domain.invoices import Address, AddressKind, BankAccount, Invoice, Party, PartyKind
from commerceml_bridge.domain.nodes import ClientFamily, NodeOptions
from commerceml_bridge.domain.numbering import WireNumber
from commerceml_bridge.domain.rendering import MIXED_VAT, render
from tests.unit.domain.samples import invoice, row

CLIENTS = {Form.BARE: ClientFamily.UT11, Form.SUBORDINATE: ClientFamily.UNF, Form.CONTAINER: ClientFamily.BITRIX}

COMPANY = Party(
    entity="company",
    entity_id=21,
    kind=PartyKind.LEGAL,
    name="Полярная звезда",
    full_name="Общество с ограниченной ответственностью «Полярная звезда»",
    inn="7707083893",
    kpp="770701001",
    okpo="00032537",
    requisite_id=210,
    addresses=(
        Address(
            AddressKind.LEGAL,
            "Россия",
            "101000",
            "Московская область",
            "Клинский район",
            "Клин",
            "ул. Мира, 1",
            "оф. 5",
        ),
        Address(AddressKind.ACTUAL, "Россия", "300000", "Тульская область", "", "Тула", "пр. Ленина, 2"),
    ),
    bank_account=BankAccount("40702810900000000001", "АО «Банк»", "044525225", "30101810400000000225"),
    phones=("+7 495 000-00-00", "+7 495 000-00-01"),
    emails=("buh@example.test",),
    contact_person="Анна Ёлкина",
)
SOLE = replace(
    COMPANY,
    entity_id=22,
    kind=PartyKind.ENTREPRENEUR,
    name="ИП Кедров",
    full_name="Индивидуальный предприниматель Кедров Пётр Ильич",
    last_name="Кедров",
    first_name="Пётр",
    second_name="Ильич",
    inn="500100732259",
    kpp="",
    okpo="",
)
PERSON = Party(
    entity="contact",
    entity_id=23,
    kind=PartyKind.PERSON,
    name="Ольга Ивлева",
    last_name="Ивлева",
    first_name="Ольга",
    phones=("+7 900 000-00-23",),
)
FOREIGN = Party(
    entity="company",
    entity_id=24,
    kind=PartyKind.LEGAL,
    name="Nordlys AS",
    full_name="Nordlys Aksjeselskap",
    addresses=(Address(AddressKind.LEGAL, country="Норвегия", city="Tromsø", street="Storgata 1"),),
    emails=("post@example.test",),
)
BARE = Party(entity="company", entity_id=25, kind=PartyKind.LEGAL, name="Компания без реквизитов")

_CHAIR = {"name": "Стул", "product_xml_id": "chair-xml", "article": "СТ-1"}
_OTHERS = (
    BankAccount("40702810500000000077", "ПАО «Второй банк»", "044525974", "30101810145250000974"),
    BankAccount("40702810900000000001", "АО «Банк» ещё раз", "044525225"),
    BankAccount("нет счёта", "АО «Третий»", "044525593"),
    BankAccount("40702840000000000009", "АО «Третий»", "044525593"),
)
"""of these two go out: the main one is said once, and what is no account is left out"""
_LONG = "Очень длинное наименование с подробностями, размерами и цветом; " * 6


def _situations() -> dict[str, tuple[Invoice, Encoding]]:
    chair = row("1200.00", "2", **_CHAIR)
    cp1251 = Encoding.CP1251
    discounted = row("900.00", "3", discount=Decimal("100"), row_id=2, product_id=56, name="Стол со скидкой")
    service = row("5000", row_id=3, product_id=57, name="Монтаж", is_service=True, unit_code="356", unit_name="ч")
    rates = tuple(
        row("100.00", "1", rate, row_id=n, product_id=60 + n) for n, rate in enumerate(("22", "20", "10", "7", "5"), 1)
    )
    awkward = replace(chair, name='Труба ⌀ 20 "½" <чёрная> & муфта 😀')
    long_winded = replace(COMPANY, full_name=_LONG)
    return {
        "011-legal-entity": (
            invoice(chair, buyer=COMPANY, pay_before=dt.date(2026, 3, 12), comment="Доставка до двери.\nПозвонить."),
            cp1251,
        ),
        "012-sole-proprietor": (invoice(chair, buyer=SOLE), cp1251),
        "013-person": (invoice(row("990.00", "1", None), buyer=PERSON), cp1251),
        "014-foreign-without-inn": (invoice(row("10.00", "1", "0"), buyer=FOREIGN, currency="EUR"), cp1251),
        "015-company-without-requisites": (invoice(chair, buyer=BARE), cp1251),
        "016-five-rates": (invoice(*rates, buyer=COMPANY), cp1251),
        "017-zero-percent-beside-without-vat": (
            invoice(row("100.00", "1", "0"), row("50.00", "1", None, row_id=2, product_id=56), buyer=COMPANY),
            cp1251,
        ),
        "018-fractional-quantity": (
            invoice(row("333.33", "1.375", unit_code="166", unit_name="кг"), buyer=COMPANY), cp1251,
        ),
        "019-price-finer-than-a-kopeck": (invoice(row("33.3333", "3"), buyer=COMPANY), cp1251),
        "020-service": (invoice(chair, service, buyer=COMPANY), cp1251),
        "021-discount": (invoice(discounted, buyer=COMPANY), cp1251),
        "022-long-texts": (
            invoice(replace(chair, name=_LONG), buyer=long_winded, comment="я" * 4000), cp1251,
        ),
        "023-outside-windows-1251": (
            invoice(awkward, buyer=FOREIGN, comment="a\x0bb ☃"), cp1251,
        ),
        "024-utf8-with-mark": (invoice(chair, buyer=COMPANY), Encoding.UTF8_BOM),
        "025-several-accounts": (invoice(chair, buyer=replace(COMPANY, other_accounts=_OTHERS)), cp1251),
    }  # fmt: skip


SITUATIONS = _situations()


def rendered(name: str, form: Form) -> tuple[OutgoingDocument, Encoding]:
    """The document of a situation as the node of a form gets it."""
    source, encoding = SITUATIONS[name]
    number = name[:3]
    document = render(
        replace(source, number=number),
        portal_code="acme",
        number=WireNumber(number, is_substitute=False),
        version=1,
        options=NodeOptions(from_date=dt.date(2026, 1, 1), client=CLIENTS[form], encoding=encoding),
        released=(MIXED_VAT,),
    )
    return document, encoding
