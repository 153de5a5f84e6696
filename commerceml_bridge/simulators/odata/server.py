"""The interface on a socket: Basic in UTF-8, JSON or Atom, errors of 1C and of the web server before it.

Over the wire as an IIS publication does it: JSON in UTF-8 announced as windows-1251 (facts §3.4).
"""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import TracebackType
from typing import cast
from urllib.parse import quote, unquote
from xml.sax.saxutils import escape

from commerceml_bridge.simulators.odata.answering import Answer, Publication, answer, plain
from commerceml_bridge.simulators.odata.books import Books
from commerceml_bridge.simulators.odata.failure import Refusal
from commerceml_bridge.simulators.odata.faults import Fault, Faults

PUBLICATION = "buh"
ROOT = f"/{PUBLICATION}/odata/standard.odata/"
LOGIN, PASSWORD = "Мост", "пароль OData"
HTML = "<html><head><title>1С:Предприятие</title></head><body>Войдите в сеть</body></html>"
_STATUS = {Fault.HTML_200: 200, Fault.HTML_404: 404, Fault.HTML_503: 503, Fault.LICENCE: 402}
JSON_TYPE = "application/json; charset=windows-1251"


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    path: str
    query: str
    status: int
    session: str = ""
    """``IBSession`` as it was sent"""
    cookie: str = ""


class Sessions:
    """Sessions of 1C that clients drive (facts §3.7): ``IBSession: start`` gives a cookie, ``finish`` ends it.

    ``allowed`` is the publication's setting; without it the header is refused. ``open`` are those that take a licence.
    """

    def __init__(self) -> None:
        self.allowed = True
        self.open: set[str] = set()
        self._begun = 0

    def take(self, word: str, cookie: str) -> tuple[int, dict[str, str]]:
        """Return the status of a refusal (0: none) and headers to send."""
        if word and not self.allowed:
            return 406, {}
        key = cookie.partition("ibsession=")[2].partition(";")[0]
        if key and key not in self.open:
            return 404, {}
        if word == "finish":
            self.open.discard(key)
        if word != "start":
            return 0, {}
        self._begun += 1
        self.open.add(f"s{self._begun}")
        return 0, {"Set-Cookie": f"ibsession=s{self._begun}; path=/"}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer a GET request."""
        server = cast(_Server, self.server)
        path, _, query = self.path.partition("?")
        fault = server.owner.faults.take(unquote(path).removeprefix(ROOT))
        if fault is Fault.SLOW:
            time.sleep(server.owner.faults.slow_seconds)
        status, kind, body = server.owner.respond(path, query, self.headers.get("Authorization", ""), self._json())
        if fault in (None, Fault.SLOW, Fault.TRUNCATED):
            word, cookie = self.headers.get("IBSession", ""), self.headers.get("Cookie", "")
            refused, headers = server.owner.sessions.take(word, cookie) if status == 200 else (0, {})
            status, kind, body = (refused, "text/html", b"") if refused else (status, kind, body)
            server.owner.asked.append(Asked(path, query, status, word, cookie))
            self._send(status, kind, body, headers, cut=fault is Fault.TRUNCATED)
        else:
            self._go_wrong(fault)

    def do_POST(self) -> None:
        """Count an attempt to write: there must be none."""
        cast(_Server, self.server).owner.writes += 1
        self._send(405, "text/html", b"")

    def __getattr__(self, name: str) -> object:
        if name in ("do_PUT", "do_PATCH", "do_DELETE", "do_MERGE"):
            return self.do_POST
        raise AttributeError(name)

    def _json(self) -> bool:
        return "json" in self.headers.get("Accept", "")

    def _go_wrong(self, fault: Fault) -> None:
        owner = cast(_Server, self.server).owner
        path, _, query = self.path.partition("?")
        status = 302 if fault is Fault.REDIRECT else 500 if fault is Fault.INTERNAL else _STATUS.get(fault, 0)
        owner.asked.append(Asked(path, query, status))
        if fault is Fault.DROP:
            self.close_connection = True
        elif fault is Fault.INTERNAL:
            self._send(500, JSON_TYPE, _error("-1", "Конфликт блокировок при выполнении транзакции"))
        elif fault is Fault.REDIRECT:
            self._send(302, "text/html", b"", {"Location": f"{owner.url}login"})
        else:
            self._send(status, "text/html; charset=utf-8", HTML.encode())

    def _send(
        self, status: int, kind: str, body: bytes, headers: dict[str, str] | None = None, *, cut: bool = False
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="1C:Enterprise"')
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if cut else body)
        self.close_connection = self.close_connection or cut

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by http.server
        """Say nothing; ``asked`` keeps what tests need."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, address: tuple[str, int], owner: OnecODataServer) -> None:
        self.owner = owner
        super().__init__(address, _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing about clients that went away."""


class OnecODataServer:
    """``with OnecODataServer(Books(client.base)) as server: ODataClient(server.url, server.login, server.password)``.

    ``publication`` is what the administrator has set, ``faults`` orders trouble, ``asked`` keeps every request.
    """

    def __init__(
        self,
        books: Books | None = None,
        *,
        login: str = LOGIN,
        password: str = PASSWORD,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.publication = Publication(books or Books())
        self.faults = Faults()
        self.asked: list[Asked] = []
        self.sessions = Sessions()
        self.writes = 0
        self.login, self.password = login, password
        self._server = _Server((host, port), self)
        self.host, self.port = host, int(self._server.server_address[1])

    @property
    def books(self) -> Books:
        """The base behind."""
        return self.publication.books

    @property
    def url(self) -> str:
        """The publication's address, as a person knows it."""
        return f"http://{self.host}:{self.port}/{PUBLICATION}"

    @property
    def root(self) -> str:
        """The service root."""
        return f"http://{self.host}:{self.port}{ROOT}"

    def respond(self, path: str, query: str, authorization: str, wants_json: bool) -> tuple[int, str, bytes]:
        """Return status, content type and body."""
        if not path.startswith(ROOT):
            return 404, "text/html; charset=utf-8", HTML.encode()
        if not self._admits(authorization):
            return 401, "text/html; charset=utf-8", HTML.encode()
        as_json = wants_json or "$format=json" in query or "%24format=json" in query
        try:
            found = answer(self.publication, path[len(ROOT) :], query)
        except Refusal as refusal:
            if as_json:
                return refusal.status, JSON_TYPE, _error(refusal.code, refusal.text)
            return refusal.status, "application/xml", _error_xml(refusal)
        if as_json:
            return 200, JSON_TYPE, _json(found, self.root)
        return 200, "application/atom+xml;type=feed;charset=utf-8", _atom(found, self.root)

    def _admits(self, authorization: str) -> bool:
        kind, _, sent = authorization.partition(" ")
        wanted = base64.b64encode(f"{self.login}:{self.password}".encode()).decode()
        return kind.lower() == "basic" and hmac.compare_digest(sent.strip().encode(), wanted.encode())

    def start(self) -> OnecODataServer:
        """Serve in the background."""
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="odata", daemon=True).start()
        return self

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()

    def serve_forever(self) -> None:
        """Serve in this thread until interrupted."""
        self._server.serve_forever()

    def __enter__(self) -> OnecODataServer:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _json(found: Answer, root: str) -> bytes:
    rows = [{name: plain(value) for name, value in row.items()} for row in found.rows]
    head: dict[str, object] = {"odata.metadata": f"{root}$metadata#{quote(found.entity)}"}
    if found.single:
        return json.dumps({**head, **rows[0]}, ensure_ascii=False).encode()
    if found.count is not None:
        head["odata.count"] = str(found.count)
    return json.dumps({**head, "value": rows}, ensure_ascii=False, indent=1).encode()


def _atom(found: Answer, root: str) -> bytes:
    def entry(row: dict[str, object]) -> str:
        fields = "".join(f"<d:{name}>{escape(str(value))}</d:{name}>" for name, value in row.items())
        return f'<entry><content type="application/xml"><m:properties>{fields}</m:properties></content></entry>'

    space = 'xmlns="http://www.w3.org/2005/Atom" xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices"'
    space += ' xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"'
    body = "".join(entry(row) for row in found.rows)
    return f'<?xml version="1.0" encoding="UTF-8"?><feed {space}><id>{root}</id>{body}</feed>'.encode()


def _error(code: str, text: str) -> bytes:
    error = {"odata.error": {"code": code, "message": {"lang": "ru", "value": text}}}
    return json.dumps(error, ensure_ascii=False).encode()


def _error_xml(refusal: Refusal) -> bytes:
    space = 'xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"'
    inner = f'<m:code>{refusal.code}</m:code><m:message xml:lang="ru">{escape(refusal.text)}</m:message>'
    return f'<?xml version="1.0" encoding="UTF-8"?><m:error {space}>{inner}</m:error>'.encode()


def serve_forever(host: str, port: int, books: Books, *, say: Callable[[str], object] = print) -> None:
    """Run the interface standalone until Ctrl+C: say its address and login (invented ones) and serve."""
    server = OnecODataServer(books, host=host, port=port)
    say(f"Адрес публикации: {server.url}\nЛогин: {server.login}\nПароль: {server.password}")
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        say("Имитатор OData остановлен.")
