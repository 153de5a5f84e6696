"""How fast the portal may be asked: a leaky bucket, and pauses of single methods.

Follows facts bitrix24-rest §6.6: per portal and source address 2 requests a second leak out, 50 fit in (Enterprise:
5 and 250); a whole batch counts once. All processes behind one address share the portal's bucket: ``Limiter`` and
``Pauses`` are the seam for those kept in the database (``services.limits``), ``LeakyBucket`` and ``MethodPauses`` are
those of this process. They may sleep; nothing here talks to the portal.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from commerceml_bridge.bitrix24.answers import stamp
from commerceml_bridge.clock import Clock, utc_now

RATE = 2.0
"""requests that leak out in a second"""
BURST = 50.0
"""requests that fit into the bucket"""
LONGEST_PAUSE = 900.0
"""seconds; the portal counts ten minutes"""
NOTHING_TOLD: Mapping[str, Any] = {}
"""the ``time`` block of an answer that has none"""
_EPSILON = 1e-6
"""seconds or requests; a sleep that ends a hair early must not make us sleep again"""


def used_up(time_block: Mapping[str, Any]) -> tuple[float, float] | None:
    """Return (seconds a method has used, seconds until the portal begins to forget them), ``None`` if untold.

    Both ends of the second figure are the portal's own clock; 0: it did not tell.
    """
    reset = stamp(time_block.get("operating_reset_at"))
    if reset is None:
        return None
    told = (stamp(time_block.get(name)) for name in ("finish", "start"))
    now = next((moment for moment in told if moment is not None), time.time())
    return stamp(time_block.get("operating")) or 0.0, min(max(reset - now, 0.0), LONGEST_PAUSE)


class Limiter(Protocol):
    """Who asks the portal takes its turn here first."""

    def acquire(self, cost: float = 1.0) -> None:
        """Block until ``cost`` requests may be sent, and count them."""

    def penalise(self, seconds: float) -> None:
        """The portal complained: let nobody through for ``seconds``."""

    def stop(self, code: str) -> None:
        """The portal has blocked us for ``code``: leave it alone."""


class Pauses(Protocol):
    """Which methods the portal has blocked."""

    def note(self, method: str, time_block: Mapping[str, Any]) -> None:
        """Remember the ``time`` block of an answer."""

    def pause(self, method: str, time_block: Mapping[str, Any] = NOTHING_TOLD) -> float:
        """Block ``method`` until its reset (else one minute); return the seconds. ``time_block``: of the refusal."""

    def longest(self, methods: Iterable[str]) -> tuple[float, str]:
        """Return the longest rest of a pause among ``methods``, and whose; (0, "") if none is blocked."""


class LeakyBucket:
    """A bucket for the threads of one process. ``monotonic`` and ``sleep`` are replaceable for tests."""

    def __init__(
        self,
        *,
        rate: float = RATE,
        burst: float = BURST,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._rate = rate
        self._burst = burst
        self._monotonic = monotonic
        self._sleep = sleep
        self._lock = threading.Lock()
        self._level = 0.0
        self._seen_at = monotonic()
        self._closed_until = self._seen_at

    def acquire(self, cost: float = 1.0) -> None:
        """Block until ``cost`` fits. Raises ValueError if it never can."""
        if cost > self._burst:
            raise ValueError(f"cost {cost} exceeds the bucket of {self._burst}")
        while (wait := self._enter(cost)) > 0:
            self._sleep(wait)

    def penalise(self, seconds: float) -> None:
        """Close the bucket for ``seconds``; it counts as full, since the portal says so."""
        with self._lock:
            now = self._leak()
            self._closed_until = max(self._closed_until, now + seconds)
            self._level = self._burst

    def stop(self, code: str) -> None:
        """Close the bucket for an hour: nobody here can tell a shared one."""
        self.penalise(3600.0)

    def _enter(self, cost: float) -> float:
        """Count ``cost`` and return 0, or return how long to wait before asking again."""
        with self._lock:
            now = self._leak()
            if self._closed_until - now > _EPSILON:
                return self._closed_until - now
            overflow = self._level + cost - self._burst
            if overflow > _EPSILON:
                return overflow / self._rate
            self._level += cost
            return 0.0

    def _leak(self) -> float:
        now = self._monotonic()
        self._level = max(0.0, self._level - (now - self._seen_at) * self._rate)
        self._seen_at = now
        return now


class MethodPauses:
    """Methods the portal blocked with ``OPERATION_TIME_LIMIT``, until its ``operating_reset_at``."""

    UNKNOWN = timedelta(seconds=60)
    """pause where the portal never told when its counter resets: one of its ten one-minute buckets"""

    def __init__(self, clock: Clock = utc_now) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._resets: dict[str, datetime] = {}
        self._paused: dict[str, datetime] = {}

    def note(self, method: str, time_block: Mapping[str, Any]) -> None:
        """Remember ``operating_reset_at`` (unix seconds) of an answer's ``time`` block."""
        reset = stamp(time_block.get("operating_reset_at"))
        if reset is not None:
            with self._lock:
                self._resets[method.lower()] = datetime.fromtimestamp(int(reset), UTC)

    def pause(self, method: str, time_block: Mapping[str, Any] = NOTHING_TOLD) -> float:
        """Pause ``method`` until its known reset (else one minute); return the seconds."""
        self.note(method, time_block)
        now = self._clock()
        with self._lock:
            until = self._resets.get(method.lower(), now)
            until = until if until > now else now + self.UNKNOWN
            self._paused[method.lower()] = until
        return (until - now).total_seconds()

    def longest(self, methods: Iterable[str]) -> tuple[float, str]:
        """Return the longest rest of a pause among ``methods``, and whose; (0, "") if none is blocked."""
        return max(((rest, name) for name in methods if (rest := self.remaining(name)) > 0), default=(0.0, ""))

    def remaining(self, method: str) -> float:
        """Return the seconds ``method`` is still paused; 0 if it is not."""
        now = self._clock()
        with self._lock:
            until = self._paused.get(method.lower())
            if until is None:
                return 0.0
            if until <= now:
                del self._paused[method.lower()]
                return 0.0
        return (until - now).total_seconds()
