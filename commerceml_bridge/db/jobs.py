"""The outbox: work that must happen after a commit, claimed by one worker at a time.

One statement claims on both databases: PostgreSQL skips locked rows, on SQLite the clause vanishes and
``BEGIN IMMEDIATE`` keeps workers apart. A claim is a lease: a worker that dies loses it when it runs out.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa

from commerceml_bridge.db.query import Drawer
from commerceml_bridge.db.rows import JobRow
from commerceml_bridge.db.tables import job

LEASE = dt.timedelta(minutes=5)


class Jobs(Drawer):
    """Pieces of work: ``writeback`` and ``fetch``."""

    def add(self, **values: object) -> int:
        """Insert a job."""
        return self._insert(job, **values)

    def pending_of(self, portal_id: int, kind: str, invoice_id: int | None = None) -> JobRow | None:
        """Return a job of this kind that has not begun yet."""
        statement = sa.select(job).where(job.c.portal_id == portal_id, job.c.kind == kind, job.c.state == "pending")
        if invoice_id is not None:
            statement = statement.where(job.c.invoice_id == invoice_id)
        return self._one(JobRow, statement.order_by(job.c.id).limit(1))

    def last_of(self, invoice_id: int, kind: str) -> JobRow | None:
        """Return the newest job of this kind for an invoice."""
        statement = sa.select(job).where(job.c.invoice_id == invoice_id, job.c.kind == kind)
        return self._one(JobRow, statement.order_by(job.c.id.desc()).limit(1))

    def claim(
        self, now: dt.datetime, *, kinds: tuple[str, ...], limit: int, portal_id: int | None = None
    ) -> list[JobRow]:
        """Claim up to ``limit`` due jobs for five minutes."""
        ready = (job.c.state == "pending") & (job.c.run_after <= now)
        abandoned = (job.c.state == "running") & (job.c.claimed_until < now)
        due = sa.select(job.c.id).where(sa.or_(ready, abandoned), job.c.kind.in_(kinds))
        if portal_id is not None:
            due = due.where(job.c.portal_id == portal_id)
        due = due.order_by(job.c.run_after, job.c.id).limit(limit).with_for_update(skip_locked=True)
        claimed = (
            sa.update(job)
            .where(job.c.id.in_(due.cte("due").select()))
            .values(state="running", attempts=job.c.attempts + 1, claimed_until=now + LEASE)
            .returning(job)
        )
        rows = [JobRow(**row) for row in self.connection.execute(claimed).mappings()]
        return sorted(rows, key=lambda row: row.id)

    def update(self, job_id: int, **values: object) -> None:
        """Change columns of a job."""
        self._update(job, job_id, **values)

    def by_id(self, job_id: int) -> JobRow | None:
        """Return one job."""
        return self._one(JobRow, sa.select(job).where(job.c.id == job_id))
