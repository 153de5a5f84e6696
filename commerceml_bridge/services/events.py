"""Events of Bitrix24: taken in no time, folded, and stored behind the request's back.

The portal never repeats an event and slows down for a slow handler (facts: bitrix24-rest §7), so nothing that may take
long happens while it waits: tokens are compared in memory, and a thread stores what has come, however long the database
is locked. What is kept meanwhile is bounded: of any number of events at most some ids are remembered, and beyond them
that everything is to be looked at. What a process loses when it dies, polling finds.
"""

from __future__ import annotations

import atexit
import datetime as dt
import hashlib
import hmac
import json
import logging
import os
import secrets as random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from commerceml_bridge.bitrix24.events import Does, Event
from commerceml_bridge.db.rows import PortalRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.domain.invoices import InvoiceKey
from commerceml_bridge.domain.refs import Ref, RefChange
from commerceml_bridge.errors import DatabaseUnavailable
from commerceml_bridge.services import secrets
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.jobs import wake_in

log = logging.getLogger(__name__)
GATHER_SECONDS = 0.05
"""how long a burst is gathered before it is stored"""
FRESH_SECONDS = 10.0
"""how old the tokens in memory may be before they are read again"""
MISSED_SECONDS = 1.0
"""the same after a token that did not fit: it may have been set just now"""
WAIT_SECONDS = 0.1
"""how long a request waits for newer tokens at most"""
IDS = 500
"""ids remembered of one portal at a time; more mean that everything is looked at"""
PORTALS = 100
KINDS = 40
ECHO = dt.timedelta(seconds=10)
"""a change of an invoice we have written to within this time is ours; were it not, the next poll finds it"""
OWN_ECHO = "отголосок собственной записи"


class Verdict(Enum):
    """What the portal is told."""

    TAKEN = "taken"
    REFUSED = "refused"


@dataclass
class _Folded:
    """Any number of events of one portal."""

    digest: bytes
    last_at: dt.datetime
    names: Counter[str] = field(default_factory=Counter)
    ignored: Counter[tuple[str, str]] = field(default_factory=Counter)
    changed: Counter[tuple[str, InvoiceKey]] = field(default_factory=Counter)
    """changes that may be our own"""
    marked: set[InvoiceKey] = field(default_factory=set)
    around: set[Ref] = field(default_factory=set)
    wake: bool = False
    look: bool = False
    sweep: bool = False

    def add(self, event: Event, at: dt.datetime) -> None:
        self.last_at = max(self.last_at, at)
        name = event.name if event.name in self.names or len(self.names) < KINDS else "другие"
        self.names[name] += 1
        if event.does is Does.NOTHING:
            self.ignored[name, event.why] += 1
        elif event.does is Does.LOOK:
            self.look = self.wake = True
        elif event.does is Does.AROUND and event.ref is not None:
            self.around.add(event.ref)
            self.wake = True
        elif event.does is Does.DELETED and event.key is not None:
            self.marked.add(event.key)
            self.wake = True
        elif event.key is not None and event.is_change:
            self.changed[name, event.key] += 1
        else:
            self.wake = True
        self._bound()

    def merge(self, later: _Folded) -> None:
        """Take in what has come while these could not be stored."""
        self.last_at = max(self.last_at, later.last_at)
        self.names += later.names
        self.ignored += later.ignored
        self.changed += later.changed
        self.marked |= later.marked
        self.around |= later.around
        self.wake, self.look, self.sweep = self.wake or later.wake, self.look or later.look, self.sweep or later.sweep
        self._bound()

    def _bound(self) -> None:
        if len(self.changed) > IDS:
            self.changed.clear()
            self.wake = True
        if len(self.around) > IDS:
            self.around.clear()
            self.look = True
        if len(self.marked) > IDS:
            self.marked.clear()
            self.sweep = True


class Inbox:
    """Takes events for all portals of a bridge. One per process; its threads begin with the first event.

    A process that ends in order stores what it has taken before (``close``).
    """

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._lock = threading.Condition()
        self._waiting: dict[tuple[str, bytes], _Folded] = {}
        self._storing = False
        self._closing = False
        self._threads: list[threading.Thread] = []
        self._tokens: Mapping[str, bytes] | None = None
        self._read_at = 0.0
        self._wanted = False
        self._started_in = 0
        self._nobody = hashlib.sha256(random.token_bytes(32)).digest()

    def take(self, portal_name: str, token: str, event: Event) -> Verdict:
        """Take an event if its token is the portal's; never waits for the database longer than a tenth of a second.

        Where the tokens were never readable the event is taken, and judged when they are.
        """
        self._start()
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
        if not self._fits(portal_name, digest) or not token:
            return Verdict.REFUSED
        with self._lock:
            key = portal_name, digest
            folded = self._waiting.get(key)
            if folded is None:
                if len(self._waiting) >= PORTALS:
                    return Verdict.TAKEN  # only while nothing can be stored or judged; polling finds it
                folded = self._waiting[key] = _Folded(digest, self._bridge.clock())
            folded.add(event, self._bridge.clock())
            self._lock.notify_all()
        return Verdict.TAKEN

    def flush(self, seconds: float = 5.0) -> bool:
        """Wait until all that was taken is stored; tell whether it is."""
        with self._lock:
            return self._lock.wait_for(lambda: not self._waiting and not self._storing, seconds)

    def close(self, seconds: float = 5.0) -> None:
        """Store at once what was taken, if the database lets us, and end the threads; wait for each at most so long."""
        atexit.unregister(self.close)
        with self._lock:
            self._closing = True
            self._lock.notify_all()
        for thread in self._threads:
            thread.join(seconds)

    def _fits(self, portal_name: str, digest: bytes) -> bool:
        """Compare in constant time, the same work for a portal that is not there."""
        with self._lock:
            age = time.monotonic() - self._read_at
            tokens = self._tokens
            fits = tokens is not None and self._same(tokens, portal_name, digest)
            if tokens is None or age > FRESH_SECONDS or (not fits and age > MISSED_SECONDS):
                self._wanted = True
                self._lock.notify_all()
            if fits or not self._wanted:
                return fits
            self._lock.wait_for(lambda: not self._wanted, WAIT_SECONDS)
            return self._tokens is None or self._same(self._tokens, portal_name, digest)

    def _same(self, tokens: Mapping[str, bytes], portal_name: str, digest: bytes) -> bool:
        return hmac.compare_digest(tokens.get(portal_name, self._nobody), digest)

    def _start(self) -> None:
        with self._lock:
            if self._started_in == os.getpid():
                return
            self._started_in = os.getpid()
        works = self._keep_tokens, self._keep_storing
        self._threads = [threading.Thread(target=work, name=f"events{work.__name__}", daemon=True) for work in works]
        for thread in self._threads:
            thread.start()
        atexit.register(self.close)

    def _keep_tokens(self) -> None:
        """Read tokens whenever somebody wants newer ones; where they cannot be read the next event wants them again."""
        while self._wait_for(lambda: self._wanted):
            tokens = self._tokens_or_none()
            with self._lock:
                if tokens is not None:
                    self._tokens, self._read_at = tokens, time.monotonic()
                self._wanted = False
                self._lock.notify_all()
                if tokens is None:
                    self._lock.wait_for(lambda: self._closing, MISSED_SECONDS)

    def _tokens_or_none(self) -> Mapping[str, bytes] | None:
        try:
            return self._read_tokens()
        except DatabaseUnavailable as error:
            log.warning("токены исходящих вебхуков не прочитаны: %s", error)
        except Exception:  # one bad row must not end the thread
            log.exception("токены исходящих вебхуков не прочитаны")
        return None

    def _read_tokens(self) -> Mapping[str, bytes]:
        with self._bridge.db.read() as uow:
            rows = uow.portals.all()
        return {row.name: digest for row in rows if (digest := _digest(self._bridge, row))}

    def _keep_storing(self) -> None:
        pause = GATHER_SECONDS
        while self._wait_for(lambda: bool(self._waiting)):
            with self._lock:
                self._lock.wait_for(lambda: self._closing, pause)
                taken, self._waiting, self._storing = self._waiting, {}, True
            try:
                for portal_name, digest in list(taken):
                    store(self._bridge, portal_name, digest, taken[portal_name, digest])
                    del taken[portal_name, digest]
                pause = GATHER_SECONDS
            except DatabaseUnavailable:
                pause = min(10.0, max(0.5, 2 * pause))
                if self._closing:
                    taken.clear()
            except Exception:  # one bad event must not end the thread
                log.exception("события Битрикс24 не сохранены")
                taken.clear()
            self._give_back(taken)

    def _wait_for(self, reason: Callable[[], bool]) -> bool:
        """Wait until there is something to do; tell whether there is, or the end has come and nothing is left."""
        with self._lock:
            self._lock.wait_for(lambda: self._closing or reason())
            return reason()

    def _give_back(self, left: dict[tuple[str, bytes], _Folded]) -> None:
        with self._lock:
            for key, folded in left.items():
                if key in self._waiting:
                    folded.merge(self._waiting[key])
                self._waiting[key] = folded
            self._storing = False
            self._lock.notify_all()


def store(bridge: Bridge, portal_name: str, digest: bytes, folded: _Folded) -> None:
    """Store what has come for one portal, if its token is right, and wake the fetch if there is reason to."""
    with bridge.db.write() as uow:
        portal = uow.portals.by_name(portal_name)
        if portal is None or not hmac.compare_digest(_digest(bridge, portal), digest):
            return
        now = bridge.clock()
        _sort_out_echoes(uow, portal, folded, now)
        uow.staleness.mark(portal.id, folded.marked)
        uow.staleness.mark_changed(portal.id, [RefChange(ref, None) for ref in folded.around])
        values: dict[str, object] = {"event_at": folded.last_at, "event_kinds": _kinds(portal, folded)}
        if folded.look:
            values["parties_at"] = None
        if folded.sweep:
            values["swept_at"] = None
        uow.portals.update(portal.id, **values)
        uow.portals.count_events(portal.id, folded.names.total(), folded.ignored.total())
        if folded.wake:
            wake_in(uow, portal.id, now)


def _sort_out_echoes(uow: UnitOfWork, portal: PortalRow, folded: _Folded, now: dt.datetime) -> None:
    """Of changed invoices only those count that we have not just written to ourselves."""
    own = uow.jobs.written_since(portal.id, {key for _, key in folded.changed}, now - ECHO)
    for (name, key), count in folded.changed.items():
        if key in own:
            folded.ignored[name, OWN_ECHO] += count
        else:
            folded.wake = True


def _kinds(portal: PortalRow, folded: _Folded) -> str:
    """Return what has come from a portal by the name of the event: how many, when last, what was ignored and why."""
    kinds: dict[str, dict[str, object]] = json.loads(portal.event_kinds or "{}")
    for name, count in folded.names.items():
        known = name if name in kinds or len(kinds) < KINDS else "другие"
        before = kinds.get(known, {})
        ignored = Counter(_counts(before.get("ignored")))
        ignored.update({why: many for (one, why), many in folded.ignored.items() if one == name})
        total = count + _count(before.get("count"))
        kinds[known] = {"count": total, "at": folded.last_at.isoformat(timespec="seconds"), "ignored": dict(ignored)}
    return json.dumps(kinds, ensure_ascii=False, sort_keys=True)


def _counts(value: object) -> dict[str, int]:
    return {str(why): _count(many) for why, many in value.items()} if isinstance(value, dict) else {}


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0


def _digest(bridge: Bridge, portal: PortalRow) -> bytes:
    """Return the digest of a portal's application token; ``b""``: it accepts no events."""
    token = secrets.unseal(bridge, portal.application_token_sealed) if portal.application_token_sealed else ""
    return hashlib.sha256(token.encode()).digest() if token else b""
