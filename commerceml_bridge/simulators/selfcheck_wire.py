"""How the self-check talks: an address as 1C reads it, one request on a socket, one answer with what spoiled it.

Standard library only. The request line is written by hand, because 1C sends bytes no HTTP library would
(raw windows-1251, spaces). Nothing here follows a redirect, unpacks gzip or retries: neither does 1C.
Follows facts: 1c-clients §1.1, §1.2, §7. No text made here contains the password, the cookie or the token.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

USER_AGENT = "1C+Enterprise/8.3 (commerceml-bridge selfcheck)"


@dataclass(frozen=True)
class Target:
    """What 1C makes of the one address field: where to connect and the path, without query."""

    host: str
    port: int
    tls: bool
    path: str

    @property
    def authority(self) -> str:
        """Value of the Host header."""
        usual = 443 if self.tls else 80
        return self.host if self.port == usual else f"{self.host}:{self.port}"


def parse_address(text: str) -> Target:
    r"""Read an address by 1C's rules: ``\`` is ``/``, no spaces, host up to the first ``/``, default port 80 or 443.

    Raises ``ValueError`` (Russian, shows nothing of the address) where 1C would call something else than meant.
    """
    plain = text.replace("\\", "/").replace(" ", "")
    tls = plain.lower().startswith("https://")
    rest = plain[plain.find("://") + 3 :] if plain.lower().startswith(("http://", "https://")) else plain
    authority, _, path = rest.partition("/")
    if "@" in authority:
        raise ValueError("Логин и пароль пишут в отдельные поля, не в адрес.")
    if "?" in rest or "#" in rest:
        raise ValueError("В адресе не должно быть «?» и «#»: 1С сама допишет ?type=…&mode=….")
    name, colon, digits = authority.partition(":")
    if not name or (colon and not (digits.isascii() and digits.isdigit() and 0 < int(digits) < 65536)):
        raise ValueError("В адресе не разобрать имя сервера или порт.")
    try:
        host = name.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise ValueError("В адресе не разобрать имя сервера.") from error
    port = int(digits) if colon else (443 if tls else 80)
    return Target(host, port, tls, "/" + path.lstrip("/"))


@dataclass(frozen=True)
class Answer:
    """One answer, or the reason there was none.

    ``label`` names the request for people; ``fault`` is empty if a whole answer arrived; header names are lower case.
    """

    label: str
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)
    fault: str = ""

    @property
    def lines(self) -> list[str]:
        """Body split by LF only, untrimmed, as 1C splits it (facts: 1c-clients §2)."""
        charset = self.headers.get("content-type", "").partition("charset=")[2] or "utf-8"
        try:
            text = self.body.decode(charset, "replace")
        except LookupError:
            text = self.body.decode("utf-8", "replace")
        return text.split("\n")

    @property
    def word(self) -> str:
        """First line trimmed and lower-cased: the status word as every client reads it."""
        return self.lines[0].strip().lower()

    @property
    def spoiled(self) -> str:
        """The first thing that keeps 1C from reading this answer, as a key of ``RULES``, or ``""``."""
        return next((name for name, broken in RULES.items() if broken(self)), "")


def _html(answer: Answer) -> bool:
    start = answer.body[:512].lower()
    return b"<html" in start or b"<!doctype" in start


def _length(answer: Answer) -> bool:
    return "content-length" not in answer.headers or "transfer-encoding" in answer.headers


def _first_line(answer: Answer) -> bool:
    line = answer.body.split(b"\n", 1)[0]
    return not line.strip() or not line.isascii()


RULES = {
    "connection": lambda answer: bool(answer.fault),
    "redirect": lambda answer: 300 <= answer.status < 400 or "location" in answer.headers,
    "gzip": lambda answer: answer.headers.get("content-encoding", "identity").lower() != "identity",
    "status": lambda answer: answer.status != 200,
    "html": _html,
    "length": _length,
    "cr": lambda answer: b"\r" in answer.body,
    "first line": _first_line,
}
"""What may spoil an answer, the cause before its symptoms: a redirect page is HTML too, but is named a redirect."""


def basic(login: str, password: str) -> str:
    """Value of the Authorization header. UTF-8, which for the ASCII that is demanded is every charset."""
    return "Basic " + base64.b64encode(f"{login}:{password}".encode()).decode("ascii")


@dataclass(frozen=True)
class Request:
    """One request: ``query`` is raw bytes without ``?``; ``pieces`` is the body of a POST, ``None`` means GET."""

    label: str
    query: bytes
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    pieces: Iterable[bytes] | None = field(default=None, repr=False)
    length: int = 0

    def head(self, target: Target) -> bytes:
        """Request line and headers as they go out."""
        method = b"GET" if self.pieces is None else b"POST"
        lines = [f"Host: {target.authority}", f"User-Agent: {USER_AGENT}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        lines += [] if self.pieces is None else [f"Content-Length: {self.length}"]
        start = b"%s %s?%s HTTP/1.1\r\n" % (method, target.path.encode(), self.query)
        return start + "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"


class Caller:
    """Opens connections to one target. ``timeout`` is in seconds, for each wait, not for the whole request."""

    def __init__(self, target: Target, context: ssl.SSLContext | None, timeout: float) -> None:
        self.target = target
        self.context = context
        self.timeout = timeout

    def connect(self) -> socket.socket:
        """Return a connected socket, after the TLS handshake if the address says https. Raises ``OSError``."""
        raw = socket.create_connection((self.target.host, self.target.port), self.timeout)
        if self.context is None:
            return raw
        try:
            return self.context.wrap_socket(raw, server_hostname=self.target.host)
        except OSError:
            raw.close()
            raise

    def call(self, request: Request) -> Answer:
        """Send one request on a connection of its own; whatever goes wrong becomes ``Answer.fault``."""
        return self.calls([request])[0]

    def calls(self, requests: Iterable[Request]) -> list[Answer]:
        """Send requests one after another on one connection, reopened only where the server announced a close."""
        answers: list[Answer] = []
        sock: socket.socket | None = None
        try:
            for request in requests:
                try:
                    sock = sock or self.connect()
                    answer, closes = self._exchange(sock, request)
                except (OSError, http.client.HTTPException) as error:
                    answer, closes = Answer(request.label, fault=_reason(error)), True
                answers.append(answer)
                if closes and sock is not None:
                    sock.close()
                    sock = None
        finally:
            if sock is not None:
                sock.close()
        return answers

    def _exchange(self, sock: socket.socket, request: Request) -> tuple[Answer, bool]:
        # A server that refuses a body answers and closes while we still send: its answer says why, so read it.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError, ssl.SSLEOFError):
            sock.sendall(request.head(self.target))
            for piece in request.pieces or ():
                sock.sendall(piece)
        response = http.client.HTTPResponse(sock)
        try:
            response.begin()
            body = response.read()
            closes = response.will_close
        finally:
            response.close()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Answer(request.label, response.status, headers, body), closes


def trickle(body: bytes, seconds: float, steps: int = 5) -> Iterable[bytes]:
    """Yield ``body`` in ``steps`` pieces spread over ``seconds``, as a slow line would."""
    size = max(1, -(-len(body) // steps))
    for start in range(0, len(body), size):
        if start:
            time.sleep(seconds / (steps - 1))
        yield body[start : start + size]


def _reason(error: Exception) -> str:
    """Say in Russian why no answer came; never quotes what was sent."""
    if isinstance(error, TimeoutError):
        return "ответа не дождались"
    if isinstance(error, http.client.RemoteDisconnected | ConnectionError | ssl.SSLEOFError):
        return "сервер закрыл соединение, не ответив"
    if isinstance(error, http.client.IncompleteRead):
        return "ответ оборван: пришло меньше байт, чем обещал Content-Length"
    if isinstance(error, http.client.HTTPException):
        return "ответ не похож на HTTP"
    return f"соединение не удалось ({type(error).__name__})"
