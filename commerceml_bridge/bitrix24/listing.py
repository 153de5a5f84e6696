"""Stage one of fetching: which invoices changed, in the order of their ids.

Follows facts bitrix24-rest §1.2, §3.1, §6.8, §8: filter ``>=updatedTime`` and ``>id``, page 50, ``start: -1``; the
first load chains pages inside one batch, stops at the first page that is not full and discards what stands behind it,
since references into it point nowhere. The old list drops filters it does not understand silently: ids that do not
grow show it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from commerceml_bridge.bitrix24.answers import moment
from commerceml_bridge.bitrix24.batch import Batch, BatchResult
from commerceml_bridge.bitrix24.client import BitrixClient
from commerceml_bridge.bitrix24.cursor import KindCursor
from commerceml_bridge.bitrix24.lists import ListCommand, rows_of
from commerceml_bridge.bitrix24.portal_info import SMART_TYPE
from commerceml_bridge.bitrix24.refusals import PortalTooSlow
from commerceml_bridge.bitrix24.values import FieldUnusable, Row, as_date, as_int, updated_at
from commerceml_bridge.domain.invoices import InvoiceKey, InvoiceKind
from commerceml_bridge.errors import PortalAnswerInvalid

PAGE = 50
"""rows in one page of any list of the portal"""
_CHAIN = "p"
"""batch keys of the pages of a chain: p0, p1, …"""

_SMART_FIELDS = (
    "id accountNumber begindate closedate createdTime updatedTime title opportunity taxValue currencyId stageId "
    "categoryId isManualOpportunity isRecurring comments assignedById parentId2 companyId contactId mycompanyId"
)


@dataclass(frozen=True)
class ListSpec:
    """How one kind is listed."""

    kind: InvoiceKind
    method: str
    wrapper: str
    id_field: str
    updated_field: str
    created_field: str
    base: Mapping[str, Any]

    def reference(self, page: str) -> str:
        """Return the batch reference to the id of the last row of a full ``page``."""
        inner = f"[{self.wrapper}]" if self.wrapper else ""
        return f"$result[{page}]{inner}[{PAGE - 1}][{self.id_field}]"


SMART = ListSpec(
    InvoiceKind.SMART,
    "crm.item.list",
    "items",
    "id",
    "updatedTime",
    "createdTime",
    {"entityTypeId": SMART_TYPE, "select": _SMART_FIELDS.split(), "order": {"id": "ASC"}},
)
OLD = ListSpec(
    InvoiceKind.OLD,
    "crm.invoice.list",
    "",
    "ID",
    "DATE_UPDATE",
    "DATE_INSERT",
    {"select": ["ID", "DATE_UPDATE", "DATE_INSERT", "DATE_BILL"], "order": {"ID": "ASC"}},
)
SPECS = {InvoiceKind.SMART: SMART, InvoiceKind.OLD: OLD}


@dataclass(frozen=True)
class Scope:
    """What a pass asks for; ``dated_from`` counts in a first load only."""

    updated_from: dt.datetime | None
    dated_from: dt.date | None

    @classmethod
    def of(cls, state: KindCursor, overlap: dt.timedelta, dated_from: dt.date | None) -> Scope:
        """Return the scope of the pass ``state`` is in or starts."""
        if state.updated_from is None:
            return cls(None, dated_from)
        return cls(state.updated_from - overlap, None)


@dataclass(frozen=True)
class Listed:
    """One invoice in a list: for smart ones ``raw`` is the whole item, for old ones the head only."""

    key: InvoiceKey
    updated_at: dt.datetime
    raw: Row


@dataclass(frozen=True)
class Listing:
    """Consecutive pages. ``more``: the last one was full; ``last_id``: 0 if there were no rows at all."""

    listed: list[Listed]
    last_id: int
    more: bool
    asked_at: dt.datetime
    """by the portal's clock"""
    pages: int = 1


def read(client: BitrixClient, spec: ListSpec, scope: Scope, after: int, pages: int) -> Listing:
    """Return up to ``pages`` pages of invoices with ids above ``after`` in one request. Raises ``PortalError``."""
    while (pages := min(pages, client.pace.size)) > 1:
        batch = Batch(client)
        for command in chain_commands(spec, scope, after, pages):
            batch.add(command.key, command.method, command.params)
        try:
            result = batch.run()
        except PortalTooSlow:
            client.pace.too_slow(pages)
            continue
        return chain_of(result, pages, spec, scope, after, moment(result.time) or client.clock())
    answer = client.call_full(spec.method, _params(spec, scope, after))
    rows = rows_of(answer.result, spec.wrapper, spec.method)
    return listing_of(rows, spec, scope, after, moment(answer.time) or client.clock())


def chain_commands(spec: ListSpec, scope: Scope, after: int, pages: int) -> list[ListCommand]:
    """Return the commands for ``pages`` pages behind ``after``, each referring to the one before it."""
    return [
        ListCommand(
            f"{_CHAIN}{place}",
            spec.method,
            _params(spec, scope, spec.reference(f"{_CHAIN}{place - 1}") if place else after),
            spec.wrapper,
        )
        for place in range(pages)
    ]


def chain_of(
    result: BatchResult, pages: int, spec: ListSpec, scope: Scope, after: int, asked_at: dt.datetime
) -> Listing:
    """Return the pages of a chain up to the first that is not full: what stands behind it is discarded."""
    whole = Listing([], after, True, asked_at, 0)
    for place in range(pages):
        rows = rows_of(result.get(f"{_CHAIN}{place}"), spec.wrapper, spec.method)
        whole = joined(whole, listing_of(rows, spec, scope, whole.last_id, asked_at))
        if not whole.more:
            break
    return whole


def page_command(key: str, spec: ListSpec, scope: Scope, after: int) -> ListCommand:
    """Return the command for the page behind ``after``, to ride in a batch with others."""
    return ListCommand(key, spec.method, _params(spec, scope, after), spec.wrapper)


def listing_of(rows: Sequence[Row], spec: ListSpec, scope: Scope, after: int, asked_at: dt.datetime) -> Listing:
    """Return one page as a listing. Raises ``PortalAnswerInvalid`` unless its ids grow from ``after``."""
    try:
        ids = [as_int(row, spec.id_field) for row in rows]
        if any(later <= earlier for earlier, later in zip([after, *ids], ids, strict=False)):
            raise PortalAnswerInvalid(f"{spec.method} не применил отбор или порядок по номеру; ничего не взято.")
        listed = [_listed(row, spec, asked_at) for row in rows if _in_scope(row, spec, scope)]
    except FieldUnusable as error:
        raise PortalAnswerInvalid(f"Ответ {spec.method} нельзя прочесть: {error}.") from error
    return Listing(listed, ids[-1] if ids else 0, len(rows) >= PAGE, asked_at)


def joined(first: Listing, second: Listing) -> Listing:
    """Return two consecutive listings as one."""
    return Listing(
        first.listed + second.listed,
        second.last_id or first.last_id,
        second.more,
        first.asked_at,
        first.pages + second.pages,
    )


def _params(spec: ListSpec, scope: Scope, behind: int | str) -> dict[str, Any]:
    condition: dict[str, Any] = {f">{spec.id_field}": behind}
    if scope.updated_from is not None:
        condition[f">={spec.updated_field}"] = scope.updated_from.isoformat(timespec="seconds")
    if scope.dated_from is not None and spec.kind is InvoiceKind.SMART:
        condition[">=begindate"] = scope.dated_from.isoformat()
    return {**spec.base, "filter": condition, "start": -1}


def _in_scope(row: Row, spec: ListSpec, scope: Scope) -> bool:
    """Old invoices are dated by one of two fields (decision 17), which no filter of theirs can express."""
    if scope.dated_from is None or spec.kind is InvoiceKind.SMART:
        return True
    try:
        date = as_date(row, "DATE_BILL") or as_date(row, "DATE_INSERT")
    except FieldUnusable:
        return True
    return date is None or date >= scope.dated_from


def _listed(row: Row, spec: ListSpec, asked_at: dt.datetime) -> Listed:
    """A time nobody can read counts as just now: the invoice is read, and told as its own problem if it must be."""
    try:
        changed = updated_at(row, spec.updated_field, spec.created_field)
    except FieldUnusable:
        changed = asked_at
    return Listed(InvoiceKey(spec.kind, as_int(row, spec.id_field)), changed, row)
