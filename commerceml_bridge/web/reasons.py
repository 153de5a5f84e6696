"""Reasons and explanations in the viewer's language. They are made, and stored, in Russian below the pages.

A stored sentence has its values in it already, so an English page finds the template it was made of: the catalogue
``reasons`` has each template with ``{0}``, ``{1}``, … or ``{name}`` where values stand, read from the source by
``tests/web/reason_sources.py``. What a sentence is, is told in this order: word for word; by the template with most
letters of its own; piece by piece, the longest run of pieces that is known first; word by word. A value may be a
sentence itself and is told in the same way, but what stands in «» and what a person gave as a reason is data. What no
template fits stays as it is: words of a person, of Bitrix24 and of 1C. JSON twins say what is stored.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path

from babel.messages.mofile import read_mo

from commerceml_bridge.web.language import language

CATALOGUES = Path(__file__).parent / "translations"
LONGEST = 4000
"""longer texts are bodies, not reasons"""
MOST_PIECES, MOST_WORDS = 12, 12
"""how long a run of pieces is looked up as one sentence, and how long a piece is told word by word"""
DEEPEST = 4
"""how many sentences deep a value is still told: a text of others may be made to nest without end"""
FEWEST = 7
"""letters a template has of its own; of fewer it fits what others wrote too, so nothing Russian may remain then"""
EDGES = " .,:;"
"""what stands around a sentence and is no part of it: it is kept as it is"""
_PLACE = re.compile(r"\{([a-z0-9_]+)\}")
_NEIGHBOURS = re.compile(r"\{[a-z0-9_]+\}(?: ?\{[a-z0-9_]+\})+")
_QUOTED = r"«(?:[^«»]|«[^«»]*»)*»"
_BOUNDARY = re.compile(rf"{_QUOTED}|([,;:]\s+|(?<=[.!?…])\s+|\s*\(|\))")
_SPACE = re.compile(rf"{_QUOTED}|(\s+)")
_CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)
_FOREIGN = re.compile(rf"{_QUOTED}|([а-яё])")
_HEAD = 4
"""letters at the beginning by which templates are found"""


@dataclass(frozen=True, slots=True)
class Template:
    """One sentence with values: its parts around them, and what it is in English."""

    parts: tuple[str, ...]
    """one more than there are places"""
    places: tuple[str, ...]
    english: str
    weight: int
    """letters that are its own: of two that fit the heavier is meant"""
    landmark: str
    """the longest part: a text without it need not be looked at"""

    def told(self, text: str, depth: int) -> str | None:
        """Return the English of a text, ``None`` if it was not made of this template."""
        values = self._values(text)
        if values is None:
            return None
        said: dict[str, str] = {}
        for place, name in enumerate(self.places):
            quoted = self.parts[place].endswith("«") and self.parts[place + 1].startswith("»")
            if quoted and _closes_first(values[place]):
                return None
            is_data = quoted or self.parts[place].endswith("Причина: ")
            said[name] = values[place] if is_data else english(values[place], depth + 1)
        return _PLACE.sub(lambda found: said[found[1]], self.english)

    def _values(self, text: str) -> list[str] | None:
        """Return what stands in the places, each as short as possible."""
        first, *middle, last = self.parts
        end = len(text) - len(last)
        if not text.startswith(first) or not text.endswith(last):
            return None
        values, start = [], len(first)
        for part in middle:
            at = text.find(part, start, end)
            if at < 0:
                return None
            values.append(text[start:at])
            start = at + len(part)
        return [*values, text[start:end]] if start <= end else None


@dataclass(slots=True)
class Catalogue:
    """What is said the same always, and templates: by their first letters, or floating if a value comes early."""

    exact: dict[str, str] = field(default_factory=dict)
    starting: dict[str, list[Template]] = field(default_factory=dict)
    floating: list[Template] = field(default_factory=list)

    def find(self, text: str, depth: int = 0, *, vague: bool = False) -> str | None:
        """Return the English of a whole text, with the marks around it; ``vague`` allows templates of few letters."""
        core = text.strip(EDGES)
        if not core:
            return text
        lead = text.find(core)
        tail = text[lead + len(core) :]
        said = self.exact.get(core) or self._by_template(core, depth, vague=vague)
        if said is None and tail:  # a template may end with a value that is empty, behind its full stop
            said, tail = self._by_template(core + tail, depth, vague=vague), ""
        return None if said is None else text[:lead] + said + tail

    def _by_template(self, text: str, depth: int, *, vague: bool) -> str | None:
        least, said = 0 if vague else FEWEST, None
        for templates in (self.starting.get(text[:_HEAD], ()), self.floating):
            for one in templates:
                if one.weight < least:
                    break
                found = one.told(text, depth) if one.landmark in text else None
                if found is not None and (one.weight >= FEWEST or not _has_foreign(found)):
                    least, said = one.weight + 1, found
                    break
        return said


def told(text: object) -> object:
    """Return a reason as the viewer reads it; anything but Russian text on an English page stays what it is."""
    if type(text) is not str or language() == "ru":
        return text
    return english(text)


@lru_cache(maxsize=8192)
def english(text: str, depth: int = 0) -> str:
    """Return the English of a text as far as it is known; ``depth`` counts the sentences it is a value in."""
    if len(text) > LONGEST or depth > DEEPEST or not _CYRILLIC.search(text):
        return text
    return "\n".join(_line(one, depth) for one in text.split("\n"))


def _line(text: str, depth: int) -> str:
    said = catalogue().find(text, depth)
    return "".join(_runs(text, depth, _BOUNDARY, MOST_PIECES)) if said is None else said


def _piece(text: str, depth: int) -> str:
    """Return a piece word by word: all of it or nothing, for it may be somebody's words."""
    if not _has_foreign(text) or len(text.split()) > MOST_WORDS:
        return text
    said = "".join(_runs(text, depth, _SPACE, MOST_WORDS))
    return text if _has_foreign(said) else said


def _runs(text: str, depth: int, boundary: re.Pattern[str], most: int) -> Iterator[str]:
    """Yield a text piece by piece: the longest run of pieces that is known is told as one."""
    find = catalogue().find
    ends = [found.span(1) for found in boundary.finditer(text) if found[1] is not None] + [(len(text), len(text))]
    first, start = 0, 0
    while first < len(ends):
        lasts = range(min(len(ends), first + most) - 1, first - 1, -1)
        runs = ((one, find(text[start : ends[one][0]], depth, vague=vague)) for vague in (False, True) for one in lasts)
        last, said = next(((one, said) for one, said in runs if said is not None), (first, None))
        if said is None:
            alone = text[start : ends[first][0]]
            said = _piece(alone, depth) if boundary is _BOUNDARY else alone
        yield said + text[slice(*ends[last])]
        first, start = last + 1, ends[last][1]


def _has_foreign(text: str) -> bool:
    """Tell whether a text has Russian words outside of quotes."""
    return any(found[1] for found in _FOREIGN.finditer(text))


def _closes_first(text: str) -> bool:
    """Tell whether a value in quotes reaches over their end: it is no value then."""
    depth = 0
    for letter in text:
        depth += (letter == "«") - (letter == "»")
        if depth < 0:
            return True
    return False


@cache
def catalogue() -> Catalogue:
    """Return the English catalogue. It is read once a process."""
    made = Catalogue()
    with (CATALOGUES / "en" / "LC_MESSAGES" / "reasons.mo").open("rb") as file:
        said = {_bare(str(one.id)): _bare(str(one.string)) for one in read_mo(file) if one.id}
    for russian, text in said.items():
        if not _PLACE.search(russian):
            made.exact[russian] = text
            continue
        one = template(russian, text)
        head = one.parts[0][:_HEAD]
        group = made.floating if len(head) < _HEAD else made.starting.setdefault(head, [])
        group.append(one)
    for group in (made.floating, *made.starting.values()):
        group.sort(key=lambda one: -one.weight)
    return made


def _bare(text: str) -> str:
    """Return a text without its edges; one in brackets is found in them, as any piece in brackets is."""
    text = text.strip(EDGES)
    return text[1:-1] if text.startswith("(") and text.endswith(")") else text


def template(russian: str, text: str) -> Template:
    """Read a template; values beside one another that stay so in English are one: where they part is not known."""
    for found in set(_NEIGHBOURS.findall(russian)):
        if found in text:
            whole = "{" + "_".join(_PLACE.findall(found)) + "}"
            russian, text = russian.replace(found, whole), text.replace(found, whole)
    parts = _PLACE.split(russian)
    literal = tuple(parts[::2])
    weight = sum(map(str.isalpha, "".join(literal)))
    return Template(literal, tuple(parts[1::2]), text, weight, max(literal, key=len))
