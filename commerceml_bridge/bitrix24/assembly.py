"""Invoices as the portal lists them → ``Invoice`` values, many at a time.

Follows facts bitrix24-rest §8 (stages two and three) and §3.1 (old invoices bring their rows themselves). One invoice
that cannot be taken is an outcome of its own; the others go on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from commerceml_bridge.bitrix24.client import BitrixClient
from commerceml_bridge.bitrix24.details import DetailReader, Head
from commerceml_bridge.bitrix24.lists import ListCommand, Lists, run_lists
from commerceml_bridge.bitrix24.mapping import Surroundings, smart_invoice
from commerceml_bridge.bitrix24.old_mapping import old_invoice
from commerceml_bridge.bitrix24.parties import COMPANY, CONTACT
from commerceml_bridge.bitrix24.portal_info import PortalInfo, detect
from commerceml_bridge.bitrix24.products import ProductCodes
from commerceml_bridge.bitrix24.values import FieldUnusable, Row, as_int, as_text
from commerceml_bridge.domain.invoices import Invoice, InvoiceKey, InvoiceKind
from commerceml_bridge.domain.refs import Ref, RefKind
from commerceml_bridge.errors import PortalError, PortalNotFound, PortalRefused

_KINDS = {COMPANY: RefKind.COMPANY, CONTACT: RefKind.CONTACT}


@dataclass
class Assembled:
    """Each invoice, or why it could not be taken; ``lists`` hold the chain that rode along."""

    outcomes: dict[InvoiceKey, Invoice | PortalError] = field(default_factory=dict)
    refers: dict[InvoiceKey, frozenset[Ref]] = field(default_factory=dict)
    lists: Lists = field(default_factory=Lists)
    parties_at: dt.datetime | None = None
    """nothing told of counterparties is older; by the portal's clock"""


class Assembler:
    """Reads what invoices refer to and maps them; learns new stages once in its life."""

    def __init__(self, client: BitrixClient, info: PortalInfo, codes: ProductCodes, batch_size: int) -> None:
        self._client = client
        self._info = info
        self._batch_size = batch_size
        self._details = DetailReader(client, codes, batch_size)
        self._info_is_fresh = False

    def old_raws(self, keys: Sequence[InvoiceKey]) -> tuple[dict[InvoiceKey, Row], dict[InvoiceKey, PortalError]]:
        """Return old invoices with their rows, and why one could not be read; those that are gone are left out."""
        commands = [ListCommand(f"i{key.id}", "crm.invoice.get", {"id": key.id}, single=True) for key in keys]
        lists = run_lists(self._client, commands, batch_size=self._batch_size)
        raws: dict[InvoiceKey, Row] = {}
        refused: dict[InvoiceKey, PortalError] = {}
        for key in keys:
            try:
                raws[key] = lists.rows(f"i{key.id}")[0]
            except PortalNotFound:
                continue
            except PortalRefused as error:
                refused[key] = error
        return raws, refused

    def assemble(
        self,
        kind: InvoiceKind,
        raws: dict[InvoiceKey, Row],
        *,
        asked_at: dt.datetime,
        chain: Sequence[ListCommand] = (),
    ) -> Assembled:
        """Return each invoice mapped, or why it cannot be; ``asked_at``: the portal's time; ``chain`` rides along."""
        outcomes: dict[InvoiceKey, Invoice | PortalError] = {}
        heads: dict[InvoiceKey, Head] = {}
        for key, raw in raws.items():
            try:
                heads[key] = _head(kind, raw)
            except FieldUnusable as error:
                outcomes[key] = PortalRefused(f"Счёт {key.id}: {error}.")
        if not heads:
            return Assembled(outcomes)
        own = [raws[key] for key in heads] if kind is InvoiceKind.OLD else []
        details = self._details.gather(kind, self._info, list(heads.values()), own, asked_at=asked_at, chain=chain)
        self._learn_stages(kind, [raws[key] for key in heads])
        for key in heads:
            outcomes[key] = details.unreadable.get(key.id) or self._mapped(kind, raws[key], details.around)
        refers = {key: refs(head, outcomes[key]) for key, head in heads.items()}
        return Assembled(outcomes, refers, details.lists, self._details.since)

    def _mapped(self, kind: InvoiceKind, raw: Row, around: Surroundings) -> Invoice | PortalError:
        try:
            return (smart_invoice if kind is InvoiceKind.SMART else old_invoice)(raw, around, self._info)
        except PortalRefused as error:
            return error

    def _learn_stages(self, kind: InvoiceKind, raws: Sequence[Row]) -> None:
        """Read the stages again, once a run, if an invoice stands in one made since."""
        name = "stageId" if kind is InvoiceKind.SMART else "STATUS_ID"
        if not self._info_is_fresh and any(self._info.stage(as_text(raw, name)) is None for raw in raws):
            self._info = detect(self._client)
            self._info_is_fresh = True


def refs(head: Head, outcome: Invoice | PortalError) -> frozenset[Ref]:
    """Return what an invoice was made of, so that a change of it can be led back to the invoice."""
    found = {Ref(_KINDS[entity.type_id], entity.id) for entity in head.objects}
    if isinstance(outcome, Invoice):
        parties = (party for party in (outcome.buyer, outcome.seller) if party is not None and party.requisite_id)
        found |= {Ref(RefKind.REQUISITE, party.requisite_id) for party in parties}
        found |= {Ref(RefKind.PRODUCT, row.product_id) for row in outcome.rows if row.product_id}
    return frozenset(found)


def _head(kind: InvoiceKind, raw: Row) -> Head:
    names = ("id", "companyId", "contactId", "mycompanyId")
    if kind is InvoiceKind.OLD:
        names = ("ID", "UF_COMPANY_ID", "UF_CONTACT_ID", "UF_MYCOMPANY_ID")
    return Head(*(as_int(raw, name) for name in names))
