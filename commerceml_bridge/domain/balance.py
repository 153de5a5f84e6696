"""Which facts hold, and what is paid by them (issue of the ledger; facts: 1c-clients §4.1, 1c-odata-payments §1.5).

The ledger of an invoice at a node is a function of the set of reports that arrived, not of their order: every entry has
the stamp (moment of the report, number of the report) of the newest report that said it and of the newest full list it
stood in. An older report never overrides a newer one; what no newer report contradicts still counts.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from commerceml_bridge.domain.facts import CLAIMS, MONEY, STATES, Fact, FactKind, Source
from commerceml_bridge.domain.money import ZERO
from commerceml_bridge.domain.signals import currencies_differ

Stamp = tuple[str, int]
"""Moment and number of a report; ``("", 0)``: never."""
NEVER: Stamp = ("", 0)


@dataclass(frozen=True)
class Entry:
    """A fact in the ledger."""

    source: Source
    fact: Fact
    stamp: Stamp
    """newest report that said it"""
    listed: Stamp = NEVER
    """newest full list of payments it stood in"""


class Standing(StrEnum):
    """What the facts together say; the value is what lists show."""

    NOTHING = ""
    PAID = "paid"
    PARTLY_PAID = "partly-paid"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    DELETED = "deleted"
    UNPOSTED = "unposted"


_STATES = {
    FactKind.DELETED: Standing.DELETED,
    FactKind.CANCELLED: Standing.CANCELLED,
    FactKind.UNPOSTED: Standing.UNPOSTED,
}
"""In order of precedence."""


@dataclass(frozen=True)
class Balance:
    """What is paid of an invoice, in its own currency, by the facts of one node."""

    paid: Decimal
    """payments less refunds; the total where 1C only says "fully paid" """
    remainder: Decimal
    overpaid: Decimal
    refunded: Decimal
    full: bool
    certain: bool
    doubts: tuple[str, ...]
    standing: Standing = Standing.NOTHING
    reason: str = ""
    number: str = ""
    """of the newest payment"""
    date: dt.date | None = None
    shipped: bool = False
    status_id: str = ""
    status: str = ""
    notes: tuple[str, ...] = ()
    """Russian: what a person should know although it is believed (1c-odata-payments §1.5, §6.3)"""

    @property
    def says_anything(self) -> bool:
        """Tell whether anything is known of the payment at all."""
        return self.standing is not Standing.NOTHING


def holding(entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries that hold; the others were replaced by newer word of their source."""
    by_source: dict[Source, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_source[entry.source].append(entry)
    return [one for mine in by_source.values() for one in _of_source(mine)]


def _of_source(entries: list[Entry]) -> Iterator[Entry]:
    money = [one for one in entries if one.fact.kind in MONEY]
    full_list = max((one.listed for one in money), default=NEVER)
    yield from _money(money, full_list)
    claim = _claim([one for one in entries if one.fact.kind in CLAIMS and one.stamp >= full_list])
    if claim is not None:
        yield claim
    yield from _newest_alone(entries, STATES)
    for kind in (FactKind.SHIPPED, FactKind.STATUS):
        yield from _newest_alone(entries, {kind})
    spoken = max([full_list, claim.stamp if claim else NEVER, *(one.stamp for one in money)])
    for one in _newest_alone(entries, {FactKind.UNCLEAR}):
        if one.stamp >= spoken:
            yield one


def _money(money: list[Entry], full_list: Stamp) -> Iterator[Entry]:
    """Of each payment its newest content; of all of them those in the newest full list or newer than it."""
    newest: dict[tuple[FactKind, str], Entry] = {}
    for one in money:
        identity = one.fact.kind, one.fact.key
        if identity not in newest or newest[identity].stamp < one.stamp:
            newest[identity] = one
    yield from (one for one in newest.values() if one.listed == full_list or one.stamp > full_list)


def _claim(claims: list[Entry]) -> Entry | None:
    """The newest word; but what is not certain does not take back a certain "fully paid"."""
    newest = max(claims, key=lambda one: one.stamp, default=None)
    if newest is None or newest.fact.certain:
        return newest
    sure = max((one for one in claims if one.fact.certain), key=lambda one: one.stamp, default=None)
    return sure if sure is not None and sure.fact.kind is FactKind.PAID_FLAG else newest


def _newest_alone(entries: Iterable[Entry], kinds: Iterable[FactKind]) -> list[Entry]:
    chosen = [one for one in entries if one.fact.kind in kinds]
    last = max((one.stamp for one in chosen), default=NEVER)
    return [one for one in chosen if one.stamp == last]


def derive(entries: Iterable[Entry], total: Decimal, currency: str, *, by_silence: bool = False) -> Balance:
    """Add up what holds of an invoice of ``total`` in ``currency`` (ISO).

    ``by_silence``: an order shown again without a word about its payment is not paid any more.
    """
    return derive_held(holding(entries), total, currency, by_silence=by_silence)


def derive_held(entries: Iterable[Entry], total: Decimal, currency: str, *, by_silence: bool = False) -> Balance:
    """Do the same with entries that are known to hold."""
    held = sorted(entries, key=lambda one: one.stamp)
    if by_silence and _silent(held):
        held = [one for one in held if one.source is not Source.EXCHANGE or one.fact.kind not in _OF_PAYMENT]
    money = _Money.of(held, currency, total)
    flag = _flag(held, total)
    full = total > 0 and (flag is not None or (money.net >= total and not money.doubts))
    paid = max(money.net, total) if flag is not None else money.net
    part = next((one.fact for one in reversed(held) if one.fact.kind is FactKind.PARTLY_PAID), None)
    doubts = (*money.doubts, *_notes(held, money, total, flag))
    certain = _certain(money, flag, part if not full and money.net <= 0 else None, held)
    voucher = money.newest if money.newest is not None else flag
    standing = _standing(held, full=full, some=money.net > 0 or part is not None)
    if standing is Standing.NOTHING and (money.denied or money.refunded > 0):
        standing = Standing.WITHDRAWN
    paid = max(paid, ZERO)
    return Balance(
        paid=paid,
        remainder=max(total - paid, ZERO),
        overpaid=max(paid - total, ZERO) if total > 0 else ZERO,
        refunded=money.refunded,
        full=full,
        certain=certain,
        doubts=tuple(dict.fromkeys(doubts)),
        standing=standing,
        reason=_reason(standing, held, money, total, flag, part),
        number=voucher.number if voucher else "",
        date=voucher.date if voucher else None,
        shipped=any(one.fact.kind is FactKind.SHIPPED for one in held),
        status_id=next((one.fact.status_id for one in held if one.fact.kind is FactKind.STATUS), ""),
        status=next((one.fact.text for one in held if one.fact.kind is FactKind.STATUS), ""),
        notes=tuple(_worth_knowing(held, money, total)) if full else (),
    )


def _worth_knowing(held: Sequence[Entry], money: _Money, total: Decimal) -> Iterator[str]:
    """Yield what speaks against a full payment: a status of БП beyond its money, payments that are there no more."""
    for one in held:
        by_status = one.fact.kind is FactKind.PAID_FLAG and one.source is Source.ODATA and money.net < total
        vanished = one.fact.kind is FactKind.PAYMENT and one.fact.amount == 0 and one.source is Source.ODATA
        if by_status or vanished:
            yield one.fact.text


_OF_PAYMENT = MONEY | CLAIMS | {FactKind.UNCLEAR}


def _silent(held: Sequence[Entry]) -> bool:
    """Tell whether 1C shows the order again and says nothing any more of the payment it had told of.

    УТ 10.3 tells an un-posted payment in no other way (1c-clients addendum 10). By the moment of the files alone: one
    file may speak of an order and its payments in any order.
    """
    mine = [one for one in held if one.source is Source.EXCHANGE]
    shown = max((one.stamp[0] for one in mine if one.fact.kind is FactKind.STANDING), default="")
    told = max((one.stamp[0] for one in mine if one.fact.kind in _OF_PAYMENT), default="")
    return "" < told < shown


@dataclass(frozen=True)
class _Money:
    """Payments and refunds. Sources do not add up: the largest sum of any of them is what is surely there."""

    paid: Decimal
    refunded: Decimal
    doubts: tuple[str, ...]
    newest: Fact | None
    denied: bool = False
    """a source says "not paid" of money it has told itself"""
    by_bank: bool = False
    """the sum is that of a bank statement, not of 1C"""

    @property
    def net(self) -> Decimal:
        return self.paid - self.refunded

    @classmethod
    def of(cls, held: Sequence[Entry], currency: str, total: Decimal) -> _Money:
        paid: dict[Source, Decimal] = defaultdict(lambda: ZERO)
        back: dict[Source, Decimal] = defaultdict(lambda: ZERO)
        doubts: list[str] = []
        counted: list[Entry] = []
        for one in held:
            if one.fact.kind not in MONEY:
                continue
            doubt = _doubt(one.fact, currency)
            if doubt:
                doubts.append(doubt)
                continue
            if one.fact.kind is FactKind.REFUND:
                back[one.source] += one.fact.amount or ZERO
                continue
            paid[one.source] += one.fact.amount or ZERO
            counted += [one] if one.fact.amount else []
        denied = {source for source in paid if paid[source] - back[source] >= total > 0 and _denies(source, held)}
        sums = {source: amount for source, amount in paid.items() if source not in denied}
        largest = max(sums.values(), default=ZERO)
        by_bank = {source for source, amount in sums.items() if amount == largest} == {Source.STATEMENT}
        vouchers = [one.fact for one in counted if one.source not in denied]
        newest = max(vouchers, key=lambda fact: (fact.date or dt.date.min, fact.key), default=None)
        refunded = max(back.values(), default=ZERO)
        return cls(largest, refunded, tuple(doubts), newest, bool(denied), by_bank)


def _doubt(fact: Fact, currency: str) -> str:
    name = f"документ оплаты «{fact.number or fact.key}»"
    if not fact.certain:
        return fact.text or f"{name} не подтверждён"
    if fact.amount is None:
        return f"{name} без суммы"
    if currencies_differ(fact.currency, currency):
        return f"{name} в другой валюте ({fact.currency})"
    return ""


def _flag(held: list[Entry], total: Decimal) -> Fact | None:
    """The newest word "fully paid" that is about the whole of today's total."""
    flags = [one.fact for one in held if one.fact.kind is FactKind.PAID_FLAG]
    return next((one for one in reversed(flags) if one.amount is None or one.amount >= total), None)


def _denies(source: Source, held: Iterable[Entry]) -> bool:
    """Tell whether a source says "not paid" beside or after its last payment.

    УНФ lists payments and never refunds: the order's own word is what tells of money given back. Of money another
    source has told it says nothing: it may not be in the books yet, and the clocks of two sources differ by hours.
    """
    mine = [one for one in held if one.source is source]
    stamps = [one.stamp for one in mine if one.fact.kind is FactKind.PAYMENT and one.fact.amount]
    denials = [one.stamp for one in mine if one.fact.kind is FactKind.NOT_PAID]
    return bool(stamps and denials) and max(denials) >= max(stamps)


def _certain(money: _Money, flag: Fact | None, part: Fact | None, held: list[Entry]) -> bool:
    if flag is not None:
        return flag.certain and not money.doubts
    unclear = any(one.fact.kind is FactKind.UNCLEAR for one in held)
    return not (money.doubts or unclear or (part is not None and not part.certain))


def _notes(held: list[Entry], money: _Money, total: Decimal, flag: Fact | None) -> Iterator[str]:
    yield from (one.fact.text for one in held if one.fact.kind is FactKind.UNCLEAR)
    stale = [one.fact for one in held if one.fact.kind is FactKind.PAID_FLAG and flag is None]
    for fact in stale:
        yield f"1С отмечала оплаченным {fact.amount}, а счёт на {total}."
    if flag is not None and ZERO < money.net < total:
        yield f"1С отмечает счёт оплаченным, а платежей только на {money.net} из {total}."


def _standing(held: list[Entry], *, full: bool, some: bool) -> Standing:
    said = {one.fact.kind for one in held}
    state = next((standing for kind, standing in _STATES.items() if kind in said), None)
    if state is not None:
        return state
    if full:
        return Standing.PAID
    return Standing.PARTLY_PAID if some else Standing.NOTHING


def _reason(
    standing: Standing, held: list[Entry], money: _Money, total: Decimal, flag: Fact | None, part: Fact | None
) -> str:
    if standing is Standing.PAID:
        covered = f"Документы оплаты в 1С на {money.net} покрывают сумму счёта {total}."
        if money.by_bank:
            covered = f"Платежи по выписке банка на {money.net} покрывают сумму счёта {total}."
        return covered if flag is None else flag.text or "1С сообщает: оплачен полностью."
    if standing is Standing.PARTLY_PAID:
        known = f"Оплачено {money.net} из {total}."
        return known if money.net > 0 or part is None else part.text or "Оплачена часть, сумму 1С не передаёт."
    if standing is Standing.WITHDRAWN:
        refunds = f" Возвращено {money.refunded}." if money.refunded else ""
        return f"Оплата в 1С отозвана.{refunds} Оплачено {max(money.net, ZERO)} из {total}."
    texts = [one.fact.text for one in held if _STATES.get(one.fact.kind) is standing]
    return texts[-1] if texts else ""
