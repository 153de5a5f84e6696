"""A small threaded WSGI server with keep-alive that can drop connections and cut answers on purpose.

Werkzeug's own server closes every connection, which a portal does not do. Not for production use.
"""

from __future__ import annotations

import socket
import ssl
import sys
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from threading import Lock, Thread
from typing import Any, cast
from urllib.parse import unquote_to_bytes

from flask import Flask

from commerceml_bridge.simulators.portal.web import WIRE, Wire

IDLE_SECONDS = 30


class Handler(BaseHTTPRequestHandler):
    """Turns one connection's requests into WSGI calls."""

    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Answer a GET request."""
        self._answer()

    def do_POST(self) -> None:
        """Answer a POST request."""
        self._answer()

    def _answer(self) -> None:
        server = cast(WsgiServer, self.server)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        orders = Wire()
        status, headers, content = _call(server.app, self._environ(body, orders))
        if orders.drop:
            self.close_connection = True
            return
        self.send_response_only(int(status.split()[0]))
        for name, value in headers:
            if name.lower() != "content-length":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if orders.cut else content)
        self.close_connection = self.close_connection or orders.cut or server.closing

    def _environ(self, body: bytes, orders: Wire) -> dict[str, Any]:
        path, _, query = self.path.partition("?")
        server = cast(WsgiServer, self.server)
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "SERVER_NAME": server.server_name,
            "SERVER_PORT": str(server.server_port),
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": self.client_address[0],
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "https" if server.secure else "http",
            "wsgi.input": BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            WIRE: orders,
        }
        for name, value in self.headers.items():
            if name.lower() not in ("content-type", "content-length"):
                environ["HTTP_" + name.upper().replace("-", "_")] = value
        return environ

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by http.server
        """Say nothing: the path holds the webhook's code, and the journal keeps what tests need."""


def _call(app: Flask, environ: dict[str, Any]) -> tuple[str, list[tuple[str, str]], bytes]:
    started: list[Any] = []

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        started[:] = [status, headers]

    chunks: Iterable[bytes] = app.wsgi_app(environ, start_response)
    content = b"".join(chunks)
    close = getattr(chunks, "close", None)
    if close:
        close()
    return started[0], started[1], content


class WsgiServer(ThreadingHTTPServer):
    """Serves one Flask application; every connection has its thread."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], app: Flask, ssl_context: ssl.SSLContext | None = None) -> None:
        self.app = app
        self.secure = ssl_context is not None
        self.closing = False
        self._connections: set[socket.socket] = set()
        self._connections_lock = Lock()
        super().__init__(address, Handler)
        if ssl_context is not None:
            self.socket = ssl_context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection, so that closing the server closes it too."""
        with self._connections_lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection."""
        with self._connections_lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing about clients that went away."""

    def run_in_background(self) -> Thread:
        """Serve in a daemon thread."""
        thread = Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, name="portal", daemon=True)
        thread.start()
        return thread

    def stop(self) -> None:
        """Stop serving and close every connection, kept-alive ones included."""
        self.closing = True
        self.shutdown()
        self.server_close()
        with self._connections_lock:
            open_connections = list(self._connections)
        for connection in open_connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # the client was quicker
