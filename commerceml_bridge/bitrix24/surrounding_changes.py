"""Which counterparties and goods changed: a look by date that rides in the batch of the idle poll.

Follows facts bitrix24-rest §1.2 (an invoice's own time does not move with them), §4.1, §4.2, §2.3. Old lists drop a
filter they do not understand and return everything: rows outside what was asked for show it, and that list is then not
believed. Addresses carry no date: an event tells of them, or the periodic reading of open invoices finds them.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from commerceml_bridge.bitrix24.batch import Batch, BatchResult
from commerceml_bridge.bitrix24.client import BitrixClient
from commerceml_bridge.bitrix24.lists import ListCommand, rows_of
from commerceml_bridge.bitrix24.parties import COMPANY, CONTACT
from commerceml_bridge.bitrix24.portal_info import PortalInfo
from commerceml_bridge.bitrix24.refusals import PortalTooSlow
from commerceml_bridge.bitrix24.values import FieldUnusable, Row, as_int, as_moment
from commerceml_bridge.domain.refs import Ref, RefChange, RefKind
from commerceml_bridge.errors import PortalRefused

log = logging.getLogger(__name__)
PAGE = 50
_MOST_PAGES = 40
"""more than 2,000 changed objects of a sort: a mass change, which is not worth telling one by one"""


@dataclass(frozen=True)
class _Sort:
    """How one sort of object is asked for what changed."""

    key: str
    method: str
    date: str
    id_field: str = "ID"
    wrapper: str = ""
    select: tuple[str, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)

    def command(self, since: dt.datetime, after: int) -> ListCommand:
        condition = {f">={self.date}": since.isoformat(timespec="seconds"), f">{self.id_field}": after, **self.more}
        select = [self.id_field, self.date, *self.select]
        params = {"filter": condition, "select": select, "order": {self.id_field: "ASC"}, "start": -1}
        return ListCommand(self.key, self.method, params, self.wrapper)


_OWNER = ("ENTITY_TYPE_ID", "ENTITY_ID")
_SORTS = (
    _Sort("companies", "crm.company.list", "DATE_MODIFY"),
    _Sort("contacts", "crm.contact.list", "DATE_MODIFY"),
    _Sort("requisites", "crm.requisite.list", "DATE_MODIFY", select=_OWNER),
    _Sort("new_requisites", "crm.requisite.list", "DATE_CREATE", select=_OWNER),
    _Sort("banks", "crm.requisite.bankdetail.list", "DATE_MODIFY", select=("ENTITY_ID",)),
    _Sort("new_banks", "crm.requisite.bankdetail.list", "DATE_CREATE", select=("ENTITY_ID",)),
)
_ENTITIES = {COMPANY: RefKind.COMPANY, CONTACT: RefKind.CONTACT}


def sorts(info: PortalInfo) -> tuple[_Sort, ...]:
    """Return what can be asked of this portal."""
    if not info.catalogs:
        return (*_SORTS, _Sort("goods", "crm.product.list", "TIMESTAMP_X"))
    goods = (
        _Sort(
            f"goods{catalog.iblock_id}",
            "catalog.product.offer.list" if catalog.is_offers else "catalog.product.list",
            "timestampX",
            "id",
            "offers" if catalog.is_offers else "products",
            ("iblockId",),
            {"iblockId": catalog.iblock_id},
        )
        for catalog in info.catalogs
    )
    return (*_SORTS, *goods)


class Look:
    """One look at what changed since a moment; its first commands ride in a batch of the caller."""

    def __init__(self, info: PortalInfo, since: dt.datetime) -> None:
        self._since = since
        self._open = {sort.key: sort for sort in sorts(info)}
        self._after = dict.fromkeys(self._open, 0)
        self._pages = dict.fromkeys(self._open, 0)
        self._changes: list[RefChange] = []

    def commands(self) -> list[ListCommand]:
        """Return what has to be asked next; empty: the look is complete."""
        return [sort.command(self._since, self._after[key]) for key, sort in self._open.items()]

    def take(self, result: BatchResult) -> None:
        """Keep what was answered. Raises passing errors; what may not be read is left to the periodic reading."""
        for key, sort in list(self._open.items()):
            if key not in result.results and key not in result.errors:
                continue  # it was not in this batch
            try:
                rows = rows_of(result.get(key), sort.wrapper, sort.method)
                changes = list(_changes(rows, sort, self._since, self._after[key]))
            except PortalRefused as error:
                log.info("%s is not readable: %s", sort.method, error)
                rows, changes = [], []
            except FieldUnusable as error:
                log.warning("%s does not filter by %s and is not believed: %s", sort.method, sort.date, error)
                rows, changes = [], []
            self._changes += changes
            self._pages[key] += 1
            if len(rows) < PAGE:
                del self._open[key]
            else:
                self._after[key] = as_int(rows[-1], sort.id_field)

    def finish(self, client: BitrixClient) -> Sequence[RefChange] | None:
        """Ask for what is left and return all that changed; ``None``: so much that everything counts as changed."""
        while commands := self.commands():
            if max(self._pages.values()) > _MOST_PAGES:
                return None
            batch = Batch(client)
            for command in commands[: client.pace.size]:
                batch.add(command.key, command.method, command.params)
            try:
                self.take(batch.run())
            except PortalTooSlow:
                if not client.pace.too_slow(len(batch)):
                    raise
        return self._changes


def _changes(rows: Iterable[Row], sort: _Sort, since: dt.datetime, after: int) -> Iterable[RefChange]:
    for row in rows:
        number = as_int(row, sort.id_field)
        at = as_moment(row, sort.date)
        if number <= after or at < since.replace(microsecond=0):
            raise FieldUnusable(f"строка {number} не подходит под отбор")
        after = number
        if (ref := _ref(row, sort, number)) is not None:
            yield RefChange(ref, at)


def _ref(row: Row, sort: _Sort, number: int) -> Ref | None:
    if sort.key in ("companies", "contacts"):
        return Ref(RefKind.COMPANY if sort.key == "companies" else RefKind.CONTACT, number)
    if sort.key.endswith("requisites"):  # a new one concerns whoever owns it
        kind = _ENTITIES.get(as_int(row, "ENTITY_TYPE_ID"))
        return Ref(kind, as_int(row, "ENTITY_ID")) if kind else None
    if sort.key.endswith("banks"):
        return Ref(RefKind.REQUISITE, as_int(row, "ENTITY_ID"))
    return Ref(RefKind.PRODUCT, number)
