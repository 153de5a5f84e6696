"""Data to start with: a small believable Russian portal, and any number of invoices for measurements.

All companies, people, codes and accounts are invented; INNs carry valid check digits.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import cycle
from typing import Any

from commerceml_bridge.simulators.portal import clients, rows
from commerceml_bridge.simulators.portal.clients import ACTUAL_ADDRESS, LEGAL_ADDRESS
from commerceml_bridge.simulators.portal.rows import SERVICE, Row
from commerceml_bridge.simulators.portal.settings import COMPANY_TYPE, SMART_INVOICE_TYPE
from commerceml_bridge.simulators.portal.state import Portal

_TEN = (2, 4, 10, 3, 5, 9, 4, 6, 8)
_TWELVE = ((7, 2, 4, 10, 3, 5, 9, 4, 6, 8), (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8))


def inn(body: str) -> str:
    """Complete an INN: 9 digits get one check digit (organisation), 10 digits get two (person).

    Raises ValueError for another length.
    """
    weights = {9: (_TEN,), 10: _TWELVE}.get(len(body))
    if weights is None:
        raise ValueError("an INN body has 9 or 10 digits")
    for row in weights:
        body += str(sum(int(digit) * weight for digit, weight in zip(body, row, strict=True)) % 11 % 10)
    return body


@dataclass(frozen=True, slots=True)
class Demo:
    """The ids ``seed_demo`` gave."""

    my_company: int
    companies: tuple[int, ...]
    contacts: tuple[int, ...]
    products: tuple[int, ...]
    smart_invoices: tuple[int, ...]
    old_invoices: tuple[int, ...]


def seed_demo(portal: Portal) -> Demo:
    """Fill a portal: a seller, two firms, a sole proprietor, a person, goods, 5 smart and 2 old invoices."""
    with portal.lock:
        mine = _seller(portal)
        companies = _clients(portal)
        contact = portal.add_contact(
            "Ольга", "Ветрова", "Сергеевна", phone="+79161234501", email="vetrova@mail.example"
        )
        products = _goods(portal)
        invoices = _smart_invoices(portal, companies, contact, products)
        olds = _old_invoices(portal, companies, products)
        return Demo(mine, companies, (contact,), products, invoices, olds)


def _address(postal: str, city: str, street: str, office: str = "") -> dict[str, str]:
    place = {"POSTAL_CODE": postal, "CITY": city, "ADDRESS_1": street, "ADDRESS_2": office}
    return {**place, "COUNTRY": "Россия", "COUNTRY_CODE": "643"}


def _bank(name: str, bik: str, account: str, correspondent: str) -> dict[str, str]:
    return {"RQ_BANK_NAME": name, "RQ_BIK": bik, "RQ_ACC_NUM": account, "RQ_COR_ACC_NUM": correspondent}


def _seller(portal: Portal) -> int:
    place = _address("119034", "Москва", "ул. Образцовая, д. 7", "офис 12")
    return portal.add_my_company(
        "Северный склад",
        inn=inn("770912345"),
        kpp="770901001",
        RQ_COMPANY_NAME="ООО «Северный склад»",
        RQ_COMPANY_FULL_NAME="Общество с ограниченной ответственностью «Северный склад»",
        RQ_OGRN="1167700012345",
        RQ_DIRECTOR="Громов Павел Андреевич",
        bank=_bank("АО «Примербанк»", "044525999", "40702810900000001001", "30101810000000000999"),
        addresses={LEGAL_ADDRESS: place},
        phone="+74951234500",
        email="info@sever.example",
    )


def _clients(portal: Portal) -> tuple[int, ...]:
    place = _address("620014", "Екатеринбург", "ул. Заводская, д. 15", "оф. 301")
    factory = portal.add_company(
        "Уралдеталь",
        inn=inn("667105432"),
        kpp="667101001",
        RQ_COMPANY_NAME="ООО «Уралдеталь»",
        RQ_COMPANY_FULL_NAME="Общество с ограниченной ответственностью «Уралдеталь»",
        RQ_OGRN="1156671054321",
        bank=_bank("ПАО «Уралпримербанк»", "046577999", "40702810500000002002", "30101810500000000999"),
        addresses={LEGAL_ADDRESS: place, ACTUAL_ADDRESS: place},
        phone="+73432345602",
        email="zakupki@uraldetal.example",
    )
    cafe = portal.add_company(
        "Кафе «Берёзка» & партнёры",
        inn=inn("781401234"),
        kpp="781401001",
        RQ_COMPANY_NAME="ООО «Берёзка»",
        RQ_COMPANY_FULL_NAME="Общество с ограниченной ответственностью «Берёзка»",
        addresses={LEGAL_ADDRESS: _address("197110", "Санкт-Петербург", "наб. Адмирала, д. 3, лит. А")},
        phone="+78123456703",
    )
    owner = portal.add_company(
        "ИП Соколов",
        inn=inn("5025123456"),
        RQ_NAME="ИП Соколов Дмитрий Олегович",
        RQ_LAST_NAME="Соколов",
        RQ_FIRST_NAME="Дмитрий",
        RQ_SECOND_NAME="Олегович",
        RQ_OGRNIP="318502900012345",
        email="sokolov@ip.example",
    )
    return factory, cafe, owner


def _goods(portal: Portal) -> tuple[int, ...]:
    return (
        portal.add_product("Подшипник 6204", "5f0c4c1e-7d2b-11ee-9a41-00155d0a0b01", price=350, vat_id=5),
        portal.add_product("Мука пшеничная, в/с", "6a7be0d2-7d2b-11ee-9a41-00155d0a0b02", price=48, measure_code=166),
        portal.add_product("Кабель ВВГнг 3×2,5", price=95, measure_code=6),
        portal.add_product("Доставка по городу", price=1500, type=SERVICE),
    )


def _smart_invoices(
    portal: Portal, companies: tuple[int, ...], contact: int, goods: tuple[int, ...]
) -> tuple[int, ...]:
    factory, cafe, owner = companies
    bearing, flour, cable, delivery = goods
    day = portal.today()
    with_vat = (
        Row("Подшипник 6204", 427, 100, 22, product_id=bearing),
        Row("Доставка по городу", 1500, 1, 22, product_id=delivery, measure_name="усл", type=SERVICE),
    )
    food = (Row("Мука пшеничная, в/с", "52.80", "250.5", 10, product_id=flour, measure_code=166, measure_name="кг"),)
    metres = Row(
        "Кабель ВВГнг 3×2,5", 90, "120.5", product_id=cable, measure_code=6, measure_name="м", discount_percent=5
    )
    export = Row("Подшипник 6204", 350, 40, 0, product_id=bearing)
    older = Row("Подшипник 6204", 100, 10, 20, False, True, discount_sum=5, product_id=bearing)
    plan: tuple[tuple[dict[str, Any], tuple[Row, ...], str], ...] = (
        ({"company_id": factory}, with_vat, "N"),
        ({"company_id": cafe}, food, "S"),
        ({"company_id": owner}, (metres, Row("Консультация", 2000)), "N"),
        ({"contact_id": contact}, (export,), "S"),
        ({"company_id": factory}, (older,), "P"),
    )
    return tuple(
        portal.add_smart_invoice(
            account_number=str(number),
            begindate=day - timedelta(days=15 - number),
            rows=lines,
            stage=stage,
            title=f"Счет № {number}",
            **payer,
        )
        for number, (payer, lines, stage) in enumerate(plan, 11)
    )


def _old_invoices(portal: Portal, companies: tuple[int, ...], goods: tuple[int, ...]) -> tuple[int, ...]:
    factory, cafe, _ = companies
    day = portal.today() - timedelta(days=20)
    first = portal.add_old_invoice(
        account_number="8",
        date_bill=day,
        company_id=factory,
        rows=[Row("Подшипник 6204", 420, 20, 20, product_id=goods[0])],
    )
    second = portal.add_old_invoice(
        account_number="9", date_bill=day, company_id=cafe, rows=[Row("Аренда зала", 15000)], status="P"
    )
    return first, second


def seed_many(portal: Portal, count: int, *, clients: int = 0, days: int = 365) -> None:
    """Add ``count`` smart invoices quickly (100,000 in a few seconds); rows share templates, one to four an invoice.

    ``clients`` companies with requisites are added for them, a third of ``count`` but at most 1000 by default. Invoices
    are spread over the last ``days`` days, oldest first; no events are sent.
    """
    with portal.lock:
        if not portal.companies.where("IS_MY_COMPANY", ("Y",)):
            _seller(portal)
        payers = [_bulk_client(portal, number) for number in range(clients or min(1000, max(1, count // 3)))]
        templates = [_template(portal, number) for number in range(40)]
        begin = portal.now() - timedelta(days=days)
        step = timedelta(days=days) / max(count, 1)
        for number, payer, lines in zip(range(count), cycle(payers), cycle(templates), strict=False):
            moment = (begin + step * number).replace(microsecond=0)
            _bulk_invoice(portal, moment.date(), payer, lines, {"createdTime": moment, "updatedTime": moment})


def _bulk_client(portal: Portal, number: int) -> int:
    code = inn(f"77{number:07d}")
    name = f"ООО «Покупатель {number + 1}»"
    return portal.add_company(f"Покупатель {number + 1}", inn=code, kpp="770101001", RQ_COMPANY_NAME=name)


def _template(portal: Portal, number: int) -> tuple[dict[str, Any], ...]:
    base = portal.item_rows.defaults
    lines = (
        Row(
            f"Товар {number}-{place}", 100 + 7 * number + place, 1 + (number + place) % 9, (22, 10, None, 0)[number % 4]
        )
        for place in range(1 + number % 4)
    )
    return tuple({**base, **line.values(), "sort": 10 * place} for place, line in enumerate(lines, 1))


def _bulk_invoice(
    portal: Portal, day: date, payer: int, lines: tuple[dict[str, Any], ...], times: dict[str, Any]
) -> None:
    number = portal.items.next_id
    total, tax = rows.totals(lines)
    mine = portal.companies.where("IS_MY_COMPANY", ("Y",))[0]["ID"]
    own = {
        **times,
        "movedTime": times["createdTime"],
        "title": f"Счет #{number}",
        "accountNumber": f"{number}-1" if portal.items.where("accountNumber", (str(number),)) else str(number),
        "begindate": day,
        "closedate": day + timedelta(days=7),
        "companyId": payer,
        "mycompanyId": mine,
        "categoryId": portal.settings.category_id,
        "stageId": portal.settings.stage_id(portal.settings.stages[0].code),
        "opportunity": total,
        "taxValue": tax,
    }
    portal.items.insert(own)
    clients.link_invoice(portal, (SMART_INVOICE_TYPE, number), (COMPANY_TYPE, payer), mine)
    for line in lines:
        portal.item_rows.insert({"ownerId": number}, base=line)
