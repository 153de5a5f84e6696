"""Which invoice does a returned document mean (decision 21).

Own Ид → Основание (payments, shipments) → Номер + Дата → stored 1C id → Номер alone. Stock clients return the 1C GUID
as ``Ид`` beside the site's number and date, the Bitrix module the site's own Ид (facts: 1c-clients §4, addendum 9;
commerceml §4). Time of day is ignored: УНФ zeroes it (addendum 7). Guesses nothing: two answers are no answer.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from commerceml_bridge.domain.identity import parse_invoice_id
from commerceml_bridge.domain.returned import Operation, ReturnedDocument


@dataclass(frozen=True)
class Candidate:
    """An invoice a document may mean. ``number`` and ``date`` are those on the wire."""

    invoice_id: int
    own_id: str
    number: str
    date: dt.date
    onec_id: str | None = None
    """1C's id of the document, once it has told it"""


class MatchedBy(StrEnum):
    """What decided."""

    OWN_ID = "own-id"
    BASIS = "basis"
    NUMBER_DATE = "number-date"
    ONEC_ID = "onec-id"
    NUMBER = "number"


@dataclass(frozen=True)
class Match:
    """The invoice found; ``flagged`` when a person should look (the date did not agree)."""

    invoice_id: int
    by: MatchedBy
    flagged: bool = False


@dataclass(frozen=True)
class NoMatch:
    """Why no invoice was taken; ``reason`` in Russian.

    Codes: ``no-keys``, ``unknown``, ``foreign-id``, ``ambiguous``, ``second-1c-id``; the last two are quarantined.
    """

    code: str
    reason: str


@dataclass(frozen=True)
class LookupKeys:
    """What a caller must look up to have every candidate of a document; ``|`` joins the keys of many documents."""

    own_ids: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    """as written, in lower and in upper case, for exact comparison in a database"""
    onec_ids: frozenset[str] = frozenset()

    def __or__(self, other: LookupKeys) -> LookupKeys:
        return LookupKeys(self.own_ids | other.own_ids, self.numbers | other.numbers, self.onec_ids | other.onec_ids)


OF_AN_ORDER = frozenset({Operation.PAYMENT, Operation.REFUND, Operation.SHIPMENT})
"""Their ``Номер`` is their own and would find a foreign invoice; ``Основание`` names the order. An order may name one
too: the CommerceML 3 text asks for it (commerceml §3)."""


def keys(document: ReturnedDocument) -> LookupKeys:
    """Return what to look up for a document."""
    names = _own_names(document)
    own = {name for name in names if parse_invoice_id(name)}
    numbers: set[str] = set()
    if document.operation not in OF_AN_ORDER:
        written = document.number.strip()
        numbers = {written, number_key(written), number_key(written).upper()} - {""}
    return LookupKeys(frozenset(own), frozenset(numbers), frozenset(names - own))


def match(
    document: ReturnedDocument, candidates: Sequence[Candidate], *, parent: Match | None = None
) -> Match | NoMatch:
    """Find the invoice of a document among ``candidates`` (all that ``keys`` asked for; more do no harm).

    ``parent`` is the match of the order a subordinate document hangs under; it holds unless the document's own
    ``Основание`` names another invoice.
    """
    if document.operation in OF_AN_ORDER:
        return _match_by_basis(document, candidates, parent)
    return _match_order(document, candidates)


def _match_by_basis(
    document: ReturnedDocument, candidates: Sequence[Candidate], parent: Match | None
) -> Match | NoMatch:
    basis = document.basis.strip()
    named = _named(basis, candidates) if basis else []
    if len(named) == 1:
        return Match(named[0].invoice_id, MatchedBy.BASIS)
    if named:
        return NoMatch("ambiguous", f"Основание «{basis}» подходит к нескольким счетам.")
    if parent is not None:
        return Match(parent.invoice_id, MatchedBy.BASIS, parent.flagged)
    if not basis:
        return NoMatch("no-keys", "Документ оплаты или отгрузки не говорит, к какому заказу он: нет Основания.")
    return NoMatch("unknown", f"Счёта, на который ссылается Основание «{basis}», у этого узла нет.")


def _named(name: str, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return who bears an id: ours if it is one of ours, else 1C's."""
    if parse_invoice_id(name):
        return [one for one in candidates if one.own_id == name]
    return [one for one in candidates if one.onec_id == name]


def _match_order(document: ReturnedDocument, candidates: Sequence[Candidate]) -> Match | NoMatch:
    own_id = document.id.strip()
    own = [one for one in candidates if one.own_id == own_id]
    if own:
        return Match(own[0].invoice_id, MatchedBy.OWN_ID)
    if parse_invoice_id(own_id):
        return NoMatch("foreign-id", f"Ид «{own_id}» похож на наш, но у этого узла такого счёта нет.")
    onec_id = _onec_id(document)
    if not (onec_id or number_key(document.number)):
        return NoMatch("no-keys", "У документа нет ни номера, ни Ид.")
    for step in (_by_number_and_date, _by_onec_id, _by_number):
        found = step(document, onec_id, candidates)
        if found is not None:
            return found
    number = document.number.strip()
    if not number:
        return NoMatch("unknown", f"Номера сайта в документе нет, а счёта с Ид 1С «{onec_id}» у этого узла нет.")
    return NoMatch("unknown", f"Счёта с номером «{number}» у этого узла нет.")


def _by_number_and_date(
    document: ReturnedDocument, onec_id: str, candidates: Sequence[Candidate]
) -> Match | NoMatch | None:
    hits = [one for one in _same_number(document, candidates) if one.date == document.date]
    strangers = [one for one in candidates if onec_id and one.onec_id == onec_id and one not in hits]
    if hits and strangers:
        return NoMatch(
            "ambiguous",
            f"Номер «{document.number.strip()}» и дата указывают на один счёт, а Ид {onec_id} раньше "
            "пришёл для другого.",
        )
    return _settle(hits, document, onec_id, MatchedBy.NUMBER_DATE)


def _by_onec_id(document: ReturnedDocument, onec_id: str, candidates: Sequence[Candidate]) -> Match | NoMatch | None:
    hits = [one for one in candidates if onec_id and one.onec_id == onec_id]
    return _settle(hits, document, onec_id, MatchedBy.ONEC_ID)


def _by_number(document: ReturnedDocument, onec_id: str, candidates: Sequence[Candidate]) -> Match | NoMatch | None:
    return _settle(_same_number(document, candidates), document, onec_id, MatchedBy.NUMBER)


def _settle(
    hits: Sequence[Candidate], document: ReturnedDocument, onec_id: str, by: MatchedBy
) -> Match | NoMatch | None:
    """Take the only hit, among several the one whose 1C id is the document's; refuse a second 1C id for one number."""
    number = document.number.strip()
    known = [one for one in hits if onec_id and one.onec_id == onec_id]
    if len(hits) > 1 and len(known) != 1:
        return NoMatch("ambiguous", f"Номеру «{number}» отвечают несколько счетов, а дата и Ид их не различают.")
    if len(hits) > 1:
        return Match(known[0].invoice_id, MatchedBy.ONEC_ID)
    if not hits:
        return None
    (hit,) = hits
    if onec_id and _is_onec_id(hit.onec_id or "", hit.number) and hit.onec_id != onec_id:
        return NoMatch(
            "second-1c-id",
            f"Для счёта № {number} 1С прислала второй документ ({onec_id}), а раньше был {hit.onec_id}. "
            "Вероятно, заказ задвоен: оставьте в 1С один документ и решите, какой из них верный.",
        )
    return Match(hit.invoice_id, by, flagged=by is MatchedBy.NUMBER)


def _same_number(document: ReturnedDocument, candidates: Sequence[Candidate]) -> list[Candidate]:
    number = number_key(document.number)
    return [one for one in candidates if number and number_key(one.number) == number]


def number_key(text: str) -> str:
    """Compare numbers without case and spaces: 1C pads them to 11 characters (commerceml §4)."""
    return "".join(text.split()).casefold()


def _onec_id(document: ReturnedDocument) -> str:
    """Return 1C's own id of an order, ``""`` if ``Ид`` only repeats the site's number (commerceml §4, dialect C)."""
    text = document.id.strip()
    return text if _is_onec_id(text, document.number) else ""


def _is_onec_id(text: str, number: str) -> bool:
    return bool(text) and number_key(text) != number_key(number) and parse_invoice_id(text) is None


def _own_names(document: ReturnedDocument) -> set[str]:
    """Return every id that may name an invoice: of the document, its basis and the bases of its children."""
    mine = document.basis if document.operation in OF_AN_ORDER else document.id
    names = {mine.strip()} - {""}
    return names.union(*(_own_names(child) for child in document.children))
