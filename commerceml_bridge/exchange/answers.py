"""Answers to 1C as values: what goes on the wire, and what the journal has to know about it.

The rules that hold for every answer live here (facts: 1c-clients §2, §7; reference-server §1.2): HTTP 200, an ASCII
first line, LF only, never empty, a known length, ``charset`` last and unquoted in Content-Type, the bytes in that
charset. Nothing here knows HTTP servers, sessions or documents.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from commerceml_bridge.exchange import protocol

MAX_FAILURE_TEXT = 240
"""УНФ and БП show a text of checkauth only if it has fewer than 255 characters (1c-clients §2.1)."""


@dataclass(frozen=True)
class About:
    """What an answer belongs to: ids of stored rows, for the journal."""

    node_id: int | None = None
    session_id: int | None = None
    upload_id: int | None = None
    upload_from: int | None = None
    upload_to: int | None = None
    delivery_id: int | None = None


@dataclass(frozen=True)
class Answer:
    """One answer. ``chunks`` are bytes whose lengths add up to ``length``."""

    content_type: str
    result: str
    """success, failure, xml or text: as the journal counts it"""
    length: int
    chunks: Iterable[bytes]
    stored: bool = False
    """the body is a delivery's and lies in the database already"""
    code: str = ""
    error: str = ""
    about: About = About()

    @property
    def headers(self) -> dict[str, str]:
        """Headers as the reference server sends them."""
        return {"Content-Type": self.content_type, "Content-Length": str(self.length), "Pragma": "no-cache"}

    @property
    def body(self) -> bytes | None:
        """Return the whole body of a short answer; ``None`` for a stored one, which is streamed once."""
        return None if self.stored else b"".join(self.chunks)

    def concerning(self, **ids: int | None) -> Answer:
        """Return the answer with more ids for the journal."""
        return dataclasses.replace(self, about=dataclasses.replace(self.about, **ids))


def charset_of(encoding: str) -> str:
    """Return the charset of a node's text answers: UTF-8 if its documents are, else windows-1251."""
    return protocol.UTF8 if encoding.startswith(protocol.UTF8) else protocol.CP1251


def content_type(media_type: str, charset: str) -> str:
    """Return a Content-Type with charset last and unquoted: the Bitrix module cuts after ``charset=`` (§2.4)."""
    return f"{media_type}; charset={charset}"


def text(
    lines: Iterable[str], *, charset: str = protocol.CP1251, final_lf: bool = True, result: str = "text"
) -> Answer:
    """Return lines of text joined by LF. What the charset lacks becomes ``?``, as on the reference server."""
    body = "\n".join(_one_line(line) for line in lines).encode(charset, "replace")
    if final_lf:
        body += b"\n"
    return Answer(content_type(protocol.TEXT_TYPE, charset), result, len(body), (body,))


def success(*lines: str, charset: str = protocol.CP1251) -> Answer:
    """Return ``success`` and the lines after it."""
    return text((protocol.STATUS_SUCCESS, *lines), charset=charset, result="success")


def failure(message: str, *, charset: str = protocol.CP1251, code: str = "", error: str = "") -> Answer:
    """Return ``failure`` and one short line; ``code`` and ``error`` are for the journal."""
    line = _one_line(message)
    if len(line) > MAX_FAILURE_TEXT:
        line = line[: MAX_FAILURE_TEXT - 1] + "…"
    answer = text((protocol.STATUS_FAILURE, line), charset=charset, result="failure")
    return dataclasses.replace(answer, code=code, error=error or message)


def xml(body: bytes, charset: str) -> Answer:
    """Return a short XML body that is not stored anywhere."""
    return Answer(content_type(protocol.XML_TYPE, charset), "xml", len(body), (body,))


def stored_xml(chunks: Iterable[bytes], size: int, charset: str) -> Answer:
    """Return a body read from the database while it is sent; ``size`` is its length in bytes."""
    return Answer(content_type(protocol.XML_TYPE, charset), "xml", size, _exactly(chunks, size), stored=True)


def _exactly(chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Pass the chunks on; a body of another size breaks the connection, so that 1C cannot take it for whole."""
    sent = 0
    for chunk in chunks:
        sent += len(chunk)
        yield chunk
    if sent != size:
        raise RuntimeError(f"a stored body has {sent} bytes instead of {size}")


def _one_line(line: str) -> str:
    return " ".join(line.split()) if any(c in line for c in "\r\n") else line
