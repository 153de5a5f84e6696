"""Texts, numbers and closed lists of the format, version by version. Facts: commerceml §2.3, §2.7.

A value is a list of (since which version, facets); the last one that a version has reached holds. 3.1 stands behind
2.10, so that what it does not change carries over.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Facets:
    """Restrictions of a built-in type of XML Schema."""

    base: str = "string"
    least: int | None = None
    most: int | None = None
    patterns: tuple[str, ...] = ()
    among: tuple[str, ...] = ()
    total_digits: int | None = None
    fraction_digits: int | None = None


Value = tuple[tuple[str, Facets], ...]


def _always(facets: Facets) -> Value:
    return (("", facets),)


def _text(least: int | None = None, most: int | None = None) -> Facets:
    return Facets("string", least, most)


def _among(*words: str, most: int | None = None) -> Facets:
    return Facets("string", None, most, among=words)


def _limited(most: int, *, in_3: int | None = None) -> Value:
    """Any text in 2.05, limited from 2.06 on."""
    limited: Value = (("", _text()), ("2.06", _text(most=most)))
    return (*limited, ("3.1", _text(most=in_3))) if in_3 else limited


def _filled(most: int) -> Value:
    """May be empty from 2.06 on only."""
    return (("", _text(1, most)), ("2.06", _text(most=most)))


_ANY = _text()
_CONTACTS = (
    "Телефон рабочий", "Телефон мобильный", "Телефон домашний", "Телефон внутренний", "Факс", "Пейджер", "Почта",
    "ВебСайт", "ICQ",
)  # fmt: skip
_ROLES = ("Продавец", "Покупатель", "Плательщик", "Получатель", "Комитент", "Комиссионер")
_OPERATIONS = (
    "Заказ товара", "Счет на оплату", "Счет-фактура", "Отпуск товара", "Возврат товара", "Переоценка товаров",
    "Передача товара на комиссию", "Возврат комиссионного товара", "Отчет о продажах комиссионного товара",
    "Выплата наличных денег", "Выплата безналичных денег", "Возврат наличных денег", "Возврат безналичных денег",
    "Прочие",
)  # fmt: skip
_RIGHTS, _WRITTEN_OFF, _CARD = "Передача прав", "Отчет о списании комиссионного товара", "Эквайринговая операция"
_KINDS = ("Строка", "Число", "Время", "Справочник")

VALUES: dict[str, Value] = {
    "plain": _always(_ANY),
    # identifiers
    "id": _filled(40),
    "item_id": _always(_text(most=80)),
    "short_id": _filled(20),
    "revision": _always(_text(most=20)),
    "schema_version": _limited(5),
    # texts
    "name": (("", _text(1, 250)), ("2.06", _text(most=250)), ("2.07", _text(most=255)), ("3.1", _text(most=250))),
    "comment": _filled(3000),
    "description": (*_limited(255), ("2.07", _text(most=3000)), ("3.1", _text(most=10000))),
    "value": (*_filled(1000), ("3.1", _text(most=10000))),
    "text": _limited(255, in_3=10000),
    "number": _limited(255),
    "ratio": _limited(255),
    "article": _limited(255),
    "file_name": _limited(255),
    # 2.05 lists the empty text alone and forbids it at the same time: no value is possible
    "salutation": (("", Facets("string", 1, among=("",))), ("2.06", _text(most=255))),
    # codes
    "unit": (*_limited(3), ("2.08", _text(3, 4))),
    "unit_code": (*_filled(3), ("2.08", _text(3, 4))),
    "short_unit": _always(_text(most=4)),
    "abbreviation": _filled(3),
    "currency": _always(_text(3, 3)),
    "inn": (("", _text(10, 12)), ("3.1", _text(most=12))),
    "kpp": (("", _text(9, 9)), ("3.1", _text(most=12))),
    "bik": (("", _text(9, 9)), ("3.1", _text(most=11))),
    "account_number": (
        ("", _text(20, 20)),
        ("2.06", Facets("string", 20, 20, patterns=("[0-9]{5}[0-9ABCEHKMPTX][0-9]{14}",))),
        ("3.1", _text(most=40)),
    ),
    "barcode": (("", _text(8, 14)), ("3.1", _text(most=40))),
    # numbers, dates, flags
    "money": _always(Facets("decimal", total_digits=18, fraction_digits=2)),
    "quantity": _always(Facets("decimal")),
    "whole": _always(Facets("integer")),
    "date": _always(Facets("date")),
    "time": _always(Facets("time")),
    "moment": _always(Facets("dateTime")),
    "flag": _always(Facets("boolean")),
    # closed lists
    "operation": (
        ("", _among(*_OPERATIONS)),
        ("2.06", _among(*_OPERATIONS, _RIGHTS)),
        ("2.07", _among(*_OPERATIONS, _RIGHTS, _WRITTEN_OFF)),
        ("3.1", _among(*_OPERATIONS, _RIGHTS, _CARD)),
    ),
    "role": (("", _among(*_ROLES)), ("2.06", _among(*_ROLES, "Лицензиар", "Лицензиат"))),
    "contact_kind": (
        ("", _among(*_CONTACTS)),
        ("2.07", _among(*_CONTACTS, "Координаты на карте", "Прочее")),
        ("3.1", _among(*_CONTACTS, "Электронная почта")),
    ),
    "address_field": _always(
        _among(
            "Почтовый индекс", "Страна", "Регион", "Район", "Населенный пункт", "Город", "Улица", "Дом", "Корпус",
            "Квартира",
        )
    ),
    "item_status": _always(_among("Новый", "Изменен", "Удален")),
    "sex": _always(_among("М", "Ж")),
    "property_duty": _always(_among("Для каталога", "Для предложений", "Для документа")),
    "discount_together": _always(_among("Минимум", "Максимум", "Сложение", "Умножение", "Вытеснение", "По дате")),
    "discount_kind": _always(
        _among(
            "Скидка (наценка) процентом", "Скидка (наценка) суммой на документ", "Скидка количеством", "Подарок",
            "Скидка (наценка) суммой для каждой строки", "Специальная цена", "Выдача сообщения",
            "Округление суммы документа", "Выдача дисконтной карты",
        )
    ),
    "discount_condition": _always(
        _among(
            "За разовый объем продаж", "За накопленный объем продаж", "За пробную продажу", "За время продажи",
            "За первую продажу клиенту", "За форму оплаты", "Для определенных клиентов",
            "За наличие вида дисконтной карты", "За не наличие вида дисконтной карты",
            "За наличие дисконтной карты", "За не наличие дисконтной карты",
        )
    ),
    "property_kind": (("", _among(*_KINDS)), ("3.1", _among(*_KINDS, "Булево", "Дата"))),
}  # fmt: skip


def at_version(values: dict[str, Value], version: str) -> dict[str, Facets]:
    """Return the facets every value has in one version."""
    return {name: [facets for since, facets in value if since <= version][-1] for name, value in values.items()}
