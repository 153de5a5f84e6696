"""Requests and short answers of a recording as HTTP, with names where secrets were.

Only headers that mean something to the exchange are kept: others may tell of people or networks. The host is left out;
``{{host}}``, ``{{authorization}}``, ``{{cookie}}`` and ``{{sessid}}`` are filled in by whoever replays.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from urllib.parse import quote, unquote_to_bytes

from commerceml_bridge.commerceml.redaction import Redactor
from commerceml_bridge.db.recordings import StepRow
from commerceml_bridge.log import MASK
from commerceml_bridge.services.sessions import COOKIE_NAME

_KEPT = frozenset(
    {
        "accept",
        "accept-charset",
        "accept-encoding",
        "accept-language",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "expect",
        "transfer-encoding",
        "user-agent",
    }
)
_SECRET = {
    "authorization": "{{authorization}}",
    "cookie": f"{COOKIE_NAME}={{{{cookie}}}}",
    "x-bitrix-csrf-token": "{{sessid}}",
}
_PRINTABLE = "".join(chr(code) for code in range(0x21, 0x7F))
_SEPARATOR = re.compile(r"([/\\]|%2F|%5C)", re.IGNORECASE)
_PLAIN_FOLDERS = frozenset({"import_files", "goods", "offers", "documents", "reports", "webdata"})
_MASKED_SESSID = re.compile(rf"(?<=sessid=){re.escape(MASK)}", re.IGNORECASE)


def request_of(row: StepRow, body: bytes, redactor: Redactor) -> bytes:
    """Return the request as it was sent, raw bytes in the address as percent signs (the journal keeps them so)."""
    target = quote(row.path, safe=_PRINTABLE) + (f"?{_query(row.query, redactor)}" if row.query else "")
    lines = [f"{row.method} {target} HTTP/1.1", "Host: {{host}}"]
    for name, value in json.loads(row.request_headers).items():
        if name.lower() in _SECRET:
            lines.append(f"{name}: {_SECRET[name.lower()]}")
        elif name.lower() in _KEPT:
            lines.append(f"{name}: {value}")
    return "".join(f"{line}\r\n" for line in lines).encode("latin-1", "replace") + b"\r\n" + body


def _query(query: str, redactor: Redactor) -> str:
    return "&".join(_parameter(part, redactor) for part in query.split("&"))


def _parameter(part: str, redactor: Redactor) -> str:
    name, equals, value = part.partition("=")
    if name.lower() == "sessid":
        return f"{name}{equals}{'{{sessid}}' if value else ''}"
    return f"{name}{equals}{_without_folders(value, redactor)}" if name.lower() == "filename" else part


def _without_folders(filename: str, redactor: Redactor) -> str:
    """Hide the folders of a file name: Windows has the user's name among them. The name itself is 1C's."""
    *folders, name = _SEPARATOR.split(filename)
    return "".join(
        part if position % 2 or part.lower() in _PLAIN_FOLDERS else _folder(part, redactor)
        for position, part in enumerate(folders)
    ) + (name if name else "")


def _folder(part: str, redactor: Redactor) -> str:
    raw = unquote_to_bytes(part)
    for charset in ("utf-8", "cp1251"):
        try:
            return quote(redactor.value(raw.decode(charset)).encode(charset), safe=_PRINTABLE)
        except UnicodeError:
            continue
    return "x"


def text_answer(body: bytes, headers: Mapping[str, str], redactor: Redactor) -> bytes:
    """Return a short answer with names in the place of cookie and sessid, and without what is personal."""
    charset = headers.get("Content-Type", "").rpartition("charset=")[2] or "windows-1251"
    lines = body.decode(charset, "surrogateescape").split("\n")
    if len(lines) > 3 and lines[1] == COOKIE_NAME and lines[2] == MASK:
        lines[2] = "{{cookie}}"
        lines[3] = _MASKED_SESSID.sub("{{sessid}}", lines[3])
        return "\n".join(lines).encode(charset, "surrogateescape")
    text = _MASKED_SESSID.sub("{{sessid}}", "\n".join(lines))
    return redactor.answer(text).encode(charset, "replace")
