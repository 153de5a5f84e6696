"""Invented words: the same length, kinds of characters and spelling in XML as the word they stand for.

"The same kind" goes as far as encodings do: a letter windows-1251 has is replaced by one it has, a letter that must be
written as a numeric reference by one whose reference is as long, and each takes as many bytes in UTF-8 as before. So
a replacement never changes the length of a file, whatever its encoding. Knows no XML but character references.
"""

from __future__ import annotations

import functools
import hmac
import itertools
import re
from collections.abc import Callable, Iterator

from commerceml_bridge.domain.taxpayers import inn_fault

_LEGAL_FORMS = ("ООО", "АО", "ПАО", "ОАО", "ЗАО", "ИП", "НКО", "АНО", "ГУП", "МУП", "ФГУП", "ТОО", "КФХ", "ТСЖ", "LLC")
_COUNTRY = ("Россия", "РОССИЯ", "РФ", "Российская", "Федерация", "Russia", "Russian", "Federation")
KEPT = frozenset((*_LEGAL_FORMS, *_COUNTRY))
"""They tell nothing: 1C makes something of legal forms, and an ИНН goes out or not by the country."""
_ENTITY = r"&[A-Za-z][A-Za-z0-9]*;"
_RUN = re.compile(rf"{_ENTITY}|(?:[^\W\d_]|[0-9]|&#x?[0-9A-Fa-f]+;)+|[\ud800-\udfff]")
_WORD = re.compile(r"[^\W\d_]+|[0-9]+")
_UNIT = re.compile(r"&#x?[0-9A-Fa-f]+;|.", re.DOTALL)
_REFERENCE = re.compile(r"&#(?:(?P<hex>x[0-9A-Fa-f]+)|(?P<decimal>[0-9]+));")
_DIGITS = "0123456789"
_TAX_NUMBERS = {10: 1, 12: 2}
"""Digits of an ИНН → how many of its last digits are its checksum: what goes to 1C depends on it."""
_FOREIGN_FIRM = "9909"
"""How the ИНН of a foreign firm begins (``taxpayers.is_of_russian_firm``)."""
_TRIES = 50

_CONSONANTS = {"а": "бвгдзклмнпрст", "А": "БВГДЗКЛМНПРСТ", "a": "bdfgklmnprstv", "A": "BDFGKLMNPRSTV"}
_VOWELS = {"а": "аеиоу", "А": "АЕИОУ", "a": "aeiou", "A": "AEIOU"}
_BY_REFERENCE = {
    (3, True): "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏ",
    (3, False): "àáâãäåæçèéêëìíîï",
    (4, True): "ԱԲԳԴԵԶԷԸԹԺԻԼԽԾԿՀ",
    (4, False): "աբգդեզէըթժիլխծկհ",
}
"""Letters windows-1251 lacks, by digits of the decimal reference and case; all two bytes in UTF-8."""
_LONG = {(4, 3): 0x10D0, (5, 3): 0xAC00, (5, 4): 0x10330, (6, 4): 0x20000}
"""First of sixteen letters by digits of the reference and bytes in UTF-8: Georgian, Hangul, Gothic, CJK."""


class Words:
    """A table of replacements, made up as words come along."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._known: dict[str, str] = {}
        self._taken: set[str] = set()

    def replace(self, text: str) -> str:
        """Return the text with every word of letters and every run of digits replaced; entities are left alone."""
        return _RUN.sub(lambda match: self._run(match[0]), text)

    def hex(self, text: str) -> str:
        """Return invented hexadecimal digits."""
        return hmac.new(self._key, b"hex" + text.encode(), "sha512").hexdigest()[: len(text)]

    def _run(self, run: str) -> str:
        if run.startswith("&") and not run.startswith("&#"):
            return run
        if "\ud800" <= run <= "\udfff":
            return "\udcff"  # a byte that does not fit the encoding: as wrong as before, but another one
        if "&#" not in run:
            return self._plain(run)
        units = _UNIT.findall(run)
        replaced = self._plain("".join(_character(unit) for unit in units))
        return "".join(_respell(unit, new) for unit, new in zip(units, replaced, strict=True))

    def _plain(self, run: str) -> str:
        return _WORD.sub(lambda match: self._word(match[0]), run)

    def _word(self, word: str) -> str:
        if word in KEPT or (len(word) == 1 and word in _DIGITS):
            return word
        if word not in self._known:
            self._known[word] = self._invent(word)
            self._taken.add(self._known[word])
        return self._known[word]

    def _invent(self, word: str) -> str:
        """Two words stay two words where there is room for it."""
        candidate = word
        for attempt in range(_TRIES):
            candidate = _draw(word, self._stream(f"{attempt}/{word}"))
            if word.isascii() and word.isdecimal() and len(word) in _TAX_NUMBERS:
                kept = len(_FOREIGN_FIRM) if word.startswith(_FOREIGN_FIRM) else 0
                candidate = _as_right_as(word, word[:kept] + candidate[kept:])
            if candidate != word and candidate not in self._taken:
                break
        return candidate

    def _stream(self, seed: str) -> Callable[[], int]:
        def blocks() -> Iterator[int]:
            for block in itertools.count():
                yield from hmac.new(self._key, f"{block}/{seed}".encode(), "sha256").digest()

        return blocks().__next__


def _as_right_as(word: str, candidate: str) -> str:
    """Return the candidate with other last digits, so that its checksum fits exactly if that of ``word`` does."""
    checked = _TAX_NUMBERS[len(word)]
    wrong = bool(inn_fault(word))
    ends = itertools.chain((candidate[-checked:],), (f"{end:0{checked}d}" for end in range(10**checked)))
    fitting = (candidate[:-checked] + end for end in ends)
    return next((one for one in fitting if bool(inn_fault(one)) == wrong), candidate)


def _draw(word: str, draw: Callable[[], int]) -> str:
    """Consonants and vowels take turns, so that invented names can be read aloud."""
    vowel = draw() % 2
    letters = []
    for position, character in enumerate(word):
        if character in _DIGITS:
            fitting = _DIGITS if position or character == "0" else _DIGITS[1:]
            letters.append(fitting[draw() % len(fitting)])
            continue
        alphabet = _alphabet(character, vowel=(position + vowel) % 2 == 1)
        letters.append(alphabet[draw() % len(alphabet)])
    return "".join(letters)


@functools.lru_cache(maxsize=4096)
def _alphabet(character: str, *, vowel: bool) -> str:
    """Return the letters that may stand for ``character``."""
    plain = _plain_alphabet(character)
    if plain:
        return (_VOWELS if vowel else _CONSONANTS)[plain]
    digits, size = len(str(ord(character))), len(character.encode())
    if size == 2:
        return _BY_REFERENCE[digits, character.isupper()]
    first = _LONG[digits, size]
    return "".join(chr(first + offset) for offset in range(16))


def _plain_alphabet(character: str) -> str:
    upper = character.isupper()
    if character.isascii():
        return "A" if upper else "a"
    try:
        character.encode("cp1251")
    except UnicodeEncodeError:
        return ""
    return "А" if upper else "а"


def _character(unit: str) -> str:
    reference = _REFERENCE.fullmatch(unit)
    if reference is None:
        return unit
    code = int(reference["hex"][1:], 16) if reference["hex"] else int(reference["decimal"])
    character = chr(code) if code < 0x110000 else "\ufffd"
    return character if character.isalnum() else "\ufffd"


def _respell(unit: str, new: str) -> str:
    """Spell the new character as the old one was, in as many characters; punctuation keeps its reference."""
    reference = _REFERENCE.fullmatch(unit)
    if reference is None:
        return new
    if new == "\ufffd":
        return unit
    if reference["hex"]:
        written = f"&#x{ord(new):0{len(reference['hex']) - 1}X};"
    else:
        written = f"&#{ord(new):0{len(reference['decimal'])}d};"
    return written if len(written) == len(unit) else "x" * len(unit)
