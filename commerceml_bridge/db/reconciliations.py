"""Invoices of a node and a period beside what 1C and Bitrix24 know of them: a stream, whatever their number."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import sqlalchemy as sa

from commerceml_bridge.db.query import Drawer
from commerceml_bridge.db.tables import book_state, consignment, invoice
from commerceml_bridge.domain.differences import Line

AT_ONCE = 1000


class Reconciliations(Drawer):
    """What the reconciliation report reads."""

    def lines(self, node_id: int, since: dt.date, until: dt.date) -> Iterator[Line]:
        """Yield the invoices meant for a node and dated within the period, oldest first."""
        chosen = _LINES.where(consignment.c.node_id == node_id, invoice.c.date.between(since, until))
        ordered = chosen.order_by(invoice.c.date, invoice.c.id).execution_options(yield_per=AT_ONCE)
        for row in self.connection.execute(ordered):
            yield Line(**row._mapping)


_OWN = {
    "invoice_id": invoice.c.id,
    "stage": invoice.c.stage_semantics,
    "wire_number": sa.func.coalesce(consignment.c.number, ""),
    "doubt": sa.func.coalesce(book_state.c.doubt, ""),
}
"""Fields of a line that are called otherwise in the tables; the rest are an invoice's, else a consignment's."""


def _column(name: str) -> sa.Label[object]:
    if name in _OWN:
        return _OWN[name].label(name)
    return (invoice.c[name] if name in invoice.c else consignment.c[name]).label(name)


_LINES = (
    sa.select(*map(_column, Line.__dataclass_fields__))
    .select_from(consignment)
    .join(invoice, invoice.c.id == consignment.c.invoice_id)
    .outerjoin(book_state, book_state.c.consignment_id == consignment.c.id)
)
