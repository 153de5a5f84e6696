"""The raw request corpus: how a fixture is written, sent and compared.

``fixtures/exchange/{valid,invalid}/NNN-name.http`` holds requests, ``NNN-name.answer`` what comes back; several of one
connection are separated by a line ``---``. In both, the ends of lines in the file mean nothing: bytes of the wire are
spelled ``\\r``, ``\\n``, ``\\t``, ``\\\\`` and ``\\xNN``; leading blanks of a line are ``\\x20``. Lines beginning with
``#`` before the first request are remarks.

In a request ``{basic}`` is the right login and password, ``{basic-utf8}`` that of a node with UTF-8, ``{basic-wrong}``
a wrong one, ``{cookie}`` and ``{sessid}`` those of the last ``checkauth``
on this connection (one is made first if none was), ``{length}`` the length of the body, ``{file:NAME}`` a body made by
``tests.protocol.bodies``. In an answer ``{token}`` is 32 hex digits, ``{number}`` digits, ``{any}`` anything in the
line, ``{rest}`` anything at all, ``{sessid}`` the token of the session; ``100 `` before the status line asks for an
interim answer. An answer lists the headers that matter, a blank line and the body in the
charset of its Content-Type.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.protocol.bodies import BODIES
from tests.protocol.wire import Response

ROOT = Path(__file__).parents[2] / "fixtures" / "exchange"
_ESCAPE = re.compile(rb"\\(?:x([0-9A-Fa-f]{2})|([rnt\\]))")
_CONTROLS = {b"r": b"\r", b"n": b"\n", b"t": b"\t", b"\\": b"\\"}
_PATTERNS = {"token": "[0-9a-f]{32}", "number": "[0-9]+", "any": "[^\n]*", "rest": r"[\s\S]*"}


@dataclass(frozen=True)
class Case:
    """One fixture: requests on one connection and their expected answers."""

    name: str
    requests: tuple[bytes, ...]
    answers: tuple[str, ...]

    def needs_session(self) -> bool:
        """Tell whether the first request uses a session that nothing in the file opens."""
        return bool(re.search(rb"\{(cookie|sessid)\}", self.requests[0]))


def cases() -> list[Case]:
    """Return all fixtures, in order of their names."""
    return [_case(path) for path in sorted(ROOT.glob("*/*.http"))]


def _case(path: Path) -> Case:
    requests = tuple(_compact(part) for part in _parts(path))
    answers = tuple(part.decode() for part in _parts(path.with_suffix(".answer")))
    assert len(requests) == len(answers), f"{path.name}: {len(requests)} requests, {len(answers)} answers"
    return Case(f"{path.parent.name}/{path.stem}", requests, answers)


def _parts(path: Path) -> list[bytes]:
    lines = path.read_bytes().split(b"\n")
    while lines and lines[0].startswith(b"#"):
        lines.pop(0)
    return re.split(rb"\n---\n", b"\n".join(lines).strip(b"\n") + b"\n")


def _compact(part: bytes) -> bytes:
    return b"".join(line.strip() for line in part.split(b"\n"))


def unescape(data: bytes) -> bytes:
    """Turn ``\\r``, ``\\xNN`` and so on into the bytes they stand for."""
    return _ESCAPE.sub(lambda m: bytes([int(m[1], 16)]) if m[1] else _CONTROLS[m[2]], data)


def fill(request: bytes, values: dict[str, str]) -> bytes:
    """Return the bytes to send."""
    for name, value in values.items():
        request = request.replace(b"{%s}" % name.encode(), value.encode())
    request = unescape(request)
    request = re.sub(rb"\{file:([a-z-]+)\}", lambda m: BODIES[m[1].decode()](), request)
    body = request.partition(b"\r\n\r\n")[2]
    return request.replace(b"{length}", str(len(body)).encode())


def check(response: Response, expected: str, values: dict[str, str]) -> None:
    """Compare status line, named headers and body with the expected answer."""
    head, _, body = expected.partition("\n\n")
    status, *headers = head.strip("\n").split("\n")
    assert ("100 " if response.interim else "") + response.status_line == status
    for header in headers:
        name, _, value = header.partition(": ")
        assert response.headers.get(name.lower()) == value, f"{name} of {response!r}"
    text = response.body.decode(response.charset)
    assert _body_pattern(body, values).fullmatch(text), f"expected {body!r}\ngot {text!r}"


def _body_pattern(body: str, values: dict[str, str]) -> re.Pattern[str]:
    plain = unescape("".join(line.strip() for line in body.split("\n")).encode()).decode()
    pattern = re.escape(plain)
    for name, replacement in (_PATTERNS | {name: re.escape(value) for name, value in values.items()}).items():
        pattern = pattern.replace(re.escape(f"{{{name}}}"), replacement)
    return re.compile(pattern)


Sender = Callable[[bytes], list[bytes]]
"""Cuts a request into the pieces it is sent in."""
