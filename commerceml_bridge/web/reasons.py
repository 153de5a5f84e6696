"""Reasons and explanations in the viewer's language. They are made, and stored, in Russian below the pages.

A stored sentence has its values in it already, so an English page finds the template it was made of: the catalogue
``reasons`` has each template with ``{0}``, ``{1}``, … or ``{name}`` where values stand, read from the source by
``tests/web/reason_sources.py``. A value that is a sentence itself is told in the same way, and so is one sentence
behind another. What no template fits stays as it is: words of a person, of Bitrix24 and of 1C. JSON twins say what is
stored.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from babel.messages.mofile import read_mo

from commerceml_bridge.web.language import language

CATALOGUES = Path(__file__).parent / "translations"
LONGEST = 4000
"""longer texts are bodies, not reasons"""
_PLACE = re.compile(r"\{(\w+)\}")
_SENTENCE_END = re.compile(r"(?<=[.!?;:,])\s+|\n")
_CYRILLIC = re.compile("[а-яё]", re.IGNORECASE)
_FEWEST = 8
"""letters a template must have beside its values: of less it fits anything"""


@dataclass(frozen=True)
class Template:
    """One sentence with values: how it is recognised and what it is in English."""

    pattern: re.Pattern[str]
    landmark: str
    """its longest stretch without values: a text without it need not be matched"""
    places: tuple[str, ...]
    english: str
    weight: int
    """letters that are its own: of two that fit the heavier is meant"""

    def told(self, text: str) -> str | None:
        """Return the English of a text, ``None`` if it was not made of this template."""
        found = self.pattern.fullmatch(text) if self.landmark in text else None
        if found is None:
            return None
        values = dict(zip(self.places, map(english, found.groups()), strict=True))
        return _PLACE.sub(lambda place: values[place[1]], self.english)


def told(text: object) -> object:
    """Return a reason as the viewer reads it; anything but Russian text on an English page stays what it is."""
    if type(text) is not str or language() == "ru":
        return text
    return english(text)


@lru_cache(maxsize=8192)
def english(text: str) -> str:
    """Return the English of a text as far as it is known."""
    if len(text) > LONGEST or not _CYRILLIC.search(text):
        return text
    return _whole(text) or "".join(_pieces(text))


def _whole(text: str) -> str | None:
    exact, templates = _catalogue()
    if text in exact:
        return exact[text]
    return next((found for one in templates if (found := one.told(text)) is not None), None)


def _pieces(text: str) -> Iterator[str]:
    """Yield the text sentence by sentence: the longest run of them that is known is told as one."""
    ends = [*(one.span() for one in _SENTENCE_END.finditer(text)), (len(text), len(text))]
    start = 0
    while start < len(text):
        further = [one for one in ends if one[0] > start]
        known = (one for one in reversed(further) if _whole(text[start : one[0]]) is not None)
        end, after = next(known, further[0])
        piece = text[start:end]
        yield (_whole(piece) or piece) + text[end:after]
        start = after


@cache
def _catalogue() -> tuple[dict[str, str], tuple[Template, ...]]:
    """Return what is said the same always, and the templates, the most telling first."""
    with (CATALOGUES / "en" / "LC_MESSAGES" / "reasons.mo").open("rb") as file:
        said = {str(one.id): str(one.string) for one in read_mo(file) if one.id}
    exact = {key: text for key, text in said.items() if not _PLACE.search(key)}
    made = (_template(key, text) for key, text in said.items() if key not in exact)
    return exact, tuple(sorted((one for one in made if one.weight >= _FEWEST), key=lambda one: -one.weight))


def _template(russian: str, text: str) -> Template:
    parts = _PLACE.split(russian)
    literal = parts[::2]
    pattern = "".join(re.escape(part) if not place % 2 else "(.*?)" for place, part in enumerate(parts))
    return Template(
        re.compile(pattern, re.DOTALL),
        max(literal, key=len),
        tuple(parts[1::2]),
        text,
        sum(len(_CYRILLIC.findall(part)) for part in literal),
    )
