"""The request log of a server, for counting requests in tests.

Keeps no parameters and no webhook code.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from threading import Lock


@dataclass(frozen=True, slots=True)
class Entry:
    """One request: its method, the methods of its batch commands, the portal's time, HTTP status (0: dropped)."""

    method: str
    commands: tuple[str, ...]
    at: datetime
    status: int
    seconds: float


class Journal:
    """A thread-safe list of requests."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._entries: list[Entry] = []

    def add(self, entry: Entry) -> None:
        """Append a request."""
        with self._lock:
            self._entries.append(entry)

    def entries(self) -> list[Entry]:
        """Return a copy of everything so far."""
        with self._lock:
            return list(self._entries)

    def count(self, method: str = "") -> int:
        """Count requests, or only those of one method (any case)."""
        wanted = method.lower()
        return sum(1 for entry in self.entries() if not wanted or entry.method.lower() == wanted)

    def count_commands(self, method: str) -> int:
        """Count executions of a method, alone or inside batches."""
        wanted = method.lower()
        inner = sum(name.lower() == wanted for entry in self.entries() for name in entry.commands)
        return self.count(method) + inner

    def clear(self) -> None:
        """Forget everything so far."""
        with self._lock:
            self._entries.clear()
