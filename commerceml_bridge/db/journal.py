"""The journal: requests of 1C with their answers, and events in the life of an invoice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from commerceml_bridge.db.query import Drawer
from commerceml_bridge.db.tables import event, session, step

_STEP_OF_SESSION = sa.update(session).where(session.c.id == sa.bindparam("about")).values(steps=session.c.steps + 1)


class Journal(Drawer):
    """What happened, for the operator."""

    def add_step(self, **values: object) -> int:
        """Record one request of 1C; counts it in its session."""
        if values.get("session_id") is not None:
            self.connection.execute(
                _STEP_OF_SESSION,
                {"about": values["session_id"], "last_seen_at": values["at"], "result": values["result"]},
            )
        return self._insert(step, **values)

    def add_event(self, now: dt.datetime, invoice_id: int | None, kind: str, text: str, **links: int | None) -> int:
        """Record one event of an invoice."""
        return self._insert(event, at=now, invoice_id=invoice_id, kind=kind, text=text, **links)

    def add_events(self, rows: Sequence[Mapping[str, object]]) -> None:
        """Record several events in one statement; each row names every column it fills, all the same ones."""
        if rows:
            self.connection.execute(sa.insert(event), list(rows))
