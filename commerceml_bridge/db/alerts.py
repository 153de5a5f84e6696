"""Health of nodes and portals, and the alerts that were raised."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from commerceml_bridge.db.query import Drawer
from commerceml_bridge.db.tables import alert, consignment, delivery, job, node, odata_source, portal, session
from commerceml_bridge.db.types import UtcDateTime
from commerceml_bridge.domain.alerts import NodeHealth, PortalHealth

_LOCK = 0x616C72
"""A number of our own among PostgreSQL's advisory locks."""


@dataclass(frozen=True)
class AlertRow:
    """One alert: open while ``ended_at`` is empty, told once ``told_at`` is not."""

    id: int
    key: str
    kind: str
    subject: str
    text: str
    began_at: dt.datetime
    ended_at: dt.datetime | None
    told_at: dt.datetime | None
    telling_until: dt.datetime | None
    tries: int
    error: str
    told_by: str
    """channels that took it, comma separated"""


class Alerts(Drawer):
    """Raised once, told once, ended once."""

    # --- health ---

    def nodes(self, refused_code: str) -> list[NodeHealth]:
        """Return the health of every node in service; ``refused_code``: the hold that means 1C refuses."""
        last = sa.select(sa.func.max(session.c.last_seen_at)).where(session.c.node_id == node.c.id)
        tries = sa.select(sa.func.max(delivery.c.attempts)).where(
            delivery.c.node_id == node.c.id, delivery.c.state == "open"
        )
        refused = sa.select(sa.func.count()).where(
            consignment.c.node_id == node.c.id, consignment.c.held_code == refused_code
        )
        unseen = sa.select(sa.func.count()).where(
            consignment.c.node_id == node.c.id, consignment.c.unseen, consignment.c.seen_at.is_(None)
        )
        books = odata_source.c
        chosen = sa.select(
            node.c.name,
            node.c.created_at,
            sa.type_coerce(last.scalar_subquery(), UtcDateTime).label("last_contact"),
            sa.func.coalesce(tries.scalar_subquery(), 0).label("unconfirmed_attempts"),
            refused.scalar_subquery().label("refused"),
            unseen.scalar_subquery().label("unseen"),
            sa.func.coalesce(books.error, "").label("books_error"),
            sa.func.coalesce(books.error_code, "").label("books_code"),
            sa.func.coalesce(books.failures, 0).label("books_failures"),
            books.succeeded_at.label("books_read_at"),
        )
        statement = chosen.select_from(node).outerjoin(odata_source, books.node_id == node.c.id)
        return self._all(NodeHealth, statement.where(node.c.removed_at.is_(None)).order_by(node.c.name))

    def portals(self) -> list[PortalHealth]:
        """Return the health of every portal."""
        parked = sa.select(sa.func.count()).where(job.c.portal_id == portal.c.id, job.c.state == "parked")
        statement = sa.select(
            portal.c.name,
            portal.c.created_at,
            portal.c.fetched_at,
            portal.c.last_error,
            parked.scalar_subquery().label("parked"),
        )
        return self._all(PortalHealth, statement.order_by(portal.c.name))

    # --- alerts ---

    def lock(self) -> None:
        """Let one transaction at a time raise and end alerts, so that no trouble is raised twice.

        On SQLite whoever writes has the database to itself already.
        """
        if self.connection.dialect.name == "postgresql":
            self.connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))

    def open(self) -> list[AlertRow]:
        """Return the alerts that hold, oldest first."""
        return self._all(AlertRow, sa.select(alert).where(alert.c.ended_at.is_(None)).order_by(alert.c.id))

    def listed(self, *, limit: int = 100) -> list[AlertRow]:
        """Return alerts, newest first."""
        return self._all(AlertRow, sa.select(alert).order_by(alert.c.id.desc()).limit(limit))

    def begin(self, *, key: str, kind: str, subject: str, text: str, now: dt.datetime) -> int:
        """Raise an alert."""
        return self._insert(alert, key=key, kind=kind, subject=subject, text=text, began_at=now)

    def rewrite(self, alert_id: int, text: str) -> None:
        """Bring the words of an open alert up to date; nobody is told again."""
        self._update(alert, alert_id, text=text)

    def end(self, ids: Collection[int], now: dt.datetime) -> None:
        """The trouble is over."""
        self.connection.execute(sa.update(alert).where(alert.c.id.in_(list(ids))).values(ended_at=now))

    def claim(self, now: dt.datetime, until: dt.datetime) -> AlertRow | None:
        """Take an alert nobody has told yet, for this worker alone until ``until``; ``None`` if there is none."""
        mine = (
            sa.select(alert.c.id)
            .where(
                alert.c.told_at.is_(None),
                alert.c.ended_at.is_(None),
                sa.or_(alert.c.telling_until.is_(None), alert.c.telling_until < now),
            )
            .order_by(alert.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        taken = (
            sa.update(alert)
            .where(alert.c.id == mine.scalar_subquery())
            .values(telling_until=until, tries=alert.c.tries + 1)
            .returning(alert)
        )
        row = self.connection.execute(taken).mappings().first()
        return None if row is None else AlertRow(**row)

    def told(self, alert_id: int, now: dt.datetime, told_by: str) -> None:
        """Every channel has it."""
        self._update(alert, alert_id, told_at=now, telling_until=None, error="", told_by=told_by)

    def failed(self, alert_id: int, error: str, again_at: dt.datetime, told_by: str) -> None:
        """Not every channel took it; the others are tried again after ``again_at``."""
        self._update(alert, alert_id, error=error, telling_until=again_at, told_by=told_by)
