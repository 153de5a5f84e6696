"""What a node's next exchange would bring, invoice by invoice, or exactly why one is held. Reads only: no number is
used up, nothing is rendered ahead, nobody is told. Works before the first exchange, in the form the node is expected to
ask for.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from commerceml_bridge.db.rows import ConsignmentRow, NodeRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.domain.documents import OutgoingDocument
from commerceml_bridge.domain.invoices import Invoice, InvoiceKind
from commerceml_bridge.errors import CannotRender
from commerceml_bridge.services import buyer_ids, consigning
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.mapping import line_goods

_AT_ONCE = 200
"""Invoices looked at in one reading transaction."""


@dataclass(frozen=True)
class Flight:
    """One due invoice. ``held``: code of what holds it, "" if it goes; ``reason`` is Russian."""

    invoice_id: int
    printed: str
    number: str
    counterparty: str
    inn: str
    total: Decimal
    currency: str
    tax: Decimal | None = None
    lines: int = 0
    warnings: tuple[str, ...] = ()
    held: str = ""
    reason: str = ""


def flights(bridge: Bridge, node: NodeRow, *, number: str = "") -> Iterator[Flight]:
    """Yield what is due at a node, oldest first; ``number`` leaves one printed number or number in 1C."""
    after: int | None = 0
    while after is not None:
        found, after = some(bridge, node, after=after, limit=_AT_ONCE)
        yield from (one for one in found if not number or number in {one.printed, one.number})


def some(bridge: Bridge, node: NodeRow, *, after: int, limit: int) -> tuple[list[Flight], int | None]:
    """Return the next due invoices behind a place, and the place they end at; ``None``: these are the last."""
    with bridge.db.read() as uow:
        rows = uow.consignments.due_after(node.id, after, limit=limit)
        found = [flight for row in rows if (flight := flight_of(uow, node, row)) is not None]
    return found, rows[-1].id if len(rows) == limit else None


def flight_of(uow: UnitOfWork, node: NodeRow, row: ConsignmentRow) -> Flight | None:
    """Return what becomes of one consignment that is due."""
    invoice = uow.invoices.by_id(row.invoice_id)
    if invoice is None:
        return None
    flight = Flight(
        invoice.id, invoice.number, row.number or "", invoice.counterparty, invoice.inn, invoice.total, invoice.currency
    )
    code, text = consigning.hold(row, node, invoice)
    if not code and row.held_code == buyer_ids.BAD_TAX_NUMBER:
        code, text = row.held_code, row.held_reason
    if code:
        return dataclasses.replace(flight, held=code, reason=text)
    try:
        return _ready(uow, node, row, flight)
    except CannotRender as error:
        return dataclasses.replace(flight, held=error.code, reason=error.message)


@dataclass(frozen=True)
class Draft:
    """A document as it would be written now, and what it was made of."""

    row: ConsignmentRow
    invoice: Invoice
    document: OutgoingDocument
    goods: str
    wire: consigning.Wire


def draft_of(uow: UnitOfWork, node: NodeRow, row: ConsignmentRow) -> Draft:
    """Return the document of a consignment as it would be written now. Raises ``CannotRender``."""
    revision = uow.invoices.latest_revision(row.invoice_id)
    assert revision is not None  # noqa: S101 - what is due was stored with its revision
    if row.first_served_at is None:
        chosen = consigning.choose_number(uow, row, node, revision)
        row = dataclasses.replace(row, number=chosen.number, substitute=chosen.is_substitute)
    invoice = consigning.invoice_of(row, node, revision)
    goods = line_goods(uow, row, node, invoice)
    document = consigning.document_of(row, node, revision, invoice, goods.items, consigning.stage_now(uow, row, node))
    return Draft(row, invoice, document, goods.record, consigning.expected_wire(node))


def bytes_of(uow: UnitOfWork, draft: Draft) -> bytes:
    """Return the bytes of a draft: those that are stored already, else written anew. Raises ``CannotRender``."""
    kept = _kept(uow, draft)
    return (uow.consignments.body_of(kept) if kept else b"") or consigning.spell(draft.document, draft.wire)


def _ready(uow: UnitOfWork, node: NodeRow, row: ConsignmentRow, flight: Flight) -> Flight:
    draft = draft_of(uow, node, row)
    document = draft.document
    if _kept(uow, draft) is None:
        consigning.spell(document, draft.wire)
    return dataclasses.replace(
        flight,
        number=document.number,
        counterparty=document.counterparty.name,
        inn=document.counterparty.inn,
        total=document.amount,
        currency=document.currency,
        tax=document.tax.amount,
        lines=len(document.lines),
        warnings=tuple(_warnings(draft.row, draft.invoice, document)),
    )


def _kept(uow: UnitOfWork, draft: Draft) -> int | None:
    """Return the id of these very bytes if they were already rendered and held against the schema."""
    kept = next(iter(uow.consignments.to_serve([draft.row.id], draft.wire.key)), None)
    if kept is None or kept.rendering_id is None or uow.consignments.goods_of(kept.rendering_id) != draft.goods:
        return None
    return kept.rendering_id


def _warnings(row: ConsignmentRow, invoice: Invoice, document: OutgoingDocument) -> Iterator[str]:
    if row.cancelled:
        yield "Документ уйдёт с пометкой «Отменен»: счёт вышел из отбора узла."
    if row.substitute:
        yield f"Номер в 1С {document.number}, а напечатан {invoice.number}: по нему БП не найдёт счёт в выписке."
    if row.warning:
        yield row.warning
    if invoice.rows and document.tax.amount and not invoice.tax:
        yield f"В Битрикс24 у счёта НДС 0, а по ставкам строк выходит {document.tax.amount}."
    elif invoice.rows and invoice.tax and invoice.tax != document.tax.amount:
        yield f"НДС {document.tax.amount} отличается от НДС в Битрикс24 ({invoice.tax}) округлением."
    if invoice.key.kind is InvoiceKind.OLD and any(line.tax.rate == "0" for line in document.lines):
        yield "Ставка 0 старого счёта прочитана как «0 %» (настройка узла)."
