"""Покупатель: карточка и реквизиты Битрикс24 → ``Контрагент``, который прочтёт 1С. Читается как таблица."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass, field
from typing import Any

import pytest

from commerceml_bridge.bitrix24.parties import COMPANY, CONTACT, Entity, PartyBook, party
from commerceml_bridge.commerceml.dialects import dialect_for
from commerceml_bridge.commerceml.validation import Level, validate_outgoing
from commerceml_bridge.commerceml.writer import render_document
from commerceml_bridge.domain import rendering
from commerceml_bridge.domain.documents import Encoding, Form
from commerceml_bridge.domain.invoices import Party
from commerceml_bridge.domain.numbering import WireNumber
from tests.unit.domain.samples import invoice, row
from tests.unit.domain.test_rendering import OPTIONS

TITLE = {"TITLE": "Ромашка", "PHONE": [{"VALUE": "+7 495 000-00-00"}], "EMAIL": [{"VALUE": "buh@example.test"}]}
PERSON = {"NAME": "Анна", "SECOND_NAME": "Петровна", "LAST_NAME": "Ёлкина"}
LEGAL = {
    "TYPE_ID": "6",
    "POSTAL_CODE": "101000",
    "CITY": "Москва",
    "ADDRESS_1": "ул. Мясницкая, 5",
    "ADDRESS_2": "оф. 3",
}
ACTUAL = {"TYPE_ID": "1", "CITY": "Тула", "COUNTRY": "Россия"}
MINSK = {"TYPE_ID": "6", "COUNTRY": "Беларусь", "CITY": "Минск"}
BANK = {
    "ID": "9",
    "RQ_BANK_NAME": "АО Банк",
    "RQ_BIK": "044525225",
    "RQ_ACC_NUM": "40702810900000000001",
    "RQ_COR_ACC_NUM": "30101810400000000225",
}


@dataclass(frozen=True)
class Case:
    """What Bitrix24 has, and what 1C gets: element → value, ``None`` for one that must be absent."""

    what: str
    entity: int
    card: dict[str, Any]
    requisite: dict[str, str]
    expected: dict[str, str | None]
    addresses: list[dict[str, str]] = field(default_factory=list)
    bank: dict[str, str] | None = None
    talks: dict[str, str] | None = None
    comment: str = ""


CASES = [
    Case(
        "организация",
        COMPANY,
        TITLE,
        {"RQ_COMPANY_FULL_NAME": "ООО «Ромашка»", "RQ_INN": "7707083893", "RQ_KPP": "770701001", "RQ_OKPO": "00032537"},
        {
            "Ид": "acme-co-7",
            "Наименование": "Ромашка",
            "ОфициальноеНаименование": "ООО «Ромашка»",
            "ПолноеНаименование": None,
            "ИНН": "7707083893",
            "КПП": "770701001",
            "ОКПО": "00032537",
            "Представление": "101000, Москва, ул. Мясницкая, 5, оф. 3",
            "НомерСчета": "40702810900000000001",
            "СчетКорреспондентский": "30101810400000000225",
            "БИК": "044525225",
            "Представители": None,
        },
        [LEGAL, ACTUAL],
        BANK,
        PERSON,
        "Контактное лицо: Ёлкина Анна Петровна",
    ),
    Case(
        "предприниматель",
        COMPANY,
        {"TITLE": "ИП Ёлкина"},
        {"RQ_NAME": "ИП Ёлкина Анна Петровна", "RQ_INN": "500100732259", "RQ_OGRNIP": "304770000000001"},
        {"ОфициальноеНаименование": "ИП Ёлкина Анна Петровна", "ИНН": "500100732259", "КПП": None, "Фамилия": None},
    ),
    Case(
        "предприниматель на карточке контакта",
        CONTACT,
        PERSON,
        {"RQ_NAME": "ИП Ёлкина Анна Петровна", "RQ_INN": "500100732259", "RQ_OGRNIP": "304770000000001"},
        {"Ид": "acme-ct-7", "ОфициальноеНаименование": "ИП Ёлкина Анна Петровна", "ИНН": "500100732259"},
    ),
    Case(
        "человек с реквизитами",
        CONTACT,
        PERSON,
        {"RQ_LAST_NAME": "Ёлкина", "RQ_FIRST_NAME": "Анна", "RQ_SECOND_NAME": "Петровна", "RQ_INN": "500100732259"},
        {
            "Ид": "acme-ct-7",
            "Наименование": "Ёлкина Анна Петровна",
            "ОфициальноеНаименование": None,
            "ПолноеНаименование": "Ёлкина Анна Петровна",
            "Фамилия": "Ёлкина",
            "Отчество": "Петровна",
            "ИНН": "500100732259",
            "АдресРегистрации": "",
        },
        [{"TYPE_ID": "4", "CITY": "Тверь"}],
    ),
    Case(
        "компания без реквизитов",
        COMPANY,
        TITLE,
        {},
        {"Ид": "acme-co-7", "ОфициальноеНаименование": "Ромашка", "ИНН": None, "КПП": None, "ЮридическийАдрес": None},
    ),
    Case(
        "только контакт",
        CONTACT,
        {"NAME": "Анна"},
        {},
        {"Ид": "acme-ct-7", "Наименование": "Анна", "ПолноеНаименование": "Анна", "ИНН": None, "Контакты": None},
    ),
    Case(
        "иностранная организация",
        COMPANY,
        {"TITLE": "Васильки"},
        {"RQ_COMPANY_NAME": "ООО «Васильки»", "RQ_INN": "100123456"},
        {"ОфициальноеНаименование": "ООО «Васильки»", "ИНН": None, "КПП": None, "Представление": "Беларусь, Минск"},
        [MINSK],
        comment="Налоговый номер покупателя: 100123456",
    ),
    Case(
        "иностранная организация без номера",
        COMPANY,
        {"TITLE": "Васильки"},
        {"RQ_COMPANY_NAME": "ООО «Васильки»"},
        {"ОфициальноеНаименование": "ООО «Васильки»", "ИНН": None},
        [MINSK],
    ),
    Case(
        "иностранный номер, похожий на ИНН",
        COMPANY,
        {"TITLE": "Васильки"},
        {"RQ_COMPANY_NAME": "ООО «Васильки»", "RQ_INN": "7707083893"},
        {"ОфициальноеНаименование": "ООО «Васильки»", "ИНН": None, "КПП": None},
        [MINSK],
        comment="Налоговый номер покупателя: 7707083893",
    ),
    Case(
        "иностранная организация с российским ИНН",
        COMPANY,
        {"TITLE": "Васильки"},
        {"RQ_COMPANY_NAME": "ООО «Васильки»", "RQ_INN": "9909123454", "RQ_KPP": "770787001"},
        {"ИНН": "9909123454", "КПП": "770787001"},
        [MINSK],
    ),
    Case(
        "российская организация с адресом за границей",
        COMPANY,
        {"TITLE": "Ромашка"},
        {"RQ_INN": "7707083893", "RQ_KPP": "770701001"},
        {"ИНН": "7707083893", "КПП": "770701001"},
        [LEGAL | {"COUNTRY": "Россия"}, MINSK | {"TYPE_ID": "1"}],
    ),
    Case(
        "опечатка в ИНН",
        COMPANY,
        TITLE,
        {"RQ_COMPANY_NAME": "ООО «Ромашка»", "RQ_INN": "7707083894", "RQ_KPP": "770701001"},
        {"ОфициальноеНаименование": "ООО «Ромашка»", "ИНН": None, "КПП": None},
    ),
    Case(
        "счёт без БИК не уходит",
        COMPANY,
        TITLE,
        {"RQ_INN": "7707083893"},
        {"РасчетныеСчета": None, "ИНН": "7707083893"},
        bank=BANK | {"RQ_BIK": ""},
    ),
]


def buyer_of(case: Case) -> Party:
    book = PartyBook()
    {COMPANY: book.companies, CONTACT: book.contacts}[case.entity][7] = case.card
    if case.talks:
        book.contacts[17] = case.talks
    entity = Entity(case.entity, 7)
    if case.requisite or case.addresses or case.bank:
        address_only = "N" if case.requisite else "Y"
        book.requisites[entity] = [{"ID": "70", "SORT": "500", "ADDRESS_ONLY": address_only, **case.requisite}]
        book.addresses[70] = list(case.addresses)
        book.bank_details[70] = [case.bank] if case.bank else []
    found = party(book, entity, requisite_id=0, bank_detail_id=0, contact_id=17 if case.talks else 0)
    assert found is not None
    return found


def written(buyer: Party) -> str:
    document = rendering.render(
        invoice(row("1200"), buyer=buyer),
        portal_code="acme",
        number=WireNumber("101", is_substitute=False),
        version=1,
        options=OPTIONS,
    )
    body = render_document(document, dialect_for(Form.BARE, None), Encoding.CP1251)
    assert not [one for one in validate_outgoing(body, Form.BARE, Encoding.CP1251) if one.level is Level.ERROR]
    return body.decode("windows-1251")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.what)
def test_a_buyer_of_bitrix24_becomes_a_counterparty_of_1c(case: Case) -> None:
    text = written(buyer_of(case))
    found = re.search(r"<Контрагент>.*</Контрагент>", text, re.DOTALL)
    assert found is not None
    for element, value in case.expected.items():
        if value is None:
            assert f"<{element}>" not in found[0], element
        else:
            assert f"<{element}>{value}" in found[0], element
    comment = re.search(r"<Комментарий>(.*?)</Комментарий>", text, re.DOTALL)
    assert (comment[1] if comment else "") == case.comment


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.what)
def test_renaming_a_buyer_keeps_its_id(case: Case) -> None:
    buyer = buyer_of(case)
    renamed = dataclasses.replace(buyer, name="Лютик", full_name="ООО «Лютик»", last_name="Лютикова")
    ids = [re.search(r"<Контрагент>\s*<Ид>([^<]*)", written(one)) for one in (buyer, renamed)]
    assert ids[0] is not None
    assert ids[1] is not None
    assert ids[0][1] == ids[1][1]
