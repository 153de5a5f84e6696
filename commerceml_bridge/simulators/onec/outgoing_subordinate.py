"""Subordinate payment and shipment documents of УНФ with ``cmlVersion=2.10`` (facts: 1c-clients §4.1, commerceml §4B).

``Номер`` is written only if the payment came from the site; amounts of partial payments are visible here.
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

from commerceml_bridge.simulators.onec.model import Order, Payment, Shipment
from commerceml_bridge.simulators.onec.outgoing import (
    add,
    add_line,
    add_requisites,
    amount,
    locale_moment,
)

OPERATIONS = {
    "cash": "Выплата наличных денег",
    "bank": "Выплата безналичных денег",
    "letter_of_credit": "Выплата безналичных денег",
    "card": "Эквайринговая операция",
}
"""ХозОперация by payment kind; a settlement without money has none."""


def add_subordinate(document: ET.Element, order: Order, currency: str) -> None:
    """``ПодчиненныеДокументы`` if the order has a posted payment or shipment."""
    payments = [payment for payment in order.posted_payments if payment.kind in OPERATIONS]
    shipments = [shipment for shipment in order.shipments if shipment.posted]
    if not payments and not shipments:
        return
    container = add(document, "ПодчиненныеДокументы")
    for payment in payments:
        _add_payment(add(container, "ПодчиненныйДокумент"), payment, currency)
    for shipment in shipments:
        _add_shipment(add(container, "ПодчиненныйДокумент"), order, shipment, currency)


def _add_payment(element: ET.Element, payment: Payment, currency: str) -> None:
    add(element, "Ид", payment.guid)
    if payment.site_number:
        add(element, "Номер", payment.site_number)
    add(element, "Дата", f"{payment.date:%Y-%m-%d}")
    add(element, "ХозОперация", OPERATIONS[payment.kind])
    add(element, "Валюта", currency)
    add(element, "Курс", "1")
    add(element, "Сумма", amount(payment.amount))
    add(element, "СрокПлатежа", f"{payment.date:%Y-%m-%d}")
    requisites = [
        ("Номер оплаты по 1С", payment.number),
        ("Дата оплаты по 1С", locale_moment(payment.date)),
        ("Оплачен", "true"),
        ("Номер платежного документа", payment.number),
        ("Дата оплаты", locale_moment(payment.date)),
    ]
    if payment.method:
        requisites.append(("Метод оплаты", payment.method))
    add_requisites(element, requisites)


def _add_shipment(element: ET.Element, order: Order, shipment: Shipment, currency: str) -> None:
    add(element, "Ид", shipment.guid)
    add(element, "Дата", f"{shipment.date:%Y-%m-%d}")
    add(element, "ХозОперация", "Отпуск товара")
    add(element, "Валюта", currency)
    add(element, "Курс", "1")
    add(element, "Сумма", amount(order.total))
    goods = add(element, "Товары")
    for line in order.lines:
        add_line(goods, line, inside=order.vat_included)
    number, date = shipment.number, locale_moment(shipment.date)
    add_requisites(
        element, [("Отгружен", "true"), ("Номер документа отгрузки", number), ("Дата документа отгрузки", date)]
    )
