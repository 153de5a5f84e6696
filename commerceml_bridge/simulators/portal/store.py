"""What a portal holds: its tables, its clock, its lock and its listeners.

Knows no REST. Every module that changes something receives a ``Store`` whose lock the caller holds. Follows facts:
bitrix24-rest §1.1 and §7 (which events a write causes).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from threading import RLock
from typing import Any

from commerceml_bridge.simulators.portal import names, party_schemas, schemas, values
from commerceml_bridge.simulators.portal.fields import Field, Schema, defaults
from commerceml_bridge.simulators.portal.settings import Settings
from commerceml_bridge.simulators.portal.table import Table

Listener = Callable[[str, Mapping[str, int]], None]


def system_clock() -> datetime:
    """Return the present moment, aware, in UTC."""
    return datetime.now(UTC)


class Store:
    """Tables of one portal. ``lock`` guards everything; public methods of ``Portal`` and the HTTP side take it."""

    def __init__(self, settings: Settings | None = None, clock: Callable[[], datetime] = system_clock) -> None:
        self.settings = settings or Settings()
        self.lock = RLock()
        self.listeners: list[Listener] = []
        self._clock = clock
        self._shift = timedelta()
        self.item_schema: Schema = dict(schemas.SMART_INVOICE)
        if not self.settings.recurring:
            del self.item_schema["isRecurring"]
        self.custom_names: dict[str, str] = {}
        self._make_tables()

    def _make_tables(self) -> None:
        self.items = Table("id", defaults(self.item_schema), ("accountNumber",))
        self.item_rows = Table("id", defaults(schemas.PRODUCT_ROW), ("ownerId",))
        self.old_schema = dict(schemas.OLD_INVOICE)
        self.old_invoices = Table("ID", defaults(schemas.OLD_INVOICE))
        self.companies = Table("ID", defaults(party_schemas.COMPANY), ("IS_MY_COMPANY",))
        self.contacts = Table("ID", defaults(party_schemas.CONTACT))
        self.deals = Table("id", defaults(schemas.DEAL))
        self.requisites = Table("ID", defaults(party_schemas.REQUISITE), ("ENTITY_ID",))
        self.bank_details = Table("ID", defaults(party_schemas.BANK_DETAIL), ("ENTITY_ID",))
        self.links = Table("#", defaults(party_schemas.LINK), ("ENTITY_ID",))
        self.addresses = Table("#", defaults(party_schemas.ADDRESS), ("ENTITY_ID", "ANCHOR_ID"))
        self.products = Table("id", {}, ("iblockId",))
        self.stage_history = Table("ID", {}, ("OWNER_ID",))
        self.comments = Table("ID", {})
        self.notes = Table("ID", {})
        self.old_row_ids = 0
        self.multi_field_ids = 0

    @property
    def zone(self) -> timezone:
        """The portal's fixed zone."""
        return values.zone(self.settings.utc_offset)

    def now(self) -> datetime:
        """Return the portal's present moment, aware UTC, whole seconds."""
        return (self._clock() + self._shift).astimezone(UTC).replace(microsecond=0)

    def exact_now(self) -> datetime:
        """Return the portal's present moment with its fraction, for ``time``."""
        return self._clock() + self._shift

    def today(self) -> date:
        """Return the portal's calendar day."""
        return self.now().astimezone(self.zone).date()

    def advance_clock(self, seconds: float) -> None:
        """Move the portal's clock forward."""
        with self.lock:
            self._shift += timedelta(seconds=seconds)

    def add_custom_field(self, database_name: str, wire: str = "string", default: Any = None) -> str:
        """Give smart invoices a custom field ``UF_CRM_SMART_INVOICE_…``; return its JSON key (§1.1)."""
        with self.lock:
            key = names.custom_key(database_name)
            self.custom_names[database_name] = key
            self.item_schema[key] = Field(key, wire, default, title=database_name)
            self.items.defaults[key] = default
            return key

    def add_old_custom_field(self, name: str, wire: str = "string", default: Any = None) -> None:
        """Give old invoices a custom field ``UF_CRM_…`` (§3.1: the mask ``UF_*``)."""
        with self.lock:
            self.old_schema[name] = Field(name, wire, default)
            self.old_invoices.defaults[name] = default

    def remove_old_custom_field(self, name: str) -> None:
        """Take a custom field from old invoices again; what is written to it is overlooked from now on."""
        with self.lock:
            del self.old_schema[name]

    def emit(self, event: str, **fields: int) -> None:
        """Tell the listeners about a write; ids only (§7)."""
        for listener in self.listeners:
            listener(event, fields)
