"""Values as real files write them, normalised: numbers, dates, times, flags, padded and twice escaped text.

Every function takes text that may be padded or blank and returns ``None`` where the file does not say. What cannot be
understood raises ``ValueError``; whether that breaks a document or is only worth a warning is the caller's decision.
Facts: commerceml §2.10, §2.11, §5; 1c-clients §4.1; reference-server §3.5.
"""

from __future__ import annotations

import datetime as dt
import html
import re
from decimal import Decimal

from commerceml_bridge.commerceml.dialects import FALSE_WORDS, TRUE_WORDS

_NUMBER = re.compile(r"[+-]?(\d{1,18}(\.\d{0,18})?|\.\d{1,18})", re.ASCII)
_ZONE = r"(?:Z|[+-]\d\d:?\d\d)?"
_DATES = (
    re.compile(rf"(?P<y>\d{{4}})-(?P<m>\d\d?)-(?P<d>\d\d?)(?:[T ].*|{_ZONE})", re.ASCII),
    re.compile(r"(?P<d>\d\d?)\.(?P<m>\d\d?)\.(?P<y>\d{4})(?:\s.*)?", re.ASCII),
    re.compile(r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)(?:T?\d{6})?", re.ASCII),
)
_TIME = re.compile(rf"(?:.*[T ])?(\d\d?):(\d\d)(?::(\d\d)(?:[.,]\d+)?)?{_ZONE}", re.ASCII)


def decimal(text: str) -> Decimal | None:
    """Return a number; blanks inside are thousands separators, a comma is a point. Raises ``ValueError``."""
    squeezed = "".join(text.split()).replace(",", ".")  # split() knows the no-break and the narrow no-break space
    if not squeezed:
        return None
    if not _NUMBER.fullmatch(squeezed):
        raise ValueError(f"«{text.strip()[:40]}» не число")
    return Decimal(squeezed)


def date(text: str) -> dt.date | None:
    """Return a calendar date of any of the shapes seen; 0001-01-01 means no date. Raises ``ValueError``.

    Zone and time of day are dropped, not converted: a date of a document is a date of 1C's own calendar.
    """
    stripped = text.strip()
    if not stripped:
        return None
    for shape in _DATES:
        found = shape.fullmatch(stripped)
        if found:
            break
    else:
        raise ValueError(f"«{stripped[:40]}» не дата")
    if int(found["y"]) == 1:
        return None
    try:
        return dt.date(int(found["y"]), int(found["m"]), int(found["d"]))
    except ValueError:
        raise ValueError(f"«{stripped[:40]}» не дата") from None


def time(text: str) -> dt.time | None:
    """Return a time of day; the hour may lack its zero, a date before it is skipped. Raises ``ValueError``."""
    stripped = text.strip()
    if not stripped:
        return None
    found = _TIME.fullmatch(stripped)
    try:
        if found is None:
            raise ValueError
        return dt.time(int(found[1]), int(found[2]), int(found[3] or 0))
    except ValueError:
        raise ValueError(f"«{stripped[:40]}» не время") from None


def moment(text: str) -> dt.datetime | None:
    """Return ``ДатаФормирования``: local time of 1C, no zone because none is ever meant. Raises ``ValueError``."""
    day = date(text)
    if day is None:
        return None
    clock = time(text) if ":" in text else None
    return dt.datetime.combine(day, clock or dt.time())


def flag(text: str) -> bool | None:
    """Return true or false as 1C and people write it. Raises ``ValueError``."""
    word = text.strip().casefold()
    if not word:
        return None
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise ValueError(f"«{text.strip()[:40]}» не да и не нет")


def tax_number(text: str) -> str:
    """Return an ИНН or КПП without spaces: people type them into 1C as well."""
    return "".join(text.split())


def unescaped(text: str) -> str:
    """Return text that was escaped twice (``&amp;quot;`` in the file) as it was meant."""
    return html.unescape(text) if "&" in text else text
