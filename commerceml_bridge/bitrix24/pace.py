"""How many commands one batch may hold: fewer while the portal is slow, more again when it is quick.

Follows facts bitrix24-rest §6.1 (a request is cut off after 60 seconds) and §8 (cap a batch so that it stays below).
Knows no methods: it only learns from how long whole requests take.
"""

from __future__ import annotations

import threading

LARGEST = 50
"""commands the portal takes in one batch (§6.5)"""
SLOW = 20.0
"""seconds; a batch that takes a third of the portal's time is too large"""
QUICK = 5.0
"""seconds; a full batch that takes less may be larger next time"""


class Pace:
    """The size of batches for one portal; shared by the threads of a process."""

    def __init__(self, *, largest: int = LARGEST, slow: float = SLOW, quick: float = QUICK) -> None:
        self._largest = largest
        self._slow = slow
        self._quick = quick
        self._size = largest
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """Commands the next batch may hold."""
        return self._size

    def note(self, commands: int, seconds: float) -> None:
        """Learn from a batch of ``commands`` that was answered after ``seconds``."""
        with self._lock:
            if seconds > self._slow:
                self._size = max(1, min(self._size, commands // 2))
            elif seconds < self._quick and commands >= self._size:
                self._size = min(self._largest, self._size + max(1, self._size // 4))

    def too_slow(self, commands: int) -> bool:
        """A batch of ``commands`` was not answered in time; tell whether a smaller one can be tried."""
        with self._lock:
            self._size = max(1, min(self._size, commands // 2))
        return commands > 1
