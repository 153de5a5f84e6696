"""Tables as CSV for spreadsheets: UTF-8 with a mark, ``;``, decimal comma, nothing a spreadsheet would run.

The same for every table that leaves the program, so that a name like ``=HYPERLINK(…)`` of somebody's customer is text
in each of them.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

BOM = "\ufeff"
"""Excel reads UTF-8 only behind it."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_AT_ONCE = 200


def harmless(text: str) -> str:
    """Keep a spreadsheet from running a text of somebody else's as a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def written(text: str) -> str:
    """Return a text of a table that comes back as it was before it was made ``harmless``."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text


def cell(value: object) -> str:
    """Return a value as a cell: sums with a comma, moments in UTC, texts harmless, nothing for ``None``."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int | float | Decimal):
        return format(value, "f" if isinstance(value, Decimal) else "").replace(".", ",")
    if isinstance(value, dt.datetime):
        return f"{value.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S}"
    if isinstance(value, dt.date):
        return value.isoformat()
    return harmless(str(value))


def lines(header: Sequence[str], rows: Iterable[Iterable[object]], *, mark: str = BOM) -> Iterator[str]:
    """Yield a table as text behind ``mark``, some lines at a time, so that a long one is never held whole."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    out.write(mark)
    writer.writerow(header)
    for number, row in enumerate(rows, 1):
        writer.writerow([cell(value) for value in row])
        if number % _AT_ONCE == 0:
            yield _taken(out)
    yield _taken(out)


def _taken(out: io.StringIO) -> str:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text
