"""Stages two and three of fetching: everything around a group of invoices, in as few requests as possible.

Follows facts bitrix24-rest §8: one batch brings rows, requisite links, companies, contacts, requisites and addresses
(by anchor, so that no requisite id is needed first); a second one bank details and product codes.
"""

from __future__ import annotations

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
from commerceml_bridge.errors import PortalError, PortalRefused

OWNERS_PER_COMMAND = 10
"""invoices whose rows one command asks for: with five rows each they still fit a page"""
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
    def parties(self) -> list[tuple[Entity, str]]:
        """Buyer and seller, each with the field of the link that names its requisite."""
        buyer = [(self.buyer, "REQUISITE_ID")] if self.buyer else []
        own = [(Entity(COMPANY, self.own_company_id), "MC_REQUISITE_ID")] if self.own_company_id else []
        return buyer + own


@dataclass
class Details:
    """What was found; ``unreadable``: why the rows of an invoice were refused; ``ahead``: rows of the extra list."""

    around: Surroundings
    unreadable: dict[int, PortalError] = field(default_factory=dict)
    ahead: list[Row] | None = None


@dataclass
class DetailReader:
    """Reads surroundings; remembers that this webhook may not ask for the rows of several invoices at once."""

    client: BitrixClient
    codes: ProductCodes
    batch_size: int
    one_owner_each: bool = False

    def gather(
        self, kind: InvoiceKind, info: PortalInfo, heads: Sequence[Head], raws: Sequence[Row], ahead: ListCommand | None
    ) -> Details:
        """Return what the invoices ``heads`` refer to; ``raws``: old invoices, which carry their rows themselves.

        ``ahead`` is one more list to read along. Raises ``PortalError`` if counterparties cannot be read.
        """
        row_commands = _row_commands(heads, 1 if self.one_owner_each else OWNERS_PER_COMMAND)
        commands = _party_commands(kind, heads) + (row_commands if kind is InvoiceKind.SMART else [])
        lists = run_lists(self.client, [*commands, *([ahead] if ahead else [])], batch_size=self.batch_size)
        book = PartyBook(
            companies=_by_id(_rows(lists, "companies")),
            contacts=_by_id(_rows(lists, "contacts")),
            requisites=_requisites(lists),
            addresses=_grouped(_rows(lists, "addresses"), "ENTITY_ID"),
        )
        details = Details(Surroundings(book, {as_int(row, "ENTITY_ID"): row for row in _rows(lists, "links")}))
        if kind is InvoiceKind.SMART:
            details.around.rows = self._product_rows(lists, heads, details.unreadable)
        self._finish(details, info, heads, raws)
        details.ahead = lists.rows(ahead.key) if ahead else None
        return details

    def _product_rows(
        self, lists: Lists, heads: Sequence[Head], unreadable: dict[int, PortalError]
    ) -> dict[int, list[Row]]:
        """Return rows by invoice; where several owners at once are refused, ask for each alone (§2.2).

        One owner deleted meanwhile refuses its whole command as well.
        """
        if any(isinstance(lists.errors.get(key), PortalRefused) for key in _keys(lists, "rows")):
            self.one_owner_each = True
            lists = run_lists(self.client, _row_commands(heads, 1), batch_size=self.batch_size)
        if self.one_owner_each:
            for place, head in enumerate(heads):
                error = lists.errors.pop(f"rows{place}", None)
                if isinstance(error, PortalRefused):
                    unreadable[head.id] = error
                elif error:
                    raise error
        return _grouped(_rows(lists, "rows"), "ownerId")

    def _finish(self, details: Details, info: PortalInfo, heads: Sequence[Head], raws: Sequence[Row]) -> None:
        """Read bank details of the requisites in use and the codes of the products in the rows."""
        self.codes.forget_old()
        requisites = _requisites_in_use(heads, details.around)
        rows: Iterable[Row] = (row for rows in details.around.rows.values() for row in rows)
        missing = self.codes.missing(rows) | _codeless(raws)
        banks = bank_commands(requisites)
        goods = code_commands(
            {key: kind for key, kind in missing.items() if key not in self.codes.codes}, info.catalogs
        )
        if banks or goods:
            lists = run_lists(self.client, banks + goods, batch_size=self.batch_size)
            details.around.book.bank_details = _grouped(_rows(lists, "bank"), "ENTITY_ID")
            self.codes.take(lists, goods, missing)
        details.around.product_codes = self.codes.codes


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


def _party_commands(kind: InvoiceKind, heads: Sequence[Head]) -> list[ListCommand]:
    companies = sorted({entity.id for head in heads for entity, _ in head.parties if entity.type_id == COMPANY})
    contacts = sorted({head.contact_id for head in heads if head.contact_id})
    buyers = sorted({head.contact_id for head in heads if head.contact_id and not head.company_id})
    select = {"select": ["*", "PHONE", "EMAIL"], "order": {"ID": "ASC"}, "start": -1}
    commands = [
        ListCommand(
            f"links{place}",
            "crm.requisite.link.list",
            {"filter": {"ENTITY_TYPE_ID": _LINK_TYPES[kind], "@ENTITY_ID": ids}, "order": {"ENTITY_ID": "ASC"}},
        )
        for place, ids in enumerate(chunks([head.id for head in heads], _CHUNK))
    ]
    for name, ids in (("companies", companies), ("contacts", contacts)):
        method = "crm.company.list" if name == "companies" else "crm.contact.list"
        for place, some in enumerate(chunks(ids, _CHUNK)):
            commands.append(ListCommand(f"{name}{place}", method, {"filter": {"@ID": some}, **select}))
    return commands + legal_commands(COMPANY, companies) + legal_commands(CONTACT, buyers)


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


def _codeless(raws: Sequence[Row]) -> dict[int, int]:
    """Return the products of old rows that do not bring their external code along (§3.2)."""
    rows = (row for raw in raws for row in raw.get("PRODUCT_ROWS") or () if isinstance(row, dict))
    return {product: 0 for row in rows if not row.get("PRODUCT_XML_ID") and (product := as_int(row, "PRODUCT_ID"))}


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
