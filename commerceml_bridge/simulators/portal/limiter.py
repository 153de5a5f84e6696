"""The leaky bucket in front of a portal.

Follows facts: bitrix24-rest §6.6: every request adds one, ``rate`` leak out per second, above ``burst`` is refused.
A batch counts as one request. The bucket lives in real time, not in the portal's clock.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from time import monotonic


class LeakyBucket:
    """A thread-safe leaky bucket; the cloud's figures are rate 2, burst 50 (Enterprise 5 and 250)."""

    def __init__(self, rate: float = 2, burst: int = 50, clock: Callable[[], float] = monotonic) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._level = 0.0
        self._seen = clock()
        self._lock = Lock()

    def admit(self) -> bool:
        """Add one request; return False if the bucket was full."""
        with self._lock:
            now = self._clock()
            self._level = max(0.0, self._level - (now - self._seen) * self._rate)
            self._seen = now
            if self._level + 1 > self._burst:
                return False
            self._level += 1
            return True
