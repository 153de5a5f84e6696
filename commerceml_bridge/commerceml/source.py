"""Bytes of any encoding to UTF-8 text that is safe to hand to a parser.

Settles three things before a parser sees one byte: the encoding, that there is no DOCTYPE (and so no entity), and the
name of the root. The parser then gets UTF-8 without a declaration, so nobody can show it another text than was checked.
Must not build documents. Facts: commerceml §1.4 (encodings and lies about them), §6.8 (DOCTYPE).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from commerceml_bridge.commerceml import vocabulary as v
from commerceml_bridge.errors import ForbiddenXml, NotWellFormed, WrongRoot, XmlIncomplete

PROLOG_LIMIT = 64 * 1024
"""bytes before the root element; real files have under 200"""
PIECE = 32 * 1024
"""characters handed to the parser at once, which bounds what is kept between two looks at its events"""

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_DECLARATION = re.compile(r"<\?xml\s[^>]*?\?>")
_DECLARED_ENCODING = re.compile(r"""encoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]*)["']""")
_ROOT_NAME = re.compile(r"<([^\s<>/!?]+)[\s/>]")
_SKIPPED = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_MARKUP_BEGUN = re.compile(r"<(\?|!(-(-|$)|$)|[^\s<>/!?]*$|$)")
_ACCEPTED = frozenset({"utf-8", "utf-16", "utf-16-le", "utf-16-be", "cp1251", "ascii", "koi8-r", "cp866", "iso8859-5"})
"""Python names of what may be declared; everything else has never been seen and proves nothing"""


@dataclass(frozen=True)
class Opening:
    """What the first bytes say: real encoding (Python's name), root as written, length of the BOM, oddities."""

    encoding: str
    root: str
    bom_length: int
    warnings: tuple[str, ...]


class TextSource:
    """An iterable of UTF-8 pieces made of raw chunks; ``opening`` is set as soon as iteration has begun.

    Iterating raises ``XmlIncomplete`` (no root yet at the end), ``ForbiddenXml``, ``WrongRoot``, or ``NotWellFormed``
    for bytes that do not fit the encoding, the latter only after everything before them has been handed out.
    """

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._line = 1
        self.opening: Opening | None = None

    def __iter__(self) -> Iterator[bytes]:
        head, self.opening = self._open()
        decoder = codecs.getincrementaldecoder(self.opening.encoding)()
        text, fault = _decode(decoder, head[self.opening.bom_length :])
        yield from self._pieces(_blank_declaration(text), fault)
        for chunk in self._chunks:
            yield from self._pieces(*_decode(decoder, chunk))
        _, fault = _decode(decoder, b"", final=True)
        if fault is not None:
            raise XmlIncomplete("Файл обрывается посреди знака.", line=self._line)

    def _open(self) -> tuple[bytes, Opening]:
        head = b""
        for chunk in self._chunks:
            head += chunk
            opening = inspect_opening(head)
            if opening is not None:
                return head, opening
            if len(head) > PROLOG_LIMIT:
                raise NotWellFormed("В начале файла нет корневого элемента.", line=1, column=1)
        raise XmlIncomplete("Файл пуст или обрывается до корневого элемента.")

    def _pieces(self, text: str, fault: UnicodeDecodeError | None) -> Iterator[bytes]:
        for start in range(0, len(text), PIECE):
            piece = text[start : start + PIECE]
            self._line += piece.count("\n")
            yield piece.encode("utf-8")
        if fault is not None:
            byte = fault.object[fault.start]
            message = f"Байт 0x{byte:02X} в строке {self._line} не подходит к кодировке {fault.encoding}."
            raise NotWellFormed(message, line=self._line)


def inspect_opening(head: bytes) -> Opening | None:
    """Return what the first bytes of a file say, or None if more bytes are needed.

    Raises ``ForbiddenXml`` for a DOCTYPE, ``WrongRoot`` for another kind of file, ``NotWellFormed`` for anything that
    cannot become XML, or is declared in an unknown encoding while neither a BOM nor the root tells the real one.
    """
    if len(head) < 4:
        return None
    head = head[:PROLOG_LIMIT]
    bom, encoding = next(((mark, name) for mark, name in _BOMS if head.startswith(mark)), (b"", ""))
    encoding = encoding or _utf16_without_bom(head)
    # in every single-byte encoding and in UTF-8 the markup is ASCII, so latin-1 shows it without knowing which it is
    view = head[len(bom) :].decode(encoding if encoding.startswith("utf-16") else "latin-1", "ignore")
    declared = _declared(view)
    raw_root = _root_name(view)
    if raw_root is None:
        return None
    if encoding.startswith("utf-16"):
        return _settled(encoding, declared, raw_root, len(bom))
    raw = raw_root.encode("latin-1")
    encoding = encoding or _encoding_by_root(raw) or declared or "utf-8"
    if encoding not in _ACCEPTED:
        raise NotWellFormed(f"Неизвестная кодировка {encoding[:40]}.", line=1, column=1)
    return _settled(encoding, declared, raw.decode(encoding, "replace"), len(bom))


def _settled(encoding: str, declared: str, root: str, bom_length: int) -> Opening:
    if root.rpartition(":")[2] != v.ROOT:
        raise WrongRoot(f"Это не файл обмена: корневой элемент «{root[:60]}», нужен «{v.ROOT}».")
    warnings: tuple[str, ...] = ()
    if declared and declared not in (encoding, encoding[:6]):
        warnings = (f"Объявлена кодировка {declared[:40]}, на деле {encoding}.",)
    return Opening(encoding, root, bom_length, warnings)


def _utf16_without_bom(head: bytes) -> str:
    return {b"<\x00": "utf-16-le", b"\x00<": "utf-16-be"}.get(head[:2], "")


def _declared(view: str) -> str:
    """Python's name of the declared encoding; as it is written if that is not one of ours; "" without one."""
    declaration = _DECLARATION.match(view)
    found = _DECLARED_ENCODING.search(declaration.group()) if declaration else None
    if found is None:
        return ""
    try:
        name = codecs.lookup(found.group(1)).name
    except LookupError:
        return found.group(1)
    return name if name in _ACCEPTED else found.group(1)


def _encoding_by_root(raw: bytes) -> str:
    """The root is a known Cyrillic word, so its bytes prove the encoding, whatever the declaration says."""
    for encoding in ("utf-8", "cp1251"):
        if raw.rpartition(b":")[2] == v.ROOT.encode(encoding):
            return encoding
    return ""


def _root_name(view: str) -> str | None:
    position = 0
    while skipped := _SKIPPED.match(view, position):
        position = skipped.end()
    if position == len(view):
        return None
    root = _ROOT_NAME.match(view, position)
    if root is not None:
        return root.group(1)
    rest = view[position:]
    if rest[:9].upper() == "<!DOCTYPE":
        raise ForbiddenXml("В файле есть DOCTYPE. Такие файлы не принимаются.", line=view.count("\n", 0, position) + 1)
    if "<!DOCTYPE".startswith(rest) or _MARKUP_BEGUN.match(rest):
        return None
    hint = "это архив zip" if view.startswith("PK") else "ожидался элемент"
    raise NotWellFormed(f"Файл не является XML: {hint}.", line=view.count("\n", 0, position) + 1)


def _decode(
    decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False
) -> tuple[str, UnicodeDecodeError | None]:
    """Decode ``chunk``; with a fault, the text is everything before the wrong byte."""
    try:
        return decoder.decode(chunk, final), None
    except UnicodeDecodeError as fault:
        return fault.object[: fault.start].decode(_codec_name(fault)), fault


def _codec_name(fault: UnicodeDecodeError) -> str:
    """Name of the codec that failed; Python calls table codecs ``charmap``, of ours only cp1251 has gaps."""
    return "cp1251" if fault.encoding == "charmap" else fault.encoding


def _blank_declaration(text: str) -> str:
    """Overwrite the XML declaration with blanks: positions stay right, a false encoding misleads nobody."""
    declaration = _DECLARATION.match(text)
    if declaration is None:
        return text
    return re.sub(r"[^\n]", " ", declaration.group()) + text[declaration.end() :]
