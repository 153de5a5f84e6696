"""Erasing bodies that were kept long enough. Rows stay: what happened is never erased, only the bytes it happened with.

What is still needed is left alone whatever its age: files that are not settled, documents that may be served again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from commerceml_bridge.db.query import Drawer
from commerceml_bridge.db.tables import (
    consignment,
    delivery,
    delivery_item,
    invoice,
    rendering,
    returned,
    statement,
    step,
    upload,
)
from commerceml_bridge.db.tables import upload_chunk as chunk

ERASED = "erased"
"""Stands for the digest of options of an erased rendering, so that it is never taken for one that can be served."""
_FAILED_UPLOADS = ("quarantined", "resolved")
_GOOD_UPLOADS = ("processed", "kept")
_IN_QUARANTINE = "quarantined"
_AHEAD = rendering.alias("ahead")


@dataclass(frozen=True)
class Erased:
    """How many bodies went, and their bytes."""

    count: int
    size: int


class Retention(Drawer):
    """Each method erases at most ``limit`` bodies last touched before a moment, the oldest first."""

    def stored_bytes(self) -> int:
        """Return how many bytes of bodies of all kinds are kept though they may go.

        What is needed does not count: where it alone were more than the limit, everything else would go at once.
        """
        sizes = (
            sa.select(sa.func.sum(upload.c.size)).where(
                upload.c.erased_at.is_(None), upload.c.state.in_(_GOOD_UPLOADS)
            ),
            sa.select(sa.func.sum(sa.func.length(step.c.response_body))).where(step.c.result != "failure"),
            sa.select(sa.func.sum(sa.func.length(rendering.c.body))).where(
                rendering.c.erased_at.is_(None), rendering.c.id.not_in(_needed())
            ),
            sa.select(sa.func.sum(sa.func.length(returned.c.xml))).where(returned.c.state != _IN_QUARANTINE),
            sa.select(sa.func.sum(sa.func.length(statement.c.body))),
        )
        return sum(int(self.connection.execute(one).scalar_one() or 0) for one in sizes)

    def uploads(self, before: dt.datetime, now: dt.datetime, *, failed: bool, limit: int) -> Erased:
        """Erase files of 1C: settled ones without errors, or with (quarantined and resolved)."""
        states = _FAILED_UPLOADS if failed else _GOOD_UPLOADS
        wanted = sa.select(upload.c.id, upload.c.size).where(
            upload.c.state.in_(states), upload.c.changed_at < before, upload.c.erased_at.is_(None)
        )
        ids, erased = self._found(wanted.order_by(upload.c.changed_at).limit(limit))
        if ids:
            self.connection.execute(sa.delete(chunk).where(chunk.c.upload_id.in_(ids)))
        self._execute(sa.update(upload), upload.c.id, ids, erased_at=now)
        return erased

    def answers(self, before: dt.datetime, *, failed: bool, limit: int) -> Erased:
        """Erase answers and headers of requests."""
        outcome = step.c.result == "failure" if failed else step.c.result != "failure"
        kept = sa.or_(step.c.response_body.is_not(None), step.c.request_headers != "{}")
        wanted = sa.select(step.c.id, sa.func.length(step.c.response_body)).where(step.c.at < before, outcome, kept)
        ids, erased = self._found(wanted.order_by(step.c.id).limit(limit))
        self._execute(sa.update(step), step.c.id, ids, response_body=None, request_headers="{}", response_headers="{}")
        return erased

    def documents(self, before: dt.datetime, now: dt.datetime, *, limit: int) -> Erased:
        """Erase rendered documents that neither wait for 1C nor are the last one it was given."""
        wanted = sa.select(rendering.c.id, sa.func.length(rendering.c.body)).where(
            rendering.c.created_at < before, rendering.c.erased_at.is_(None), rendering.c.id.not_in(_needed())
        )
        ids, erased = self._found(wanted.order_by(rendering.c.id).limit(limit))
        self._execute(sa.update(rendering), rendering.c.id, ids, body=b"", options=ERASED, erased_at=now)
        return erased

    def returned(self, before: dt.datetime, *, limit: int, failed_too: bool = True) -> Erased:
        """Erase the XML of documents 1C returned, but of those that still wait for a person."""
        spared = returned.c.state == _IN_QUARANTINE
        if failed_too:
            spared = sa.and_(spared, returned.c.resolved_at.is_(None))
        wanted = sa.select(returned.c.id, sa.func.length(returned.c.xml)).where(
            returned.c.created_at < before, returned.c.xml.is_not(None), ~spared
        )
        ids, erased = self._found(wanted.order_by(returned.c.id).limit(limit))
        self._execute(sa.update(returned), returned.c.id, ids, xml=None)
        return erased

    def statements(self, before: dt.datetime, now: dt.datetime, *, limit: int) -> Erased:
        """Erase files of bank statements; what was read of them stays."""
        wanted = sa.select(statement.c.id, sa.func.length(statement.c.body)).where(
            statement.c.created_at < before, statement.c.erased_at.is_(None)
        )
        ids, erased = self._found(wanted.order_by(statement.c.id).limit(limit))
        self._execute(sa.update(statement), statement.c.id, ids, body=b"", erased_at=now)
        return erased

    def _found(self, wanted: sa.Select[Any]) -> tuple[list[int], Erased]:
        """Return ids, and what goes with them, of rows of (id, bytes)."""
        rows = self.connection.execute(wanted).all()
        return [row[0] for row in rows], Erased(len(rows), sum(row[1] or 0 for row in rows))

    def _execute(
        self, statement: sa.Update, key: sa.ColumnElement[int], ids: Collection[int], **values: object
    ) -> None:
        if ids:
            self.connection.execute(statement.where(key.in_(list(ids))).values(**values))


def _needed() -> sa.CompoundSelect[Any]:
    """Documents of open deliveries, the last ones 1C was given, and what is rendered ahead of its next query.

    The query that serves these may be under way.
    """
    return sa.union(
        sa.select(consignment.c.served_rendering_id).where(consignment.c.served_rendering_id.is_not(None)),
        sa.select(delivery_item.c.rendering_id)
        .join(delivery, delivery.c.id == delivery_item.c.delivery_id)
        .where(delivery.c.state == "open"),
        sa.select(_AHEAD.c.id)
        .join(consignment, consignment.c.id == _AHEAD.c.consignment_id)
        .join(invoice, invoice.c.id == consignment.c.invoice_id)
        .where(consignment.c.due, _AHEAD.c.revision_id == invoice.c.revision_id),
    )
