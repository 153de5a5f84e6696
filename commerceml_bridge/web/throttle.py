"""Slows guessing of operators' passwords: too many failures from one address for one login are refused for a while.

Counted in this process; with several worker processes the limit is that many times higher, which still leaves a
guesser a few tries a minute.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import deque

FAILURES = 10
WINDOW = dt.timedelta(minutes=5)
FORGET_AFTER = 10_000


class Throttle:
    """Times of failed attempts by (login, address)."""

    def __init__(self) -> None:
        self._failed: dict[tuple[str, str], deque[dt.datetime]] = {}
        self._lock = threading.Lock()

    def refuses(self, login: str, remote: str, now: dt.datetime) -> bool:
        """Tell whether this login from this address has failed too often lately."""
        with self._lock:
            times = self._failed.get((login, remote))
            while times and times[0] <= now - WINDOW:
                times.popleft()
            return times is not None and len(times) >= FAILURES

    def failed(self, login: str, remote: str, now: dt.datetime) -> None:
        """Count a failure."""
        with self._lock:
            if len(self._failed) >= FORGET_AFTER:
                self._failed.clear()
            self._failed.setdefault((login, remote), deque(maxlen=FAILURES)).append(now)

    def succeeded(self, login: str, remote: str) -> None:
        """Forget the failures."""
        with self._lock:
            self._failed.pop((login, remote), None)
