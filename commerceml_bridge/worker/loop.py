"""The worker's loop. Correctness comes from polling; a ``fetch`` job from an event only makes it come sooner."""

from __future__ import annotations

import logging
import threading
import time

from commerceml_bridge.db.rows import PortalRow
from commerceml_bridge.errors import BridgeError
from commerceml_bridge.services import portals
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.fetching import fetch_portal
from commerceml_bridge.services.jobs import FETCH
from commerceml_bridge.services.receiving import settle_unfinished
from commerceml_bridge.services.writeback import deliver_pending

log = logging.getLogger(__name__)
TICK_SECONDS = 0.5
TIDY_SECONDS = 60.0


class Worker:
    """Runs until ``stop`` is called. One portal's trouble never stops another's work."""

    def __init__(self, bridge: Bridge) -> None:
        self.bridge = bridge
        self._stop = threading.Event()
        self._next_fetch: dict[int, float] = {}
        self._next_tidy = 0.0

    def stop(self) -> None:
        """Finish the present step and leave."""
        self._stop.set()

    def run(self) -> None:
        """Work until stopped."""
        while not self._stop.is_set():
            self.step()
            self._stop.wait(TICK_SECONDS)

    def step(self) -> None:
        """Do everything that is due now, once."""
        self._safely("запись в Битрикс24", lambda: deliver_pending(self.bridge))
        woken = self._woken()
        for portal in portals.all_portals(self.bridge):
            if portal.id in woken or time.monotonic() >= self._next_fetch.get(portal.id, 0.0):
                self._fetch(portal)
        if time.monotonic() >= self._next_tidy:
            self._next_tidy = time.monotonic() + TIDY_SECONDS
            self._safely("уборка незаконченных файлов", lambda: settle_unfinished(self.bridge))

    def _woken(self) -> set[int]:
        """Take the fetch jobs events have left."""
        with self.bridge.db.write() as uow:
            jobs = uow.jobs.claim(self.bridge.clock(), kinds=(FETCH,), limit=100)
            for job in jobs:
                uow.jobs.update(job.id, state="done", finished_at=self.bridge.clock())
        return {job.portal_id for job in jobs}

    def _fetch(self, portal: PortalRow) -> None:
        self._next_fetch[portal.id] = time.monotonic() + self.bridge.settings.poll_seconds
        self._safely(f"портал {portal.name}", lambda: fetch_portal(self.bridge, portal))

    def _safely(self, what: str, work: object) -> None:
        try:
            work()  # type: ignore[operator]
        except BridgeError as error:
            log.warning("%s: %s", what, error.message)
        except Exception:  # the loop must outlive any defect; it is logged whole
            log.exception("%s: внутренняя ошибка", what)
