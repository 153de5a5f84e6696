"""Turns at a portal: who reads it now, and when it is due again; one row a portal and kind of reading.

Times are those of ``Limits.now``. A turn is held for seconds: whoever dies loses it when they run out, and whoever was
merely slow finds it taken by another.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from commerceml_bridge.db.query import Drawer
from commerceml_bridge.db.tables import turn


@dataclass(frozen=True)
class TurnRow:
    """A turn. ``taken`` counts the times somebody took it, so that two holders are told apart."""

    portal_id: int
    kind: str
    taken: int
    due_at: dt.datetime
    held_until: dt.datetime | None


class Turns(Drawer):
    """Turns of portals."""

    def of(self, portal_id: int, kind: str) -> TurnRow | None:
        """Return a turn as it is; ``None`` if nobody has ever taken it."""
        return self._one(TurnRow, sa.select(turn).where(turn.c.portal_id == portal_id, turn.c.kind == kind))

    def take(self, portal_id: int, kind: str, *, now: dt.datetime, until: dt.datetime, at_once: bool) -> TurnRow | None:
        """Hold a turn until ``until`` if nobody holds it and it is due, or ``at_once``; ``None`` if not."""
        made = self._insert_of(turn).values(portal_id=portal_id, kind=kind, taken=0, due_at=now)
        self.connection.execute(made.on_conflict_do_nothing())
        # held for longer than anybody may hold it: the clock was set back
        free = sa.or_(turn.c.held_until.is_(None), turn.c.held_until <= now, turn.c.held_until > until)
        due = sa.or_(sa.literal(at_once), turn.c.due_at <= now)
        taken = (
            sa.update(turn)
            .where(turn.c.portal_id == portal_id, turn.c.kind == kind, free, due)
            .values(taken=turn.c.taken + 1, due_at=now, held_until=until)
        )
        row = self.connection.execute(taken.returning(*turn.c)).mappings().first()
        return None if row is None else TurnRow(**row)

    def hold(self, row: TurnRow, *, until: dt.datetime) -> bool:
        """Hold a turn for longer; tell whether it was still this holder's."""
        return self._changed(row, held_until=until)

    def give_back(self, row: TurnRow, *, due_at: dt.datetime) -> bool:
        """End a turn, the next one is at ``due_at``; tell whether it was still this holder's."""
        return self._changed(row, held_until=None, due_at=due_at)

    def _changed(self, row: TurnRow, **values: object) -> bool:
        mine = sa.update(turn).where(
            turn.c.portal_id == row.portal_id, turn.c.kind == row.kind, turn.c.taken == row.taken
        )
        return self.connection.execute(mine.values(**values)).rowcount == 1
