"""gunicorn's threaded worker, taught to speak to 1C where gunicorn itself would refuse with an HTML page.

1C sends what the user typed: an address without its leading slash, ``?type=…`` on an empty path, file names with raw
windows-1251 bytes or blanks (facts: 1c-clients §1.1–1.2; decision 3). Such request lines are repaired, in the address
only and for the exchange only, before gunicorn's own parser judges them. Whatever it still refuses is answered with
the protocol's ``failure`` and HTTP 200. Framing (lengths, chunks, header syntax) is gunicorn's and stays untouched.

``exchange.server`` starts gunicorn with this worker. Whoever starts gunicorn by hand must name it, or gets gunicorn's
default worker and its HTML errors::

    gunicorn -k commerceml_bridge.exchange.gunicorn_worker.ExchangeWorker --threads 8 wsgi:app
"""

from __future__ import annotations

import re
import socket
import struct
from typing import Any

from gunicorn.http import errors
from gunicorn.http.message import Request
from gunicorn.http.parser import RequestParser
from gunicorn.workers.gthread import ThreadWorker

from commerceml_bridge.exchange import protocol
from commerceml_bridge.exchange.answers import Answer, failure
from commerceml_bridge.exchange.dispatch import Refusal, is_exchange

HEAD_SECONDS = 15
"""A client that has begun a request and sends nothing more of its head for so long is dropped: its thread is needed."""
BODY_SECONDS = 60
"""The same for a body; a proxy that buffers requests never pauses so long."""
SEND_SECONDS = 300
"""A client that takes nothing of an answer for so long is dropped."""

_REQUEST_LINE = re.compile(rb"(?P<method>[A-Z]+) (?P<target>.+) (?P<version>HTTP/\d\.\d)", re.DOTALL)
_ABSOLUTE = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*://")
_RAW = re.compile(rb"[^\x21-\x7e]|#")

_REFUSALS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("LimitRequestLine",), "address-too-long", protocol.REFUSED_LENGTH),
    (("InvalidRequestLine",), "request-line", protocol.REFUSED_LINE),
    (("InvalidRequestMethod",), "method", protocol.REFUSED_METHOD),
    (("InvalidHTTPVersion",), "http-version", protocol.REFUSED_VERSION),
    (
        (
            "InvalidHeader",
            "InvalidHeaderName",
            "ObsoleteFolding",
            "LimitRequestHeaders",
            "InvalidSchemeHeaders",
            "ExpectationFailed",
        ),
        "headers",
        protocol.REFUSED_HEADERS,
    ),
    (
        ("UnsupportedTransferCoding", "InvalidChunkSize", "ChunkMissingTerminator", "InvalidChunkExtension"),
        "body",
        protocol.REFUSED_BODY,
    ),
    (("ParseException",), "http", protocol.REFUSED_OTHER),
)
"""Exceptions of gunicorn by name (releases differ in which they have), code for the log, text for 1C."""


def repair(line: bytes) -> bytes:
    """Return a request line gunicorn can take: leading slash added, raw bytes, blanks and ``#`` percent-encoded.

    Lines that are not the exchange's, or not a request line at all, come back as they are.
    """
    match = _REQUEST_LINE.fullmatch(line)
    if match is None:
        return line
    target = match["target"].lstrip(b" ")
    path, _, query = target.partition(b"?")
    if target == b"*" or not is_exchange(path.decode("latin-1"), query.decode("latin-1")):
        return line
    if not target.startswith(b"/") and not _ABSOLUTE.match(target):
        target = b"/" + target
    target = _RAW.sub(lambda raw: b"%%%02X" % raw[0][0], target)
    return b" ".join((match["method"], target, match["version"]))


def explain(error: BaseException) -> tuple[str, str] | None:
    """Return (code, text for 1C) if the request is at fault, ``None`` if the server is."""
    if isinstance(error, errors.InvalidHTTPVersion) and isinstance(error.version, str):
        return "request-line", protocol.REFUSED_LINE  # what follows a blank in the address was taken for a version
    for names, code, text in _REFUSALS:
        classes = tuple(getattr(errors, name) for name in names if hasattr(errors, name))
        if isinstance(error, classes) and not type(error).__name__.startswith("InvalidResponse"):
            return code, text
    return None


class ExchangeHttpRequest(Request):  # type: ignore[misc]  # gunicorn has no type information
    """gunicorn's request, with a repaired request line."""

    line = b""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        try:
            super().__init__(*args, **kwargs)
        except errors.ParseException as error:
            error.request_line = self.line  # for the journal; gunicorn forgets the request
            raise

    def parse_request_line(self, line_bytes: bytes) -> None:
        """Repair, then parse."""
        self.line = bytes(line_bytes)
        super().parse_request_line(repair(self.line))

    def set_body_reader(self) -> None:
        """Let the application end the connection when it could not read the whole body."""
        super().set_body_reader()
        self.body.close_connection = self.force_close


class ExchangeParser(RequestParser):  # type: ignore[misc]  # gunicorn has no type information
    """gunicorn's parser, making our requests."""

    mesg_class = ExchangeHttpRequest


class ExchangeWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no type information
    """gthread with the protocol's answer to what cannot be parsed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "http_parser" in self.cfg.settings:
            self.cfg.set("http_parser", "python")  # the C parser never calls parse_request_line

    def handle(self, conn: Any) -> Any:
        """Serve a connection with our parser. Over TLS gunicorn makes its own, without the repairs."""
        if conn.parser is None and not self.cfg.is_ssl:
            conn.parser = ExchangeParser(self.cfg, conn.sock, conn.client)
            if conn.sock.family in (socket.AF_INET, socket.AF_INET6):  # else the body waits 40 ms for the head's ACK
                conn.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _set_limit(conn.sock, socket.SO_SNDTIMEO, SEND_SECONDS)
        _set_limit(conn.sock, socket.SO_RCVTIMEO, HEAD_SECONDS)
        return super().handle(conn)

    def handle_request(self, req: Any, conn: Any) -> Any:
        """Give the body more time than the head had."""
        _set_limit(conn.sock, socket.SO_RCVTIMEO, BODY_SECONDS)
        return super().handle_request(req, conn)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answer ``failure`` with HTTP 200; a page of the operator that failed keeps gunicorn's 500."""
        if req is not None and not is_exchange(req.path or "", req.query or ""):
            super().handle_error(req, client, addr, exc)
            return
        refusal = explain(exc)
        peer = addr[0] if isinstance(addr, tuple) and addr else "unix"
        if refusal is None:
            self.log.error("exchange request from %s failed in the server", peer, exc_info=exc)
            answer = failure(protocol.INTERNAL_ERROR.format("http"))
        else:
            self.log.warning("request from %s refused: %s", peer, refusal[0])
            answer = failure(refusal[1], code=f"refused-{refusal[0]}")
            self._tell(Refusal(str(peer), getattr(exc, "request_line", b""), answer))
        try:
            client.sendall(http_answer(answer))
        except OSError as error:
            self.log.debug("the refusal could not be sent: %s", error)

    def _tell(self, refusal: Refusal) -> None:
        """Have the refusal recorded if it is 1C's; noise from the network is only logged."""
        tell = getattr(self.wsgi, "refused", None)
        if tell is not None and (b"mode=" in refusal.line or protocol.SCRIPT.encode() in refusal.line.lower()):
            tell(refusal)


def _set_limit(connection: socket.socket, option: int, seconds: int) -> None:
    connection.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", seconds, 0))


def http_answer(answer: Answer) -> bytes:
    """Return a short answer as a whole HTTP response that ends the connection."""
    headers = {**answer.headers, "Connection": "close"}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 200 OK\r\n{head}\r\n".encode("ascii") + b"".join(answer.chunks)
