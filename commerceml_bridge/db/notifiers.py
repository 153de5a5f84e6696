"""Notifiers of nodes: when to call, who calls, what was answered."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import sqlalchemy as sa

from commerceml_bridge.db.query import Drawer
from commerceml_bridge.db.tables import node, notification, notifier

KEPT = 50
"""Answers kept for each node."""


@dataclass(frozen=True)
class NotifierRow:
    """How and when a node's base is called."""

    node_id: int
    url: str = field(repr=False)
    login: str
    password_sealed: str = field(repr=False)
    method: str
    debounce: int
    wanted_at: dt.datetime | None
    calling_since: dt.datetime | None
    claimed_until: dt.datetime | None
    next_at: dt.datetime | None
    attempts: int

    def due(self, now: dt.datetime) -> bool:
        """Tell whether a call is to be made now: a first change has waited long enough, or a failed call has."""
        if any(until is not None and until > now for until in (self.claimed_until, self.next_at)):
            return False
        wait = dt.timedelta(seconds=self.debounce)
        return self.calling_since is not None or (self.wanted_at is not None and self.wanted_at + wait <= now)


@dataclass(frozen=True)
class NotificationRow:
    """One call and its answer."""

    id: int
    node_id: int
    at: dt.datetime
    ok: bool
    status: int
    milliseconds: int
    attempt: int
    text: str


_WANT = (
    sa.update(notifier)
    .where(notifier.c.node_id == sa.bindparam("of_node"), notifier.c.wanted_at.is_(None))
    .values(wanted_at=sa.bindparam("now"))
)
"""Made once, for it is said for every invoice that becomes due."""


class Notifiers(Drawer):
    """Calls to 1C bases."""

    def of(self, node_id: int) -> NotifierRow | None:
        """Return the notifier of a node."""
        return self._one(NotifierRow, sa.select(notifier).where(notifier.c.node_id == node_id))

    def all(self) -> list[NotifierRow]:
        """Return the notifiers of nodes in service."""
        statement = sa.select(notifier).join(node, node.c.id == notifier.c.node_id).where(node.c.removed_at.is_(None))
        return self._all(NotifierRow, statement.order_by(notifier.c.node_id))

    def locked(self, node_id: int) -> NotifierRow | None:
        """Return the notifier of a node; others who want to change it wait."""
        return self._one(NotifierRow, sa.select(notifier).where(notifier.c.node_id == node_id).with_for_update())

    def put(self, node_id: int, **values: object) -> None:
        """Add or change the notifier of a node."""
        changed = self.connection.execute(sa.update(notifier).where(notifier.c.node_id == node_id).values(**values))
        if not changed.rowcount:
            self.connection.execute(sa.insert(notifier).values(node_id=node_id, **values))

    def remove(self, node_id: int) -> None:
        """Forget the notifier of a node; its answers stay."""
        self.connection.execute(sa.delete(notifier).where(notifier.c.node_id == node_id))

    def want(self, node_id: int, now: dt.datetime) -> None:
        """Note that something became due at a node; the first of several keeps its time."""
        self.connection.execute(_WANT, {"of_node": node_id, "now": now})

    def add_answer(self, node_id: int, **values: object) -> None:
        """Keep an answer and erase those behind the last ``KEPT``."""
        self._insert(notification, node_id=node_id, **values)
        newest = sa.select(notification.c.id).where(notification.c.node_id == node_id)
        kept = newest.order_by(notification.c.id.desc()).limit(KEPT)
        self.connection.execute(
            sa.delete(notification).where(notification.c.node_id == node_id, notification.c.id.not_in(kept))
        )

    def answers(self, node_id: int, limit: int) -> list[NotificationRow]:
        """Return the last answers of a node, newest first."""
        statement = sa.select(notification).where(notification.c.node_id == node_id)
        return self._all(NotificationRow, statement.order_by(notification.c.id.desc()).limit(limit))
