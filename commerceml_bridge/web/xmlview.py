"""Stored bytes as text a person can read: the encoding found out, XML indented. The bytes themselves stay as they are.

Parses with expat from the standard library, in a stream and without entities: a file with a DOCTYPE is shown as it is.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

INLINE = 256 * 1024
"""Bytes shown on a page; a longer body is shown up to here and offered whole for download."""

_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Shown:
    """A body made readable. ``form`` is ``pretty``, ``raw``, ``cut`` (raw, the beginning only) or ``binary``."""

    form: str
    encoding: str
    text: str


def show(data: bytes, *, whole: bool, pretty: bool) -> Shown:
    """Return ``data`` as text: indented if asked for, whole and XML; archives are only named."""
    if data.startswith(b"PK\x03\x04") or (
        b"\0" in data[:100].replace(b"\0<", b"").replace(b"<\0", b"") and not _mark(data)
    ):
        return Shown("binary", "", "")
    encoding = detect_encoding(data)
    if pretty and whole:
        indented = indent(data)
        if indented is not None:
            return Shown("pretty", _plain_name(encoding), indented)
    return Shown("raw" if whole else "cut", _plain_name(encoding), data.decode(encoding, errors="replace"))


def _mark(data: bytes) -> str:
    return next((name for mark, name in _MARKS if data.startswith(mark)), "")


def detect_encoding(data: bytes) -> str:
    """Return the codec of ``data``: by its mark, by the XML declaration, else UTF-8 if it fits, else windows-1251."""
    if mark := _mark(data):
        return mark
    if found := _DECLARED.match(data[:200]):
        name = found.group(1).decode("ascii")
        try:
            return codecs.lookup(name).name
        except LookupError:
            return "cp1251"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(data)
    except UnicodeDecodeError:
        return "cp1251"
    return "utf-8"


def _plain_name(encoding: str) -> str:
    return {"cp1251": "windows-1251", "utf-8-sig": "UTF-8 (BOM)", "utf-8": "UTF-8", "utf-16": "UTF-16"}.get(
        encoding, encoding
    )


class _Refused(Exception):
    """The file declares a document type."""


def indent(data: bytes) -> str | None:
    """Return XML indented, one element with text only on one line; ``None`` if it is not well-formed or has a DTD."""
    lines = _Lines()
    says_itself = bool(_mark(data) or _DECLARED.match(data[:200]))
    parser = expat.ParserCreate(None if says_itself else _plain_name(detect_encoding(data)))
    parser.buffer_text = True
    parser.ordered_attributes = True
    parser.XmlDeclHandler = lines.declaration
    parser.StartDoctypeDeclHandler = lines.doctype
    parser.StartElementHandler = lines.start
    parser.EndElementHandler = lines.end
    parser.CharacterDataHandler = lines.characters
    parser.CommentHandler = lines.comment
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, _Refused, LookupError, ValueError):
        return None
    return "\n".join(lines.done)


class _Lines:
    """Collects indented lines from parser events; an element is written when it is known whether it has children."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self._depth = 0
        self._open = ""  # a start tag not written yet
        self._text = ""

    def declaration(self, version: str, encoding: str | None, _standalone: int) -> None:
        self.done.append(f'<?xml version="{version}"' + (f' encoding="{encoding}"' if encoding else "") + "?>")

    def doctype(self, *_arguments: object) -> None:
        raise _Refused

    def start(self, name: str, attributes: list[str]) -> None:
        self._flush()
        pairs = zip(attributes[::2], attributes[1::2], strict=True)
        self._open = "".join([f"<{name}", *(f" {key}={quoteattr(value)}" for key, value in pairs)])
        self._depth += 1

    def characters(self, text: str) -> None:
        self._text += text

    def comment(self, text: str) -> None:
        self._flush()
        self._write(f"<!--{text}-->")

    def end(self, name: str) -> None:
        text = self._text.strip()
        if self._open:
            start, self._open, self._text = self._open, "", ""
            self._depth -= 1
            self._write(f"{start}>{escape(text)}</{name}>" if text else f"{start}/>")
            return
        self._flush()
        self._depth -= 1
        self._write(f"</{name}>")

    def _flush(self) -> None:
        """Write a start tag that turned out to have children, and text between children."""
        if self._open:
            self._depth -= 1
            self._write(self._open + ">")
            self._depth += 1
            self._open = ""
        if text := self._text.strip():
            self._write(escape(text))
        self._text = ""

    def _write(self, line: str) -> None:
        self.done.append("  " * self._depth + line)
