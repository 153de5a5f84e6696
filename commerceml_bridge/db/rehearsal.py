"""What a transaction that will be undone has done so far: new documents, new work, consignments as they would be."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from commerceml_bridge.db.query import Drawer, pieces
from commerceml_bridge.db.rows import ConsignmentRow
from commerceml_bridge.db.tables import consignment, invoice, job, returned


@dataclass(frozen=True)
class Mark:
    """Where the tables ended before the rehearsal."""

    returned: int
    job: int


@dataclass(frozen=True)
class NewDocument:
    """One returned document as it would be stored."""

    position: int
    operation: str
    number: str
    document_id: str
    state: str
    decision: str
    reason: str
    code: str
    consignment_id: int | None
    invoice_id: int | None
    invoice_number: str


class Rehearsal(Drawer):
    """Read inside the transaction that is undone."""

    def mark(self) -> Mark:
        """Return where the tables end now."""
        ends = (sa.select(sa.func.coalesce(sa.func.max(table.c.id), 0)) for table in (returned, job))
        return Mark(*(int(self.connection.execute(end).scalar_one()) for end in ends))

    def documents(self, mark: Mark) -> list[NewDocument]:
        """Return documents stored since ``mark``, in order."""
        statement = (
            sa.select(
                *(returned.c[name] for name in NewDocument.__dataclass_fields__ if name in returned.c),
                consignment.c.invoice_id,
                sa.func.coalesce(invoice.c.number, "").label("invoice_number"),
            )
            .outerjoin(consignment, consignment.c.id == returned.c.consignment_id)
            .outerjoin(invoice, invoice.c.id == consignment.c.invoice_id)
            .where(returned.c.id > mark.returned)
        )
        return self._all(NewDocument, statement.order_by(returned.c.id))

    def jobs(self, mark: Mark) -> set[int]:
        """Return the invoices for which work was queued since ``mark``."""
        statement = sa.select(job.c.invoice_id).where(job.c.id > mark.job, job.c.invoice_id.is_not(None))
        return set(self.connection.scalars(statement))

    def consignments(self, ids: Collection[int]) -> dict[int, ConsignmentRow]:
        """Return consignments by id."""
        found: dict[int, ConsignmentRow] = {}
        for batch in pieces(ids):
            rows = self._all(ConsignmentRow, sa.select(consignment).where(consignment.c.id.in_(batch)))
            found |= {row.id: row for row in rows}
        return found
