"""Stages two and three of fetching: everything around a group of invoices, in as few requests as possible.

Follows facts bitrix24-rest §8: one batch brings rows, requisite links, companies, contacts, requisites and addresses
(by anchor, so that no requisite id is needed first); a second one bank details and product codes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from commerceml_bridge.bitrix24.client import BitrixClient
from commerceml_bridge.bitrix24.lists import ListCommand, Lists, chunks, run_lists
from commerceml_bridge.bitrix24.mapping import Surroundings
from commerceml_bridge.bitrix24.parties import COMPANY, CONTACT, Entity, PartyBook
from commerceml_bridge.bitrix24.portal_info import OLD_TYPE, SMART_TYPE, PortalInfo
from commerceml_bridge.bitrix24.products import ProductCodes, code_commands
from commerceml_bridge.bitrix24.values import Row, as_int
from commerceml_bridge.domain.invoices import InvoiceKind
from commerceml_bridge.errors import PortalError, PortalNotFound, PortalRefused

OWNERS_PER_COMMAND = 10
"""invoices whose rows one command asks for, until it is known how long they are: five rows each fit a page"""
_OWNERS_AT_MOST = 25
_ROWS_AIMED_AT = 40
"""rows that one command should bring: a page of 50 is seldom exceeded"""
REMEMBERED = 5000
"""companies and contacts kept for the next page; more are forgotten, so that memory stays flat"""
MAX_AGE = dt.timedelta(minutes=10)
_CHUNK = 50
_ANCHORS_PER_COMMAND = 20
"""entities whose addresses one command asks for: two each still fit a page"""
_REQUISITES_PER_COMMAND = 25
_LINK_TYPES = {InvoiceKind.SMART: SMART_TYPE, InvoiceKind.OLD: OLD_TYPE}


@dataclass(frozen=True)
class Head:
    """The references of one invoice; 0: none."""

    id: int
    company_id: int
    contact_id: int
    own_company_id: int

    @property
    def buyer(self) -> Entity | None:
        """The company, else the contact."""
        if self.company_id:
            return Entity(COMPANY, self.company_id)
        return Entity(CONTACT, self.contact_id) if self.contact_id else None

    @property
    def objects(self) -> list[Entity]:
        """Every company and contact it names, the person to talk to included."""
        contact = [Entity(CONTACT, self.contact_id)] if self.contact_id else []
        return [entity for entity, _ in self.parties if entity.type_id == COMPANY] + contact

    @property
    def parties(self) -> list[tuple[Entity, str]]:
        """Buyer and seller, each with the field of the link that names its requisite."""
        buyer = [(self.buyer, "REQUISITE_ID")] if self.buyer else []
        own = [(Entity(COMPANY, self.own_company_id), "MC_REQUISITE_ID")] if self.own_company_id else []
        return buyer + own


@dataclass
class Details:
    """What was found; ``unreadable``: why the rows of an invoice were refused."""

    around: Surroundings
    unreadable: dict[int, PortalError] = field(default_factory=dict)
    lists: Lists = field(default_factory=Lists)
    """what was read in the first batch; it holds the chain that rode along"""


@dataclass
class DetailReader:
    """Reads surroundings and remembers them for a while: of a first load most invoices share their companies.

    Remembers as well that this webhook may not ask for the rows of several invoices at once.
    """

    client: BitrixClient
    codes: ProductCodes
    batch_size: int
    one_owner_each: bool = False
    since: dt.datetime | None = None
    """nothing remembered is older; by the portal's clock"""
    _book: PartyBook = field(default_factory=PartyBook)
    _asked: set[Entity] = field(default_factory=set)
    _asked_legal: set[Entity] = field(default_factory=set)
    _asked_banks: set[int] = field(default_factory=set)
    _rows_seen: int = 0
    _owners_seen: int = 0

    def gather(
        self,
        kind: InvoiceKind,
        info: PortalInfo,
        heads: Sequence[Head],
        raws: Sequence[Row],
        *,
        asked_at: dt.datetime,
        chain: Sequence[ListCommand] = (),
    ) -> Details:
        """Return what the invoices ``heads`` refer to; ``raws``: old invoices, which carry their rows themselves.

        ``asked_at``: the portal's time, at most now; ``chain`` rides along. Raises ``PortalError`` if counterparties
        cannot be read.
        """
        self._forget_old(asked_at)
        objects = {entity for head in heads for entity in head.objects} - self._asked
        legal = {entity for head in heads for entity, _ in head.parties} - self._asked_legal
        commands = _link_commands(kind, heads) + _party_commands(objects, legal)
        if kind is InvoiceKind.SMART:
            commands += _row_commands(heads, self._owners_per_command())
        lists = run_lists(self.client, commands, batch_size=self.batch_size, chain=chain)
        self._remember(lists, objects, legal)
        links = {as_int(row, "ENTITY_ID"): row for row in _rows(lists, "links")}
        details = Details(Surroundings(self._book, links), lists=lists)
        if kind is InvoiceKind.SMART:
            details.around.rows = self._product_rows(lists, heads, details.unreadable)
        self._finish(details, info, heads, raws)
        return details

    def _forget_old(self, asked_at: dt.datetime) -> None:
        if self.since is None or asked_at - self.since > MAX_AGE or len(self._asked) > REMEMBERED:
            self._book = PartyBook()
            self._asked, self._asked_legal, self._asked_banks = set(), set(), set()
            self.since = asked_at

    def _remember(self, lists: Lists, objects: set[Entity], legal: set[Entity]) -> None:
        self._book.companies |= _by_id(_rows(lists, "companies"))
        self._book.contacts |= _by_id(_rows(lists, "contacts"))
        self._book.requisites |= _requisites(lists)
        self._book.addresses |= _grouped(_rows(lists, "addresses"), "ENTITY_ID")
        self._asked |= objects
        self._asked_legal |= legal

    def _owners_per_command(self) -> int:
        if self.one_owner_each:
            return 1
        if self._owners_seen < OWNERS_PER_COMMAND or not self._rows_seen:
            return OWNERS_PER_COMMAND
        return max(1, min(_OWNERS_AT_MOST, _ROWS_AIMED_AT * self._owners_seen // self._rows_seen))

    def _product_rows(
        self, lists: Lists, heads: Sequence[Head], unreadable: dict[int, PortalError]
    ) -> dict[int, list[Row]]:
        """Return rows by invoice; where several owners at once are refused, ask for each alone (§2.2).

        One owner deleted meanwhile refuses its whole command as well; that says nothing about the next ones.
        """
        alone = self.one_owner_each
        if any(isinstance(lists.errors.get(key), PortalRefused) for key in _keys(lists, "rows")):
            alone = True
            lists = run_lists(self.client, _row_commands(heads, 1), batch_size=self.batch_size)
        if alone:
            for place, head in enumerate(heads):
                error = lists.errors.pop(f"rows{place}", None)
                if isinstance(error, PortalRefused):
                    unreadable[head.id] = error
                elif error:
                    raise error
            deleted = any(isinstance(error, PortalNotFound) for error in unreadable.values())
            self.one_owner_each = self.one_owner_each or not deleted
        rows = _grouped(_rows(lists, "rows"), "ownerId")
        self._rows_seen += sum(map(len, rows.values()))
        self._owners_seen += len(heads)
        return rows

    def _finish(self, details: Details, info: PortalInfo, heads: Sequence[Head], raws: Sequence[Row]) -> None:
        """Read bank details of the requisites in use and the codes of the products in the rows."""
        self.codes.forget_old()
        requisites = [one for one in _requisites_in_use(heads, details.around) if one not in self._asked_banks]
        rows: Iterable[Row] = (row for rows in details.around.rows.values() for row in rows)
        missing = self.codes.missing(rows) | _unknown_products(raws, with_types=bool(info.catalogs))
        banks = bank_commands(requisites)
        goods = code_commands(
            {key: kind for key, kind in missing.items() if key not in self.codes.codes}, info.catalogs
        )
        if banks or goods:
            lists = run_lists(self.client, banks + goods, batch_size=self.batch_size)
            self._book.bank_details |= _grouped(_rows(lists, "bank"), "ENTITY_ID")
            self._asked_banks |= set(requisites)
            self.codes.take(lists, goods, missing)
        details.around.product_codes = self.codes.codes
        details.around.services = self.codes.services


def _row_commands(heads: Sequence[Head], size: int) -> list[ListCommand]:
    # A lone owner goes as a scalar: the portal casts an array to 1 when it checks rights (§2.2).
    return [
        ListCommand(
            f"rows{place}",
            "crm.item.productrow.list",
            {
                "filter": {"=ownerType": "SI", "=ownerId": ids[0] if len(ids) == 1 else ids},
                "order": {"id": "ASC"},
            },
            "productRows",
        )
        for place, ids in enumerate(chunks([head.id for head in heads], size))
    ]


def _link_commands(kind: InvoiceKind, heads: Sequence[Head]) -> list[ListCommand]:
    return [
        ListCommand(
            f"links{place}",
            "crm.requisite.link.list",
            {"filter": {"ENTITY_TYPE_ID": _LINK_TYPES[kind], "@ENTITY_ID": ids}, "order": {"ENTITY_ID": "ASC"}},
        )
        for place, ids in enumerate(chunks([head.id for head in heads], _CHUNK))
    ]


def _party_commands(objects: Iterable[Entity], legal: Iterable[Entity]) -> list[ListCommand]:
    select = {"select": ["*", "PHONE", "EMAIL"], "order": {"ID": "ASC"}, "start": -1}
    commands = [
        ListCommand(f"{name}{place}", method, {"filter": {"@ID": some}, **select})
        for name, method, type_id in (
            ("companies", "crm.company.list", COMPANY),
            ("contacts", "crm.contact.list", CONTACT),
        )
        for place, some in enumerate(chunks(_ids(objects, type_id), _CHUNK))
    ]
    return commands + legal_commands(COMPANY, _ids(legal, COMPANY)) + legal_commands(CONTACT, _ids(legal, CONTACT))


def _ids(entities: Iterable[Entity], type_id: int) -> list[int]:
    return sorted(entity.id for entity in entities if entity.type_id == type_id)


def legal_commands(type_id: int, ids: Sequence[int]) -> list[ListCommand]:
    """Return the commands for requisites and addresses of companies or contacts."""
    requisites = [
        ListCommand(
            f"requisites{type_id}_{place}",
            "crm.requisite.list",
            {"filter": {"ENTITY_TYPE_ID": type_id, "@ENTITY_ID": some}, "order": {"ID": "ASC"}},
        )
        for place, some in enumerate(chunks(ids, _CHUNK))
    ]
    addresses = [
        ListCommand(
            f"addresses{type_id}_{place}",
            "crm.address.list",
            {
                "filter": {"ENTITY_TYPE_ID": 8, "ANCHOR_TYPE_ID": type_id, "@ANCHOR_ID": some},
                "order": {"ENTITY_ID": "ASC", "TYPE_ID": "ASC"},
            },
        )
        for place, some in enumerate(chunks(ids, _ANCHORS_PER_COMMAND))
    ]
    return requisites + addresses


def bank_commands(requisites: Sequence[int]) -> list[ListCommand]:
    """Return the commands for the bank details of ``requisites``."""
    return [
        ListCommand(
            f"bank{place}", "crm.requisite.bankdetail.list", {"filter": {"@ENTITY_ID": ids}, "order": {"ID": "ASC"}}
        )
        for place, ids in enumerate(chunks(requisites, _REQUISITES_PER_COMMAND))
    ]


def _requisites_in_use(heads: Sequence[Head], around: Surroundings) -> list[int]:
    found = {
        as_int(requisite, "ID")
        for head in heads
        for entity, link_field in head.parties
        if (requisite := around.book.requisite(entity, as_int(around.links.get(head.id, {}), link_field)))
    }
    return sorted(found)


def _unknown_products(raws: Sequence[Row], *, with_types: bool) -> dict[int, int]:
    """Return the products of old rows that something is to be learned of, as product id → 0 (type untold).

    Most rows bring their external code along (§3.2), none says whether it is a service: the catalogues do.
    """
    rows = (row for raw in raws for row in raw.get("PRODUCT_ROWS") or () if isinstance(row, dict))
    asked = (row for row in rows if with_types or not row.get("PRODUCT_XML_ID"))
    return {product: 0 for row in asked if (product := as_int(row, "PRODUCT_ID"))}


def _keys(lists: Lists, prefix: str) -> list[str]:
    return [key for key in lists.found if key.startswith(prefix)]


def _rows(lists: Lists, prefix: str) -> list[Row]:
    return [row for key in _keys(lists, prefix) for row in lists.rows(key)]


def _by_id(rows: Iterable[Row]) -> dict[int, Row]:
    return {as_int(row, "ID"): row for row in rows}


def _grouped(rows: Iterable[Row], field_name: str) -> dict[int, list[Row]]:
    groups: dict[int, list[Row]] = {}
    for row in rows:
        groups.setdefault(as_int(row, field_name), []).append(row)
    return groups


def _requisites(lists: Lists) -> dict[Entity, list[Row]]:
    groups: dict[Entity, list[Row]] = {}
    for row in _rows(lists, "requisites"):
        groups.setdefault(Entity(as_int(row, "ENTITY_TYPE_ID"), as_int(row, "ENTITY_ID")), []).append(row)
    return groups
