"""Dates, numbers and flags as Bitrix24 reads and writes them.

Follows facts: bitrix24-rest §1.1 (types on the wire), §3.1 (old API: strings), §6.4 (dates). Inside the portal a moment
is aware UTC with whole seconds, a calendar date is a ``date``, an amount is a ``Decimal``, a flag is "Y" or "N".
"""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Any

from commerceml_bridge.simulators.portal import php

_RUSSIAN = re.compile(r"(\d{2})\.(\d{2})\.(\d{4})(?:[ T](\d{2}):(\d{2})(?::(\d{2}))?)?$")


def zone(offset_minutes: int) -> timezone:
    """Return the fixed zone of a portal."""
    return timezone(timedelta(minutes=offset_minutes))


def moment_text(moment: datetime | None, where: timezone) -> str:
    """Write a datetime field: ISO 8601 in the portal's zone; empty when there is none."""
    return moment.astimezone(where).isoformat(timespec="seconds") if moment else ""


def day_text(day: date | None, where: timezone) -> str:
    """Write a date field: midnight UTC shown in the portal's zone, so that the time part equals the offset (§6.4)."""
    if day is None:
        return ""
    return datetime(day.year, day.month, day.day, tzinfo=UTC).astimezone(where).isoformat(timespec="seconds")


def parse_moment(value: Any, where: timezone) -> datetime | None:
    """Read what ``strtotime`` would; no offset means the portal's zone. None when it cannot be read."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(microsecond=0)
    text = str(value or "").strip()
    found = _RUSSIAN.match(text)
    try:
        if found:
            day, month, year, hour, minute, second = (int(part or 0) for part in found.groups())
            moment = datetime(year, month, day, hour, minute, second, tzinfo=where)
        elif text.startswith("@"):
            moment = datetime.fromtimestamp(int(text[1:]), tz=UTC)
        else:
            moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=where)).astimezone(UTC).replace(microsecond=0)


def parse_day(value: Any, where: timezone) -> date | None:
    """Read a calendar date from anything ``parse_moment`` reads, seen in the portal's zone."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    moment = parse_moment(value, where)
    return moment.astimezone(where).date() if moment else None


def to_decimal(value: Any) -> Decimal:
    """``(float)$value`` without the float: 0 for anything that is no number."""
    if isinstance(value, Decimal):
        return value
    try:
        number = Decimal(str(value).strip().replace(",", "."))
    except InvalidOperation:
        return Decimal(0)
    return number if number.is_finite() else Decimal(0)


def to_flag(value: Any) -> str:
    """Read a boolean of the new API: only ``true``, "true", "y" and "Y" are true (§1.3)."""
    return "Y" if value is True or value in ("true", "y", "Y") else "N"


_READERS: dict[str, Any] = {
    "int": lambda value, _: php.to_int(value),
    "double": lambda value, _: to_decimal(value),
    "date": parse_day,
    "datetime": parse_moment,
    "bool": lambda value, _: to_flag(value),
    "ints": lambda value, _: [php.to_int(item) for item in php.as_list(value)],
}


def read(kind: str, value: Any, where: timezone) -> Any:
    """Read one incoming value of a field kind; None only for an unreadable date or datetime."""
    reader = _READERS.get(kind)
    if reader is not None:
        return reader(value, where)
    if isinstance(value, bool):
        return "1" if value else ""
    return "" if value is None or isinstance(value, list | dict) else str(value)


def typed(value: Any, where: timezone) -> Any:
    """Write a value of the new API: JSON types, null for an empty date."""
    if isinstance(value, datetime):
        return moment_text(value, where)
    return day_text(value, where) if isinstance(value, date) else value


def stringly(value: Any, where: timezone, places: int = 2) -> Any:
    """Write a value of the old API: every scalar a string, amounts with fixed ``places``."""
    if value is None or isinstance(value, str | list | dict):
        return value
    if isinstance(value, datetime | date):
        return typed(value, where)
    return f"{value:.{places}f}" if isinstance(value, Decimal) else str(value)


def number(value: Decimal) -> int | float:
    """A JSON number: whole doubles are written as integers (§1.1)."""
    return int(value) if value == value.to_integral_value() else float(value)


def _default(value: object) -> int | float:
    if isinstance(value, Decimal):
        return number(value)
    raise TypeError(type(value).__name__)


def dump(answer: Any) -> bytes:
    """Encode an answer as PHP does: ASCII JSON, Decimals as numbers."""
    return json.dumps(answer, default=_default).encode("ascii")
