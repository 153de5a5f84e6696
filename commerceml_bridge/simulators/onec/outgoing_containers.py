"""Containers of the 1C-Bitrix module 7.x: orders, payments and shipments as documents of their own (schema 3.1).

Facts: 1c-clients §4, §4.1, commerceml §3 and §4C. Номер1С is padded with spaces, empty ИНН and КПП are usual, a
document born in 1C has no Номер and the date 0001-01-01.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from decimal import Decimal
from xml.etree import ElementTree as ET

from commerceml_bridge.simulators.onec.model import NO_VAT, Line, Order, Payment
from commerceml_bridge.simulators.onec.outgoing import (
    Requisites,
    add,
    add_document_tax,
    add_line_tax,
    add_requisites,
    amount,
    flag,
    numbers,
    state,
)
from commerceml_bridge.simulators.onec.outgoing_subordinate import OPERATIONS

XMLNS = "urn:1C.ru:commerceml_3"
VERSION = "3.1"
NUMBER_LENGTH = 11
EMPTY_DATE = "0001-01-01"
BORN_IN_1C = "00:00:01"


@dataclass(frozen=True)
class Head:
    """Head of one document in a container; ``basis`` is the Ид of the order for payments and shipments."""

    id: str
    marked: bool
    posted: bool
    number: str
    number_1c: str
    date: str
    date_1c: str
    time: str
    operation: str
    total: Decimal
    basis: str = ""


def add_container(root: ET.Element, order: Order, *, currency: str, site_id: bool) -> None:
    """One ``Контейнер`` with the order and everything settled on it.

    ``site_id``: the module returns the site's own Ид; other states of it write the 1C reference.
    """
    container = add(root, "Контейнер")
    order_id = order.site_id if site_id and order.site_id else order.guid
    _add_order(container, order, order_id, currency)
    for payment in order.payments:
        if payment.kind in OPERATIONS:
            _add_payment(container, order, payment, order_id, currency)
    _add_shipments(container, order, order_id, currency)


def _add_order(container: ET.Element, order: Order, order_id: str, currency: str) -> None:
    head = Head(
        id=order_id,
        marked=order.deletion_mark,
        posted=order.posted,
        number=order.number,
        number_1c=order.number_1c,
        date=f"{order.date:%Y-%m-%d}" if order.number and order.date else EMPTY_DATE,
        date_1c=f"{order.date_1c:%Y-%m-%d}",
        time=order.time if order.number else BORN_IN_1C,
        operation="Заказ товара",
        total=order.total,
    )
    document = _add_head(container, head, order, currency)
    note = f"[Номер документа на сайте: {order.number}] " if order.number else ""
    add(document, "Комментарий", note + order.comment)
    add_document_tax(document, order)
    requisites = state(order, f"{order.date_1c:%Y-%m-%d}")
    requisites += [("Отменен", flag(order.cancelled)), ("Отгружен", flag(order.shipped))]
    if "Статуса заказа ИД" in order.requisites:
        requisites.append(("Статуса заказа ИД", order.requisites["Статуса заказа ИД"]))
    add_requisites(document, requisites)
    _add_goods(document, order)


def _add_payment(container: ET.Element, order: Order, payment: Payment, order_id: str, currency: str) -> None:
    head = Head(
        id=payment.guid,
        marked=False,
        posted=payment.posted,
        number=payment.site_number,
        number_1c=payment.number,
        date=f"{payment.date:%Y-%m-%d}" if payment.site_number else EMPTY_DATE,
        date_1c=f"{payment.date:%Y-%m-%d}",
        time=f"{payment.date:%H:%M:%S}" if payment.site_number else BORN_IN_1C,
        operation=OPERATIONS[payment.kind],
        total=payment.amount,
        basis=order_id,
    )
    document = _add_head(container, head, order, currency)
    requisites: Requisites = [("Проведен", flag(payment.posted)), ("Отменен", "false")]
    requisites += [("Оплачен", flag(payment.posted)), ("Номер оплаты по 1С", payment.number)]
    requisites.append(("Дата оплаты по 1С", f"{payment.date:%Y-%m-%d}"))
    if payment.method:
        requisites.append(("Метод оплаты ИД", payment.method))
    add_requisites(document, requisites)


def _add_shipments(container: ET.Element, order: Order, order_id: str, currency: str) -> None:
    for shipment in order.shipments:
        head = Head(
            id=shipment.guid,
            marked=False,
            posted=shipment.posted,
            number="",
            number_1c=shipment.number,
            date=EMPTY_DATE,
            date_1c=f"{shipment.date:%Y-%m-%d}",
            time=BORN_IN_1C,
            operation="Отпуск товара",
            total=order.total,
            basis=order_id,
        )
        document = _add_head(container, head, order, currency)
        requisites = [("Проведен", flag(shipment.posted)), ("Отменен", "false"), ("Отгружен", flag(shipment.posted))]
        number, date = numbers([(shipment.number, shipment.date)])
        requisites += [("Номер отгрузки по 1С", number), ("Дата отгрузки по 1С", f"{date:%Y-%m-%d}")]
        add_requisites(document, requisites)
        _add_goods(document, order)


def _version(*content: object) -> str:
    """A version mark that changes with the content, in base64 as the module's are."""
    return base64.b64encode(hashlib.blake2b(repr(content).encode(), digest_size=8).digest()).decode("ascii")


def _add_head(container: ET.Element, head: Head, order: Order, currency: str) -> ET.Element:
    document = add(container, "Документ")
    for name, value in (
        ("Ид", head.id),
        ("НомерВерсии", _version(head)),
        ("ПометкаУдаления", flag(head.marked)),
        ("Номер", head.number),
        ("Номер1С", head.number_1c.ljust(NUMBER_LENGTH)),
        ("Дата", head.date),
        ("Дата1С", head.date_1c),
        ("Время", head.time),
        ("ХозОперация", head.operation),
    ):
        add(document, name, value)
    _add_party(document, order)
    add(document, "Валюта", currency)
    add(document, "Курс", "1")
    add(document, "Сумма", amount(head.total))
    if head.basis:
        add(document, "Основание", head.basis)
    add(document, "Роль", "Продавец")
    return document


def _add_party(document: ET.Element, order: Order) -> None:
    """ИНН, КПП and КодПоОКПО stand after Роль and may be empty."""
    party = order.counterparty
    element = add(add(document, "Контрагенты"), "Контрагент")
    add(element, "Ид", party.site_id or party.guid)
    add(element, "НомерВерсии", _version(party.guid, party.name, party.inn, party.kpp))
    add(element, "ПометкаУдаления", "false")
    add(element, "Наименование", party.name)
    add(element, "ОфициальноеНаименование" if party.legal else "ПолноеНаименование", party.full_name or party.name)
    add(element, "Роль", "Покупатель")
    add(element, "ИНН", party.inn)
    add(element, "КПП", party.kpp)
    add(element, "КодПоОКПО", "")


def _add_goods(document: ET.Element, order: Order) -> None:
    if not order.lines:
        return
    goods = add(document, "Товары")
    for line in order.lines:
        _add_line(goods, line, inside=order.vat_included)


def _add_line(goods: ET.Element, line: Line, *, inside: bool) -> None:
    element = add(goods, "Товар")
    add(element, "Ид", line.item.site_id or line.item.guid if line.item else line.site_id)
    add(element, "Артикул", line.article)
    add(element, "Наименование", line.name)
    add(element, "БазоваяЕдиница", f"{line.unit_code or '796'} ")
    if line.vat_rate != NO_VAT:
        rate = add(add(element, "СтавкиНалогов"), "СтавкаНалога")
        add(rate, "Наименование", "НДС")
        add(rate, "Ставка", line.vat_rate)
    kind = "Услуга" if line.service else "Товар"
    add_requisites(element, [("ВидНоменклатуры", kind), ("ТипНоменклатуры", kind)])
    unit = add(element, "Единица")
    add(unit, "Ид", f"{line.unit_code or '796'} ")
    add(unit, "НаименованиеКраткое", line.unit or "шт")
    add(unit, "Код", f"{line.unit_code or '796'} ")
    add(element, "Коэффициент", "1")
    add(element, "Количество", amount(line.quantity))
    add(element, "Цена", amount(line.price))
    add(element, "Сумма", amount(line.amount))
    add_line_tax(element, line, inside=inside)
