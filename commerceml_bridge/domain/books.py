"""An invoice as the accountant's base holds it, and whether it is ours (facts: 1c-odata-payments §1, §2, §6.3).

БП makes its number of the digits of ours: two characters of the organisation, two of the site, a dash, six digits. The
number and the year find the document; two of {printed number in the comment, total, day} prove it before anything is
believed. Proven once, the reference is the proof.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from commerceml_bridge.domain.money import ZERO

PREFIX_LENGTH = 4
NUMBER_LENGTH = 11
DIGITS = 6
LEARN_FROM = 2
"""Proven invoices that must agree before a prefix counts as learned; one is enough where there is only one."""


@dataclass(frozen=True)
class BookPayment:
    """One payment document, its movements by VAT rate added up. ``kind`` is its type in 1C without ``Document_``."""

    key: str
    kind: str
    date: dt.date | None
    amount: Decimal
    other_currency: bool = False
    """its movements name another currency than the invoice"""
    number: str = ""

    @property
    def content(self) -> str:
        """What of it is told to the ledger, as text."""
        return f"{self.date}|{self.amount}|{self.other_currency}"

    @classmethod
    def read(cls, key: str, content: str) -> BookPayment:
        """Return what ``content`` said; its document's type is not kept."""
        date, amount, other = content.split("|")
        day = None if date == "None" else dt.date.fromisoformat(date)
        return cls(key, "", day, Decimal(amount), other == "True")


@dataclass(frozen=True)
class BookInvoice:
    """One invoice with its status and payments. ``status`` is ``""`` where 1C has no record: not paid."""

    ref: str
    number: str
    date: dt.date
    posted: bool
    deleted: bool
    total: Decimal
    organization: str = ""
    comment: str = ""
    status: str = ""
    shipped: bool = False
    bare: bool = False
    """nothing but its payments is known (orders of УТ 11 and УНФ): nothing of it is compared"""
    payments: tuple[BookPayment, ...] = ()

    @property
    def paid(self) -> Decimal:
        """The sum of every payment."""
        return sum((one.amount for one in self.payments), ZERO)

    @property
    def prefix(self) -> str:
        """The first four characters: organisation and site."""
        return self.number[:PREFIX_LENGTH]

    @property
    def tail(self) -> str:
        """What БП made of our digits."""
        return self.number[PREFIX_LENGTH + 1 :]

    @property
    def told(self) -> Told:
        """What of it is told to the ledger; equal means there is nothing new to tell (§6.1.5)."""
        return Told(
            document=f"{self.number}|{self.date}|{self.deleted}|{self.total}|{self.shipped}"
            + ("" if self.posted else "|unposted"),  # of posted ones nothing is told anew
            status=self.status,
            payments=tuple(sorted((one.key, one.content) for one in self.payments)),
        )


@dataclass(frozen=True)
class Told:
    """The state of an invoice as told last: enough to notice a change, and to name a payment that vanished."""

    document: str = ""
    status: str = ""
    payments: tuple[tuple[str, str], ...] = ()

    def stored(self) -> str:
        """Return it as text."""
        return json.dumps([self.document, self.status, self.payments], ensure_ascii=False)

    @classmethod
    def read(cls, text: str) -> Told:
        """Return what ``stored`` made; of ``""``: nothing was told yet."""
        if not text:
            return cls()
        document, status, payments = json.loads(text)
        return cls(document, status, tuple((key, content) for key, content in payments))


@dataclass(frozen=True)
class Sought:
    """An invoice of ours that was given to this base. ``number`` is that on the wire, ``ref`` 1C's once proven."""

    consignment_id: int
    number: str
    printed: str
    date: dt.date
    total: Decimal
    ref: str = ""

    @property
    def tail(self) -> str:
        """What БП makes of the digits of ``number``."""
        return number_tail(self.number)

    def proofs(self, found: BookInvoice) -> int:
        """Count what agrees beside number and year."""
        return sum((found.date == self.date, found.total == self.total, self._named_in(found.comment)))

    def _named_in(self, comment: str) -> bool:
        printed = self.printed.strip()
        return bool(printed) and re.search(rf"№\s*{re.escape(printed)}(?!\w)", comment) is not None


@dataclass(frozen=True)
class Pairing:
    """Who was found; ``unproven`` has a row of our number in which too little agrees, ``ambiguous`` several rows."""

    found: dict[int, BookInvoice]
    unproven: dict[int, BookInvoice]
    ambiguous: dict[int, int]


def number_tail(number: str) -> str:
    """Return the last characters of the number БП gives a document of ours: ``СЧ-123`` → ``000123``."""
    digits = "".join(char for char in number if char in "0123456789")
    return digits.zfill(DIGITS)[: NUMBER_LENGTH - PREFIX_LENGTH - 1]


def pair(sought: Iterable[Sought], rows: Iterable[BookInvoice], prefix: str = "") -> Pairing:
    """Find each invoice among the base's: by reference, else by number (its ``prefix``, if known), year and proof."""
    by_ref: dict[str, BookInvoice] = {}
    by_key: dict[tuple[str, int], list[BookInvoice]] = defaultdict(list)
    for row in rows:
        by_ref[row.ref] = row
        if _fits(row.prefix, prefix):
            by_key[row.tail, row.date.year].append(row)
    result = Pairing({}, {}, {})
    for one in sought:
        if one.ref in by_ref:
            result.found[one.consignment_id] = by_ref[one.ref]
            continue
        candidates = by_key.get((one.tail, one.date.year), [])
        proven = [row for row in candidates if one.proofs(row) >= 2]
        if len(proven) == 1:
            result.found[one.consignment_id] = proven[0]
        elif proven:
            result.ambiguous[one.consignment_id] = len(proven)
        elif candidates:
            result.unproven[one.consignment_id] = candidates[0]
    return result


def _fits(prefix: str, wanted: str) -> bool:
    """Tell whether a number's prefix is the wanted one; two characters mean the site's alone."""
    return prefix.endswith(wanted) if len(wanted) == PREFIX_LENGTH // 2 else not wanted or prefix == wanted


def learn_prefix(sought: Sequence[Sought], rows: Iterable[BookInvoice], site: str = "") -> str:
    """Return the prefix under which every proven invoice stands, ``""`` if they differ or none is proven (§2)."""
    proven = pair(sought, rows, site).found
    prefixes = {row.prefix for row in proven.values()}
    return prefixes.pop() if len(prefixes) == 1 and len(proven) >= min(LEARN_FROM, len(sought)) else ""
