"""What single values of a returned document say: dates in every shape 1C writes them, currencies by any name.

Facts: 1c-clients §4.1, commerceml §2.10–§2.11. Decides nothing.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum


class DateKind(StrEnum):
    """What a date that came as text is."""

    ABSENT = "absent"
    """the file does not say"""
    PLACEHOLDER = "placeholder"
    """empty, ``T`` or ``0001-01-01``: 1C's ways to say "no date" """
    REAL = "real"
    UNREADABLE = "unreadable"


@dataclass(frozen=True)
class ReadDate:
    """A kind, and the date if it is real."""

    kind: DateKind
    date: dt.date | None = None


_ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{2})-(?P<day>\d{2})(?:[T Z+].*)?")
_RUSSIAN = re.compile(r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})(?:[T ].*)?")
_NO_DATE = frozenset({"", "t", "т"})  # Latin and Cyrillic
_FIRST_YEAR = 1990
"""Older dates are 1C's and Excel's zeros (0001-01-01, 1899-12-30), not payments of a Bitrix24 invoice."""

_CURRENCIES = {
    "RUB": ("RUB", "RUR", "643", "810", "РУБ", "РУБЛЬ", "РУБЛИ", "₽"),
    "USD": ("USD", "840", "$"),
    "EUR": ("EUR", "978", "€"),
    "UAH": ("UAH", "980", "ГРН"),
    "KZT": ("KZT", "398", "ТЕНГЕ"),
    "BYN": ("BYN", "933"),
    "CNY": ("CNY", "156"),
}
_ISO_BY_NAME = {name: iso for iso, names in _CURRENCIES.items() for name in names}


def read_date(text: str | None) -> ReadDate:
    """Read ``2014-12-25``, ``2014-12-12T9:51:39``, ``05.03.2026 9:05:00`` … and tell dates from 1C's non-dates."""
    if text is None:
        return ReadDate(DateKind.ABSENT)
    stripped = text.strip()
    if stripped.casefold() in _NO_DATE:
        return ReadDate(DateKind.PLACEHOLDER)
    found = _ISO.fullmatch(stripped) or _RUSSIAN.fullmatch(stripped)
    if found is None:
        return ReadDate(DateKind.UNREADABLE)
    try:
        date = dt.date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError:
        return ReadDate(DateKind.UNREADABLE)
    return ReadDate(DateKind.REAL, date) if real_date(date) else ReadDate(DateKind.PLACEHOLDER)


def real_date(date: dt.date | None) -> dt.date | None:
    """Return the date if it is one, ``None`` for 1C's zero dates."""
    return date if date is not None and date.year >= _FIRST_YEAR else None


def currencies_differ(first: str, second: str) -> bool:
    """Tell whether two names surely mean different currencies; a name of a base's own means any."""
    one, other = (_ISO_BY_NAME.get(name.strip().rstrip(".").upper()) for name in (first, second))
    return one is not None and other is not None and one != other
