"""Invoices and their revisions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from commerceml_bridge.db.query import Drawer, pieces
from commerceml_bridge.db.rows import InvoiceRow, RevisionRow
from commerceml_bridge.db.tables import consignment, fetch_problem, invoice, revision
from commerceml_bridge.db.types import UtcDateTime
from commerceml_bridge.domain.invoices import InvoiceKey, InvoiceKind

_SAME_SECOND = dt.timedelta(seconds=2)
_READ_AT = sa.func.coalesce(invoice.c.read_at, invoice.c.fetched_at, type_=UtcDateTime())
"""when it was read; rows of an earlier release know it by our clock only"""
# made once, for they are asked for every invoice that is consigned
_BY_ID = sa.select(invoice).where(invoice.c.id == sa.bindparam("wanted"))
_LATEST_REVISION = (
    sa.select(revision)
    .where(revision.c.invoice_id == sa.bindparam("wanted"))
    .order_by(revision.c.number.desc())
    .limit(1)
)
_HELD_FOR_COUNTERPARTY = ("no-counterparty", "counterparty-name")


class Invoices(Drawer):
    """What was fetched from Bitrix24."""

    def by_key(self, portal_id: int, key: InvoiceKey) -> InvoiceRow | None:
        """Return the invoice with this kind and Bitrix24 id."""
        return self._one(InvoiceRow, sa.select(invoice).where(*_is(portal_id, key)))

    def by_id(self, invoice_id: int) -> InvoiceRow | None:
        """Return the invoice with this id of ours."""
        return self._one(InvoiceRow, _BY_ID, wanted=invoice_id)

    def by_ids(self, ids: Iterable[int]) -> dict[int, InvoiceRow]:
        """Return invoices by these ids of ours."""
        found: dict[int, InvoiceRow] = {}
        for batch in pieces(ids):
            found |= {row.id: row for row in self._all(InvoiceRow, sa.select(invoice).where(invoice.c.id.in_(batch)))}
        return found

    def known(self, portal_id: int, listed: Sequence[tuple[InvoiceKey, dt.datetime]]) -> set[InvoiceKey]:
        """Return those of ``listed`` that are stored as they are now.

        One read within two seconds of its change may have changed again in the same second, the portal's resolution,
        and counts as unknown (facts: bitrix24-rest §1.2). Both times are the portal's own: its clock may be any
        distance from ours. One that had gone is read whatever its time says.
        """
        wanted = dict(listed)
        found: set[InvoiceKey] = set()
        for kind in InvoiceKind:
            for ids in pieces(key.id for key in wanted if key.kind is kind):
                rows = self.connection.execute(
                    sa.select(invoice.c.b24_id, invoice.c.updated_at, _READ_AT).where(
                        invoice.c.portal_id == portal_id,
                        invoice.c.kind == kind.value,
                        invoice.c.b24_id.in_(ids),
                        invoice.c.gone_at.is_(None),
                    )
                )
                found |= {
                    key
                    for b24_id, updated, read in rows
                    if wanted[key := InvoiceKey(kind, b24_id)] == updated and read - updated > _SAME_SECOND
                }
        return found

    def to_look_at_again(self, portal_id: int, *, before: dt.datetime, limit: int) -> list[InvoiceKey]:
        """Return invoices that could not be read, or are held for their counterparty, and were last tried before."""
        noted = sa.select(fetch_problem.c.kind, fetch_problem.c.b24_id).where(
            fetch_problem.c.portal_id == portal_id, fetch_problem.c.at < before
        )
        held = (
            sa.select(invoice.c.kind, invoice.c.b24_id)
            .join(consignment, consignment.c.invoice_id == invoice.c.id)
            .where(
                invoice.c.portal_id == portal_id,
                invoice.c.fetched_at < before,
                consignment.c.held_code.in_(_HELD_FOR_COUNTERPARTY),
            )
        )
        rows = self.connection.execute(sa.union(noted, held).limit(limit))
        return [InvoiceKey(InvoiceKind(kind), b24_id) for kind, b24_id in rows]

    def add(self, **values: object) -> int:
        """Insert an invoice and return its id."""
        return self._insert(invoice, **values)

    def update(self, invoice_id: int, **values: object) -> None:
        """Change columns of an invoice."""
        self._update(invoice, invoice_id, **values)

    def latest_revision(self, invoice_id: int) -> RevisionRow | None:
        """Return the newest revision."""
        return self._one(RevisionRow, _LATEST_REVISION, wanted=invoice_id)

    def revision(self, revision_id: int) -> RevisionRow:
        """Return one revision, which must exist."""
        row = self._one(RevisionRow, sa.select(revision).where(revision.c.id == revision_id))
        assert row is not None, revision_id  # noqa: S101 - a foreign key guarantees it
        return row

    def revisions(self, ids: Iterable[int]) -> dict[int, RevisionRow]:
        """Return revisions by id."""
        found: dict[int, RevisionRow] = {}
        for batch in pieces(ids):
            rows = self._all(RevisionRow, sa.select(revision).where(revision.c.id.in_(batch)))
            found |= {row.id: row for row in rows}
        return found

    def add_revision(self, **values: object) -> int:
        """Insert a revision and make it the invoice's newest."""
        revision_id = self._insert(revision, **values)
        self.connection.execute(
            sa.update(invoice).where(invoice.c.id == values["invoice_id"]).values(revision_id=revision_id)
        )
        return revision_id

    def note_problem(self, portal_id: int, key: InvoiceKey, reason: str, now: dt.datetime) -> None:
        """Remember why an invoice could not be read."""
        self.clear_problem(portal_id, key)
        self.connection.execute(
            sa.insert(fetch_problem).values(
                portal_id=portal_id, kind=key.kind.value, b24_id=key.id, reason=reason, at=now
            )
        )

    def clear_problem(self, portal_id: int, key: InvoiceKey) -> None:
        """Forget it: the invoice was read."""
        self.connection.execute(
            sa.delete(fetch_problem).where(
                fetch_problem.c.portal_id == portal_id,
                fetch_problem.c.kind == key.kind.value,
                fetch_problem.c.b24_id == key.id,
            )
        )

    def since(self, portal_id: int, from_date: dt.date) -> list[InvoiceRow]:
        """Return invoices of a portal dated ``from_date`` or later that have content."""
        statement = sa.select(invoice).where(
            invoice.c.portal_id == portal_id, invoice.c.date >= from_date, invoice.c.revision_id.is_not(None)
        )
        return self._all(InvoiceRow, statement.order_by(invoice.c.id))

    def after(self, portal_id: int, after: int, *, limit: int) -> list[InvoiceRow]:
        """Return the next invoices of a portal that have content, by id."""
        statement = sa.select(invoice).where(
            invoice.c.portal_id == portal_id, invoice.c.id > after, invoice.c.revision_id.is_not(None)
        )
        return self._all(InvoiceRow, statement.order_by(invoice.c.id).limit(limit))

    def values_of(self, portal_id: int, column: str) -> list[int | str]:
        """Return the different values of a column among a portal's invoices."""
        found = invoice.c[column]
        statement = sa.select(found).where(invoice.c.portal_id == portal_id, found.is_not(None)).distinct()
        return list(self.connection.execute(statement.order_by(found)).scalars())

    def to_settle(
        self, node_id: int, portal_id: int, from_date: dt.date, after: int, *, limit: int
    ) -> list[InvoiceRow]:
        """Return invoices after an id that a node may mean: dated ``from_date`` or later, or known there already."""
        there = sa.select(consignment.c.invoice_id).where(consignment.c.node_id == node_id)
        statement = sa.select(invoice).where(
            invoice.c.portal_id == portal_id,
            invoice.c.id > after,
            invoice.c.revision_id.is_not(None),
            sa.or_(invoice.c.date >= from_date, invoice.c.id.in_(there)),
        )
        return self._all(InvoiceRow, statement.order_by(invoice.c.id).limit(limit))

    def count(self, portal_id: int) -> int:
        """Count the invoices of a portal."""
        return self._count(invoice, invoice.c.portal_id == portal_id)


def _is(portal_id: int, key: InvoiceKey) -> tuple[sa.ColumnElement[bool], ...]:
    return (invoice.c.portal_id == portal_id, invoice.c.kind == key.kind.value, invoice.c.b24_id == key.id)
