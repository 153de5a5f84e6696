"""Logging, and the masks that keep secrets out of logs and of the journal.

A secret is a webhook code (``/rest/N/CODE/``), a password, a token, a cookie or a sessid. The masks work on whatever
text they are given and never raise: a line that cannot be understood is masked too much rather than too little.
This module formats and masks; it must not decide what is worth logging.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Mapping
from typing import IO
from urllib.parse import unquote

MASK = "***"
LINE_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"

_SECRET_HEADERS = frozenset({"authorization", "proxy-authorization", "cookie", "set-cookie", "x-bitrix-csrf-token"})
_NAMES = "sessid|passw(?:or)?d|passwd|pwd|secret|token|auth_id|refresh_id|cmlb_session|phpsessid"
_ANY_NAME = rf"[\w\[\]-]*(?:{_NAMES})[\w\]]*"
_SECRET_PARAMETER = re.compile(rf"(?:{_ANY_NAME}|auth|code)\Z", re.IGNORECASE)

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    # /rest/1/abcdef123/crm.item.list: the third part is the password of the webhook
    (re.compile(r"(/rest/\d+/)[^/\s\"'?&<>]+"), rf"\1{MASK}"),
    # Authorization: Basic dTpw, 'Cookie': 'a=b; c=d' (also inside a dict's repr)
    (
        re.compile(
            r"((?:proxy-)?authorization|(?:set-)?cookie|x-bitrix-csrf-token)"
            r"(?P<gap>[\"']?\s*[:=]\s*[\"']?)[^\"'\r\n]+",
            re.IGNORECASE,
        ),
        rf"\1\g<gap>{MASK}",
    ),
    (re.compile(r"\b(Basic|Bearer|Digest)\s+[A-Za-z0-9+/=_.~-]{4,}"), rf"\1 {MASK}"),
    # postgresql://user:password@host
    (re.compile(r"(\w://)[^/\s:@\"']*:[^/\s@\"']+@"), rf"\1{MASK}@"),
    # sessid=…, password=…, 'password': '…', "auth[application_token]": "…"
    (
        re.compile(
            rf"(?<![\w-])({_ANY_NAME})(?P<gap>[\"']?\s*[:=]\s*[\"']?)[^\"'&\s,;}}]+",
            re.IGNORECASE,
        ),
        rf"\1\g<gap>{MASK}",
    ),
)


def mask_text(text: str) -> str:
    """Return ``text`` with every secret that can be recognised replaced by ``***``."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def mask_query(query_string: str) -> str:
    """Return a raw query string with the values of secret parameters replaced; all else stays as it was sent."""
    return "&".join(_mask_parameter(part) for part in query_string.split("&"))


def _mask_parameter(part: str) -> str:
    name, equals, value = part.partition("=")
    if equals and value and _SECRET_PARAMETER.match(unquote(name).strip()):
        return f"{name}={MASK}"
    return mask_text(part)


def mask_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers as a dict; those that carry credentials keep their name only."""
    return {
        name: MASK if name.lower().replace("_", "-") in _SECRET_HEADERS else mask_text(value)
        for name, value in headers.items()
    }


def mask_body(body: bytes) -> bytes:
    """Return a short answer to 1C without its cookie value and sessid (facts: reference-server §1.3, §1.5).

    The answer to ``checkauth`` is known by its shape: ``success``, cookie name, cookie value, ``sessid=``.
    Bytes of any encoding are taken; only ASCII is looked at.
    """
    lines = body.split(b"\n")
    if len(lines) >= 4 and lines[0] == b"success" and lines[3].startswith(b"sessid="):
        lines[2] = MASK.encode()
    return b"\n".join(b"sessid=" + MASK.encode() if line.startswith(b"sessid=") else line for line in lines)


class MaskingFilter(logging.Filter):
    """Masks the message and the traceback of each record before any formatter sees them."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record; every record passes."""
        record.msg = mask_text(_message(record))
        record.args = None
        if record.exc_info and not record.exc_text:
            record.exc_text = "".join(traceback.format_exception(*record.exc_info)).rstrip("\n")
        if record.exc_text:
            record.exc_text = mask_text(record.exc_text)
        if record.stack_info:
            record.stack_info = mask_text(record.stack_info)
        return True


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):  # arguments that do not fit: logging itself would print them unmasked
        return str(record.msg)


def configure_logging(level: int = logging.INFO, stream: IO[str] | None = None) -> logging.Handler:
    """Send every logger's lines, masked, to ``stream`` (standard error by default); return the handler.

    A second call replaces the handler of the first.
    """
    handler = logging.StreamHandler(sys.stderr if stream is None else stream)
    handler.setFormatter(logging.Formatter(LINE_FORMAT))
    handler.addFilter(MaskingFilter())
    root = logging.getLogger()
    for old in [each for each in root.handlers if any(isinstance(f, MaskingFilter) for f in each.filters)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    return handler
