"""Bursts: what one file or poll sets off, held until it is known how much that is."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from commerceml_bridge.db.query import Drawer
from commerceml_bridge.db.tables import burst


@dataclass(frozen=True)
class BurstRow:
    """One burst. States: open, passed, asked, let-go, discarded."""

    id: int
    node_id: int
    origin: str
    upload_id: int | None
    state: str
    changes: int
    unpaid: int
    reason: str
    created_at: dt.datetime
    decided_at: dt.datetime | None


class Bursts(Drawer):
    """Bursts of nodes."""

    def add(self, **values: object) -> int:
        """Begin a burst."""
        return self._insert(burst, **values)

    def by_id(self, burst_id: int) -> BurstRow | None:
        """Return one burst, its row locked where the database has such locks."""
        return self._one(BurstRow, sa.select(burst).where(burst.c.id == burst_id).with_for_update())

    def open_of(self, upload_id: int) -> int | None:
        """Return the burst of a file that nobody has closed: whoever began the file died, or is at it still."""
        mine = sa.select(burst.c.id).where(burst.c.upload_id == upload_id, burst.c.state == "open")
        return self.connection.execute(mine.order_by(burst.c.id).limit(1)).scalar_one_or_none()

    def update(self, burst_id: int, **values: object) -> None:
        """Change columns of a burst."""
        self._update(burst, burst_id, **values)

    def count_unpaid(self, burst_id: int, invoices: int) -> None:
        """Add to the invoices whose payment was taken back."""
        more = sa.update(burst).where(burst.c.id == burst_id).values(unpaid=burst.c.unpaid + invoices)
        self.connection.execute(more)

    def asked(self) -> list[BurstRow]:
        """Return bursts that wait for a person, oldest first."""
        return self._all(BurstRow, sa.select(burst).where(burst.c.state == "asked").order_by(burst.c.id))

    def left_open(self, before: dt.datetime) -> list[int]:
        """Return bursts begun before a moment that nobody has closed: their process died."""
        statement = sa.select(burst.c.id).where(burst.c.state == "open", burst.c.created_at < before)
        return list(self.connection.execute(statement.order_by(burst.c.id)).scalars())
