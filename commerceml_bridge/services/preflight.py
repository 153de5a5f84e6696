"""What a node's next exchange would bring, invoice by invoice, or exactly why one is held. Reads only: no number is
used up, nothing is rendered ahead, nobody is told. Works before the first exchange, in the form the node is expected to
ask for.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from commerceml_bridge.db.numbers import Numbers, NumbersAhead
from commerceml_bridge.db.rows import ConsignmentRow, NodeRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.domain import snapshots
from commerceml_bridge.domain.counterparties import accounts_left_out
from commerceml_bridge.domain.documents import OutgoingDocument
from commerceml_bridge.domain.invoices import Invoice, InvoiceKind
from commerceml_bridge.domain.numbering import significant_digits
from commerceml_bridge.domain.rendering import zero_vat_told
from commerceml_bridge.domain.spelling import StageNow
from commerceml_bridge.errors import CannotRender
from commerceml_bridge.services import buyer_ids, consigning
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.mapping import Known, known_for, line_goods

_AT_ONCE = 200
"""Invoices looked at in one reading transaction."""
_LARGEST_KEPT = 2**63 - 1
"""Longer digits are no number of a document, and no database takes them."""


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
        looked = _Look(uow, node, rows)
        found = [flight for row in rows if (flight := looked.flight(row)) is not None]
    return found, rows[-1].id if len(rows) == limit else None


def flight_of(uow: UnitOfWork, node: NodeRow, row: ConsignmentRow) -> Flight | None:
    """Return what becomes of one consignment that is due."""
    return _Look(uow, node, [row]).flight(row)


@dataclass(frozen=True)
class Draft:
    """A document as it would be written now, and what it was made of."""

    row: ConsignmentRow
    invoice: Invoice
    document: OutgoingDocument
    wire: consigning.Wire
    kept: int | None
    """id of these very bytes if they were already rendered and held against the schema"""


def draft_of(uow: UnitOfWork, node: NodeRow, row: ConsignmentRow) -> Draft:
    """Return the document of a consignment as it would be written now. Raises ``CannotRender``."""
    return _Look(uow, node, [row]).draft(row)


def bytes_of(uow: UnitOfWork, draft: Draft) -> bytes:
    """Return the bytes of a draft: those that are stored already, else written anew. Raises ``CannotRender``."""
    kept = uow.consignments.body_of(draft.kept) if draft.kept else b""
    return kept or consigning.spell(draft.document, draft.wire)


class _Look:
    """A look at some due invoices of a node: whatever is asked of the database is asked for all of them at once."""

    def __init__(self, uow: UnitOfWork, node: NodeRow, rows: Sequence[ConsignmentRow]) -> None:
        self.uow, self.node = uow, node
        self.wire = consigning.expected_wire(node)
        self.invoices = uow.invoices.by_ids(row.invoice_id for row in rows)
        ids = {row.id: one.revision_id for row in rows if (one := self.invoices.get(row.invoice_id))}
        revisions = uow.invoices.revisions(one for one in ids.values() if one is not None)
        self.revisions = {row_id: revisions[one] for row_id, one in ids.items() if one is not None}
        self.stored: dict[int, Invoice] = {}
        self.kept = {one.id: one.rendering_id for one in uow.consignments.to_serve(list(ids), self.wire.key)}
        self.goods_kept = uow.consignments.goods_of_each(one for one in self.kept.values() if one is not None)
        self.numbers = self._numbers([row for row in rows if row.first_served_at is None])
        self.portal_info = uow.portals.by_id(node.portal_id).info if node.options.tells_stage else ""

    def _numbers(self, rows: Sequence[ConsignmentRow]) -> Numbers:
        prefix = self.node.options.prefix
        named = [prefix + one.number.strip() for row in rows if (one := self.invoices.get(row.invoice_id))]
        named += [row.number for row in rows if row.number is not None]
        digits = {found for name in named if (found := significant_digits(name)) is not None and found <= _LARGEST_KEPT}
        return NumbersAhead(self.uow.connection, self.node.id, (row.invoice_id for row in rows), digits)

    @cached_property
    def goods(self) -> Known:
        """What the lines of all of them need of 1C's items."""
        return known_for(self.uow, self.node, self._told())

    def _told(self) -> Iterator[Invoice]:
        for row_id in self.revisions:
            with suppress(CannotRender):
                yield zero_vat_told(self._stored(row_id), self.node.options)

    def _stored(self, row_id: int) -> Invoice:
        if row_id not in self.stored:
            self.stored[row_id] = snapshots.from_json(self.revisions[row_id].snapshot)
        return self.stored[row_id]

    def flight(self, row: ConsignmentRow) -> Flight | None:
        """Return what becomes of one of them."""
        invoice = self.invoices.get(row.invoice_id)
        if invoice is None:
            return None
        number, party = row.number or "", (invoice.counterparty, invoice.inn)
        flight = Flight(invoice.id, invoice.number, number, *party, invoice.total, invoice.currency)
        code, text = consigning.hold(row, self.node, invoice)
        if not code and row.held_code == buyer_ids.BAD_TAX_NUMBER:
            code, text = row.held_code, row.held_reason
        if code:
            return dataclasses.replace(flight, held=code, reason=text)
        try:
            draft = self.draft(row)
            if draft.kept is None:
                consigning.spell(draft.document, draft.wire)
        except CannotRender as error:
            return dataclasses.replace(flight, held=error.code, reason=error.message)
        return _ready(flight, draft)

    def draft(self, row: ConsignmentRow) -> Draft:
        """Return the document of one of them. Raises ``CannotRender``."""
        node, revision, stored = self.node, self.revisions[row.id], self._stored(row.id)
        numbered = row
        if row.first_served_at is None:
            chosen = consigning.choose_number(self.numbers, row, node, stored.number)
            numbered = dataclasses.replace(row, number=chosen.number, substitute=chosen.is_substitute)
        invoice = consigning.invoice_of(row, node, stored)
        goods = line_goods(self.uow, row, node, invoice, self.goods)
        stage = self._stage(row)
        document = consigning.document_of(numbered, node, revision, invoice, goods.items, stage)
        return Draft(numbered, invoice, document, self.wire, self._kept(row, numbered, goods.record))

    def _stage(self, row: ConsignmentRow) -> StageNow | None:
        tells = self.node.options.tells_stage
        return consigning.stage_of(self.invoices[row.invoice_id], self.portal_info) if tells else None

    def _kept(self, row: ConsignmentRow, numbered: ConsignmentRow, goods: str) -> int | None:
        kept = self.kept.get(row.id)
        if kept is None or row.number != numbered.number or self.goods_kept[kept] != goods:
            return None
        return None if self.node.options.tells_stage else kept  # a stage moves, and the bytes with it


def _ready(flight: Flight, draft: Draft) -> Flight:
    document = draft.document
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


def _warnings(row: ConsignmentRow, invoice: Invoice, document: OutgoingDocument) -> Iterator[str]:
    if row.cancelled:
        yield "Документ уйдёт с пометкой «Отменен»: счёт вышел из отбора узла."
    if row.substitute:
        yield f"Номер в 1С {document.number}, а напечатан {invoice.number}: по нему БП не найдёт счёт в выписке."
    if row.warning:
        yield row.warning
    left_out = accounts_left_out(invoice.buyer) if invoice.buyer else ()
    if left_out:
        yield (
            f"Банковский счёт покупателя не уйдёт: {', '.join(left_out)}. По форме нужны счёт из 20 знаков и БИК из 9 "
            "цифр."
        )
    if invoice.rows and document.tax.amount and not invoice.tax:
        yield f"В Битрикс24 у счёта НДС 0, а по ставкам строк выходит {document.tax.amount}."
    elif invoice.rows and invoice.tax and invoice.tax != document.tax.amount:
        yield f"НДС {document.tax.amount} отличается от НДС в Битрикс24 ({invoice.tax}) округлением."
    if invoice.key.kind is InvoiceKind.OLD and any(line.tax.rate == "0" for line in document.lines):
        yield "Ставка 0 старого счёта прочитана как «0 %» (настройка узла)."
