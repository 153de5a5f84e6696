"""Which delivered invoices a payment of a bank statement pays (facts: 1c-odata-payments §1.2, §5).

As 1C does: the number as a word in the purpose, without prefix and leading zeros; then the sum; then the payer's ИНН.
Applied without asking only what is *certain*: every invoice named in words, each number borne by one invoice, paid by
the counterparty of the invoice itself (where it has no ИНН, by exactly the rest to pay), in its currency, within what
is still to be paid; of several invoices in one payment exactly the sum of their rests. Refunds and everything else wait
for a person.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from commerceml_bridge.domain.bank_file import BankDocument, Direction
from commerceml_bridge.domain.bank_purpose import Mention, mentions
from commerceml_bridge.domain.money import ZERO
from commerceml_bridge.domain.numbering import significant_digits

MOST_PROPOSALS = 5
LONGEST_WAY = dt.timedelta(days=366)
"""1C itself looks no further back than twelve months (§1.2)."""
CURRENCY_BY_ACCOUNT = {"810": "RUB", "643": "RUB", "840": "USD", "978": "EUR", "156": "CNY", "933": "BYN", "398": "KZT"}
"""Digits 6–8 of a Russian account."""
_ONEC_NUMBER = re.compile(r"[^\W_]{2,4}-(\d{6,})")
_REFUND = re.compile(r"возврат|вернул|возвращ", re.IGNORECASE)


@dataclass(frozen=True)
class Open:
    """A delivered invoice a payment may mean. ``rest`` is what is still to be paid by everything known."""

    consignment_id: int
    number: str
    printed: str
    date: dt.date
    inn: str
    total: Decimal
    rest: Decimal
    currency: str

    def bears(self, word: str) -> bool:
        """Tell whether a word of a purpose is this invoice's number."""
        if word in (_key(self.number), _key(self.printed)):
            return True
        found = _ONEC_NUMBER.fullmatch(word)
        digits = found[1] if found else word
        if not (digits.isascii() and digits.isdigit()):
            return False
        whole = int(digits)
        return whole == significant_digits(self.number) or (
            self.printed.strip().isdecimal() and whole == int(self.printed)
        )


@dataclass(frozen=True)
class Share:
    """Part of a payment for one invoice, and what speaks for it, in Russian."""

    consignment_id: int
    amount: Decimal
    reasons: tuple[str, ...]
    confidence: int
    """0–100, for sorting and for the eye: only ``Outcome.certain`` decides"""


@dataclass(frozen=True)
class Outcome:
    """What becomes of a document. ``certain``: every share may be applied without asking; else each is a proposal."""

    shares: tuple[Share, ...] = ()
    certain: bool = False
    refund: bool = False
    foreign: bool = False
    """it does not concern invoices to customers at all"""
    reason: str = ""


@dataclass(frozen=True)
class _Named:
    """A number of the purpose with those who bear it."""

    mention: Mention
    bearers: tuple[Open, ...] = field(default=())


def currency_of(account: str) -> str:
    """Return the ISO currency of an account, ``""`` if its number does not say."""
    return CURRENCY_BY_ACCOUNT.get(account[5:8], "") if len(account) == 20 else ""


def match(document: BankDocument, invoices: Sequence[Open]) -> Outcome:
    """Weigh one document against the delivered invoices of a node."""
    if document.direction is Direction.INCOMING:
        return _incoming(document, invoices)
    if document.direction is Direction.OUTGOING:
        return _outgoing(document, invoices)
    if document.direction is Direction.INTERNAL:
        return Outcome(foreign=True, reason="Перевод между своими счетами.")
    return Outcome(reason="Непонятно, поступление это или списание: в файле нет ни своего счёта, ни даты проведения.")


def words_of(document: BankDocument) -> frozenset[str]:
    """Return the numbers to look up for a document, as written in its purpose."""
    return frozenset(one.text for one in mentions(document.purpose))


def _incoming(document: BankDocument, invoices: Sequence[Open]) -> Outcome:
    near = [one for one in invoices if _in_time(document, one)]
    named = _named(document, near)
    spoken = [one for one in named if one.mention.named and one.bearers]
    if spoken:
        return _by_numbers(document, named, spoken)
    unknown = [one.mention.text for one in named if one.mention.named]
    if unknown:
        return Outcome(reason=f"Назван счёт {', '.join(unknown)}, которого у узла нет.")
    loose = [one for one in named if one.bearers]
    return _by_chance(document, near, loose)


def _named(document: BankDocument, invoices: Sequence[Open]) -> list[_Named]:
    found = []
    for mention in mentions(document.purpose):
        bearers = [one for one in invoices if one.bears(mention.text)]
        of_year = [one for one in bearers if mention.year in (None, one.date.year)]
        same = [one for one in of_year if one.inn and one.inn == document.payer_inn]
        chosen = same if len(of_year) > 1 and same else of_year
        found.append(_Named(mention, tuple(chosen)))
    return found


def _by_numbers(document: BankDocument, named: list[_Named], spoken: list[_Named]) -> Outcome:
    unresolved = [one.mention.text for one in named if one.mention.named and not one.bearers]
    unique = {one.bearers[0].consignment_id: one.bearers[0] for one in spoken if len(one.bearers) == 1}
    if len(unique) < len(spoken) and not unique:
        every = [open_ for one in spoken for open_ in one.bearers]
        return _proposed(document, every, "Номер подходит к нескольким счетам.")
    chosen = list(unique.values())
    shares = tuple(_shares(document, chosen))
    objection = _objection(document, chosen, unresolved, ambiguous=len(unique) < len(spoken))
    if objection:
        return Outcome(shares, reason=objection)
    return Outcome(shares, certain=True, reason="Номер назван, плательщик и сумма подходят.")


def _objection(document: BankDocument, chosen: list[Open], unresolved: list[str], *, ambiguous: bool) -> str:
    """Say in Russian what keeps the payment from being certain; ``""`` if nothing does."""
    rests = sum((one.rest for one in chosen), ZERO)
    exact = rests == document.amount
    strangers = [one for one in chosen if one.inn and one.inn != document.payer_inn]
    unproven = [one for one in chosen if not one.inn and not exact]
    checks = (
        (bool(unresolved), f"В назначении есть номер, которого среди счетов узла нет: {', '.join(unresolved)}."),
        (ambiguous, "Один из номеров подходит к нескольким счетам."),
        (document.booked_on is None, "В файле нет даты поступления: банк мог ещё не провести платёж."),
        (bool(strangers), f"Платит другой: ИНН плательщика {document.payer_inn or 'не указан'}, в счёте другой."),
        (bool(unproven), "В счёте нет ИНН, и сумма не равна остатку: плательщика нечем проверить."),
        (_other_currency(document, chosen), "Валюта счёта и банковского счёта различаются."),
        (document.amount > rests, f"Платёж больше остатка к оплате ({rests})."),
        (len(chosen) > 1 and not exact, f"Сумма не равна остаткам названных счетов ({rests}): как разделить, неясно."),
    )
    return next((text for wrong, text in checks if wrong), "")


def _other_currency(document: BankDocument, chosen: list[Open]) -> bool:
    own = currency_of(document.own_account)
    return any(one.currency != (own or "RUB") for one in chosen)


def _shares(document: BankDocument, chosen: list[Open]) -> list[Share]:
    """Share the amount in the order of the purpose; what is left over stays with the last."""
    left, shares = document.amount, []
    for number, one in enumerate(chosen, 1):
        amount = left if number == len(chosen) else min(left, max(one.rest, ZERO))
        left -= amount
        if amount > 0:
            shares.append(_share(document, one, amount, named=True))
    return shares


def _by_chance(document: BankDocument, invoices: Sequence[Open], loose: list[_Named]) -> Outcome:
    by_number = [open_ for one in loose for open_ in one.bearers if _speaks_for(document, open_)]
    if by_number:
        return _proposed(document, by_number, "Номер найден в назначении, но не назван номером счёта.")
    payer = document.payer_inn
    same = [one for one in invoices if payer and one.inn == payer and one.rest == document.amount]
    if same:
        return _proposed(document, same, "Номера счёта в назначении нет; совпали ИНН и сумма остатка.")
    return Outcome(reason="Счёта, к которому подходит этот платёж, у узла нет.")


def _speaks_for(document: BankDocument, one: Open) -> bool:
    """A number that merely stands there needs the payer or the sum beside it."""
    return (bool(one.inn) and one.inn == document.payer_inn) or one.rest == document.amount


def _proposed(document: BankDocument, invoices: Sequence[Open], reason: str) -> Outcome:
    unique = {one.consignment_id: one for one in invoices}.values()
    shares = [_share(document, one, document.amount, named=False) for one in unique]
    return Outcome(tuple(sorted(shares, key=lambda one: -one.confidence)[:MOST_PROPOSALS]), reason=reason)


def _share(document: BankDocument, one: Open, amount: Decimal, *, named: bool) -> Share:
    words = {mention.text: mention.named for mention in mentions(document.purpose)}
    number = any(one.bears(word) for word in words)
    payer = bool(one.inn) and one.inn == document.payer_inn
    whole = one.rest == amount
    facts = (
        (number, f"номер {one.printed or one.number} {'назван' if named else 'встречается'} в назначении", 50),
        (payer, f"ИНН плательщика {document.payer_inn}", 25),
        (whole, f"сумма равна остатку {one.rest}", 25),
        (not whole and amount == one.total, f"сумма равна сумме счёта {one.total}", 10),
    )
    told = [(text, weight) for true, text, weight in facts if true]
    confidence = sum(weight for _, weight in told)
    return Share(one.consignment_id, amount, tuple(text for text, _ in told), min(confidence, 100))


def _outgoing(document: BankDocument, invoices: Sequence[Open]) -> Outcome:
    """A refund names the invoice it gives back; a payment to a supplier does not concern us."""
    if not _REFUND.search(document.purpose):
        return Outcome(foreign=True, reason="Списание: к счетам покупателям не относится.")
    words = words_of(document)
    found = [
        one for one in invoices if one.inn and one.inn == document.payee_inn and any(one.bears(word) for word in words)
    ]
    if not found:
        return Outcome(refund=True, reason="Возврат, но счёта с таким номером и ИНН получателя у узла нет.")
    shares = tuple(
        Share(one.consignment_id, document.amount, ("возврат", f"ИНН получателя {document.payee_inn}"), 75)
        for one in found[:MOST_PROPOSALS]
    )
    return Outcome(shares, refund=True, reason="Возврат покупателю: подтвердите, к какому счёту он относится.")


def _in_time(document: BankDocument, one: Open) -> bool:
    """An invoice is not paid a year later, nor long before it is written."""
    day = document.booked_on or document.date
    return one.date - dt.timedelta(days=31) <= day <= one.date + LONGEST_WAY


def _key(number: str) -> str:
    return "".join(number.split()).casefold().replace("ё", "е")
