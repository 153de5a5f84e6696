"""The ground every client stands on: where it connects, as whom, in which base; how it logs in and asks.

Knows neither loading nor uploading; those are ``loading`` and ``sending`` (facts: 1c-clients §1).
"""

from __future__ import annotations

import time
from abc import ABC
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from commerceml_bridge.simulators.onec import booking
from commerceml_bridge.simulators.onec.answers import Login
from commerceml_bridge.simulators.onec.base import Event, OneCBase
from commerceml_bridge.simulators.onec.model import Order
from commerceml_bridge.simulators.onec.phase import Manners, Phase
from commerceml_bridge.simulators.onec.registration import Registration
from commerceml_bridge.simulators.onec.wire import Answer, Connection, Endpoint


@dataclass(frozen=True)
class Run:
    """Settings of a simulated run.

    ``sleep`` waits the given seconds; ``poll_limit`` ends what real 1C would repeat for ever; ``repeat`` is the node's
    number of further attempts to upload a portion; ``portion_size`` orders go into one file (None: all); ``bom``: put
    a byte-order mark before uploaded XML.
    """

    sleep: Callable[[float], None] = field(default=time.sleep)
    poll_limit: int = 500
    repeat: int = 0
    portion_size: int | None = None
    bom: bool = True


@dataclass(frozen=True)
class Setup:
    """A node as set up in 1C: the site, the base it lives in, how it runs."""

    endpoint: Endpoint
    base: OneCBase = field(default_factory=OneCBase)
    run: Run = field(default_factory=Run)


class Core(ABC):
    """State and habits shared by loading and sending.

    ``base`` is the accounting base; ``registration`` the orders to upload next; ``cookie`` the header value the last
    checkauth gave (None before).
    """

    family: ClassVar[str]
    default_path: ClassVar[str] = ""
    timeout: ClassVar[float | None] = None
    verify_tls: ClassVar[bool] = False
    check_type: ClassVar[str] = "catalog"
    ignored_events: ClassVar[frozenset[Event]] = frozenset()
    removing_events: ClassVar[frozenset[Event]] = frozenset()

    manners: Manners
    rules: booking.Rules

    def __init__(self, setup: Setup) -> None:
        self.endpoint = setup.endpoint
        self.base = setup.base
        self.run = setup.run
        self.registration = Registration(self.ignored_events, self.removing_events)
        self.cookie: str | None = None
        self.suppressed: list[Order] = []
        """Orders whose change registration the last load deleted (the trap)."""
        self.base.subscribe(self.registration.listen)

    @classmethod
    def default_path_for(cls, options: Mapping[str, object]) -> str:
        """Script path for an address typed without one."""
        return cls.default_path

    def check_connection(self) -> None:
        """The "check connection" button (§1.3); raises OneCError."""
        with self.open_phase() as opened:
            opened.log_in(self.check_type)
            self.cookie = opened.login.cookie if opened.login else None

    def request(self, method: str, query: str, body: bytes | None = None, *, cookie: str | None = None) -> Answer:
        """One bare request on its own connection (``query`` without the question mark), for tests of the wire.

        Sends Basic and, if given, ``cookie``; returns status, headers and raw body; raises OneCError if none came.
        """
        with Connection(self.endpoint) as connection:
            return connection.send(method, query, body, cookie)

    def query(self, mode: str, opened: Phase, more: str = "") -> str:
        """Parameters of a request in the family's order."""
        return f"type=sale&mode={mode}{more}{opened.token}"

    def token(self, login: Login) -> str:
        """What the family makes of checkauth's line 4, starting with ``&``; empty if nothing."""
        return ""

    def open_phase(self) -> Phase:
        """A new connection; every phase starts with its own checkauth."""
        return Phase(self.endpoint, self.manners, self.token, self.run.sleep)

    def log_in(self, opened: Phase) -> None:
        """``type=sale&mode=checkauth``; raises OneCError."""
        opened.log_in("sale")
        self.cookie = opened.login.cookie if opened.login else None
