"""Files 1C posts, kept in pieces, so that parts of one file may arrive at different hosts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import sqlalchemy as sa

from commerceml_bridge.db.query import Drawer
from commerceml_bridge.db.rows import UploadRow
from commerceml_bridge.db.tables import upload, upload_chunk


class Uploads(Drawer):
    """Uploads and their pieces."""

    def by_id(self, upload_id: int) -> UploadRow | None:
        """Return one upload."""
        return self._one(UploadRow, sa.select(upload).where(upload.c.id == upload_id))

    def receiving(self, session_id: int, exchange_type: str, filename: str) -> UploadRow | None:
        """Return the file of this session and name that is not complete yet."""
        statement = sa.select(upload).where(
            upload.c.session_id == session_id,
            upload.c.exchange_type == exchange_type,
            upload.c.filename == filename,
            upload.c.state == "receiving",
        )
        return self._one(UploadRow, statement.order_by(upload.c.id.desc()).limit(1).with_for_update())

    def latest(
        self, node_id: int, exchange_type: str, *, session_id: int | None = None, filename: str = ""
    ) -> UploadRow | None:
        """Return the newest upload of a node, of one session or name if given."""
        statement = sa.select(upload).where(upload.c.node_id == node_id, upload.c.exchange_type == exchange_type)
        if session_id is not None:
            statement = statement.where(upload.c.session_id == session_id)
        if filename:
            statement = statement.where(upload.c.filename == filename)
        return self._one(UploadRow, statement.order_by(upload.c.id.desc()).limit(1))

    def unfinished(self, node_id: int | None = None, *, idle_since: dt.datetime | None = None) -> list[UploadRow]:
        """Return uploads still receiving, or complete but not processed; of a node, or idle since a moment."""
        statement = sa.select(upload).where(upload.c.state.in_(("receiving", "complete")))
        if node_id is not None:
            statement = statement.where(upload.c.node_id == node_id)
        if idle_since is not None:
            statement = statement.where(upload.c.changed_at < idle_since)
        return self._all(UploadRow, statement.order_by(upload.c.id))

    def last_change(self, node_id: int, exchange_type: str) -> dt.datetime | None:
        """Return when a file of this type last arrived or grew."""
        last = sa.select(sa.func.max(upload.c.changed_at, type_=upload.c.changed_at.type))
        statement = last.where(upload.c.node_id == node_id, upload.c.exchange_type == exchange_type)
        moment: dt.datetime | None = self.connection.execute(statement).scalar_one()
        return moment

    def unread(self, node_id: int, exchange_type: str, since: dt.datetime) -> list[UploadRow]:
        """Return files begun since a moment that are not whole, not processed yet, or could not be read."""
        statement = sa.select(upload).where(
            upload.c.node_id == node_id,
            upload.c.exchange_type == exchange_type,
            upload.c.started_at >= since,
            upload.c.state.in_(("receiving", "complete", "quarantined")),
        )
        return self._all(UploadRow, statement.order_by(upload.c.id))

    def add(self, **values: object) -> UploadRow:
        """Begin an upload."""
        row = self.by_id(self._insert(upload, **values))
        assert row is not None  # noqa: S101 - just inserted
        return row

    def update(self, upload_id: int, **values: object) -> None:
        """Change columns of an upload."""
        self._update(upload, upload_id, **values)

    def finish(self, known: UploadRow, **values: object) -> None:
        """Change columns of an upload that is still as it was ``known``."""
        self.connection.execute(
            sa.update(upload)
            .where(upload.c.id == known.id, upload.c.state == known.state, upload.c.pieces == known.pieces)
            .values(**values)
        )

    def append(self, upload_id: int, bodies: Iterable[bytes]) -> tuple[int, int]:
        """Add pieces at the end; return their positions as a half-open range."""
        last = sa.select(sa.func.max(upload_chunk.c.position)).where(upload_chunk.c.upload_id == upload_id)
        highest = self.connection.execute(last).scalar_one()
        start = end = 0 if highest is None else int(highest) + 1
        for end, body in enumerate(bodies, start=start + 1):
            self.connection.execute(sa.insert(upload_chunk).values(upload_id=upload_id, position=end - 1, body=body))
        return start, end

    def chunk(self, upload_id: int, position: int) -> bytes | None:
        """Return one piece."""
        found = self.connection.execute(
            sa.select(upload_chunk.c.body).where(
                upload_chunk.c.upload_id == upload_id, upload_chunk.c.position == position
            )
        ).scalar_one_or_none()
        return None if found is None else bytes(found)
