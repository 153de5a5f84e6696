"""Texts as XML and the official schemas can carry them (facts: commerceml §2.7). Says nothing of encodings."""

from __future__ import annotations

import re

NAME_LENGTH = 250
"""Наименование and Представление: 250 characters are valid under every version."""
FIELD_LENGTH = 255
COMMENT_LENGTH = 3000

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_SPACES = re.compile(r"\s+")


def clean(text: str) -> str:
    """Remove what XML 1.0 forbids and strip; line breaks become LF."""
    return _FORBIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def one_line(text: str, length: int) -> str:
    """Clean, join to one line and cut to ``length`` characters, an ellipsis showing the cut."""
    return cut(_SPACES.sub(" ", clean(text)), length)


def cut(text: str, length: int) -> str:
    """Cut to ``length`` characters, the last being an ellipsis where something is lost."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"
