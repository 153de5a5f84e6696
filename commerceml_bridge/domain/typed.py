"""What a person typed or pasted into the search box: «Счёт № 208 от 25.11.2026», a sum as the pages print it, our Ид,
the address of an invoice in Bitrix24, a number with words of the counterparty.

Pure: says what may be meant; what of it exists is found by ``db.browse``.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from commerceml_bridge.domain.identity import parse_invoice_id
from commerceml_bridge.domain.invoices import InvoiceKey, InvoiceKind

_DAY = r"[0-9]{1,2}\.[0-9]{1,2}\.[0-9]{4}|[0-9]{4}-[0-9]{2}-[0-9]{2}"
_NAMED = re.compile(
    rf"""(?:(?:сч[её]т[ауе]?|заказ[ау]?|документа?|invoice|order)\b
    (?:[ ]+на[ ]+оплату\b)?(?:[ ]+(?:клиента|покупател\w+))?)?
    [ ]*(?:№|\#|\bN\b|\bno\b\.?)?[ ]*
    (?P<number>.+?)
    (?:[ ]+(?:от|of|from|dated)[ ]+(?P<date>{_DAY})(?:[ ]*г\.?)?)?""",
    re.IGNORECASE | re.VERBOSE,
)
_CURRENCY = re.compile(r"(?:₽|руб(?:\.|л[а-я]+)?|р\.?|rub|€|eur|\$|usd)$", re.IGNORECASE)
_ADDRESS = re.compile(r"/crm/(?:type/31/details|(?P<old>invoice/show))/(?P<id>[1-9][0-9]{0,17})(?:/|$)")
_GROUPED = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
LARGEST = Decimal(10) ** 15


@dataclass(frozen=True)
class Typed:
    """What may be meant; whatever was not recognised is empty."""

    text: str
    """as typed, spaces made single"""
    number: str = ""
    """the number alone, if something was written around it"""
    date: dt.date | None = None
    """of the invoice, behind its number"""
    words: str = ""
    """words beside the one that looks like a number"""
    total: Decimal | None = None
    key: InvoiceKey | None = None
    portal_code: str = ""
    """of our Ид; empty if the key came from an address"""


def parse(typed: str) -> Typed:
    """Read a text of any kind."""
    text = " ".join(typed.split())
    if ours := parse_invoice_id(text):
        return Typed(text, key=ours[1], portal_code=ours[0])
    if address := _ADDRESS.search(text):
        kind = InvoiceKind.OLD if address["old"] else InvoiceKind.SMART
        return Typed(text, key=InvoiceKey(kind, int(address["id"])))
    found = _NAMED.fullmatch(text)
    number, date = (found["number"], _date(found["date"] or "")) if found else (text, None)
    number, words = _apart(number)
    return Typed(text, "" if number == text else number, date, words, _total(text))


def _apart(text: str) -> tuple[str, str]:
    """Return the one word with digits, and the others; a text that has not exactly one of both is a number whole."""
    parts = text.split()
    numbered = [one for one in parts if any(letter.isdecimal() for letter in one)]
    if len(numbered) != 1 or len(parts) == 1:
        return text, ""
    return numbered[0].lstrip("№#"), " ".join(one for one in parts if one is not numbered[0])


def _date(text: str) -> dt.date | None:
    if not text:
        return None
    year, month, day = text.split("-") if "-" in text else reversed(text.split("."))
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        return None


def _total(text: str) -> Decimal | None:
    bare = _CURRENCY.sub("", text).replace(" ", "")
    bare = bare.replace(",", "") if _GROUPED.fullmatch(bare) and "." in bare else bare.replace(",", ".")
    try:
        value = Decimal(bare)
    except InvalidOperation:
        return None
    if not value.is_finite() or abs(value) >= LARGEST or value != round(value, 2):
        return None
    return value
