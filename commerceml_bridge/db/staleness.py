"""Which invoices must be read again by their ids, and how a change around them finds them.

An invoice's own time of change does not move with its counterparties and goods, and a deleted one is in no list (facts:
bitrix24-rest §1.2, §7). Only open invoices keep references: the others cannot change any more for 1C.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from commerceml_bridge.db.query import Drawer, pieces
from commerceml_bridge.db.tables import invoice, invoice_ref
from commerceml_bridge.domain.invoices import InvoiceKey, InvoiceKind, StageSemantics
from commerceml_bridge.domain.refs import Ref, RefChange

_SAME_SECOND = dt.timedelta(seconds=2)
"""the portal's times are whole seconds: what was read within them may have changed after"""


@dataclass(frozen=True)
class StoredKey:
    """An invoice a sweep looks for."""

    row_id: int
    b24_id: int
    gone: bool


class Staleness(Drawer):
    """References of invoices, and the mark that one must be read again."""

    def set_refs(self, invoice_id: int, refs: Collection[Ref], *, known: bool) -> None:
        """Replace what an invoice refers to; ``known``: it may have had references before."""
        if known:
            self.connection.execute(sa.delete(invoice_ref).where(invoice_ref.c.invoice_id == invoice_id))
        if refs:
            rows = [{"invoice_id": invoice_id, "kind": ref.kind.value, "ref_id": ref.id} for ref in refs]
            self.connection.execute(sa.insert(invoice_ref), rows)

    def mark_changed(self, portal_id: int, changes: Iterable[RefChange]) -> int:
        """Mark the open invoices that refer to something that changed since they were read; return how many."""
        marked = 0
        for change in changes:
            users = sa.select(invoice_ref.c.invoice_id).where(
                invoice_ref.c.kind == change.ref.kind.value, invoice_ref.c.ref_id == change.ref.id
            )
            statement = sa.update(invoice).where(
                invoice.c.portal_id == portal_id, invoice.c.id.in_(users), invoice.c.stale.is_(sa.false())
            )
            if change.at is not None:
                statement = statement.where(_read_before(change.at + _SAME_SECOND))
            marked += self.connection.execute(statement.values(stale=True)).rowcount
        return marked

    def mark_open(self, portal_id: int, *, read_before: dt.datetime | None = None) -> int:
        """Mark every open invoice, or those whose counterparties were read before a moment of the portal's clock."""
        statement = sa.update(invoice).where(
            invoice.c.portal_id == portal_id,
            invoice.c.gone_at.is_(None),
            invoice.c.never == "",
            invoice.c.stage_semantics == StageSemantics.OPEN.value,
            invoice.c.stale.is_(sa.false()),
        )
        if read_before is not None:
            statement = statement.where(_read_before(read_before))
        return self.connection.execute(statement.values(stale=True)).rowcount

    def mark(self, portal_id: int, keys: Iterable[InvoiceKey]) -> int:
        """Mark invoices; those that are not stored are passed over."""
        marked = 0
        for kind in InvoiceKind:
            for ids in pieces(key.id for key in keys if key.kind is kind):
                statement = sa.update(invoice).where(
                    invoice.c.portal_id == portal_id, invoice.c.kind == kind.value, invoice.c.b24_id.in_(ids)
                )
                marked += self.connection.execute(statement.values(stale=True)).rowcount
        return marked

    def clear(self, portal_id: int, keys: Iterable[InvoiceKey]) -> None:
        """Take the mark off: they were read, or cannot be and are noted as a problem."""
        wanted = list(keys)
        for kind in InvoiceKind:
            for ids in pieces(key.id for key in wanted if key.kind is kind):
                statement = sa.update(invoice).where(
                    invoice.c.portal_id == portal_id, invoice.c.kind == kind.value, invoice.c.b24_id.in_(ids)
                )
                self.connection.execute(statement.values(stale=False))

    def stale(self, portal_id: int, limit: int) -> list[InvoiceKey]:
        """Return marked invoices, the oldest mark of all not being kept: by id."""
        statement = sa.select(invoice.c.kind, invoice.c.b24_id).where(
            invoice.c.portal_id == portal_id, invoice.c.stale.is_(sa.true())
        )
        rows = self.connection.execute(statement.order_by(invoice.c.id).limit(limit))
        return [InvoiceKey(InvoiceKind(kind), b24_id) for kind, b24_id in rows]

    def slice(self, portal_id: int, kind: InvoiceKind, after: int, limit: int) -> list[StoredKey]:
        """Return stored invoices of a kind behind row ``after``, gone ones included: they may have come back."""
        statement = (
            sa.select(invoice.c.id, invoice.c.b24_id, invoice.c.gone_at.is_not(None))
            .where(invoice.c.portal_id == portal_id, invoice.c.kind == kind.value, invoice.c.id > after)
            .order_by(invoice.c.id)
            .limit(limit)
        )
        return [StoredKey(*row) for row in self.connection.execute(statement)]


def _read_before(moment: dt.datetime) -> sa.ColumnElement[bool]:
    return sa.or_(invoice.c.parties_at.is_(None), invoice.c.parties_at < moment)
