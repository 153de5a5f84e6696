"""A request of 1C as a value, and the reading of its query string, cookie and credentials.

1C encodes nothing in the query string: file names come raw, in UTF-8 or windows-1251, with slashes, backslashes,
plus signs and sometimes a doubled ``&`` (facts: 1c-clients §1.2, §2.1). Parameters are taken by name, never by
position. No HTTP server and no framework is known here.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from commerceml_bridge.exchange import protocol
from commerceml_bridge.exchange.body import RequestBody


@dataclass(frozen=True)
class ExchangeRequest:
    """One HTTP request, whatever brought it."""

    method: str
    path: str
    query: str = field(repr=False)
    """raw, one character a byte (latin-1)"""
    parameters: Mapping[str, str] = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    remote: str
    body: RequestBody
    cookie: str | None = field(default=None, repr=False)
    credentials: tuple[str, str] | None = field(default=None, repr=False)

    def get(self, name: str) -> str:
        """Return a parameter, ``""`` if it was not sent."""
        return self.parameters.get(name.lower(), "")

    @property
    def exchange_type(self) -> str:
        """``type=``, lower case."""
        return self.get(protocol.TYPE).strip().lower()

    @property
    def mode(self) -> str:
        """``mode=``, lower case."""
        return self.get(protocol.MODE).strip().lower()

    @property
    def sessid(self) -> str | None:
        """The token from the query string or the header; an empty one counts as not sent."""
        return self.get(protocol.SESSID) or self.headers.get(protocol.CSRF_HEADER) or None

    @property
    def user_agent(self) -> str:
        """``User-Agent``, possibly empty."""
        return self.headers.get("User-Agent", "")


def parse_query(raw: str) -> dict[str, str]:
    """Read a raw query string (latin-1 characters for bytes) into lower-case names and values.

    Of a name sent twice the last value that is not empty counts. ``+`` stays ``+``: 1C does not encode.
    """
    values: dict[str, str] = {}
    for part in raw.split("&"):
        name, _, value = part.partition("=")
        key = decode(unquote_to_bytes(name.encode("latin-1"))).strip().lower()
        decoded = decode(unquote_to_bytes(value.encode("latin-1")))
        if key and (decoded or key not in values):
            values[key] = decoded
    return values


def parse_form(body: Iterator[bytes], limit: int = 65536) -> dict[str, str]:
    """Read a small form posted instead of a query string; ``+`` means a blank here. Larger bodies give nothing."""
    data = b""
    for piece in body:
        data += piece
        if len(data) > limit:
            return {}
    return parse_query(data.replace(b"+", b"%20").decode("latin-1").strip())


def parse_basic(header: str | None) -> tuple[str, str] | None:
    """Return (login, password) of an ``Authorization: Basic`` header, ``None`` if there is no usable one."""
    scheme, _, encoded = (header or "").strip().partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        login, colon, password = decode(base64.b64decode(encoded.strip(), validate=True)).partition(":")
    except binascii.Error:
        return None
    return (login, password) if colon else None


def parse_cookie(header: str | None, name: str) -> str | None:
    """Return the value of one cookie, verbatim. The last of several counts."""
    value = None
    for part in (header or "").split(";"):
        key, equals, rest = part.strip().partition("=")
        if equals and key == name and rest:
            value = rest
    return value


def decode(data: bytes) -> str:
    """Decode as UTF-8, else as windows-1251 (1c-clients §1.2). NUL, which no text column takes, is replaced."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("cp1251", "replace")
    return text.replace("\0", "\ufffd")
