"""Whose turn it is to read a portal: of all workers, on whatever host, one at a time, and each look only once.

Between two looks a turn waits for its time; during one it is held for seconds and renewed, so that the portal of a
worker that was killed is soon taken over. Only workers take turns; what a person asks for (``sync``, a page) is done
whoever else reads. Both at once would be harmless, since a page is stored with its cursor, but every request counts
(facts: bitrix24-rest §6.6).
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from commerceml_bridge.db.turns import TurnRow
from commerceml_bridge.errors import BridgeError
from commerceml_bridge.services.bridge import Bridge

log = logging.getLogger(__name__)
FETCHING, SWEEPING = "fetch", "sweep"
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
    row, wait = _take(bridge, portal_id, kind, at_once=at_once)
    if row is None:
        yield Turn(False, wait)
        return
    held = _Held(bridge, row)
    due = row.due_at
    try:
        yield Turn(True)
        due = row.due_at + dt.timedelta(seconds=every)
    finally:
        held.end(due)


def _take(bridge: Bridge, portal_id: int, kind: str, *, at_once: bool) -> tuple[TurnRow | None, float]:
    """Return the turn, or how long to wait. Only reads while it is somebody else's."""
    with bridge.db.read() as uow:
        wait = _wait(uow.turns.of(portal_id, kind), uow.limits.now(), at_once=at_once)
    if wait > 0:
        return None, wait
    with bridge.db.write(durable=False) as uow:
        now = uow.limits.now()
        row = uow.turns.take(portal_id, kind, now=now, until=now + LEASE, at_once=at_once)
        return row, 0.0 if row is not None else BUSY_SECONDS


def _wait(row: TurnRow | None, now: dt.datetime, *, at_once: bool) -> float:
    if row is None:
        return 0.0
    if row.held_until is not None and now < row.held_until <= now + LEASE:
        return BUSY_SECONDS
    return 0.0 if at_once else max(0.0, (row.due_at - now).total_seconds())


class _Held:
    """A turn that is held, renewed by a thread until its end."""

    def __init__(self, bridge: Bridge, row: TurnRow) -> None:
        self._bridge = bridge
        self._row = row
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._renew, name=f"turn-{row.kind}-{row.portal_id}", daemon=True)
        self._thread.start()

    def end(self, due: dt.datetime) -> None:
        """Give the turn back; ``due``: when the next one is."""
        self._over.set()
        self._thread.join()
        with self._bridge.db.write(durable=False) as uow:
            if not uow.turns.give_back(self._row, due_at=due):
                log.info("%s of portal %d: another worker has taken over", self._row.kind, self._row.portal_id)

    def _renew(self) -> None:
        while not self._over.wait(RENEW_SECONDS):
            try:
                with self._bridge.db.write(durable=False) as uow:
                    uow.turns.hold(self._row, until=uow.limits.now() + LEASE)
            except BridgeError as error:
                log.warning("the turn at portal %d is not renewed: %s", self._row.portal_id, error.message)
