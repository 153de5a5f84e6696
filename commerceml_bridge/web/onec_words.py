"""What to type into each 1C configuration, in its words, and without what no payment comes back (docs/connect.md).

A table by family and nothing else: texts only. ``{address}``, ``{login}`` and ``{date}`` stand for the node's values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from commerceml_bridge.domain.nodes import ClientFamily

RATES = ("0", "5", "7", "10", "18", "20", "22")
"""What is asked for: today's law and what older documents carry."""
_ADDRESS = (_l("адрес сайта"), "{address}")
_LOGIN = (_l("имя пользователя, логин"), "{login}")
_PASSWORD = (_l("пароль"), _l("тот, что вы задали узлу"))
_COMMON = (_ADDRESS, _LOGIN, _PASSWORD)
_CURRENCY = (
    _l("справочник «Валюты»"),
    _l("есть валюта с наименованием RUB; если она названа иначе («руб.»), впишите RUB=руб. в настройках узла"),
)
_OLD = frozenset({"0", "10", "18", "20"})


@dataclass(frozen=True)
class Words:
    """One family."""

    typed: tuple[tuple[Any, Any], ...]
    """(field of 1C, what to type there)"""
    must: tuple[Any, ...]
    """without what no payment comes back"""
    release: str
    """the one whose code was read: what the number looks like"""
    rates: frozenset[str] = frozenset()
    """VAT rates read in its code; empty: not known"""


WORDS: Mapping[ClientFamily, Words] = {
    ClientFamily.AUTO: Words(
        (*_COMMON, _CURRENCY),
        (_l("Выберите программу в настройках узла: здесь появятся слова именно её формы."),),
        "11.5.20.68",
    ),
    ClientFamily.UT10: Words(
        (*_COMMON, _CURRENCY),
        (
            _l("Платёж проведён с этим заказом в поле «Сделка»."),
            _l("У заказа сохранена категория «Заказ с WEB сайта»."),
            _l("Заказ проведён и оплачен полностью: частичная оплата не видна."),
        ),
        "10.3.88.3",
        _OLD,
    ),
    ClientFamily.UT11: Words(
        (
            *_COMMON,
            (
                _l("дополнительные реквизиты заказа клиента"),
                _l("заведите два: «номер заказа на сайте» и «дата заказа на сайте», и выберите их в настройках узла"),
            ),
            (_l("как искать контрагента"), _l("по ИНН и КПП")),
        ),
        (
            _l("Без двух дополнительных реквизитов заказ не узнаётся при повторе, и его состояние не выгружается."),
            _l("Заказ проведён и оплачен полностью; расчёты ведутся по заказам."),
        ),
        "11.5.20.68",
        _OLD,
    ),
    ClientFamily.UNF: Words(
        (
            *_COMMON,
            (_l("протокол CMS"), _l("Битрикс (в УНФ 1.6 этого поля и следующих нет)")),
            (_l("обмен оплатами и отгрузками"), _l("включить")),
            (_l("ВыгружатьЗаказыНаСайт («Интеграция с интернет-магазином»)"), _l("включить")),
        ),
        (
            _l("Включены «обмен оплатами и отгрузками» и выгрузка заказов на сайт."),
            _l("Оплата разнесена на заказ."),
        ),
        "3.0.8.73",
        _OLD,
    ),
    ClientFamily.BP3: Words(
        (
            *_COMMON,
            (_l("вид сайта"), _l("1С-Битрикс")),
            (_l("ДатаНачалаОбмена"), "{date}"),
            (_l("Префикс (до двух знаков)"), _l("любой, не пустой: иначе номера не отличить от собственных")),
            (_l("создавать контрагентов и номенклатуру"), _l("разрешить, если базу не ведут строго вручную")),
        ),
        (_l("Бухгалтерия по этому обмену не возвращает ничего: настройте опрос 1С по OData или загружайте выписки."),),
        "3.0.198.19",
    ),
    ClientFamily.BITRIX: Words(
        _COMMON,
        (_l("В модуле включена выгрузка документов оплаты."),),
        "7.0.1.4",
    ),
}


def typed(words: Words, values: Mapping[str, str]) -> list[tuple[str, str, bool]]:
    """Return (field, what, is it to be copied letter by letter)."""
    listed = []
    for title, what in words.typed:
        text = str(what)
        exact = text.startswith("{")
        listed.append((str(title), text.format_map(values) if exact else text, exact))
    return listed
