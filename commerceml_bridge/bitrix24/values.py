"""Scalars of the wire → Python values, tolerant of both API generations.

Follows facts bitrix24-rest §1.1, §2.1, §3.1, §6.4: new methods type their JSON, old ones write everything as strings;
an empty reference is ``0``, ``"0"``, ``""`` or null; a ``date`` is its first ten characters without zone conversion.
Raises ``FieldUnusable`` with the field's name; never guesses.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from commerceml_bridge.bitrix24.text import clean
from commerceml_bridge.errors import PortalAnswerInvalid

_NOISE = Decimal("1E-10")
"""finer than any price or quantity; what is below came from binary floats on the portal (§2.1)"""

Row = Mapping[str, Any]
"""One object of an answer."""


class FieldUnusable(PortalAnswerInvalid):
    """A field holds what it cannot mean; the text is Russian and names the field."""

    code = "portal-field"


def as_int(row: Row, field: str) -> int:
    """Return an id or number; 0 for an empty reference."""
    value = row.get(field)
    if value in (None, "", False):
        return 0
    try:
        return int(str(value))
    except ValueError:
        raise FieldUnusable(f"поле {field}: «{value}» не целое число") from None


def as_decimal(row: Row, field: str) -> Decimal | None:
    """Return an amount, ``None`` where there is none; binary noise beyond ten decimals is dropped."""
    value = row.get(field)
    if value is None or value == "":
        return None
    try:
        number = Decimal(str(value).strip())
        if not number.is_finite():
            raise InvalidOperation
        return number if number == number.to_integral_value() else _denoised(number)
    except InvalidOperation:
        raise FieldUnusable(f"поле {field}: «{value}» не число") from None


def amount(row: Row, field: str) -> Decimal:
    """Return an amount, 0 where there is none."""
    return as_decimal(row, field) or Decimal(0)


def as_text(row: Row, field: str) -> str:
    """Return a stripped text, ``""`` for null."""
    value = row.get(field)
    return "" if value is None or value is False else clean(str(value))


def as_date(row: Row, field: str) -> dt.date | None:
    """Return a calendar date: the first ten characters (§6.4); ``None`` if empty."""
    text = as_text(row, field)
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text[:10])
    except ValueError:
        raise FieldUnusable(f"поле {field}: «{text}» не дата") from None


def as_moment(row: Row, field: str) -> dt.datetime:
    """Return a point in time as aware UTC."""
    text = as_text(row, field)
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        raise FieldUnusable(f"поле {field}: «{text}» не время") from None
    if moment.tzinfo is None:
        raise FieldUnusable(f"поле {field}: у времени «{text}» нет часового пояса")
    try:
        return moment.astimezone(dt.UTC)
    except OverflowError:  # the first or last day there is
        raise FieldUnusable(f"поле {field}: «{text}» не время") from None


def updated_at(row: Row, changed: str, created: str) -> dt.datetime:
    """Return when an object was changed, or when it was made if it never was."""
    return as_moment(row, changed if row.get(changed) else created)


def is_yes(row: Row, field: str) -> bool:
    """Return a flag: "Y", or true where the portal types its booleans."""
    return row.get(field) in ("Y", "y", True, "1", 1)


def _denoised(number: Decimal) -> Decimal:
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and exponent < _NOISE.as_tuple().exponent:  # type: ignore[operator]  # finite: an int
        number = number.quantize(_NOISE)
        return number.to_integral_value() if number == number.to_integral_value() else number.normalize()
    return number
