"""Names, literals and the spelling of a query on the wire (facts: 1c-odata-payments §3.2–§3.4).

A space is ``%20``: 1C reads a ``+`` literally and fails. A composite field compared with a bare guid matches nothing,
without an error, so that references are always spelt with ``cast``.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote

INVOICES = "Document_СчетНаОплатуПокупателю"
STATUSES = "InformationRegister_СтатусыДокументов"
MONEY = "AccumulationRegister_ОплатаСчетов"
MONEY_ROWS = f"{MONEY}_RecordType"
BANK_RECEIPTS = "Document_ПоступлениеНаРасчетныйСчет"
ORGANIZATIONS = "Catalog_Организации"
ORDER_STATES = "InformationRegister_СостоянияЗаказовКлиентов"
ORDER_MONEY = "AccumulationRegister_ОплатаСчетовИЗаказов_RecordType"

SYNONYMS: Mapping[str, str] = {
    INVOICES: "Документ «Счет покупателю» (СчетНаОплатуПокупателю)",
    STATUSES: "Регистр сведений «Статусы документов» (СтатусыДокументов)",
    MONEY: "Регистр накопления «Оплата счетов» (ОплатаСчетов)",
    MONEY_ROWS: "Регистр накопления «Оплата счетов» (ОплатаСчетов)",
    BANK_RECEIPTS: "Документ «Поступление на расчетный счет» (ПоступлениеНаРасчетныйСчет)",
    ORGANIZATIONS: "Справочник «Организации»",
    ORDER_STATES: "Регистр сведений «Состояния заказов клиентов» (СостоянияЗаказовКлиентов)",
    ORDER_MONEY: "Регистр накопления «Оплата счетов и заказов» (ОплатаСчетовИЗаказов)",
}
"""How the form «Настройка автоматического REST-сервиса» shows them."""

LONGEST_QUERY = 2048
"""IIS takes no longer query string by default (§3.4)."""
IDS_AT_ONCE = 5
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TYPE_PREFIX = "StandardODATA."


def synonym(entity: str) -> str:
    """Return how a person finds the object in 1C."""
    return SYNONYMS.get(entity, entity)


def is_guid(text: str) -> bool:
    """Tell whether ``text`` is a reference as 1C writes it."""
    return _GUID.fullmatch(text.lower()) is not None


def text(value: str) -> str:
    """Spell a string literal."""
    return "'" + value.replace("'", "''") + "'"


def moment(value: dt.datetime | dt.date) -> str:
    """Spell a date literal; a date is its first second."""
    at = value if isinstance(value, dt.datetime) else dt.datetime.combine(value, dt.time())
    return f"datetime'{at:%Y-%m-%dT%H:%M:%S}'"


def guid(value: str) -> str:
    """Spell a reference for a field of one type."""
    if not is_guid(value):
        raise ValueError("not a guid")
    return f"guid'{value.lower()}'"


def reference(value: str, entity: str) -> str:
    """Spell a reference for a composite field."""
    return f"cast({guid(value)},'{entity}')"


def any_of(field: str, ids: Iterable[str], entity: str) -> str:
    """Spell "the composite ``field`` is one of these"."""
    return " or ".join(f"{field} eq {reference(one, entity)}" for one in ids)


def is_of_type(value: object, entity: str) -> bool:
    """Tell whether ``X_Type`` names the entity."""
    return isinstance(value, str) and value.removeprefix(_TYPE_PREFIX) == entity


def type_name(value: object) -> str:
    """Return ``X_Type`` without its namespace."""
    return value.removeprefix(_TYPE_PREFIX) if isinstance(value, str) else ""


def query(options: Mapping[str, str]) -> str:
    """Encode query options: UTF-8, spaces as ``%20``, no plus."""
    return "&".join(quote(name, safe="$") + "=" + quote(value, safe="$(),/':") for name, value in options.items())
