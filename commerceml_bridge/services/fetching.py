"""Bitrix24 → revisions: fetch what changed, keep what 1C would see of it, settle it at every node.

Each page is one transaction together with the cursor, so a killed fetch goes on where it was. A change 1C would not
see, our own write-back included, makes no revision (decision 11).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from commerceml_bridge.bitrix24.cursor import Cursor
from commerceml_bridge.bitrix24.fetch import FetchPage, fetch_changes, fetch_one
from commerceml_bridge.db.rows import InvoiceRow, NodeRow, PortalRow, RevisionRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.domain import snapshots
from commerceml_bridge.domain.invoices import Invoice, InvoiceKey, InvoiceKind
from commerceml_bridge.domain.rendering import why_never
from commerceml_bridge.errors import BridgeError
from commerceml_bridge.services import portals
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.consigning import REFUSED_BY_1C, consign
from commerceml_bridge.services.info import info_json


@dataclass
class FetchReport:
    """What one pass brought."""

    invoices: int = 0
    revisions: int = 0
    problems: int = 0


def fetch_portal(bridge: Bridge, portal: PortalRow) -> FetchReport:
    """Fetch every change of a portal. Raises ``PortalError``, which is also kept for the pages."""
    try:
        return _fetch(bridge, portal)
    except BridgeError as error:
        with bridge.db.write() as uow:
            uow.portals.update(portal.id, last_error=error.message)
        raise


def _fetch(bridge: Bridge, portal: PortalRow) -> FetchReport:
    connection = portals.connect(bridge, portal)

    def known(listed: Sequence[tuple[InvoiceKey, object]]) -> set[InvoiceKey]:
        with bridge.db.read() as uow:
            return uow.invoices.known(portal.id, listed)  # type: ignore[arg-type]  # moments, by fetch's contract

    report = FetchReport()
    cursor = Cursor.from_json(portal.cursor) if portal.cursor else Cursor()
    for page in fetch_changes(connection.client, connection.info, cursor, known=known):
        with bridge.db.write() as uow:
            _store_page(uow, bridge, portal, page, report)
    with bridge.db.write() as uow:
        found = info_json(connection.info)
        uow.portals.update(portal.id, fetched_at=bridge.clock(), last_error="", info=found)
    return report


def _store_page(uow: UnitOfWork, bridge: Bridge, portal: PortalRow, page: FetchPage, report: FetchReport) -> None:
    nodes = uow.nodes.all(portal.id)
    for invoice in page.invoices:
        report.invoices += 1
        report.revisions += store(uow, bridge, portal, nodes, invoice)
    for problem in page.problems:
        report.problems += 1
        uow.invoices.note_problem(portal.id, problem.key, problem.reason, bridge.clock())
    uow.portals.update(portal.id, cursor=page.cursor.to_json())


def store(uow: UnitOfWork, bridge: Bridge, portal: PortalRow, nodes: Sequence[NodeRow], invoice: Invoice) -> bool:
    """Store an invoice as fetched; return whether 1C would see a change."""
    values = _columns(invoice) | {"fetched_at": bridge.clock()}
    uow.invoices.clear_problem(portal.id, invoice.key)
    existing = uow.invoices.by_key(portal.id, invoice.key)
    if existing is None:
        key = {"portal_id": portal.id, "kind": invoice.key.kind.value, "b24_id": invoice.key.id}
        invoice_id = uow.invoices.add(**key, **values)
    else:
        invoice_id = existing.id
        uow.invoices.update(invoice_id, **values)
    changed = _revise(uow, bridge, invoice_id, invoice)
    if changed or existing is None or existing.never != values["never"]:
        row = uow.invoices.by_id(invoice_id)
        assert row is not None  # noqa: S101 - just stored
        for node in nodes:
            consign(uow, node, row, bridge.clock())
    return changed


def _columns(invoice: Invoice) -> dict[str, object]:
    return {
        "number": invoice.number,
        "date": invoice.date,
        "counterparty": invoice.buyer.name if invoice.buyer else "",
        "inn": invoice.buyer.inn if invoice.buyer else "",
        "total": invoice.total,
        "currency": invoice.currency,
        "stage_id": invoice.stage_id,
        "stage_semantics": invoice.stage_semantics.value,
        "never": why_never(invoice) or "",
        "updated_at": invoice.updated_at,
    }


def _revise(uow: UnitOfWork, bridge: Bridge, invoice_id: int, invoice: Invoice) -> bool:
    last = uow.invoices.latest_revision(invoice_id)
    content = snapshots.content_hash(invoice)
    if last is not None and last.content_hash == content:
        return False
    accounting = snapshots.accounting_hash(invoice)
    number = last.number + 1 if last else 1
    now = bridge.clock()
    uow.invoices.add_revision(
        invoice_id=invoice_id,
        number=number,
        content_hash=content,
        accounting_hash=accounting,
        snapshot=snapshots.to_json(invoice),
        created_at=now,
    )
    uow.journal.add_event(now, invoice_id, "revised", _revised(last, accounting, number))
    if last is not None and last.accounting_hash != accounting:
        _give_another_chance(uow, invoice_id)
    return True


def _revised(last: RevisionRow | None, accounting: str, number: int) -> str:
    if last is None:
        return "Счёт получен из Битрикс24."
    if last.accounting_hash == accounting:
        return f"Версия {number}: изменились данные, которые не влияют на учёт; в 1С повторно не отправляется."
    return f"Версия {number}: изменилось содержание счёта."


def _give_another_chance(uow: UnitOfWork, invoice_id: int) -> None:
    """A document 1C refused is tried again once its content is another."""
    for row in uow.consignments.of_invoice(invoice_id):
        if row.held_code == REFUSED_BY_1C:
            uow.consignments.update(row.id, held_code="", held_reason="")


def refetch(bridge: Bridge, invoice: InvoiceRow) -> bool:
    """Fetch one invoice again; return whether 1C would see a change. Raises ``PortalError``."""
    with bridge.db.read() as uow:
        portal = uow.portals.by_id(invoice.portal_id)
    connection = portals.connect(bridge, portal)
    fetched = fetch_one(connection.client, connection.info, InvoiceKey(InvoiceKind(invoice.kind), invoice.b24_id))
    with bridge.db.write() as uow:
        return store(uow, bridge, portal, uow.nodes.all(portal.id), fetched)
