"""Bitrix24 → revisions: fetch what changed, keep what 1C would see of it, settle it at every node.

Each page is one transaction together with the cursor, so a killed fetch goes on where it was. A change 1C would not
see, our own write-back included, makes no revision (decision 11).
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from commerceml_bridge.bitrix24.by_id import Found, fetch_many
from commerceml_bridge.bitrix24.cursor import Cursor
from commerceml_bridge.bitrix24.fetch import FetchOptions, FetchPage, fetch_changes
from commerceml_bridge.db.rows import InvoiceRow, NodeRow, PortalRow, RevisionRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.domain import snapshots
from commerceml_bridge.domain.invoices import Invoice, InvoiceKey, InvoiceKind, StageSemantics
from commerceml_bridge.domain.refs import Ref
from commerceml_bridge.domain.rendering import why_never
from commerceml_bridge.errors import BridgeError, DatabaseUnavailable, PortalNotFound
from commerceml_bridge.services import buyers, portals
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.consigning import REFUSED_BY_1C, consign
from commerceml_bridge.services.info import info_json
from commerceml_bridge.services.rechecking import GONE, mark_gone, recheck
from commerceml_bridge.services.selecting import SELECTED_BY, keep_info

log = logging.getLogger(__name__)
SLICE = 50
"""Invoices stored in one transaction: a fraction of a second."""
PARTIES_EVERY = dt.timedelta(minutes=5)
"""How often the look by date for changed counterparties and goods rides along; an event makes it due at once."""
_KOPECK = Decimal("0.01")


@dataclass
class FetchReport:
    """What one pass brought; ``more``: invoices to be read again are left for the next."""

    invoices: int = 0
    revisions: int = 0
    problems: int = 0
    more: bool = False


@dataclass(frozen=True)
class Reading:
    """When an invoice was read, by the portal's clock, and what it was made of."""

    read_at: dt.datetime | None = None
    parties_at: dt.datetime | None = None
    refers: frozenset[Ref] = frozenset()


def fetch_portal(bridge: Bridge, portal: PortalRow) -> FetchReport:
    """Fetch every change of a portal. Raises ``PortalError``; whatever stops a fetch is kept for the pages."""
    try:
        return _fetch(bridge, portal)
    except DatabaseUnavailable:
        raise  # not the portal's fault, and there is nowhere to keep it
    except Exception as error:
        text = error.message if isinstance(error, BridgeError) else f"Внутренняя ошибка: {type(error).__name__}."
        with bridge.db.write() as uow:
            uow.portals.update(portal.id, last_error=text)
        raise


def _fetch(bridge: Bridge, portal: PortalRow) -> FetchReport:
    connection = portals.connect(bridge, portal)

    def known(listed: Sequence[tuple[InvoiceKey, dt.datetime]]) -> set[InvoiceKey]:
        with bridge.db.read() as uow:
            return uow.invoices.known(portal.id, listed)

    keep_info(bridge, portal, info_json(connection.info))
    report = FetchReport()
    cursor = Cursor.from_json(portal.cursor) if portal.cursor else Cursor()
    due = portal.parties_at is None or bridge.clock() - portal.parties_at >= PARTIES_EVERY
    looked: dict[str, object] = {"parties_at": bridge.clock()} if due else {}
    asked_at: dt.datetime | None = None
    options = FetchOptions(surroundings=due)
    for page in fetch_changes(connection.client, connection.info, cursor, known=known, options=options):
        _store_page(bridge, portal, page, report)
        asked_at = page.read_at or asked_at
    if asked_at is not None:
        report.more = _recheck(bridge, connection, asked_at, report)
    with bridge.db.write() as uow:
        uow.portals.update(portal.id, fetched_at=bridge.clock(), last_error="", **looked)
    return report


def _recheck(bridge: Bridge, connection: portals.Connection, asked_at: dt.datetime, report: FetchReport) -> bool:
    def keep(uow: UnitOfWork, nodes: list[NodeRow], invoice: Invoice, found: Found) -> None:
        reading = Reading(found.read_at, found.read_at, found.refers.get(invoice.key, frozenset()))
        _store_or_note(uow, bridge, connection.portal, nodes, invoice, report, reading)

    return recheck(bridge, connection, asked_at, keep)


def _store_page(bridge: Bridge, portal: PortalRow, page: FetchPage, report: FetchReport) -> None:
    """Store a page, some invoices to a transaction so that 1C never waits long; the cursor moves with the last."""
    for start in range(0, len(page.invoices), SLICE):
        with bridge.db.write() as uow:
            nodes = _locked_nodes(uow, portal)
            for invoice in page.invoices[start : start + SLICE]:
                reading = Reading(page.read_at, page.parties_at, page.refers.get(invoice.key, frozenset()))
                _store_or_note(uow, bridge, portal, nodes, invoice, report, reading)
    with bridge.db.write() as uow:
        for problem in page.problems:
            report.problems += 1
            uow.invoices.note_problem(portal.id, problem.key, problem.reason, bridge.clock())
        if page.changed is None:
            uow.staleness.mark_open(portal.id)
        elif page.changed:
            uow.staleness.mark_changed(portal.id, page.changed)
        uow.portals.update(portal.id, cursor=page.cursor.to_json())


def _locked_nodes(uow: UnitOfWork, portal: PortalRow) -> list[NodeRow]:
    uow.portals.lock(portal.id)
    return uow.nodes.all(portal.id)


def _store_or_note(
    uow: UnitOfWork,
    bridge: Bridge,
    portal: PortalRow,
    nodes: Sequence[NodeRow],
    invoice: Invoice,
    report: FetchReport,
    reading: Reading | None = None,
) -> None:
    """Store one invoice; one that cannot be stored is noted and never stops the others."""
    report.invoices += 1
    try:
        with uow.savepoint():
            report.revisions += store(uow, bridge, portal, nodes, invoice, reading)
    except (ValueError, ArithmeticError, OverflowError) as error:
        log.exception("invoice %s of portal %s cannot be stored", invoice.key, portal.name)
        report.problems += 1
        reason = f"Счёт не сохранён, в нём есть недопустимое значение ({type(error).__name__}): проверьте суммы и даты."
        uow.invoices.note_problem(portal.id, invoice.key, reason, bridge.clock())


def store(
    uow: UnitOfWork,
    bridge: Bridge,
    portal: PortalRow,
    nodes: Sequence[NodeRow],
    invoice: Invoice,
    reading: Reading | None = None,
) -> bool:
    """Store an invoice as fetched; return whether 1C would see a change. One that had gone is back."""
    reading = reading or Reading()
    times = {"fetched_at": bridge.clock(), "read_at": reading.read_at, "parties_at": reading.parties_at}
    values = _columns(invoice) | times | {"gone_at": None, "stale": False}
    values |= {"buyer_id": buyers.note(uow, portal, invoice.buyer, bridge.clock())}
    uow.invoices.clear_problem(portal.id, invoice.key)
    existing = uow.invoices.by_key(portal.id, invoice.key)
    if existing is None:
        key = {"portal_id": portal.id, "kind": invoice.key.kind.value, "b24_id": invoice.key.id}
        invoice_id = uow.invoices.add(**key, **values)
    else:
        invoice_id = existing.id
        uow.invoices.update(invoice_id, **values)
        if existing.gone_at is not None:
            uow.journal.add_event(bridge.clock(), invoice_id, "gone", "Счёт снова есть в Битрикс24.")
    is_open = invoice.stage_semantics is StageSemantics.OPEN and not values["never"]
    uow.staleness.set_refs(invoice_id, reading.refers if is_open else (), known=existing is not None)
    changed = _revise(uow, bridge, invoice_id, invoice)
    if changed or existing is None or any(getattr(existing, name) != values[name] for name in SELECTED_BY):
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
        "total": invoice.total.quantize(_KOPECK, ROUND_HALF_UP),
        "currency": invoice.currency,
        "stage_id": invoice.stage_id,
        "stage_semantics": invoice.stage_semantics.value,
        "category_id": invoice.category_id,
        "seller_id": invoice.seller.entity_id if invoice.seller else 0,
        "responsible_id": invoice.responsible_id,
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
    return _read_again(bridge, portal, InvoiceKey(InvoiceKind(invoice.kind), invoice.b24_id))


def fetch_by_key(bridge: Bridge, portal: PortalRow, key: InvoiceKey) -> int:
    """Fetch one invoice somebody asks for, known or not, and return its id here. Raises ``PortalError``."""
    _read_again(bridge, portal, key)
    with bridge.db.read() as uow:
        row = uow.invoices.by_key(portal.id, key)
    assert row is not None  # noqa: S101 - just stored
    return row.id


def _read_again(bridge: Bridge, portal: PortalRow, key: InvoiceKey) -> bool:
    connection = portals.connect(bridge, portal)
    found = fetch_many(connection.client, connection.info, [key], asked_at=bridge.clock())
    with bridge.db.write() as uow:
        nodes = _locked_nodes(uow, portal)
        if key in found.invoices:
            return store(uow, bridge, portal, nodes, found.invoices[key], Reading(refers=found.refers[key]))
        if key in found.gone:
            mark_gone(uow, portal.id, nodes, key, bridge.clock())
    raise found.refused.get(key) or PortalNotFound(GONE)
