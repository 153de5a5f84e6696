"""Exchange sessions of 1C."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from commerceml_bridge.db.query import Drawer
from commerceml_bridge.db.rows import SessionRow
from commerceml_bridge.db.tables import session, step

_BY_COOKIE = sa.select(session).where(session.c.cookie_digest == sa.bindparam("digest"))


class Sessions(Drawer):
    """Sessions; cookies and tokens are known by their digests only."""

    def add(self, **values: object) -> SessionRow:
        """Begin a session."""
        row = self.by_id(self._insert(session, **values))
        assert row is not None  # noqa: S101 - just inserted
        return row

    def by_id(self, session_id: int) -> SessionRow | None:
        """Return one session."""
        return self._one(SessionRow, sa.select(session).where(session.c.id == session_id))

    def by_cookie(self, digest: str) -> SessionRow | None:
        """Return the session this cookie belongs to."""
        return self._one(SessionRow, _BY_COOKIE, digest=digest)

    def by_sessid(self, digest: str) -> SessionRow | None:
        """Return the session this sessid belongs to."""
        return self._one(SessionRow, sa.select(session).where(session.c.sessid_digest == digest))

    def latest(self, node_id: int, since: dt.datetime) -> list[SessionRow]:
        """Return the sessions of a node that were used after ``since``, newest first, at most two."""
        statement = sa.select(session).where(session.c.node_id == node_id, session.c.last_seen_at >= since)
        return self._all(SessionRow, statement.order_by(session.c.id.desc()).limit(2))

    def update(self, session_id: int, **values: object) -> None:
        """Change columns of a session."""
        self._update(session, session_id, **values)

    def expire(self, node_id: int) -> None:
        """End every session of a node: its cookies and tokens open nothing any more."""
        self.connection.execute(
            sa.update(session)
            .where(session.c.node_id == node_id)
            .values(
                cookie_digest=sa.literal("expired-") + sa.cast(session.c.id, sa.Text),
                sessid_digest="expired",
            )
        )

    def failed_logins(self, login: str, remote: str, since: dt.datetime) -> int:
        """Count refused logins with this login from this address."""
        return self._count(
            step, step.c.code == "auth-failed", step.c.login == login, step.c.remote == remote, step.c.at >= since
        )
