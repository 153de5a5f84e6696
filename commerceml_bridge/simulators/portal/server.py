"""A portal on a real socket: the context manager for tests and demo, and a standalone server for the command line.

Follows facts: bitrix24-rest §6.1 (webhook address).
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from datetime import datetime
from types import TracebackType

from commerceml_bridge.simulators.portal.dispatch import Dispatcher
from commerceml_bridge.simulators.portal.events import EventSender
from commerceml_bridge.simulators.portal.faults import Faults
from commerceml_bridge.simulators.portal.journal import Journal
from commerceml_bridge.simulators.portal.limiter import LeakyBucket
from commerceml_bridge.simulators.portal.seed import seed_demo
from commerceml_bridge.simulators.portal.settings import Settings
from commerceml_bridge.simulators.portal.state import Portal
from commerceml_bridge.simulators.portal.store import system_clock
from commerceml_bridge.simulators.portal.web import Endpoint, make_app
from commerceml_bridge.simulators.portal.wsgi import WsgiServer


class PortalServer:
    """A live portal: ``with PortalServer() as server: seed_demo(server.portal); client(server.webhook_url)``.

    ``portal`` is the state, ``faults`` orders faults, ``journal`` counts requests, ``events`` registers handlers.
    Without a ``bucket`` there is no rate limit. ``port=0`` takes a free one. With ``ssl_context`` it speaks TLS only.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        portal: Portal | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        ssl_context: ssl.SSLContext | None = None,
        clock: Callable[[], datetime] = system_clock,
        bucket: LeakyBucket | None = None,
    ) -> None:
        self.portal = portal or Portal(settings, clock)
        self.faults = Faults()
        self.journal = Journal()
        app = make_app(Endpoint(Dispatcher(self.portal, self.faults), self.journal, bucket))
        self._server = WsgiServer((host, port), app, ssl_context)
        self.host, self.port = host, int(self._server.server_address[1])
        self._scheme = "https" if ssl_context else "http"
        self.events = EventSender(f"{host}:{self.port}")
        self.portal.listeners.append(self._emit)

    def _emit(self, event: str, fields: Mapping[str, int]) -> None:
        self.events.emit(event, fields, int(self.portal.now().timestamp()))

    @property
    def base_url(self) -> str:
        """Scheme, host and port, without a slash at the end."""
        return f"{self._scheme}://{self.host}:{self.port}"

    @property
    def webhook_url(self) -> str:
        """The incoming webhook's address, with a slash at the end. It holds the secret code."""
        settings = self.portal.settings
        return f"{self.base_url}/rest/{settings.user_id}/{settings.code}/"

    def start(self) -> PortalServer:
        """Start serving in the background."""
        self._server.run_in_background()
        return self

    def close(self) -> None:
        """Stop serving, close every connection and finish sending events."""
        self._server.stop()
        self.events.close()
        self.portal.listeners.remove(self._emit)

    def serve_forever(self) -> None:
        """Serve in this thread until interrupted."""
        self._server.serve_forever()

    def __enter__(self) -> PortalServer:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def serve_forever(
    host: str = "127.0.0.1",
    port: int = 8070,
    settings: Settings | None = None,
    *,
    seed: Callable[[Portal], object] = seed_demo,
    bucket: LeakyBucket | None = None,
    say: Callable[[str], object] = print,
) -> None:
    """Run a demo portal standalone until Ctrl+C: seed it, say its webhook address (a demo secret) and serve."""
    server = PortalServer(settings, host=host, port=port, bucket=bucket)
    seed(server.portal)
    say(server.webhook_url)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        say("Портал-симулятор остановлен.")
