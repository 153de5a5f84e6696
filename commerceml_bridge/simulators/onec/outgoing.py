"""The XML a client returns: the bare ``Документ`` of UT 10.3, УТ 11 and УНФ (facts: 1c-clients §4, commerceml §4A).

Element names are spelled here, on purpose apart from the product's own. What a family says about payment and state is
given in as ready requisites.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from xml.etree import ElementTree as ET

from commerceml_bridge.simulators.onec.model import NO_VAT, Counterparty, Line, Order

BOM = b"\xef\xbb\xbf"
Requisites = list[tuple[str, str]]


def add(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> ET.Element:
    """A child element; empty text gives an empty element, as 1C writes it."""
    element = ET.SubElement(parent, name, attributes)
    element.text = text or None
    return element


def amount(value: Decimal) -> str:
    """A number as 1C's ``XMLСтрока`` writes it: no trailing zeros, no exponent."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def flag(value: bool) -> str:
    """Literal ``true`` / ``false``."""
    return "true" if value else "false"


def locale_moment(moment: dt.datetime | None) -> str:
    """``yyyy-MM-ddT`` + locale time: no leading zero of the hour; an empty date leaves the bare letter ``T``."""
    return "T" if moment is None else f"{moment:%Y-%m-%d}T{moment.hour}:{moment:%M:%S}"


def root(version: str, generated: str, xmlns: str | None = None) -> ET.Element:
    """``КоммерческаяИнформация`` with the family's namespace, written as a plain attribute."""
    attributes = {"xmlns": xmlns} if xmlns else {}
    return ET.Element("КоммерческаяИнформация", {**attributes, "ВерсияСхемы": version, "ДатаФормирования": generated})


def to_bytes(element: ET.Element, *, bom: bool = True, line_end: str = "\n") -> bytes:
    """UTF-8 with a BOM if the family's writer puts one."""
    ET.indent(element, "\t")
    text = '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(element, encoding="unicode") + "\n"
    return (BOM if bom else b"") + text.replace("\n", line_end).encode("utf-8")


@dataclass(frozen=True)
class Head:
    """What differs in the head of a returned order: its Ид, the currency text, the sum, the site's time."""

    id: str
    currency: str
    total: Decimal
    time: str
    due: str | None = None


def order_element(parent: ET.Element, order: Order, head: Head, requisites: Requisites) -> ET.Element:
    """One bare order with the site's Номер and Дата."""
    document = add(parent, "Документ")
    add(document, "Ид", head.id)
    add(document, "Номер", order.number)
    add(document, "Дата", f"{order.date:%Y-%m-%d}" if order.date else "0001-01-01")
    add(document, "ХозОперация", "Заказ товара")
    add(document, "Роль", "Продавец")
    add(document, "Валюта", head.currency)
    add(document, "Курс", "1")
    add(document, "Сумма", amount(head.total))
    add_party(add(document, "Контрагенты"), order.counterparty)
    add(document, "Время", head.time)
    if head.due:
        add(document, "СрокПлатежа", head.due)
    if order.comment:
        add(document, "Комментарий", order.comment)
    add_document_tax(document, order)
    if order.lines:
        goods = add(document, "Товары")
        for line in order.lines:
            add_line(goods, line, inside=order.vat_included)
    add_requisites(document, requisites)
    return document


def add_party(parent: ET.Element, party: Counterparty) -> None:
    """``Контрагент`` with ИНН and КПП where known."""
    element = add(parent, "Контрагент")
    add(element, "Ид", party.site_id or party.guid)
    add(element, "Наименование", party.name)
    add(element, "ОфициальноеНаименование" if party.legal else "ПолноеНаименование", party.full_name or party.name)
    if party.inn:
        add(element, "ИНН", party.inn)
    if party.kpp:
        add(element, "КПП", party.kpp)
    add(element, "Роль", "Покупатель")


def add_document_tax(document: ET.Element, order: Order) -> None:
    """Document-level ``Налоги``; absent for an untaxed order."""
    if not order.vat:
        return
    tax = add(add(document, "Налоги"), "Налог")
    add(tax, "Наименование", "НДС")
    add(tax, "УчтеноВСумме", flag(order.vat_included))
    add(tax, "Сумма", amount(order.vat))


def add_line(goods: ET.Element, line: Line, *, inside: bool) -> None:
    """``Товар`` in the commonest shape of genuine files (commerceml §2.6)."""
    element = add(goods, "Товар")
    add(element, "Ид", line.item.guid if line.item else line.site_id)
    if line.article:
        add(element, "Артикул", line.article)
    add(element, "Наименование", line.name)
    unit = {"Код": line.unit_code, "НаименованиеПолное": line.unit} if line.unit_code else {}
    add(element, "БазоваяЕдиница", line.unit, **unit)
    if line.vat_rate != NO_VAT:
        rate = add(add(element, "СтавкиНалогов"), "СтавкаНалога")
        add(rate, "Наименование", "НДС")
        add(rate, "Ставка", line.vat_rate)
    add_requisites(element, [("ТипНоменклатуры", "Услуга" if line.service else "Товар")])
    add(element, "ЦенаЗаЕдиницу", amount(line.price))
    add(element, "Количество", amount(line.quantity))
    add(element, "Сумма", amount(line.amount))
    add(element, "Единица", line.unit or "шт")
    add(element, "Коэффициент", "1")
    add_line_tax(element, line, inside=inside)


def add_line_tax(element: ET.Element, line: Line, *, inside: bool) -> None:
    """Line-level ``Налоги``."""
    if line.vat_rate == NO_VAT:
        return
    tax = add(add(element, "Налоги"), "Налог")
    add(tax, "Наименование", "НДС")
    add(tax, "УчтеноВСумме", flag(inside))
    add(tax, "Сумма", amount(line.vat))
    add(tax, "Ставка", line.vat_rate)


def add_requisites(parent: ET.Element, requisites: Iterable[tuple[str, str]]) -> None:
    """``ЗначенияРеквизитов`` in the given order."""
    container = add(parent, "ЗначенияРеквизитов")
    for name, value in requisites:
        requisite = add(container, "ЗначениеРеквизита")
        add(requisite, "Наименование", name)
        add(requisite, "Значение", value)


def state(order: Order, date_1c: str) -> Requisites:
    """The requisites every family writes."""
    return [
        ("Номер по 1С", order.number_1c),
        ("Дата по 1С", date_1c),
        ("ПометкаУдаления", flag(order.deletion_mark)),
        ("Проведен", flag(order.posted)),
    ]


def numbers(documents: Sequence[tuple[str, dt.datetime]]) -> tuple[str, dt.datetime | None]:
    """The greatest number and the latest date of linked documents; an empty date if there are none."""
    if not documents:
        return "", None
    return max(number for number, _ in documents), max(date for _, date in documents)
