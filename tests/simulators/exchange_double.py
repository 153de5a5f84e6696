"""A small server that answers like the site side of the exchange, records what reaches it, and misbehaves on demand.

It is no model of the product: only the answers the self-check asks for (facts: 1c-clients §2.1, §2.2).
"""

from __future__ import annotations

import base64
import contextlib
import gzip
import math
import ssl
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import Message
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

LOGIN, PASSWORD = "node-1", "Pass-word-77"
COOKIE = "commerceml_session=c00k1e-va1ue"
TOKEN = "sessid=t0ken-va1ue"
BASIC = "Basic " + base64.b64encode(f"{LOGIN}:{PASSWORD}".encode()).decode()
LEAST_RATE = 10_000
"""bytes a second of a body an impatient server puts up with"""
INFO = '<?xml version="1.0" encoding="windows-1251"?>\n<Справочник/>'.encode("windows-1251")


@dataclass
class Seen:
    """One request as it arrived; ``target`` is the raw request target, ``length`` the bytes of its body."""

    method: str
    target: bytes
    headers: dict[str, str]
    length: int

    @property
    def mode(self) -> str:
        return parse_qs(urlsplit(self.target.decode("latin-1")).query).get("mode", [""])[0]


@dataclass
class Double:
    """The server. ``faults`` names what it does wrong; use as a context manager."""

    faults: frozenset[str] = frozenset()
    certificate: Path | None = None
    seen: list[Seen] = field(default_factory=list)
    answered_at: float = field(default_factory=time.monotonic)
    """when the newest answer was begun"""

    def __enter__(self) -> Double:
        handler = type("Handler", (_Handler,), {"double": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        if self.certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port = int(self.server.server_address[1])
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    @property
    def url(self) -> str:
        scheme = "https" if self.certificate else "http"
        return f"{scheme}://127.0.0.1:{self.port}/exchange"


class _Handler(BaseHTTPRequestHandler):
    double: Double
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's own name
        """Stay quiet."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what the library cannot parse, in the protocol's words unless told to do it badly."""
        self.close_connection = True
        self.request_version = self.protocol_version
        self.headers = Message()
        if "html refusals" in self.double.faults:
            self._send(b"<html><body>Bad request</body></html>", status=code)
        else:
            self._send("failure\nЗапрос не понят.\n".encode("windows-1251"))

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        faults = self.double.faults
        if "small bodies" in faults and length > 1_000_000:
            self.close_connection = True
            self._send(b"<html>413</html>", status=413)
            return
        self.connection.settimeout(30)
        body = self._body(length)
        if body is None:
            self.close_connection = True
        else:
            self._answer(body)

    def _body(self, length: int) -> bytes | None:
        """Read a body; ``None`` if it does not come, or comes too slowly for an impatient server.

        Patience is counted from the answer before, which the one client had before it began: a slow body is late
        however late this thread gets its turn. It grows with the length: a long body in one go is never slow.
        """
        patience = length / LEAST_RATE if "impatient" in self.double.faults else math.inf
        body = bytearray()
        with contextlib.suppress(TimeoutError):
            while len(body) < length and (piece := self.rfile.read1(length - len(body))):
                body += piece
                if time.monotonic() - self.double.answered_at > patience:
                    return None
        return bytes(body) if len(body) == length else None

    def _answer(self, body: bytes) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        target = self.requestline.split(" ")[1].encode("latin-1")  # self.path is already tidied by the library
        request = Seen(self.command, target, headers, len(body))
        self.double.seen.append(request)
        self._send(*self._content(request))

    def _content(self, request: Seen) -> tuple[bytes, str]:
        query = parse_qs(urlsplit(request.target.decode("latin-1")).query)
        faults = self.double.faults
        authorization = request.headers.get("authorization") if "no authorization" not in faults else None
        if authorization is None and request.headers.get("cookie") != COOKIE:
            return "failure\nНет логина и пароля.\n".encode("windows-1251"), "text/html"
        if authorization not in {None, BASIC} or ("cookie only" in faults and self._bare(request)):
            return "failure\nНеверный логин или пароль.\n".encode("windows-1251"), "text/html"
        if request.mode == "info":
            return INFO, "application/xml"
        return self._control(request.mode, query).encode("ascii"), "text/html"

    @staticmethod
    def _bare(request: Seen) -> bool:
        """Whether this asks for a session without showing a cookie."""
        return "cookie" not in request.headers and request.mode != "checkauth"

    def _control(self, mode: str, query: dict[str, list[str]]) -> str:
        if mode == "checkauth":
            stamp = "timestamp=1\n" if query["type"] == ["catalog"] else ""
            return "success\n" + COOKIE.replace("=", "\n") + f"\n{TOKEN}\n{stamp}"
        if mode == "init":
            long = f"\n{TOKEN}\nversion=2.09"
            extra = long if "version" in query or "long init" in self.double.faults else ""
            return f"zip=no\nfile_limit=1000000{extra}"
        return "success\n"

    def _send(self, body: bytes, kind: str = "text/html", status: int = 200) -> None:
        self.double.answered_at = time.monotonic()
        faults, extra = self.double.faults, dict[str, str]()
        if "teapot" in faults:
            status = 418
        if "redirect" in faults:
            status, body, extra = 301, b"<html>301</html>", {"Location": "https://elsewhere.example/"}
        if "banner" in faults:
            body = "Добро пожаловать!\n".encode() + body
        if "html" in faults:
            body = b"<!DOCTYPE html><p>Are you a robot?</p>"
        if "cr" in faults:
            body = body.replace(b"\n", b"\r\n")
        if "echo" in faults:
            body = f"failure\n{PASSWORD} {BASIC}\n".encode()
        if "gzip" in faults and "gzip" in self.headers.get("Accept-Encoding", ""):
            body, extra = gzip.compress(body), {"Content-Encoding": "gzip"}
        self.send_response(HTTPStatus(status))
        self.send_header("Content-Type", f"{kind}; charset=windows-1251")
        for name, value in extra.items():
            self.send_header(name, value)
        self._send_body(body)

    def _send_body(self, body: bytes) -> None:
        if "chunked" in self.double.faults:
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))
            return
        lie = 5 if "cut short" in self.double.faults else 0
        self.close_connection = self.close_connection or bool(lie)
        self.send_header("Content-Length", str(len(body) + lie))
        self.end_headers()
        self.wfile.write(body)
        if "drops connections" in self.double.faults:
            self.close_connection = True


def make_certificate(folder: Path, days: int = 90, name: str = "127.0.0.1") -> Path:
    """Write a self-signed certificate and its key into one PEM file, valid for ``days`` from now."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    try:
        alternative: x509.GeneralName = x509.IPAddress(ip_address(name))
    except ValueError:
        alternative = x509.DNSName(name)
    certificate = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1000))
        .not_valid_after(now + timedelta(days=days, hours=1))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}-{days}.pem"
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path
