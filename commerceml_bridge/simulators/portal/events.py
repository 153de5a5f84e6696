"""Outgoing events: ids only, one POST each, never retried.

Follows facts: bitrix24-rest §7. A daemon thread delivers; nothing is sent until a handler is registered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from queue import Queue
from threading import Lock, Thread
from time import monotonic, sleep

import requests

DEFAULT_EVENTS = (
    "ONCRMDYNAMICITEMADD",
    "ONCRMDYNAMICITEMUPDATE",
    "ONCRMDYNAMICITEMDELETE",
    "ONCRMINVOICEADD",
    "ONCRMINVOICEUPDATE",
    "ONCRMINVOICEDELETE",
    "ONCRMINVOICESETSTATUS",
)
_SUFFIXED = "ONCRMDYNAMICITEM"


@dataclass(frozen=True, slots=True)
class HandlerUrl:
    """A registered handler; the application token goes into every body and never into a repr."""

    number: int
    url: str
    token: str
    events: frozenset[str]

    def __repr__(self) -> str:
        return f"HandlerUrl({self.number})"


@dataclass(frozen=True, slots=True)
class Delivery:
    """The outcome of one POST: HTTP status, 0 if nobody answered."""

    event: str
    fields: Mapping[str, int]
    status: int


class EventSender:
    """Queues events and POSTs them in the background."""

    def __init__(self, domain: str, *, timeout: float = 5) -> None:
        self._domain = domain
        self._timeout = timeout
        self._handlers: list[HandlerUrl] = []
        self._queue: Queue[tuple[HandlerUrl, str, dict[str, int], int] | None] = Queue()
        self._lock = Lock()
        self._pending = 0
        self._deliveries: list[Delivery] = []
        self._thread: Thread | None = None

    def register(self, url: str, token: str, events: Iterable[str] = DEFAULT_EVENTS) -> None:
        """Register a handler as an outgoing webhook does; ``…_31`` names of dynamic events may be given."""
        with self._lock:
            wanted = frozenset(name.upper() for name in events)
            self._handlers.append(HandlerUrl(975 + 2 * len(self._handlers), url, token, wanted))
            if self._thread is None:
                self._thread = Thread(target=self._deliver, name="portal-events", daemon=True)
                self._thread.start()

    def emit(self, event: str, fields: Mapping[str, int], timestamp: int) -> None:
        """Queue an event for every handler that listens to it."""
        names = {event, f"{event}_{fields.get('ENTITY_TYPE_ID')}"} if event.startswith(_SUFFIXED) else {event}
        with self._lock:
            for handler in self._handlers:
                for name in sorted(names & handler.events):
                    self._pending += 1
                    self._queue.put((handler, name, dict(fields), timestamp))

    def body(self, handler: HandlerUrl, event: str, fields: Mapping[str, int], timestamp: int) -> dict[str, str]:
        """Return the form fields of one event (§7)."""
        form = {"event": event, "event_handler_id": str(handler.number)}
        form.update({f"data[FIELDS][{name}]": str(value) for name, value in fields.items()})
        endpoint = f"https://{self._domain}/rest/"
        form.update({"ts": str(timestamp), "auth[domain]": self._domain, "auth[client_endpoint]": endpoint})
        form["auth[server_endpoint]"] = "https://oauth.bitrix.info/rest/"
        form["auth[member_id]"] = "0123456789abcdef0123456789abcdef"
        form["auth[application_token]"] = handler.token
        return form

    def _deliver(self) -> None:
        while (job := self._queue.get()) is not None:
            handler, event, fields, timestamp = job
            try:
                form = self.body(handler, event, fields, timestamp)
                answer = requests.post(handler.url, data=form, timeout=self._timeout, allow_redirects=False)
                status = answer.status_code
            except requests.RequestException:
                status = 0  # a portal does not retry; the outcome is kept for whoever looks
            with self._lock:
                self._pending -= 1
                self._deliveries.append(Delivery(event, fields, status))

    def deliveries(self) -> list[Delivery]:
        """Return what was sent so far."""
        with self._lock:
            return list(self._deliveries)

    def flush(self, timeout: float = 5) -> bool:
        """Wait until everything queued was sent; return False if time ran out."""
        end = monotonic() + timeout
        while monotonic() < end:
            with self._lock:
                if not self._pending:
                    return True
            sleep(0.01)
        return False

    def close(self) -> None:
        """Stop the thread after what is queued."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread:
            self._queue.put(None)
            thread.join(self._timeout)
