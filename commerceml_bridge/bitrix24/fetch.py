"""Changed invoices with everything 1C needs, page by page, resumable after each.

Follows facts bitrix24-rest §8: three requests for up to fifty changed smart invoices, four for five hundred, eleven or
fewer for 2,600, and one for an idle look, whatever kinds of invoices the portal has and counterparties included. Stores
nothing: the caller keeps ``FetchPage.cursor`` in the same transaction as the invoices.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from commerceml_bridge.bitrix24.answers import moment
from commerceml_bridge.bitrix24.assembly import Assembled, Assembler
from commerceml_bridge.bitrix24.batch import LIMIT, Batch, BatchResult
from commerceml_bridge.bitrix24.client import BitrixClient
from commerceml_bridge.bitrix24.cursor import Cursor, KindCursor
from commerceml_bridge.bitrix24.listing import (
    SPECS,
    Listed,
    Listing,
    ListSpec,
    Scope,
    chain_commands,
    chain_of,
    joined,
    listing_of,
    page_command,
    read,
)
from commerceml_bridge.bitrix24.lists import ListCommand, Lists, rows_of
from commerceml_bridge.bitrix24.portal_info import SMART_TYPE, PortalInfo
from commerceml_bridge.bitrix24.products import ProductCodes
from commerceml_bridge.bitrix24.refusals import PortalTooSlow
from commerceml_bridge.bitrix24.surrounding_changes import Look
from commerceml_bridge.bitrix24.values import Row
from commerceml_bridge.domain.invoices import Invoice, InvoiceKey, InvoiceKind
from commerceml_bridge.domain.refs import Ref, RefChange
from commerceml_bridge.errors import PortalAnswerInvalid, PortalError

log = logging.getLogger(__name__)
OLD_PAGES = 10
"""pages of 50 old invoices taken at a time: each invoice is a command of its own"""
Known = Callable[[Sequence[tuple[InvoiceKey, dt.datetime]]], set[InvoiceKey]]
"""Given listed invoices with their update times, return those already stored with that very time."""


@dataclass(frozen=True)
class FetchOptions:
    """How to fetch; the defaults follow §8."""

    overlap: dt.timedelta = dt.timedelta(seconds=120)
    """how far each pass reaches back behind the start of the one before"""
    chain_pages: int = 10
    """pages of 50 in the first request of a first load; each next time twice as many, up to ``batch_size``"""
    batch_size: int = LIMIT
    """commands in one batch at most; there are fewer while the portal is slow"""
    surroundings: bool = False
    """look as well for changed counterparties and goods; it costs no request where nothing changed"""


@dataclass(frozen=True)
class FetchProblem:
    """An invoice that could not be taken, and why (Russian). ``updated_at``: its listed update time."""

    key: InvoiceKey
    reason: str
    updated_at: dt.datetime | None = None


@dataclass(frozen=True)
class FetchPage:
    """Invoices of one page; ``cursor`` says how to go on after it is stored."""

    invoices: list[Invoice]
    problems: list[FetchProblem]
    cursor: Cursor
    read_at: dt.datetime | None = None
    """the portal's clock when the invoices were listed"""
    parties_at: dt.datetime | None = None
    """nothing told of counterparties is older than that; the portal's clock"""
    refers: Mapping[InvoiceKey, frozenset[Ref]] = field(default_factory=dict)
    """what each invoice was made of"""
    changed: Sequence[RefChange] | None = ()
    """counterparties and goods that changed; ``None``: so many that every open invoice is to be read again"""


def fetch_changes(
    client: BitrixClient,
    info: PortalInfo,
    cursor: Cursor,
    *,
    known: Known | None = None,
    codes: ProductCodes | None = None,
    options: FetchOptions | None = None,
) -> Iterator[FetchPage]:
    """Yield what changed since ``cursor``; at least one page per kind in use, so that the cursor always moves on.

    Raises ``PortalError`` when the portal cannot be read; the pages before stay valid.
    """
    fetcher = _Fetcher(
        client, info, codes or ProductCodes(client.clock), options or FetchOptions(), known or _none_known
    )
    kinds = [kind for kind in InvoiceKind if kind in info.kinds]
    first = fetcher.first_look(kinds, cursor)
    for kind in kinds:
        for page in fetcher.run_pass(kind, cursor, first):
            cursor = page.cursor
            yield page
    if kinds and (last := fetcher.surroundings(cursor, first)) is not None:
        yield last


def count_since(client: BitrixClient, info: PortalInfo, date_from: dt.date) -> int:
    """Return how many invoices of all kinds are dated ``date_from`` or later, in one request.

    Old invoices without ``DATE_BILL`` (dated by their creation, decision 17) are not counted: no filter reaches them.
    """
    batch = Batch(client)
    if InvoiceKind.SMART in info.kinds:
        smart = {"entityTypeId": SMART_TYPE, "filter": {">=begindate": date_from.isoformat()}, "select": ["id"]}
        batch.add("smart", "crm.item.list", smart)
    if InvoiceKind.OLD in info.kinds:
        old = {"filter": {">=DATE_BILL": date_from.isoformat()}, "select": ["ID"]}
        batch.add("old", "crm.invoice.list", old)
    if not len(batch):
        return 0
    result = batch.run()
    return sum(_total(result, key) for key in batch.keys)


def _total(result: BatchResult, key: str) -> int:
    result.get(key)
    if (total := result.total(key)) is None:
        raise PortalAnswerInvalid("Битрикс24 не сообщил число счетов.")
    return total


def _none_known(_: Sequence[tuple[InvoiceKey, dt.datetime]]) -> set[InvoiceKey]:
    return set()


@dataclass
class _First:
    """What the first request brought: one page of each kind that is expected to have few changes."""

    asked_at: dt.datetime
    listings: dict[InvoiceKind, Listing] = field(default_factory=dict)
    look: Look | None = None


class _Fetcher:
    """One run over a portal."""

    def __init__(
        self, client: BitrixClient, info: PortalInfo, codes: ProductCodes, options: FetchOptions, known: Known
    ) -> None:
        self._client = client
        self._info = info
        self._options = options
        self._known = known
        self._assembler = Assembler(client, info, codes, options.batch_size)

    def first_look(self, kinds: Sequence[InvoiceKind], cursor: Cursor) -> _First:
        """Ask for all that is likely to be short, in one request; a first load is not."""
        few = [kind for kind in kinds if not _is_long(cursor.of(kind))]
        since = cursor.parties_from
        look = Look(self._info, since - self._options.overlap) if self._options.surroundings and since and few else None
        if len(few) == 1 and look is None:
            listing = read(self._client, SPECS[few[0]], self._scope(few[0], cursor), 0, 1)
            return _First(listing.asked_at, {few[0]: listing})
        if not few:
            return _First(self._client.clock())
        return self._first_batch(few, cursor, look)

    def _first_batch(self, few: Sequence[InvoiceKind], cursor: Cursor, look: Look | None) -> _First:
        commands = [page_command(kind.value, SPECS[kind], self._scope(kind, cursor), 0) for kind in few]
        batch = Batch(self._client)
        for command in [*commands, *(look.commands() if look else [])]:
            batch.add(command.key, command.method, command.params)
        try:
            result = batch.run()
        except PortalTooSlow:  # then one after the other, each a request of its own
            self._client.pace.too_slow(len(batch))
            alone = {kind: read(self._client, SPECS[kind], self._scope(kind, cursor), 0, 1) for kind in few}
            return _First(min(one.asked_at for one in alone.values()), alone, look)
        first = _First(moment(result.time) or self._client.clock(), look=look)
        for kind in few:
            spec = SPECS[kind]
            rows = rows_of(result.get(kind.value), spec.wrapper, spec.method)
            first.listings[kind] = listing_of(rows, spec, self._scope(kind, cursor), 0, first.asked_at)
        if look is not None:
            look.take(result)
        return first

    def surroundings(self, cursor: Cursor, first: _First) -> FetchPage | None:
        """Return what changed around invoices, and from when to look the next time; ``None``: there was no look."""
        if cursor.parties_from is None:
            begun = (cursor.of(kind).updated_from for kind in InvoiceKind)
            since = min((at for at in begun if at is not None), default=first.asked_at)
            return FetchPage([], [], dataclasses.replace(cursor, parties_from=since))
        if first.look is None:
            return None
        changed = first.look.finish(self._client)
        return FetchPage([], [], dataclasses.replace(cursor, parties_from=first.asked_at), changed=changed)

    def run_pass(self, kind: InvoiceKind, cursor: Cursor, first: _First) -> Iterator[FetchPage]:
        """Yield the pages of one pass over ``kind``, resuming one that is under way."""
        state = cursor.of(kind)
        spec, scope = SPECS[kind], self._scope(kind, cursor)
        listing = first.listings.get(kind)
        if listing is None:
            listing = read(self._client, spec, scope, state.last_id, min(self._options.chain_pages, self._most(kind)))
        started = state.pass_started or listing.asked_at
        while True:
            page, following = self._page(spec, scope, listing)
            more = following is not None and following.last_id > 0
            state = KindCursor(state.updated_from, listing.last_id, started) if more else KindCursor(started)
            cursor = cursor.moved(kind, state)
            yield dataclasses.replace(page, cursor=cursor, read_at=listing.asked_at)
            if following is None or not more:
                return
            wanted, listing = min(2 * listing.pages, self._most(kind)), following
            if listing.more and listing.pages < wanted // 2:  # there was hardly any room in the batches
                listing = joined(listing, read(self._client, spec, scope, listing.last_id, wanted - listing.pages))

    def _scope(self, kind: InvoiceKind, cursor: Cursor) -> Scope:
        return Scope.of(cursor.of(kind), self._options.overlap, cursor.dated_from)

    def _most(self, kind: InvoiceKind) -> int:
        """Return how many pages are taken at a time at most: so much is in memory."""
        return self._options.batch_size if kind is InvoiceKind.SMART else min(OLD_PAGES, self._options.batch_size)

    def _page(self, spec: ListSpec, scope: Scope, listing: Listing) -> tuple[FetchPage, Listing | None]:
        """Return the invoices of ``listing``, and the pages behind it if there may be any."""
        fresh = self._fresh(listing.listed)
        ahead = min(2 * listing.pages, self._most(spec.kind))
        chain = chain_commands(spec, scope, listing.last_id, ahead) if listing.more else []
        page, lists = self._fetch(spec.kind, fresh, listing.asked_at, chain)
        if not listing.more:
            return page, None
        if lists.chain is not None:
            try:
                return page, chain_of(lists.chain, lists.chained, spec, scope, listing.last_id, listing.asked_at)
            except PortalError as error:
                log.info("the next pages did not ride along: %s", error)
        return page, read(self._client, spec, scope, listing.last_id, ahead)

    def _fresh(self, listed: list[Listed]) -> list[Listed]:
        if not listed:
            return []
        known = self._known([(one.key, one.updated_at) for one in listed])
        return [one for one in listed if one.key not in known]

    def _fetch(
        self, kind: InvoiceKind, fresh: list[Listed], asked_at: dt.datetime, chain: Sequence[ListCommand]
    ) -> tuple[FetchPage, Lists]:
        if not fresh:
            return FetchPage([], [], Cursor()), Lists()
        updated = {one.key: one.updated_at for one in fresh}
        raws: dict[InvoiceKey, Row] = {one.key: one.raw for one in fresh}
        refused: dict[InvoiceKey, PortalError] = {}
        if kind is InvoiceKind.OLD:
            raws, refused = self._assembler.old_raws(list(updated))
        assembled = self._assembler.assemble(kind, raws, asked_at=asked_at, chain=chain) if raws else Assembled()
        outcomes = {**refused, **assembled.outcomes}
        invoices = [outcome for outcome in outcomes.values() if isinstance(outcome, Invoice)]
        problems = [
            FetchProblem(key, str(outcome), updated[key])
            for key, outcome in outcomes.items()
            if isinstance(outcome, PortalError)
        ]
        page = FetchPage(invoices, problems, Cursor(), parties_at=assembled.parties_at, refers=assembled.refers)
        return page, assembled.lists


def _is_long(state: KindCursor) -> bool:
    """Tell whether a pass is expected to have many pages: a first load, or one that was interrupted."""
    return state.updated_from is None or state.last_id > 0
