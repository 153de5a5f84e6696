"""Hides people and firms in exchange files and keeps everything else to the byte, so that an exchange can be shared.

Every word (a run of letters, a run of digits) of a name, address, phone, mail, account, ИНН, КПП, ОКПО or comment
becomes an invented one of the same length and kind of characters, the same word always the same one within a
recording. So replacing commutes with what the writer does (stripping, joining, escaping): a redacted invoice renders
to the redacted document. Encoding, BOM, blanks, element order, sums, dates, numbers, goods, БИК and bank names stay.

Must not need well-formed XML: broken and incomplete files are what is recorded most. What is personal is decided by
element names (``redaction_rules``); inside a party everything is unless it is known not to be.
The key is thrown away with the redactor: nobody can check a guessed ИНН against a recording.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from html import unescape

from commerceml_bridge.commerceml import redaction_rules as rules
from commerceml_bridge.commerceml.source import inspect_opening
from commerceml_bridge.commerceml.words import Words
from commerceml_bridge.errors import XmlError

_TOKEN = re.compile(
    r"""<!--(?P<comment>.*?)-->|<!\[CDATA\[(?P<cdata>.*?)\]\]>|<\?.*?\?>|<!DOCTYPE"""
    r"""|<(?P<close>/)?(?P<name>[^\W\d][\w:.-]*)(?P<attributes>(?:"[^"]*"|'[^']*'|[^<>"'])*?)(?P<empty>/)?>"""
    r"""|(?P<text>[^<]+|<)""",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"""([\w:.-]+)(\s*=\s*)("[^"]*"|'[^']*')""")
_OWN_ID = r"(?<![\w-]){}-(?P<kind>si|inv|co|ct|p|x|t)-(?P<rest>[0-9a-f]+)(?![\w-])"
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_LONG_NUMBER = re.compile(r"(?<!\d)(?!000)\d{9,}(?!\d)")
"""An ИНН, a phone, an account; a document's number of 1C begins with zeros."""
_TELLING = 6
"""A value shorter than this, or without a letter, is not looked for in answers: it could be anything."""
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_DECLARED = re.compile(rb"""^<\?xml[^>]*encoding\s*=\s*["'](?:windows-|cp)1251["']""", re.IGNORECASE)


class Redactor:
    """Replaces consistently within one recording. ``portal_code`` is the slug in our own Ид, which names the firm."""

    def __init__(self, portal_code: str, key: bytes | None = None) -> None:
        self._words = Words(key or secrets.token_bytes(32))
        self.portal_code = portal_code
        self.new_portal_code = self._words.replace(portal_code)
        self._own_id = re.compile(_OWN_ID.format(re.escape(portal_code)))
        self._ids: dict[str, str] = {}
        self._values: dict[str, str] = {}
        self._titles: set[str] = set()

    def value(self, text: str) -> str:
        """Return an invented value for a personal one, and remember it: it may stand in an answer's text too."""
        replaced = self._hide(text)
        plain = text.strip()
        if len(plain) >= _TELLING and any(character.isalpha() for character in plain):
            self._values[plain] = replaced.strip()
        return replaced

    def _hide(self, text: str) -> str:
        """Replace the words, but an Ид of ours as an Ид."""
        parts, end = [], 0
        for match in self._own_id.finditer(text):
            parts += [self._words.replace(text[end : match.start()]), self._id(match)]
            end = match.end()
        return "".join((*parts, self._words.replace(text[end:])))

    def comment(self, text: str) -> str:
        """Return an invented comment; our own words in it stay: the leading line (printed number and date), labels."""
        own = rules.OWN_REMARK.match(text)
        end = own.end() if own else 0
        parts = rules.OWN_LABELS.split(text[end:])
        return text[:end] + "".join(part if place % 2 else self.value(part) for place, part in enumerate(parts))

    def plant_id(self, old: str, new: str) -> None:
        """Replace one Ид by another everywhere: those made of names and ИНН change with them."""
        if len(old) != len(new):
            raise ValueError("an Ид may only be replaced by one of the same length")
        self._ids[old] = new

    def ids(self, text: str) -> str:
        """Return a text with the portal's code and the planted Ид replaced."""
        return self._own_id.sub(self._id, text)

    def _id(self, match: re.Match[str]) -> str:
        if match[0] not in self._ids:
            kind, rest = match["kind"], match["rest"]
            rest = self._words.hex(rest) if kind == "x" else rest  # the digest of a name and an ИНН
            self._ids[match[0]] = f"{self.new_portal_code}-{kind}-{rest}"
        return self._ids[match[0]]

    def plant_title(self, title: str) -> None:
        """Hide a text where it stands as a line's name: an invoice without rows becomes one line named so."""
        self._titles.add(title.strip())

    def answer(self, text: str) -> str:
        """Return a short answer without what was personal in the files seen so far, mails and long numbers."""
        for old in sorted(self._values, key=len, reverse=True):
            if old in text:
                text = text.replace(old, self._values[old])
        text = _MAIL.sub(lambda match: self._words.replace(match[0]), text)
        return self.ids(_LONG_NUMBER.sub(lambda match: self._words.replace(match[0]), text))

    def file(self, body: bytes) -> bytes:
        """Return a file of the same length: XML by its elements, other text word by word, anything else as zeros."""
        if not body:
            return body
        encoding, bom = _encoding(body)
        if not encoding:
            return bytes(len(body))
        whole = len(body) - (len(body) - bom) % 2 if encoding.startswith("utf-16") else len(body)
        errors = "surrogatepass" if encoding.startswith("utf-16") else "surrogateescape"
        text = body[bom:whole].decode(encoding, errors)
        is_xml = text.lstrip().startswith("<")
        redacted = "".join(_Scan(self).run(text)) if is_xml else self._words.replace(text)
        result = body[:bom] + redacted.encode(encoding, errors) + body[whole:]
        if len(result) != len(body):
            raise AssertionError("redaction changed the length of a file")
        return result

    def leaf(self, text: str) -> str:
        """Return the text of an element that is not personal: the same, unless it is a planted title."""
        return self.value(text) if unescape(text).strip() in self._titles else self.ids(text)


def _encoding(body: bytes) -> tuple[str, int]:
    """Return (Python's name of the encoding, length of the BOM); no name for what is no text."""
    try:
        opening = inspect_opening(body)
    except XmlError:
        opening = None
    if opening is not None:
        return opening.encoding, opening.bom_length
    for bom, name in _BOMS:
        if body.startswith(bom):
            return name, len(bom)
    if b"\0" in body:
        return "", 0
    if _DECLARED.match(body):
        return "cp1251", 0
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1251", 0
    return "utf-8", 0


class _Scan:
    """One walk over a file, with the elements that are open and the name a requisite has just been given."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._open: list[str] = []
        self._requisite = ""

    def run(self, text: str) -> Iterator[str]:
        """Yield the pieces of the redacted file."""
        for token in _TOKEN.finditer(text):
            if token["text"] is not None:
                yield self._text(token["text"])
            elif token["cdata"] is not None:
                yield f"<![CDATA[{self._text(token['cdata'])}]]>"
            elif token["comment"] is not None:
                yield f"<!--{self._redactor.value(token['comment'])}-->"
            elif token["name"] is not None:
                yield self._tag(token)
            else:
                yield token[0]

    def _tag(self, token: re.Match[str]) -> str:
        name = token["name"].rpartition(":")[2]
        if token["close"]:
            if name in self._open:
                del self._open[len(self._open) - 1 - self._open[::-1].index(name) :]
            return token[0]
        written = token[0]
        if token["attributes"].strip():
            attributes = _ATTRIBUTE.sub(lambda match: self._attribute(name, match), token["attributes"])
            start = token.start("attributes") - token.start()
            written = written[:start] + attributes + written[start + len(token["attributes"]) :]
        if not token["empty"]:
            self._open.append(name)
            self._requisite = "" if name in rules.REQUISITES else self._requisite
        return written

    def _attribute(self, element: str, match: re.Match[str]) -> str:
        name, quote, value = match[1], match[3][0], match[3][1:-1]
        hidden = ":" not in name and name != "xmlns" and rules.is_personal((*self._open, element, name), value, "")
        written = self._redactor.value(value) if hidden else self._redactor.ids(value)
        return f"{name}{match[2]}{quote}{written}{quote}"

    def _text(self, text: str) -> str:
        if not text.strip():
            return text
        if rules.names_requisite(self._open):
            self._requisite = text.strip()
        if not rules.is_personal(tuple(self._open), text, self._requisite):
            return self._redactor.leaf(text)
        return self._redactor.comment(text) if rules.is_comment(self._open) else self._redactor.value(text)
