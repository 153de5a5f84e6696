"""The worker's loop. Correctness comes from polling; a ``fetch`` job from an event only makes it come sooner.

The loop itself only looks what is due and never talks to Bitrix24: each portal is fetched, and written to, in a lane of
its own, so that one that times out delays nobody. Whatever a lane was doing when the process ends is taken up again:
pages are stored with their cursor in one transaction, write-backs are leased.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial

from commerceml_bridge.db.rows import PortalRow
from commerceml_bridge.errors import BridgeError
from commerceml_bridge.services import portals, turns
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.fetching import fetch_portal
from commerceml_bridge.services.jobs import FETCH, OUTGOING, WRITEBACK
from commerceml_bridge.services.writeback import deliver_pending
from commerceml_bridge.worker.tasks import TASKS, Task

log = logging.getLogger(__name__)
TICK_SECONDS = 0.5
REST_SECONDS = 30.0
"""The longest pause after a failure; the first is a tick, each next one twice as long."""
GRACE_SECONDS = 5.0
"""How long stopping waits for the lanes."""
WIDTH: Mapping[str, int] = {FETCH: 6, WRITEBACK: 4, **{task.sort: task.width for task in TASKS}}
"""Lanes of a sort at a time; a test keeps their sum below the connections a process may open."""
_WAKES = 100
WAKE_REST = 1.0
"""Seconds between the beginnings of two fetches that events ask for: a burst of events is a few looks."""

Key = tuple[str, int]


class _Rests:
    """Growing pauses after failures."""

    def __init__(self) -> None:
        self._failures: dict[Key, int] = {}
        self._until: dict[Key, float] = {}

    def note(self, key: Key, succeeded: bool) -> float:
        """Remember an outcome; return the pause before the next try, seconds."""
        failures = 0 if succeeded else self._failures.get(key, 0) + 1
        pause = min(REST_SECONDS, TICK_SECONDS * 2.0 ** min(failures, 16)) if failures else TICK_SECONDS
        self._failures[key] = failures
        self._until[key] = time.monotonic() + pause if failures else 0.0
        return pause

    def over(self, key: Key) -> bool:
        """Tell whether the next try may begin."""
        return time.monotonic() >= self._until.get(key, 0.0)


class _Lanes:
    """Work side by side: of one sort for one portal at most one at a time, of one sort at most ``WIDTH``.

    The threads are daemons: a portal that keeps a connection open for a minute does not keep the process.
    """

    def __init__(self) -> None:
        self._threads: dict[Key, threading.Thread] = {}
        self._rests = _Rests()

    def start(self, key: Key, what: str, work: Callable[[], object]) -> bool:
        """Begin ``work``; ``False`` if it must wait: the same runs, failed a moment ago, or every lane is taken."""
        self._threads = {other: thread for other, thread in self._threads.items() if thread.is_alive()}
        taken = sum(sort == key[0] for sort, _ in self._threads)
        if key in self._threads or taken >= WIDTH[key[0]] or not self._rests.over(key):
            return False
        thread = threading.Thread(
            target=lambda: self._rests.note(key, _safely(what, work)), name=f"{key[0]}-{key[1]}", daemon=True
        )
        thread.start()
        self._threads[key] = thread
        return True

    def wait(self, seconds: float) -> bool:
        """Wait until all have ended, ``seconds`` at most; tell whether they have."""
        deadline = time.monotonic() + seconds
        for thread in self._threads.values():
            thread.join(max(0.0, deadline - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads.values())


def _safely(what: str, work: Callable[[], object]) -> bool:
    """Do ``work`` and log what it raises; tell whether it succeeded."""
    try:
        work()
    except BridgeError as error:
        log.warning("%s: %s", what, error.message)
        return False
    except Exception:  # the loop must outlive any defect; it is logged whole
        log.exception("%s: внутренняя ошибка", what)
        return False
    return True


class Worker:
    """Runs until ``stop`` is called. One portal's trouble never stops another's work, nor does the database's."""

    def __init__(self, bridge: Bridge) -> None:
        self.bridge = bridge
        self._stop = threading.Event()
        self._lanes = _Lanes()
        self._next_fetch: dict[int, float] = {}
        self._began: dict[int, float] = {}
        self._woken: set[int] = set()
        self._next_look = dict.fromkeys((task.sort for task in TASKS), 0.0)

    def stop(self) -> None:
        """Begin nothing new and leave."""
        self._stop.set()

    def run(self) -> None:
        """Work until stopped; what cannot end within ``GRACE_SECONDS`` is left for the next worker."""
        rests = _Rests()
        while not self._stop.is_set():
            pause = rests.note(("loop", 0), _safely("обработчик", self.step))
            self._stop.wait(pause)
        self.wait(GRACE_SECONDS)

    def wait(self, seconds: float) -> bool:
        """Wait for what has begun, ``seconds`` at most; tell whether it has ended."""
        return self._lanes.wait(seconds)

    def step(self) -> None:
        """Begin everything that is due now. Raises ``DatabaseUnavailable``."""
        now = self.bridge.clock()
        with self.bridge.db.read() as uow:
            known = uow.portals.all()
            unwritten = uow.jobs.due_portals(now, *OUTGOING)
            woken = uow.jobs.due_portals(now, FETCH)
        if woken:
            self._wake()
        for portal in known:
            if portal.id in unwritten:
                self._write(portal)
        for portal in sorted(known, key=lambda portal: self._next_fetch.get(portal.id, 0.0)):
            if time.monotonic() >= self._next_fetch.get(portal.id, 0.0):
                self._fetch(portal)
        for task in TASKS:
            if time.monotonic() >= self._next_look[task.sort]:
                self._look(task)

    def _wake(self) -> None:
        """Take the fetch jobs events have left: their portals are due, after the fetch under way if there is one."""
        with self.bridge.db.write() as uow:
            jobs = uow.jobs.claim(self.bridge.clock(), kinds=(FETCH,), limit=_WAKES)
            for job in jobs:
                uow.jobs.update(job.id, state="done", finished_at=self.bridge.clock())
        self._woken.update(job.portal_id for job in jobs)
        self._next_fetch.update((job.portal_id, self._began.get(job.portal_id, 0.0) + WAKE_REST) for job in jobs)

    def _fetch(self, portal: PortalRow) -> None:
        name = portal.name
        began, before = time.monotonic(), self._next_fetch.get(portal.id, 0.0)
        self._next_fetch[portal.id] = began + self.bridge.settings.poll_seconds  # the lane may name another time
        # the row is read anew in the lane: the fetch before may have moved the cursor since
        if self._lanes.start((FETCH, portal.id), f"портал {name}", lambda: self._look_at(portal.id, name)):
            self._began[portal.id] = began
        else:
            self._next_fetch[portal.id] = before

    def _look_at(self, portal_id: int, name: str) -> None:
        """Fetch if it is this worker's turn; where more is left to be read again, once more at once."""
        portal = portals.by_name(self.bridge, name)
        woken = portal_id in self._woken
        self._woken.discard(portal_id)
        with turns.turn(
            self.bridge, portal_id, turns.FETCHING, every=self.bridge.settings.poll_seconds, at_once=woken
        ) as turn:
            more = turn.mine and fetch_portal(self.bridge, portal).more
        if more or (woken and not turn.mine):
            self._woken.add(portal_id)
        if more or not turn.mine:
            self._next_fetch[portal_id] = time.monotonic() + turn.wait

    def _write(self, portal: PortalRow) -> None:
        self._lanes.start(
            (WRITEBACK, portal.id),
            f"запись в Битрикс24, портал {portal.name}",
            lambda: deliver_pending(self.bridge, portal, stopped=self._stop.is_set),
        )

    def _look(self, task: Task) -> None:
        """Begin what a task has to do; what finds no lane is met again at the next look."""
        begun = [
            self._lanes.start((task.sort, about), task.what, partial(task.work, self.bridge, about))
            for about in task.due(self.bridge)
        ]
        if all(begun):
            self._next_look[task.sort] = time.monotonic() + task.every
