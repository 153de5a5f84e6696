"""How each client turns the bytes of an answer into text (facts: 1c-clients §2.4).

Every function takes an answer and returns a string as 1C would hold it; a byte-order mark is swallowed wherever the
platform swallows it. None of them repairs a wrong declaration beyond what the client itself does.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable

from commerceml_bridge.simulators.onec import errors
from commerceml_bridge.simulators.onec.errors import OneCError
from commerceml_bridge.simulators.onec.wire import Answer

Decoder = Callable[[Answer], str]
REPLACEMENT = "\ufffd"
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_ENCODING_NAME = re.compile(r"[A-Za-z0-9._-]+")
_DECLARED = re.compile(rb'^\s*<\?xml[^>]*?encoding\s*=\s*["\']([A-Za-z0-9._-]+)["\']')


def _text(body: bytes, encoding: str) -> str:
    """Decode with replacement marks; raises OneCError for an encoding the platform does not know."""
    try:
        known = _ENCODING_NAME.fullmatch(encoding) is not None and codecs.lookup(encoding) is not None
    except LookupError:
        known = False
    if not known:  # Python's own look-up would forgive quotes and blanks around the name
        raise OneCError(errors.PLATFORM, f"неизвестная кодировка {encoding!r}")
    return body.decode(encoding, errors="replace").removeprefix("\ufeff")


def _header_charset(answer: Answer) -> str | None:
    charset = answer.headers.get_param("charset", None, "Content-Type")
    return charset.strip() or None if isinstance(charset, str) else None


def by_header(answer: Answer) -> str:
    """УТ 11 family: ``ПолучитьТелоКакСтроку()``: charset of Content-Type, else UTF-8."""
    return _text(answer.body, _header_charset(answer) or "utf-8")


def by_header_with_retries(answer: Answer) -> str:
    """УНФ 3.0 and БП: the same, then header charset, windows-1251 and UTF-8 as long as U+FFFD is found."""
    text = by_header(answer)
    for encoding in (_header_charset(answer), "windows-1251", "utf-8"):
        if REPLACEMENT not in text:
            break
        if encoding is not None:
            text = _text(answer.body, encoding)
    return text


def by_text_document(answer: Answer) -> str:
    """UT 10.3: ``ТекстовыйДокумент.Прочитать`` of a temp file: a BOM, else the system's windows-1251."""
    for mark, encoding in _BOMS:
        if answer.body.startswith(mark):
            return _text(answer.body[len(mark) :], encoding)
    return _text(answer.body, "windows-1251")


def by_declaration(answer: Answer) -> str:
    """УНФ 1.6: XML declaration, else Content-Type, else UTF-8."""
    body = answer.body.removeprefix(codecs.BOM_UTF8)
    declared = _DECLARED.match(body)
    if declared:
        return _text(body, declared.group(1).decode("ascii"))
    return by_header(answer)


def by_charset_tail(answer: Answer) -> str:
    """Bitrix module 7.0.1.3: everything after the first ``charset=`` of Content-Type is the encoding name.

    Hence charset must be the last parameter and unquoted; without it the module stumbles into an unhandled error.
    """
    content_type = str(answer.headers.get("Content-Type", ""))
    _, found, name = content_type.partition("charset=")
    if not found:
        raise OneCError(errors.PLATFORM, f"в Content-Type нет charset: {content_type!r}")
    return _text(answer.body, name)


def by_text_reader(answer: Answer) -> str:
    """Bitrix module, УТП build: default encoding of ``ЧтениеТекста`` (UTF-8)."""
    return _text(answer.body, "utf-8")
