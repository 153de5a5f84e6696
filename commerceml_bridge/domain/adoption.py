"""Is a document created in 1C one of our invoices that somebody typed in by hand (decision 14)?

Nothing is linked by this: a proposal with its evidence is shown and a person decides. It takes a date near the
invoice's and two of number, ИНН and sum.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from commerceml_bridge.domain.numbering import significant_digits
from commerceml_bridge.domain.returned import ReturnedDocument
from commerceml_bridge.domain.signals import currencies_differ

NEAR = dt.timedelta(days=31)
ADOPTABLE = "adoptable"


@dataclass(frozen=True)
class Undelivered:
    """An invoice that was never given to the node."""

    invoice_id: int
    number: str
    date: dt.date
    inn: str
    total: Decimal
    currency: str


@dataclass(frozen=True)
class Proposal:
    """What a document may be; ``invoice_id`` is ``None`` if several invoices fit equally well."""

    invoice_id: int | None
    reason: str


def date_of(document: ReturnedDocument) -> dt.date | None:
    """Return the day of a document typed into 1C: 1C's own if it tells one."""
    found = document.date_1c or document.date
    return found if found is not None and found.year > 1 else None


def propose(document: ReturnedDocument, invoices: Iterable[Undelivered]) -> Proposal | None:
    """Return what a document may be, ``None`` if it looks like none of the invoices."""
    found = [(one, evidence) for one in invoices if (evidence := _evidence(document, one))]
    best = max((len(evidence) for _, evidence in found), default=0)
    top = [(one, evidence) for one, evidence in found if len(evidence) == best]
    if not top:
        return None
    named = "; ".join(f"№ {one.number} от {one.date:%d.%m.%Y} ({', '.join(evidence)})" for one, evidence in top[:5])
    number = document.number_1c.strip() or document.number.strip() or document.id
    if len(top) == 1:
        reason = f"Документ «{number}» в 1С, похоже, и есть счёт {named}, который этому узлу ещё не передавали."
        return Proposal(top[0][0].invoice_id, reason)
    return Proposal(None, f"Документ «{number}» в 1С похож на несколько счетов, которые узлу не передавали: {named}.")


def _evidence(document: ReturnedDocument, one: Undelivered) -> list[str]:
    """Say what agrees; nothing if it is too little, or the date or the currency speaks against it."""
    day = date_of(document)
    if day is None or abs(day - one.date) > NEAR or currencies_differ(document.currency, one.currency):
        return []
    if document.inn and one.inn and document.inn != one.inn:
        return []
    agreed = [
        ("номер", _same_number(document, one.number)),
        ("ИНН", bool(document.inn) and document.inn == one.inn),
        ("сумма", document.amount is not None and document.amount == one.total),
    ]
    names = [name for name, agrees in agreed if agrees]
    if len(names) < 2:
        return []
    return [*names, "дата та же" if day == one.date else f"дата {day:%d.%m.%Y}"]


def _same_number(document: ReturnedDocument, printed: str) -> bool:
    """Compare by the digits: 1C puts its own prefix and zeros before them."""
    wanted = significant_digits(printed)
    numbers = (document.number, document.number_1c)
    return wanted is not None and any(significant_digits(one) == wanted for one in numbers if one.strip())
