"""Single values of a row: dates without a zone, numbers, flags (facts: 1c-odata-payments §3.4)."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from commerceml_bridge.errors import ODataQueryRefused
from commerceml_bridge.onec_odata.answers import Row

EMPTY_GUID = "00000000-0000-0000-0000-000000000000"
_KOPECK = Decimal("0.01")
_LARGEST = Decimal(10) ** 15


def text(row: Row, name: str) -> str:
    """Return a text; a field that is missing is an error, null is ``""``."""
    value = _must(row, name)
    return value if isinstance(value, str) else "" if value is None else str(value)


def guid(row: Row, name: str) -> str:
    """Return a reference in lower case, ``""`` for the empty one."""
    value = text(row, name).strip().lower()
    return "" if value == EMPTY_GUID else value


def flag(row: Row, name: str) -> bool:
    """Return a boolean."""
    value = _must(row, name)
    if not isinstance(value, bool):
        raise _wrong(name)
    return value


def day(row: Row, name: str) -> dt.date:
    """Return the day of a moment; the time is the server's own and says nothing here."""
    try:
        return dt.datetime.fromisoformat(text(row, name)).date()
    except ValueError:
        raise _wrong(name) from None


def money(row: Row, name: str) -> Decimal:
    """Return an amount in kopecks: 1C sends doubles."""
    value = _must(row, name)
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        raise _wrong(name)
    try:
        amount = Decimal(value)
        if not amount.is_finite() or abs(amount) >= _LARGEST:
            raise _wrong(name)
        return amount.quantize(_KOPECK, ROUND_HALF_UP)
    except InvalidOperation:
        raise _wrong(name) from None


def _must(row: Row, name: str) -> Any:
    if name not in row:
        raise ODataQueryRefused(f"В ответе 1С нет поля «{name}»: это другая конфигурация или её старый релиз.")
    return row[name]


def _wrong(name: str) -> ODataQueryRefused:
    return ODataQueryRefused(f"Поле «{name}» в ответе 1С не читается: это другая конфигурация или её старый релиз.")
