"""Text and numbers as they may stand in XML that 1C reads.

Removes what XML 1.0 forbids, escapes, cuts, formats decimals. Knows no element names. Must not raise for any text;
raises ``CannotRender`` for a number that has no place in ``decimal(18,2)``. Facts: commerceml §2.7, §6.5, §7.
"""

from __future__ import annotations

import re
from decimal import Decimal

from commerceml_bridge.errors import CannotRender

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")
"""controls (C0 and C1), lone surrogates, a stray byte order mark and the two non-characters XML 1.0 excludes"""
_NEEDS_CARE = re.compile('[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff&<>"]')
_LINE_BREAKS = re.compile("\r\n?")
_BLANKS = re.compile("[\t\r\n]+")
_ESCAPES = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord('"'): "&quot;"}
_KOPECK = Decimal("0.01")
_LIMIT = Decimal(10) ** 16
"""18 digits, two of them after the point"""


def one_line(value: str, limit: int) -> str:
    """Return ``value`` ready for markup: one line, stripped, at most ``limit`` characters before escaping."""
    if _NEEDS_CARE.search(value) is None:
        return _cut(value, limit)
    return _cut(_BLANKS.sub(" ", _FORBIDDEN.sub("", value)), limit).translate(_ESCAPES)


def many_lines(value: str, limit: int) -> str:
    """Return ``value`` ready for markup, line breaks kept as LF, stripped, at most ``limit`` characters."""
    if _NEEDS_CARE.search(value) is None:
        return _cut(value, limit)
    return _cut(_LINE_BREAKS.sub("\n", _FORBIDDEN.sub("", value)), limit).translate(_ESCAPES)


def _cut(value: str, limit: int) -> str:
    stripped = value.strip()
    return stripped if len(stripped) <= limit else stripped[:limit].rstrip()


def money(value: Decimal) -> str:
    """Return an amount with exactly two digits after the point. Raises ``CannotRender`` if it has more."""
    exact = value.is_finite() and abs(value) < _LIMIT and value == value.quantize(_KOPECK)
    if not exact:
        raise CannotRender("amount", f"Сумма {value} не записывается рублями и копейками. Проверьте цены в счёте.")
    return f"{value:.2f}"


def plain_number(value: Decimal) -> str:
    """Return a quantity without exponent and trailing zeros. Raises ``CannotRender`` if it is not a finite number."""
    if not value.is_finite():
        raise CannotRender("quantity", f"Количество {value} не является числом. Проверьте товары в счёте.")
    written = f"{value:f}"
    if "." in written:
        written = written.rstrip("0").rstrip(".")
    return "0" if written in ("-0", "") else written
