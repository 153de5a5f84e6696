"""Changed invoices with everything 1C needs, page by page, resumable after each.

Follows facts bitrix24-rest §8: three requests for up to fifty changed smart invoices, four for five hundred, one for
an idle look (one more where the portal has old invoices). Stores nothing: the caller keeps ``FetchPage.cursor`` in the
same transaction as the invoices.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

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
    ahead_command,
    joined,
    listing_of,
    read,
)
from commerceml_bridge.bitrix24.lists import ListCommand
from commerceml_bridge.bitrix24.portal_info import SMART_TYPE, PortalInfo
from commerceml_bridge.bitrix24.products import ProductCodes
from commerceml_bridge.bitrix24.values import Row
from commerceml_bridge.domain.invoices import Invoice, InvoiceKey, InvoiceKind
from commerceml_bridge.errors import PortalAnswerInvalid, PortalError

Known = Callable[[Sequence[tuple[InvoiceKey, dt.datetime]]], set[InvoiceKey]]
"""Given listed invoices with their update times, return those already stored with that very time."""


@dataclass(frozen=True)
class FetchOptions:
    """How to fetch; the defaults follow §8."""

    overlap: dt.timedelta = dt.timedelta(seconds=120)
    """how far each pass reaches back behind the start of the one before"""
    chain_pages: int = 10
    """pages of 50 in one request of a first load"""
    batch_size: int = LIMIT
    """commands in one batch; fewer where the portal is slow"""


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
    for kind in InvoiceKind:
        if kind in info.kinds:
            for page in fetcher.run_pass(kind, cursor):
                cursor = page.cursor
                yield page


def fetch_one(client: BitrixClient, info: PortalInfo, key: InvoiceKey) -> Invoice:
    """Return one invoice as it is now. Raises ``PortalNotFound`` if it is gone, ``PortalRefused`` if unusable."""
    assembler = Assembler(client, info, ProductCodes(client.clock), LIMIT)
    if key.kind is InvoiceKind.OLD:
        raw = client.call("crm.invoice.get", {"id": key.id})
    else:
        answer = client.call("crm.item.get", {"entityTypeId": SMART_TYPE, "id": key.id})
        raw = answer.get("item") if isinstance(answer, dict) else None
    if not isinstance(raw, dict):
        raise PortalAnswerInvalid("Битрикс24 не вернул счёт; ничего из ответа не взято.")
    outcome = assembler.assemble(key.kind, {key: raw}, None).outcomes[key]
    if isinstance(outcome, PortalError):
        raise outcome
    return outcome


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


class _Fetcher:
    """One run over a portal."""

    def __init__(
        self, client: BitrixClient, info: PortalInfo, codes: ProductCodes, options: FetchOptions, known: Known
    ) -> None:
        self._client = client
        self._options = options
        self._known = known
        self._assembler = Assembler(client, info, codes, options.batch_size)

    def run_pass(self, kind: InvoiceKind, cursor: Cursor) -> Iterator[FetchPage]:
        """Yield the pages of one pass over ``kind``, resuming one that is under way."""
        state = cursor.of(kind)
        spec, scope = SPECS[kind], Scope.of(state, self._options.overlap, cursor.dated_from)
        chain = min(self._options.chain_pages, self._options.batch_size)
        many = state.updated_from is None or state.last_id > 0
        listing = read(self._client, spec, scope, state.last_id, chain if many else 1)
        started = state.pass_started or listing.asked_at
        while True:
            page, following = self._page(spec, scope, listing)
            more = following is not None and following.last_id > 0
            state = KindCursor(state.updated_from, listing.last_id, started) if more else KindCursor(started)
            cursor = cursor.moved(kind, state)
            yield FetchPage(page.invoices, page.problems, cursor)
            if following is None or not more:
                return
            listing = following
            if listing.more and chain > 1:
                listing = joined(listing, read(self._client, spec, scope, listing.last_id, chain - 1))

    def _page(self, spec: ListSpec, scope: Scope, listing: Listing) -> tuple[FetchPage, Listing | None]:
        """Return the invoices of ``listing``, and the one page behind it if there may be any."""
        fresh = self._fresh(listing.listed)
        ahead = ahead_command(spec, scope, listing.last_id) if listing.more else None
        page, rows = self._fetch(spec.kind, fresh, ahead)
        if not listing.more:
            return page, None
        if rows is None:
            return page, read(self._client, spec, scope, listing.last_id, 1)
        return page, listing_of(rows, spec, scope, listing.last_id, listing.asked_at)

    def _fresh(self, listed: list[Listed]) -> list[Listed]:
        if not listed:
            return []
        known = self._known([(one.key, one.updated_at) for one in listed])
        return [one for one in listed if one.key not in known]

    def _fetch(
        self, kind: InvoiceKind, fresh: list[Listed], ahead: ListCommand | None
    ) -> tuple[FetchPage, list[Row] | None]:
        if not fresh:
            return FetchPage([], [], Cursor()), None
        updated = {one.key: one.updated_at for one in fresh}
        raws: dict[InvoiceKey, Row] = {one.key: one.raw for one in fresh}
        refused: dict[InvoiceKey, PortalError] = {}
        if kind is InvoiceKind.OLD:
            raws, refused = self._assembler.old_raws(list(updated))
        assembled = self._assembler.assemble(kind, raws, ahead) if raws else Assembled()
        outcomes = {**refused, **assembled.outcomes}
        invoices = [outcome for outcome in outcomes.values() if isinstance(outcome, Invoice)]
        problems = [
            FetchProblem(key, str(outcome), updated[key])
            for key, outcome in outcomes.items()
            if isinstance(outcome, PortalError)
        ]
        return FetchPage(invoices, problems, Cursor()), assembled.ahead
