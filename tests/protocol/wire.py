"""Raw sockets: sending requests in pieces and reading answers strictly, without any HTTP library's kindness."""

from __future__ import annotations

import contextlib
import random
import re
import socket
from dataclasses import dataclass

FIRST_LINES = frozenset({"success", "failure", "zip=no"})
CONTENT_TYPE = re.compile(r"(text/html|application/xml); charset=(windows-1251|utf-8)")
BYTEWISE = 4096
"""By byte and by line only so much is sent; the rest follows whole."""


@dataclass(frozen=True)
class Response:
    """One answer as it came."""

    status_line: str
    headers: dict[str, str]
    """lower-case names"""
    body: bytes
    interim: bool = False
    """``100 Continue`` came first"""

    @property
    def charset(self) -> str:
        """What Content-Type says."""
        match = CONTENT_TYPE.fullmatch(self.headers.get("content-type", ""))
        assert match, self.headers
        return match[2]

    @property
    def text(self) -> str:
        """The body, decoded."""
        return self.body.decode(self.charset)


class Connection:
    """A client connection that is reopened when the server closes it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._socket: socket.socket | None = None
        self._buffer = b""

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            self._socket.close()
        self._socket, self._buffer = None, b""

    def send(self, pieces: list[bytes]) -> None:
        """Send a request piece by piece; a server that hangs up while we still send is left to its answer."""
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self.port), timeout=20)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for piece in pieces:
                self._socket.sendall(piece)

    def finish(self) -> None:
        """Say that nothing more will be sent."""
        assert self._socket is not None
        self._socket.shutdown(socket.SHUT_WR)

    def receive(self, *, head: bool = False) -> Response:
        """Read one answer and hold it to the rules every answer obeys."""
        raw = self._until(b"\r\n\r\n")
        interim = raw == b"HTTP/1.1 100 Continue"
        if interim:
            raw = self._until(b"\r\n\r\n")
        status_line, *lines = raw.decode("latin-1").split("\r\n")
        pairs = [line.split(": ", 1) for line in lines]
        headers = {name.lower(): value for name, value in pairs}
        assert len(headers) == len(pairs), f"a header is repeated: {lines}"
        body = b"" if head else self._exactly(int(headers["content-length"]))
        response = Response(status_line, headers, body, interim)
        hold_to_the_rules(response, head=head)
        if headers.get("connection") == "close":
            assert self.at_end(), "bytes after the last answer of a connection"
            self.close()
        return response

    def at_end(self) -> bool:
        """Tell whether the server has hung up without another byte."""
        assert self._socket is not None
        return not self._buffer and not self._socket.recv(1)

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._buffer:
            self._more()
        head, _, self._buffer = self._buffer.partition(mark)
        return head

    def _exactly(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._more()
        body, self._buffer = self._buffer[:size], self._buffer[size:]
        return body

    def _more(self) -> None:
        assert self._socket is not None
        data = self._socket.recv(65536)
        assert data, f"the server hung up after {self._buffer!r}"
        self._buffer += data


def hold_to_the_rules(response: Response, *, head: bool = False) -> None:
    """What holds for every answer to 1C (facts: 1c-clients §2, §7; reference-server §1.2)."""
    assert re.fullmatch(r"HTTP/1\.[01] 200 OK", response.status_line), response.status_line
    for name in ("transfer-encoding", "content-encoding", "set-cookie", "location", "www-authenticate"):
        assert name not in response.headers, f"{name} in {response.headers}"
    assert response.headers["pragma"] == "no-cache"
    assert CONTENT_TYPE.fullmatch(response.headers["content-type"]), response.headers["content-type"]
    assert int(response.headers["content-length"]) > 0
    if not head:
        _hold_body(response)


def _hold_body(response: Response) -> None:
    body = response.body
    assert body, "an empty body"
    assert b"\r" not in body, "CR in the body"
    lower = body.lower()
    for sign in (b"<html", b"<!doctype", b"traceback", b"internal server error", b"sqlalchemy"):
        assert sign not in lower, body
    text = response.text
    first = text.split("\n", 1)[0]
    assert first.removeprefix("\ufeff").isascii() or first.startswith("<?xml"), first
    if response.headers["content-type"].startswith("application/xml"):
        assert text.removeprefix("\ufeff").startswith("<?xml"), text[:40]
        assert f'encoding="{response.charset}"'.lower() in text[:80].lower(), text[:80]
    else:
        assert first in FIRST_LINES, first


def whole(request: bytes) -> list[bytes]:
    """One piece."""
    return [request]


def by_line(request: bytes) -> list[bytes]:
    """A piece for each line."""
    return [*re.split(rb"(?<=\n)", request[:BYTEWISE]), request[BYTEWISE:]]


def by_byte(request: bytes) -> list[bytes]:
    """A piece for each byte."""
    return [request[i : i + 1] for i in range(min(BYTEWISE, len(request)))] + [request[BYTEWISE:]]


def in_random_pieces(request: bytes) -> list[bytes]:
    """Pieces cut at places that are random but the same in each run."""
    cuts = sorted(random.Random(len(request)).sample(range(len(request)), min(12, len(request))))
    return [request[a:b] for a, b in zip([0, *cuts], [*cuts, len(request)], strict=True)]


SENDERS = {"whole": whole, "by line": by_line, "by byte": by_byte, "in random pieces": in_random_pieces}
