"""What goes wrong between a bridge and a base, on order (facts §3.6, §6.7)."""

from __future__ import annotations

from enum import StrEnum


class Fault(StrEnum):
    """One kind of trouble."""

    DROP = "drop"
    """the connection closes without an answer"""
    TRUNCATED = "truncated"
    """half of the body, then the end"""
    SLOW = "slow"
    """the answer comes after a pause"""
    HTML_200 = "html-200"
    """a login page of a proxy, or a base in maintenance"""
    HTML_404 = "html-404"
    """OData is not enabled in the publication"""
    HTML_503 = "html-503"
    INTERNAL = "internal"
    """500 with code -1: a lock, an exception in a handler"""
    REDIRECT = "redirect"
    LICENCE = "licence"
    """402: no free licence"""


class Faults:
    """Ordered faults, each for a number of requests, optionally for one entity."""

    def __init__(self) -> None:
        self._orders: list[list[object]] = []
        self.slow_seconds = 1.0

    def add(self, fault: Fault, times: int = 1, entity: str = "") -> None:
        """Let the next ``times`` requests (about ``entity``) go wrong."""
        self._orders.append([fault, times, entity])

    def clear(self) -> None:
        """Let everything be well."""
        self._orders.clear()

    def take(self, entity: str) -> Fault | None:
        """Return the fault for this request."""
        for order in self._orders:
            fault, times, wanted = order
            if isinstance(times, int) and times > 0 and wanted in ("", entity):
                order[1] = times - 1
                return Fault(str(fault))
        return None
