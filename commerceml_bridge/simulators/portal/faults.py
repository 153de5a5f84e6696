"""Faults to order: each applies to the next N requests, optionally only to named methods.

Follows facts: bitrix24-rest §6.1 (302, HTML bodies), §6.6, §6.7. Thread-safe; says nothing about how a fault is played.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from threading import Lock
from typing import Any


class Kind(Enum):
    """What goes wrong. The options each kind takes are named in brackets.

    Every kind that answers also takes ``executed``: True plays the fault after the request was carried out.
    """

    QUERY_LIMIT = "503 QUERY_LIMIT_EXCEEDED"
    OPERATION_TIME = "429 OPERATION_TIME_LIMIT [seconds until operating_reset_at, 60]"
    OVERLOAD = "OVERLOAD_LIMIT [status, 503 as documented or 401]"
    INTERNAL = "500 INTERNAL_SERVER_ERROR"
    EMPTY_CODE = '400 with "error": ""'
    REST = "any REST error [code, description, status]"
    WRONG_ENCODING = "WRONG_ENCODING with HTTP 200"
    HTML = "an HTML page [status, 502]"
    REDIRECT = "302 [location: scheme and host of the new address]"
    SLOW = "a late answer [seconds, 1]"
    DROP_BEFORE = "connection dropped, nothing executed"
    DROP_AFTER = "executed, connection dropped instead of an answer"
    TRUNCATED = "half of the JSON [declared: True keeps the full Content-Length]"


REST_KINDS = frozenset(
    {
        Kind.QUERY_LIMIT,
        Kind.OPERATION_TIME,
        Kind.OVERLOAD,
        Kind.INTERNAL,
        Kind.EMPTY_CODE,
        Kind.REST,
        Kind.WRONG_ENCODING,
    }
)


@dataclass(slots=True)
class Fault:
    """One order: ``remaining`` requests, for ``methods`` (lower case; empty: all), ``inner``: commands of a batch."""

    kind: Kind
    remaining: int
    methods: frozenset[str] = frozenset()
    inner: bool = False
    options: dict[str, Any] = field(default_factory=dict)

    def concerns(self, method: str, *, inner: bool) -> bool:
        """Whether the fault is meant for this request or command."""
        return self.remaining > 0 and inner is self.inner and (not self.methods or method.lower() in self.methods)


class Faults:
    """The orders of one server."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._faults: list[Fault] = []

    def add(
        self, kind: Kind, times: int = 1, methods: Iterable[str] = (), *, inner: bool = False, **options: Any
    ) -> Fault:
        """Order a fault for the next ``times`` requests; ``inner`` hits commands inside a batch instead.

        Raises ValueError if ``inner`` is asked for a kind that is no REST error.
        """
        if inner and kind not in REST_KINDS:
            raise ValueError(f"{kind.name} cannot happen to one command of a batch")
        fault = Fault(kind, times, frozenset(name.lower() for name in methods), inner, options)
        with self._lock:
            self._faults.append(fault)
        return fault

    def take(self, method: str, *, inner: bool = False) -> Fault | None:
        """Use up and return the first fault meant for this request, or None."""
        with self._lock:
            for fault in self._faults:
                if fault.concerns(method, inner=inner):
                    fault.remaining -= 1
                    return fault
        return None

    def clear(self) -> None:
        """Forget every order."""
        with self._lock:
            self._faults.clear()
