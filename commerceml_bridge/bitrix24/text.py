"""Texts of the portal → plain text: BB-codes, HTML and control characters removed.

Follows facts bitrix24-rest §1.1 (``comments``) and §3.1 (localised errors with ``<br />``). Only known tags go: a
bracket or an angle that people typed stays.
"""

from __future__ import annotations

import html
import re

_BB_NAMES = (
    "b|i|u|s|p|url|img|color|size|font|quote|code|list|left|right|center|justify|table|tr|td|th|user|video|disk|sup|sub"
    "|spoiler|project|department"
)
_BB_TAG = re.compile(rf"\[/?(?:{_BB_NAMES})(?:\s*=[^\]]*|\s+[^\]]*)?\]", re.IGNORECASE)
_BB_ITEM = re.compile(r"\[\*\]")
_BREAK = re.compile(r"<(?:br|p|/p|/div|/li|/tr|/h[1-6])\s*/?>|\[/?p\]|\[br\]", re.IGNORECASE)
_HTML_NAMES = "a|b|i|u|s|p|br|hr|ul|ol|li|div|span|strong|em|font|table|tbody|thead|tr|td|th|img|h[1-6]|pre|sub|sup"
_HTML_TAG = re.compile(rf"</?(?:{_HTML_NAMES})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
_BLANKS = re.compile(r"[ \t\u00a0]+")
_EMPTY_LINES = re.compile(r"\n{3,}")


def plain(value: str) -> str:
    """Return ``value`` as plain text with single ``\\n`` line ends, stripped."""
    text = value.replace("\r\n", "\n").replace("\r", "\n")
    text = _BB_ITEM.sub("\n- ", _BREAK.sub("\n", text))
    text = html.unescape(_HTML_TAG.sub("", _BB_TAG.sub("", text)))
    lines = (_BLANKS.sub(" ", line).strip() for line in _CONTROL.sub("", text).split("\n"))
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip()


def one_line(value: str) -> str:
    """Return ``value`` as plain text on one line."""
    return " ".join(plain(value).split())


def clean(value: str) -> str:
    """Return a name or code stripped, without control characters; its inner text is not touched."""
    return _CONTROL.sub("", value).strip()
