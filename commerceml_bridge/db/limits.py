"""The portal's leaky bucket and its ledger of operating time: rows every process and host shares.

Times are the database's own clock where it has one (PostgreSQL), so that hosts whose clocks differ agree; SQLite is one
host, whose clock it is. Whoever changes a bucket holds its row until the end of a transaction of milliseconds.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from commerceml_bridge.db.query import Drawer
from commerceml_bridge.db.tables import bucket, operating, portal


@dataclass(frozen=True)
class BucketRow:
    """A portal's bucket as last seen."""

    portal_id: int
    level: float
    seen_at: dt.datetime
    closed_until: dt.datetime | None
    closed_code: str


@dataclass(frozen=True)
class OperatingRow:
    """What one method has used up."""

    portal_id: int
    method: str
    seconds: float
    reset_at: dt.datetime | None
    paused_until: dt.datetime | None


class Limits(Drawer):
    """Buckets by the host of a portal; ledgers by our portal, that is by webhook (facts: bitrix24-rest §6.6)."""

    def now(self) -> dt.datetime:
        """Return the time all who share the rows agree on."""
        if self.connection.dialect.name == "sqlite":
            return dt.datetime.now(dt.UTC)
        moment: dt.datetime = self.connection.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
        return moment.astimezone(dt.UTC)

    def bucket(self, portal_id: int) -> BucketRow | None:
        """Return the bucket as it is."""
        return self._one(BucketRow, sa.select(bucket).where(bucket.c.portal_id == self._keeper(portal_id)))

    def locked(self, portal_id: int) -> BucketRow:
        """Return the bucket, made if there is none, held until the transaction ends."""
        portal_id = self._keeper(portal_id)
        statement = sa.select(bucket).where(bucket.c.portal_id == portal_id).with_for_update()
        if (row := self._one(BucketRow, statement)) is not None:
            return row
        made = self._insert_of(bucket).values(portal_id=portal_id, level=0.0, seen_at=self.now())
        self.connection.execute(made.on_conflict_do_nothing())
        row = self._one(BucketRow, statement)
        assert row is not None, portal_id  # noqa: S101 - just made
        return row

    def _keeper(self, portal_id: int) -> int:
        """Return who keeps the bucket: Bitrix24 counts by its own host, under however many names we know it."""
        host = sa.select(portal.c.host).where(portal.c.id == portal_id).scalar_subquery()
        first: int | None = self.connection.execute(
            sa.select(sa.func.min(portal.c.id)).where(portal.c.host == host)
        ).scalar_one()
        return portal_id if first is None else first

    def save(self, row: BucketRow) -> None:
        """Keep what became of a bucket."""
        self.connection.execute(
            sa.update(bucket)
            .where(bucket.c.portal_id == row.portal_id)
            .values(level=row.level, seen_at=row.seen_at, closed_until=row.closed_until, closed_code=row.closed_code)
        )

    def note(self, portal_id: int, used: Mapping[str, tuple[float, dt.datetime | None]]) -> None:
        """Keep what methods have used up, and when the portal begins to forget it."""
        for method, (seconds, reset_at) in sorted(used.items()):
            self._put(portal_id, method, {"seconds": seconds, "reset_at": reset_at})

    def pause(self, portal_id: int, method: str, until: dt.datetime) -> None:
        """Block a method."""
        self._put(portal_id, method, {"paused_until": until})

    def unpause(self, portal_id: int) -> None:
        """Block none."""
        self.connection.execute(
            sa.update(operating).where(operating.c.portal_id == portal_id).values(paused_until=None)
        )

    def operating(self, portal_id: int) -> list[OperatingRow]:
        """Return the ledger."""
        statement = sa.select(operating).where(operating.c.portal_id == portal_id)
        return self._all(OperatingRow, statement.order_by(operating.c.method))

    def reset_at(self, portal_id: int, method: str) -> dt.datetime | None:
        """Return when the portal begins to forget what a method has used up, as it last told."""
        statement = sa.select(operating.c.reset_at).where(operating.c.portal_id == portal_id)
        moment: dt.datetime | None = self.connection.execute(statement.where(operating.c.method == method)).scalar()
        return moment

    def paused(self, portal_id: int, now: dt.datetime) -> dict[str, dt.datetime]:
        """Return the methods that are blocked, with the end of it."""
        statement = sa.select(operating.c.method, operating.c.paused_until)
        rows = self.connection.execute(
            statement.where(operating.c.portal_id == portal_id, operating.c.paused_until > now)
        )
        return {row.method: row.paused_until for row in rows}

    def _put(self, portal_id: int, method: str, values: Mapping[str, object]) -> None:
        insert = self._insert_of(operating).values(portal_id=portal_id, method=method, **values)
        self.connection.execute(insert.on_conflict_do_update(index_elements=["portal_id", "method"], set_=dict(values)))
