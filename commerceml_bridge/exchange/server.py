"""Starts gunicorn with the exchange worker: the one place where its settings for 1C are chosen.

Facts: 1c-clients §1.2, §7 (keep-alive between the calls of a phase, long uploads, never a redirect). It imports no
application: ``app_factory`` makes one in each worker process, after the fork, so that no database connection is shared.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from commerceml_bridge.exchange.gunicorn_worker import ExchangeWorker
from commerceml_bridge.log import MaskingFilter

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

THREADS = 32
"""A thread waits with every client that is slow to send; idle connections between requests take none."""
KEEPALIVE_SECONDS = 1800
"""1C may work long between ``query`` and ``success``; most clients take a closed connection for an error."""
TIMEOUT_SECONDS = 180
GRACEFUL_SECONDS = 60
REQUEST_LINE_BYTES = 8190
"""The largest gunicorn allows short of "unlimited", which would let one line fill the memory."""


class MaskingLogger(Logger):  # type: ignore[misc]  # gunicorn has no type information
    """gunicorn's log without secrets."""

    def setup(self, cfg: Any) -> None:
        """Set up the handlers, then put the mask before each."""
        super().setup(cfg)
        for name in ("gunicorn.error", "gunicorn.access"):
            for handler in logging.getLogger(name).handlers:
                handler.addFilter(MaskingFilter())


class ExchangeServer(BaseApplication):  # type: ignore[misc]  # gunicorn has no type information
    """gunicorn as an object; reads neither the command line nor configuration files."""

    def __init__(self, app_factory: Callable[[], WSGIApplication], options: Mapping[str, Any]) -> None:
        self._app_factory = app_factory
        self._options = dict(options)
        super().__init__()

    def load_config(self) -> None:
        """Take over the options this gunicorn release knows."""
        for name, value in self._options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> WSGIApplication:
        """Make the application; called once in each worker."""
        return self._app_factory()


def options_for(bind: str | Sequence[str], workers: int, threads: int, log_level: str) -> dict[str, Any]:
    """Return gunicorn's settings."""
    return {
        "bind": [bind] if isinstance(bind, str) else list(bind),
        "workers": workers,
        "threads": threads,
        "worker_class": ExchangeWorker,
        "worker_connections": 1000,
        "keepalive": KEEPALIVE_SECONDS,
        "timeout": TIMEOUT_SECONDS,
        "graceful_timeout": GRACEFUL_SECONDS,
        "limit_request_line": REQUEST_LINE_BYTES,
        "limit_request_fields": 100,
        "limit_request_field_size": 8190,
        "http_parser": "python",
        "forwarded_allow_ips": "127.0.0.1,::1",
        "forwarder_headers": "",  # no header may rename the path
        "preload_app": False,
        "accesslog": None,  # the journal holds every request, masked; a query string carries sessid
        "errorlog": "-",
        "loglevel": log_level,
        "logger_class": MaskingLogger,
        "control_socket_disable": True,
        "proc_name": "commerceml-bridge",
    }


def serve(
    app_factory: Callable[[], WSGIApplication],
    bind: str | Sequence[str],
    workers: int = 2,
    *,
    threads: int = THREADS,
    log_level: str = "info",
) -> None:
    """Run until SIGTERM or SIGINT; requests in hand are finished first.

    ``bind`` is ``host:port``, ``unix:path`` or ``fd://N``, or several. Does not return: gunicorn leaves with
    ``SystemExit`` (0 after an orderly stop).
    """
    ExchangeServer(app_factory, options_for(bind, workers, threads, log_level)).run()
