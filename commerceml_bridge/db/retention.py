"""Erasing bodies that were kept long enough. Rows stay: what happened is never erased, only the bytes it happened with.

What is still needed is left alone whatever its age: files that are not settled, documents that may be served again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

import sqlalchemy as sa

from commerceml_bridge.db.query import Drawer
from commerceml_bridge.db.tables import (
    consignment,
    delivery,
    delivery_item,
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


class Retention(Drawer):
    """Each method erases at most ``limit`` bodies last touched before a moment and returns how many."""

    def uploads(self, before: dt.datetime, now: dt.datetime, *, failed: bool, limit: int) -> int:
        """Erase files of 1C: settled ones without errors, or with (quarantined and resolved)."""
        states = _FAILED_UPLOADS if failed else _GOOD_UPLOADS
        wanted = sa.select(upload.c.id).where(
            upload.c.state.in_(states), upload.c.changed_at < before, upload.c.erased_at.is_(None)
        )
        return self._erase_uploads(self._ids(wanted.order_by(upload.c.changed_at).limit(limit)), now)

    def oldest_uploads(self, now: dt.datetime, *, limit: int) -> int:
        """Erase the oldest files without errors, whatever their age."""
        wanted = sa.select(upload.c.id).where(upload.c.state.in_(_GOOD_UPLOADS), upload.c.erased_at.is_(None))
        return self._erase_uploads(self._ids(wanted.order_by(upload.c.changed_at).limit(limit)), now)

    def stored_bytes(self) -> int:
        """Return how many bytes of files of 1C are kept."""
        total = sa.select(sa.func.coalesce(sa.func.sum(upload.c.size), 0)).where(upload.c.erased_at.is_(None))
        return int(self.connection.execute(total).scalar_one())

    def answers(self, before: dt.datetime, *, failed: bool, limit: int) -> int:
        """Erase answers and headers of requests."""
        outcome = step.c.result == "failure" if failed else step.c.result != "failure"
        kept = sa.or_(step.c.response_body.is_not(None), step.c.request_headers != "{}")
        ids = self._ids(sa.select(step.c.id).where(step.c.at < before, outcome, kept).limit(limit))
        self._execute(sa.update(step), step.c.id, ids, response_body=None, request_headers="{}", response_headers="{}")
        return len(ids)

    def documents(self, before: dt.datetime, now: dt.datetime, *, limit: int) -> int:
        """Erase rendered documents no open delivery holds and that are not the last one 1C was given."""
        needed = sa.union(
            sa.select(consignment.c.served_rendering_id).where(consignment.c.served_rendering_id.is_not(None)),
            sa.select(delivery_item.c.rendering_id)
            .join(delivery, delivery.c.id == delivery_item.c.delivery_id)
            .where(delivery.c.state == "open"),
        )
        wanted = sa.select(rendering.c.id).where(
            rendering.c.created_at < before, rendering.c.erased_at.is_(None), rendering.c.id.not_in(needed)
        )
        ids = self._ids(wanted.order_by(rendering.c.id).limit(limit))
        self._execute(sa.update(rendering), rendering.c.id, ids, body=b"", options=ERASED, erased_at=now)
        return len(ids)

    def returned(self, before: dt.datetime, *, limit: int) -> int:
        """Erase the XML of documents 1C returned, but of those that still wait for a person."""
        waits = sa.and_(returned.c.state == _IN_QUARANTINE, returned.c.resolved_at.is_(None))
        wanted = sa.select(returned.c.id).where(returned.c.created_at < before, returned.c.xml.is_not(None), ~waits)
        ids = self._ids(wanted.limit(limit))
        self._execute(sa.update(returned), returned.c.id, ids, xml=None)
        return len(ids)

    def statements(self, before: dt.datetime, now: dt.datetime, *, limit: int) -> int:
        """Erase files of bank statements; what was read of them stays."""
        wanted = sa.select(statement.c.id).where(statement.c.created_at < before, statement.c.erased_at.is_(None))
        ids = self._ids(wanted.limit(limit))
        self._execute(sa.update(statement), statement.c.id, ids, body=b"", erased_at=now)
        return len(ids)

    def _ids(self, statement: sa.Select[tuple[int]]) -> list[int]:
        return list(self.connection.scalars(statement))

    def _erase_uploads(self, ids: Collection[int], now: dt.datetime) -> int:
        if ids:
            self.connection.execute(sa.delete(chunk).where(chunk.c.upload_id.in_(ids)))
            self._execute(sa.update(upload), upload.c.id, ids, erased_at=now)
        return len(ids)

    def _execute(
        self, statement: sa.Update, key: sa.ColumnElement[int], ids: Collection[int], **values: object
    ) -> None:
        if ids:
            self.connection.execute(statement.where(key.in_(list(ids))).values(**values))
