"""A web server that answers from a list: for answers no working portal gives."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from commerceml_bridge.bitrix24.client import BitrixClient
from commerceml_bridge.bitrix24.webhook import Webhook

CODE = "s3cr3tc0de"


class Reply:
    """One answer: ``body`` is JSON unless it is bytes."""

    def __init__(self, body: Any, status: int = 200, **headers: str) -> None:
        self.content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.status = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


def parts(result: Any = (), error: Any = (), nexts: Any = ()) -> Reply:
    """Return the answer of a batch; empty parts are lists, as PHP writes them."""
    fill: dict[str, list[Any]] = {"result_total": [], "result_time": []}
    return Reply({"result": {"result": result or [], "result_error": error or [], "result_next": nexts or [], **fill}})


class Scripted:
    """Gives ``replies`` in turn; ``asked`` holds (path, parsed body) of each request."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.asked: list[tuple[str, Any]] = []
        self.slept: list[float] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def url(self) -> str:
        return f"{self.base}/rest/1/{CODE}/"

    def client(self) -> BitrixClient:
        return BitrixClient(Webhook.parse(self.url), sleep=self.slept.append, timeout=(2.0, 2.0))

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        script = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                script.asked.append((self.path, json.loads(body)))
                reply = script.replies.pop(0)
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.content)))
                self.end_headers()
                self.wfile.write(reply.content)

            def do_GET(self) -> None:
                raise AssertionError("a POST became a GET")

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name the base class calls it
                """Stay quiet."""

        return Handler

    def __enter__(self) -> Scripted:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
