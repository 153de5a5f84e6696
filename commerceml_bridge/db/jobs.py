"""The outbox: work that must happen after a commit, claimed by one worker at a time.

One statement claims on both databases: PostgreSQL skips locked rows, on SQLite the clause vanishes and
``BEGIN IMMEDIATE`` keeps workers apart. A claim is a lease: a worker that dies loses it when it runs out, and a worker
that was merely slow finds its claim gone: ``settle`` changes a job only for whoever holds it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence

import sqlalchemy as sa

from commerceml_bridge.db.query import Drawer, pieces
from commerceml_bridge.db.rows import JobRow
from commerceml_bridge.db.tables import invoice, job
from commerceml_bridge.domain.invoices import InvoiceKey, InvoiceKind

LEASE = dt.timedelta(minutes=5)


class Jobs(Drawer):
    """Pieces of work: ``writeback``, ``comment``, ``notify`` and ``fetch``."""

    def add(self, **values: object) -> int:
        """Insert a job."""
        return self._insert(job, **values)

    def pending_of(self, portal_id: int, kind: str, invoice_id: int | None = None) -> JobRow | None:
        """Return a job of this kind that has not begun yet."""
        statement = sa.select(job).where(job.c.portal_id == portal_id, job.c.kind == kind, job.c.state == "pending")
        if invoice_id is not None:
            statement = statement.where(job.c.invoice_id == invoice_id)
        return self._one(JobRow, statement.order_by(job.c.id).limit(1))

    def add_many(self, rows: Sequence[Mapping[str, object]]) -> None:
        """Insert several jobs in one statement; each row names the same columns."""
        if rows:
            self.connection.execute(sa.insert(job), list(rows))

    def last_of(self, invoice_ids: Iterable[int], kind: str) -> dict[int, JobRow]:
        """Return by invoice its newest job of this kind."""
        found: dict[int, JobRow] = {}
        for batch in pieces(invoice_ids):
            newest = (
                sa.select(sa.func.max(job.c.id))
                .where(job.c.invoice_id.in_(batch), job.c.kind == kind)
                .group_by(job.c.invoice_id)
            )
            rows = self._all(JobRow, sa.select(job).where(job.c.id.in_(newest)))
            found |= {row.invoice_id: row for row in rows if row.invoice_id is not None}
        return found

    def written_since(self, portal_id: int, keys: Iterable[InvoiceKey], since: dt.datetime) -> set[InvoiceKey]:
        """Return those of ``keys`` a write-back is under way for, or ended after ``since``."""
        wanted = list(keys)
        busy = sa.or_(job.c.state == "running", job.c.finished_at >= since)
        found: set[InvoiceKey] = set()
        for kind in InvoiceKind:
            for ids in pieces(key.id for key in wanted if key.kind is kind):
                statement = (
                    sa.select(invoice.c.b24_id)
                    .join(job, job.c.invoice_id == invoice.c.id)
                    .where(
                        invoice.c.portal_id == portal_id, invoice.c.kind == kind.value, invoice.c.b24_id.in_(ids), busy
                    )
                    .distinct()
                )
                found |= {InvoiceKey(kind, number) for number in self.connection.execute(statement).scalars()}
        return found

    def due_portals(self, now: dt.datetime, *kinds: str) -> set[int]:
        """Return the portals that have jobs of these kinds to claim. Only reads: an idle worker writes nothing."""
        statement = sa.select(job.c.portal_id).where(_due(now), job.c.kind.in_(kinds)).distinct()
        return set(self.connection.execute(statement).scalars())

    def claim(
        self,
        now: dt.datetime,
        *,
        kinds: tuple[str, ...],
        limit: int,
        portal_id: int | None = None,
        but_portals: Collection[int] = (),
    ) -> list[JobRow]:
        """Claim up to ``limit`` due jobs for five minutes, of one portal or of all but some."""
        due = sa.select(job.c.id).where(_due(now), job.c.kind.in_(kinds))
        if portal_id is not None:
            due = due.where(job.c.portal_id == portal_id)
        if but_portals:
            due = due.where(job.c.portal_id.not_in(but_portals))
        due = due.order_by(job.c.run_after, job.c.id).limit(limit).with_for_update(skip_locked=True)
        claimed = (
            sa.update(job)
            .where(job.c.id.in_(due.cte("due").select()))
            .values(state="running", attempts=job.c.attempts + 1, claimed_until=now + LEASE)
            .returning(job)
        )
        rows = [JobRow(**row) for row in self.connection.execute(claimed).mappings()]
        return sorted(rows, key=lambda row: row.id)

    def settle(self, claimed: JobRow, **values: object) -> bool:
        """Change a claimed job if the claim still holds; ``False`` if its lease ran out and another worker has it."""
        held = sa.update(job).where(
            job.c.id == claimed.id,
            job.c.state == "running",
            job.c.attempts == claimed.attempts,
            job.c.claimed_until == claimed.claimed_until,
        )
        return self.connection.execute(held.values(**values)).rowcount == 1

    def postpone(self, portal_id: int, kind: str, until: dt.datetime) -> int:
        """Let no waiting job of a portal start before ``until``; return how many were put off. Counts no attempt."""
        waiting = (job.c.portal_id == portal_id) & (job.c.kind == kind) & (job.c.state == "pending")
        late = sa.update(job).where(waiting, job.c.run_after < until).values(run_after=until)
        return self.connection.execute(late).rowcount

    def update(self, job_id: int, **values: object) -> None:
        """Change columns of a job."""
        self._update(job, job_id, **values)

    def cancel(self, job_id: int, now: dt.datetime, why: str) -> bool:
        """Take a job back that nobody has begun; return whether it was still waiting."""
        return self._while_waiting(job_id, state="cancelled", finished_at=now, error=why)

    def rewrite(self, job_id: int, payload: str, now: dt.datetime, *, burst_id: int | None = None) -> bool:
        """Change what a waiting job is to do (and whose go-ahead it waits for); return whether it was still waiting."""
        held = {"state": "held", "burst_id": burst_id} if burst_id is not None else {}
        return self._while_waiting(job_id, payload=payload, run_after=now, **held)

    def _while_waiting(self, job_id: int, **values: object) -> bool:
        waiting = sa.update(job).where(job.c.id == job_id, job.c.state.in_(("pending", "held"))).values(**values)
        return self.connection.execute(waiting.returning(job.c.id)).first() is not None

    def said(self, keys: Iterable[str]) -> set[str]:
        """Return which of these things have been said, or are about to be."""
        found: set[str] = set()
        for batch in pieces(set(keys)):
            found |= set(self.connection.execute(sa.select(job.c.key).where(job.c.key.in_(batch))).scalars())
        return found

    def of_burst(self, burst_id: int, **values: object) -> int:
        """Change the jobs of a burst that are still held; return how many."""
        held = sa.update(job).where(job.c.burst_id == burst_id, job.c.state == "held").values(**values)
        return self.connection.execute(held).rowcount

    def held_invoices(self, burst_id: int, kind: str) -> int:
        """Count the invoices a burst would change by jobs of this kind."""
        counted = sa.select(sa.func.count(job.c.invoice_id.distinct())).where(
            job.c.burst_id == burst_id, job.c.state == "held", job.c.kind == kind
        )
        return int(self.connection.execute(counted).scalar_one())

    def left_at(self, invoice_id: int, kind: str) -> str:
        """Return the newest proof of a job of an invoice, ``""`` if there is none.

        One that could not do all of its work has a proof of what it did.
        """
        proven = sa.select(job.c.proof).where(job.c.invoice_id == invoice_id, job.c.kind == kind, job.c.proof != "")
        return str(self.connection.execute(proven.order_by(job.c.id.desc()).limit(1)).scalar_one_or_none() or "")

    def by_id(self, job_id: int) -> JobRow | None:
        """Return one job."""
        return self._one(JobRow, sa.select(job).where(job.c.id == job_id))


def _due(now: dt.datetime) -> sa.ColumnElement[bool]:
    ready = (job.c.state == "pending") & (job.c.run_after <= now)
    abandoned = (job.c.state == "running") & (job.c.claimed_until < now)
    return sa.or_(ready, abandoned)
