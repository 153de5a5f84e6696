"""A live server for the corpus: our gunicorn with the real services on SQLite, in a process of its own."""

from __future__ import annotations

import base64
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from commerceml_bridge.config import Settings
from commerceml_bridge.db.database import Database
from commerceml_bridge.db.migrations import upgrade
from commerceml_bridge.domain.documents import Encoding
from commerceml_bridge.domain.nodes import NodeOptions
from commerceml_bridge.exchange.dispatch import ExchangeDispatcher
from commerceml_bridge.exchange.server import serve
from commerceml_bridge.exchange.views import create_exchange_app
from commerceml_bridge.services import nodes, portals
from commerceml_bridge.services.bridge import Bridge

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LOGIN, PASSWORD = "corpus", "Corpus-pass-1"
UTF8_LOGIN = "corpus-utf8"
BASIC = base64.b64encode(f"{LOGIN}:{PASSWORD}".encode()).decode()
UTF8_BASIC = base64.b64encode(f"{UTF8_LOGIN}:{PASSWORD}".encode()).decode()
WEBHOOK_CODE = "webh00kc0de"
MAX_UPLOAD = 1024 * 1024
FILE_LIMIT = 52428800


def settings_for(url: str) -> Settings:
    """Settings of the test server; uploads are small so that "too large" is cheap to send."""
    return Settings(database_url=url, secret_key="k" * 40, max_upload_bytes=MAX_UPLOAD, file_limit=FILE_LIMIT)


def bridge_for(url: str) -> Bridge:
    """Database, settings and clock of one process."""
    return Bridge(Database(url), settings_for(url))


def prepare(url: str) -> None:
    """Make the tables, a portal and two nodes: one with windows-1251, one with UTF-8 and BOM."""
    bridge = bridge_for(url)
    upgrade(bridge.db.engine)
    portals.add(bridge, "Portal", f"https://corpus.bitrix24.ru/rest/1/{WEBHOOK_CODE}/")
    options = NodeOptions(from_date=date(2026, 1, 1))
    nodes.add(bridge, "Base", "Portal", LOGIN, PASSWORD, options)
    utf8 = NodeOptions(from_date=date(2026, 1, 1), encoding=Encoding.UTF8_BOM)
    nodes.add(bridge, "Base UTF-8", "Portal", UTF8_LOGIN, PASSWORD, utf8)
    bridge.db.close()


def application(url: str) -> WSGIApplication:
    """The exchange in front of a page that is not the exchange."""
    return ExchangeDispatcher(create_exchange_app(bridge_for(url)), page)


def page(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer like the operator's pages; ``/broken`` fails."""
    if _environ["PATH_INFO"] == "/broken":
        raise RuntimeError("a page failed")
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "4")])
    return [b"page"]


@dataclass(frozen=True)
class Live:
    """A running server."""

    port: int
    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def stop(self) -> int:
        """Ask for an orderly stop and return the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=20)


@contextmanager
def running(folder: Path) -> Iterator[Live]:
    """Start the server on a free port over a fresh database; stop it at the end."""
    url = f"sqlite:///{folder}/exchange.sqlite3"
    prepare(url)
    with socket.create_server(("127.0.0.1", 0)) as listener, (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.protocol.live", url, str(listener.fileno())],
            pass_fds=[listener.fileno()],
            stderr=log,
            cwd=Path(__file__).parents[2],
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        live = Live(listener.getsockname()[1], url, process, folder / "server.log")
        try:
            yield live
        finally:
            if process.poll() is None:
                live.stop()


def main() -> None:
    """Serve on an inherited socket: ``python -m tests.protocol.live URL FD``."""
    url, descriptor = sys.argv[1:]
    serve(lambda: application(url), f"fd://{descriptor}", workers=1)


if __name__ == "__main__":
    main()
