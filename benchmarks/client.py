"""A scripted 1C: the requests of one phase over one connection, timed. It reads nothing it is sent but counts it."""

from __future__ import annotations

import base64
import http.client
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PIECE = 256 * 1024


@dataclass(frozen=True)
class Taken:
    """One answer, timed: seconds to the first byte of the body and to the last."""

    seconds: float
    first_byte: float
    size: int
    start: bytes
    """the first bytes of the body"""


class Client:
    """One keep-alive connection with credentials; the cookie of the last ``checkauth`` is sent."""

    def __init__(self, port: int, login: str, password: str, path: str = "/1c_exchange.php") -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
        basic = base64.b64encode(f"{login}:{password}".encode()).decode()
        self._headers = {"User-Agent": "1C+Enterprise/8.3", "Authorization": f"Basic {basic}"}
        self._path = path

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def call(self, mode: str, *, body: bytes | None = None, filename: str = "", kind: str = "sale") -> Taken:
        """Send one request; raises ``RuntimeError`` if the answer is a ``failure``."""
        target = f"{self._path}?type={kind}&mode={mode}" + (f"&filename={filename}" if filename else "")
        started = time.perf_counter()
        self._connection.request("GET" if body is None else "POST", target, body, self._headers)
        response = self._connection.getresponse()
        start = response.read(1024)
        first_byte = time.perf_counter() - started
        size = len(start)
        while piece := response.read(PIECE):
            size += len(piece)
        if start.startswith(b"failure"):
            raise RuntimeError(start.decode("cp1251"))
        return Taken(time.perf_counter() - started, first_byte, size, start)

    def log_in(self) -> Taken:
        """``checkauth``; the cookie is sent from now on."""
        taken = self.call("checkauth")
        _status, name, value, *_ = taken.start.decode("ascii").split("\n")
        self._headers["Cookie"] = f"{name}={value}"
        return taken

    def upload(self, path: Path, filename: str, portion: int, kind: str = "sale", told: str = "") -> float:
        """Send a file in portions and ask for its import; return the seconds of all requests together.

        Raises ``RuntimeError`` if 1C is told anything but ``told``: a file that is not understood is fast.
        """
        answers = [self.call("file", body=part, filename=filename, kind=kind) for part in _portions(path, portion)]
        answers.append(self.call("import", filename=filename, kind=kind))
        if answers[-1].start.strip() != f"success\n{told}".strip().encode("cp1251"):
            raise RuntimeError(answers[-1].start.decode("cp1251"))
        return sum(answer.seconds for answer in answers)


def _portions(path: Path, size: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        while part := file.read(size):
            yield part
