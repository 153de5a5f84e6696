"""Whose turn it is to read a portal: of all workers, on whatever host, one at a time, and each look only once.

A turn is a job of its own kind that never ends: between two looks it waits for its time, during one it is leased for
seconds and renewed, so that the portal of a worker that was killed is soon taken over. Only workers take turns; what
a person asks for (``sync``, a page) is done whoever else reads. Both at once would be harmless, since a page is stored
with its cursor, but every request counts (facts: bitrix24-rest §6.6).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from commerceml_bridge.db.rows import JobRow
from commerceml_bridge.errors import BridgeError
from commerceml_bridge.services.bridge import Bridge

log = logging.getLogger(__name__)
FETCHING = "turn-fetch"
SWEEPING = "turn-sweep"
LEASE = dt.timedelta(seconds=20)
"""how long a portal stays with a worker that gives no sign of life"""
RENEW_SECONDS = 5.0
BUSY_SECONDS = 2.0
"""when to ask again for a portal somebody reads just now"""


@dataclass(frozen=True)
class Turn:
    """``mine``: the portal may be read now; otherwise ask again after ``wait`` seconds."""

    mine: bool
    wait: float = 0.0


@contextmanager
def turn(bridge: Bridge, portal_id: int, kind: str, *, every: float, at_once: bool = False) -> Iterator[Turn]:
    """Take a turn of ``kind`` for the block if it is due: ``every`` seconds from the beginning of the last one.

    ``at_once``: there is a reason not to wait for that. After a block that raises it is due at once: whoever failed
    rests by itself.
    """
    job, wait = _take(bridge, portal_id, kind, at_once=at_once)
    if job is None:
        yield Turn(False, wait)
        return
    held = _Held(bridge, job)
    due = job.run_after
    try:
        yield Turn(True)
        due = job.run_after + dt.timedelta(seconds=every)
    finally:
        held.end(due)


def _take(bridge: Bridge, portal_id: int, kind: str, *, at_once: bool) -> tuple[JobRow | None, float]:
    """Return the leased job, or how long to wait. Only reads while the turn is somebody else's."""
    with bridge.db.read() as uow:
        wait = _wait(uow.jobs.turn(portal_id, kind), uow.limits.now(), at_once=at_once)
    if wait > 0:
        return None, wait
    with bridge.db.write(durable=False) as uow:
        uow.portals.lock(portal_id)
        job, now = uow.jobs.turn(portal_id, kind), uow.limits.now()
        if (wait := _wait(job, now, at_once=at_once)) > 0:
            return None, wait
        if job is None:
            uow.jobs.add(kind=kind, portal_id=portal_id, run_after=now, created_at=now)
            job = uow.jobs.turn(portal_id, kind)
            assert job is not None  # noqa: S101 - just made
        taken = {"state": "running", "attempts": job.attempts + 1, "run_after": now, "claimed_until": now + LEASE}
        uow.jobs.update(job.id, **taken)
        return uow.jobs.by_id(job.id), 0.0


def _wait(job: JobRow | None, now: dt.datetime, *, at_once: bool) -> float:
    if job is None:
        return 0.0
    if job.state == "running" and job.claimed_until is not None and now < job.claimed_until <= now + LEASE:
        return BUSY_SECONDS
    due = job.run_after if job.state == "pending" and not at_once else now
    return max(0.0, (due - now).total_seconds())


class _Held:
    """A leased turn, renewed by a thread until its end."""

    def __init__(self, bridge: Bridge, job: JobRow) -> None:
        self._bridge = bridge
        self._job = job
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._renew, name=f"{job.kind}-{job.portal_id}", daemon=True)
        self._thread.start()

    def end(self, due: dt.datetime) -> None:
        """Give the turn back; ``due``: when the next one is."""
        self._over.set()
        self._thread.join()
        with self._bridge.db.write(durable=False) as uow:
            if not uow.jobs.settle(self._job, state="pending", run_after=due, claimed_until=None):
                log.info("%s of portal %d: another worker has taken over", self._job.kind, self._job.portal_id)

    def _renew(self) -> None:
        while not self._over.wait(RENEW_SECONDS):
            try:
                self._prolong()
            except BridgeError as error:
                log.warning("the turn at portal %d is not renewed: %s", self._job.portal_id, error.message)

    def _prolong(self) -> None:
        with self._bridge.db.write(durable=False) as uow:
            until = uow.limits.now() + LEASE
            if uow.jobs.settle(self._job, claimed_until=until):
                self._job = dataclasses.replace(self._job, claimed_until=until)
