"""How fast a portal may be asked, by all processes and hosts together (facts: bitrix24-rest §6.6).

The bucket and the ledger are rows (``db.limits``); each request is counted in a transaction of its own before it is
sent, so that a process that dies loses nothing but its own turn. The bridge stays a little below what the portal lets
in: requests that are under way arrive closer together than they were counted.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from commerceml_bridge.bitrix24.limits import NOTHING_TOLD, used_up
from commerceml_bridge.bitrix24.refusals import PortalStopped
from commerceml_bridge.db.limits import BucketRow
from commerceml_bridge.db.rows import PortalRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.errors import ConfigurationError, PortalUnavailable
from commerceml_bridge.services.bridge import Bridge

TARIFFS = {"standard": (2.0, 50), "enterprise": (5.0, 250)}
"""requests that leak out in a second, requests that fit in"""
UNDER_WAY = 2
"""places of the bucket kept free for requests that are on their way"""
STOP = dt.timedelta(hours=1)
"""how long a portal that blocked us is left alone; a person's check asks at once"""
LONGEST_CLOSURE = 2 * STOP
"""a closure that seems to last longer is a clock that was set back"""
LONGEST_TURN = 60.0
"""seconds a caller waits for its turn; longer waits are its own affair (``retry_after``)"""
_UNKNOWN_RESET = dt.timedelta(seconds=60)
_EPSILON = 1e-6


@dataclass(frozen=True)
class Headroom:
    """How much of a portal's limits is used at the moment."""

    level: float
    capacity: int
    per_second: float
    blocked_until: dt.datetime | None
    operating: Mapping[str, float] = field(default_factory=dict)
    """seconds of the last ten minutes by method, as the portal last told"""
    paused: Mapping[str, dt.datetime] = field(default_factory=dict)
    """methods the portal has blocked, with the end of it"""
    blocked_code: str = ""


def headroom(bridge: Bridge, portal: PortalRow) -> Headroom:
    """Return what is left of a portal's limits."""
    with bridge.db.read() as uow:
        now = uow.limits.now()
        row = uow.limits.bucket(portal.id)
        ledger = uow.limits.operating(portal.id)
    level, closed = 0.0, None
    if row is not None:
        row = _leaked(row, now, portal.rate_per_second)
        level, closed = row.level, row.closed_until
    return Headroom(
        level=level,
        capacity=portal.rate_capacity,
        per_second=portal.rate_per_second,
        blocked_until=closed,
        operating={one.method: one.seconds for one in ledger if one.reset_at is None or one.reset_at > now},
        paused={one.method: one.paused_until for one in ledger if one.paused_until and one.paused_until > now},
        blocked_code=row.closed_code if row is not None and closed else "",
    )


def reopen(bridge: Bridge, portal: PortalRow) -> None:
    """Let a portal that blocked us be asked again: a person looks, or has set another webhook."""
    with bridge.db.write() as uow:
        reopen_in(uow, portal.id)


def reopen_in(uow: UnitOfWork, portal_id: int) -> None:
    """Do it within a transaction."""
    row = uow.limits.locked(portal_id)
    uow.limits.save(dataclasses.replace(row, closed_until=None, closed_code=""))
    uow.limits.unpause(portal_id)


def rate(text: str) -> tuple[float, int]:
    """Return (per second, capacity) for a tariff's name or ``5/250``. Raises ``ConfigurationError``."""
    if text in TARIFFS:
        return TARIFFS[text]
    per_second, _, capacity = text.replace(",", ".").partition("/")
    try:
        values = float(per_second), int(capacity)
    except ValueError:
        values = 0.0, 0
    if not (0 < values[0] <= 1000 and 3 <= values[1] <= 100_000):
        raise ConfigurationError(
            "Лимит запросов портала: standard (2 в секунду, всплеск 50), enterprise (5 и 250) или свои числа, "
            "например 5/250 (в секунду / всплеск, не меньше 3)."
        )
    return values


class SharedLimits:
    """The bucket and the ledger of one portal, as ``bitrix24.limits.Limiter`` and ``Pauses``.

    No call may be made inside a transaction: this one opens its own.
    """

    def __init__(self, bridge: Bridge, portal: PortalRow, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._db = bridge.db
        self._portal_id = portal.id
        self._rate = portal.rate_per_second
        self._burst = max(1.0, float(portal.rate_capacity - UNDER_WAY))
        self._sleep = sleep
        self._used: dict[str, tuple[float, float]] = {}

    def acquire(self, cost: float = 1.0) -> None:
        """Wait for a turn and count it. Raises ``PortalUnavailable`` if it is longer than a minute away."""
        while True:
            wait, code = self._enter(cost)
            if wait <= 0:
                return
            if wait > LONGEST_TURN:
                raise _closed(wait, code)
            self._sleep(wait)

    def penalise(self, seconds: float) -> None:
        """The portal says it is asked too often, whoever it is that asks: nobody goes for ``seconds``."""
        self._close(seconds, "QUERY_LIMIT_EXCEEDED")

    def stop(self, code: str) -> None:
        """The portal has blocked us: leave it alone until a person looks or an hour has passed."""
        self._close(STOP.total_seconds(), code)

    def note(self, method: str, time_block: Mapping[str, Any]) -> None:
        """Remember what a method has used up; it is stored with the next turn."""
        told = used_up(time_block)
        if told is not None and told[0] > 0:
            self._used[method.lower()] = told

    def pause(self, method: str, time_block: Mapping[str, Any] = NOTHING_TOLD) -> float:
        """Block a method everywhere until its reset, else for a minute; return the seconds."""
        method = method.lower()
        if (told := used_up(time_block)) is not None:
            self._used[method] = told
        with self._db.write(durable=False) as uow:
            now = uow.limits.now()
            self._store_used(uow, now)
            until = uow.limits.reset_at(self._portal_id, method)
            if until is None or until <= now:
                until = now + _UNKNOWN_RESET
            uow.limits.pause(self._portal_id, method, until)
        return (until - now).total_seconds()

    def longest(self, methods: Iterable[str]) -> tuple[float, str]:
        """Return the longest rest of a pause among ``methods``, and whose; (0, "") if none is blocked."""
        with self._db.read() as uow:
            now = uow.limits.now()
            paused = uow.limits.paused(self._portal_id, now)
        if not paused:
            return 0.0, ""
        rests = ((paused[name.lower()], name) for name in methods if name.lower() in paused)
        return max((((until - now).total_seconds(), name) for until, name in rests), default=(0.0, ""))

    def _enter(self, cost: float) -> tuple[float, str]:
        """Count ``cost`` and return 0, or how long to wait before asking again, and why."""
        with self._db.write(durable=False) as uow:
            row = uow.limits.locked(self._portal_id)
            now = uow.limits.now()
            row = _leaked(row, now, self._rate)
            wait = 0.0
            if row.closed_until is not None:
                wait = (row.closed_until - now).total_seconds()
            elif row.level + cost - self._burst > _EPSILON:
                wait = (row.level + cost - self._burst) / self._rate
            else:
                row = dataclasses.replace(row, level=row.level + cost)
            uow.limits.save(row)
            self._store_used(uow, now)
        return wait, row.closed_code

    def _close(self, seconds: float, code: str) -> None:
        with self._db.write(durable=False) as uow:
            row = uow.limits.locked(self._portal_id)
            now = uow.limits.now()
            row = _leaked(row, now, self._rate)
            until = now + dt.timedelta(seconds=seconds)
            if row.closed_until is not None and row.closed_until > until:
                until, code = row.closed_until, row.closed_code
            uow.limits.save(dataclasses.replace(row, level=self._burst, closed_until=until, closed_code=code))

    def _store_used(self, uow: UnitOfWork, now: dt.datetime) -> None:
        if self._used:
            used = {
                method: (seconds, now + dt.timedelta(seconds=rest) if rest else None)
                for method, (seconds, rest) in self._used.items()
            }
            uow.limits.note(self._portal_id, used)
            self._used.clear()


def _leaked(row: BucketRow, now: dt.datetime, per_second: float) -> BucketRow:
    """Return the bucket as it is ``now``. A clock that was set back leaks nothing and opens nothing early or never."""
    elapsed = max(0.0, (now - row.seen_at).total_seconds())
    closed: dt.datetime | None = row.closed_until
    if closed is not None and not now < closed <= now + LONGEST_CLOSURE:
        closed = None
    return dataclasses.replace(
        row,
        level=max(0.0, row.level - elapsed * per_second),
        seen_at=now,
        closed_until=closed,
        closed_code=row.closed_code if closed else "",
    )


def _closed(seconds: float, code: str) -> PortalUnavailable:
    if code in ("", "QUERY_LIMIT_EXCEEDED"):
        text = f"Битрикс24 просит спрашивать реже; продолжим через {seconds:.0f} с."
        return PortalUnavailable(text, portal_code=code, retry_after=seconds)
    return PortalStopped(
        f"Битрикс24 заблокировал REST портала ({code}): мост его не тревожит, следующая попытка через "
        f"{seconds / 60:.0f} мин. Выясните причину в Битрикс24; спросить сразу: commerceml-bridge portal check.",
        portal_code=code,
        retry_after=seconds,
    )
