"""Items of 1C as its catalogue files tell of them (commerceml §8). Pure values; must not know files or tables.

Two kinds of entries speak about one item: ``Товар`` of a catalogue and ``Предложение`` of a package of offers. What an
entry does not say is ``None``; what the catalogue says wins over the offer, whatever order they came in.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

GONE_AFTER = 2
"""Full exports in a row an item must be missing from before it counts as gone (``services.catalog_runs``)."""


class EntryKind(StrEnum):
    """Where an entry stands."""

    ITEM = "item"
    OFFER = "offer"


@dataclass(frozen=True)
class Facts:
    """What one entry says of an item; ``None``: nothing."""

    name: str | None = None
    article: str | None = None
    barcode: str | None = None
    full_name: str | None = None
    unit_code: str | None = None
    unit_name: str | None = None
    vat_rate: str | None = None
    """as written, stripped: ``20``, ``Без НДС``, ``Без налога``"""
    is_service: bool | None = None
    deleted: bool | None = None

    def merged(self, other: Facts) -> Facts:
        """Return these facts, those of ``other`` where these say nothing."""
        mine, theirs = vars(self), vars(other)
        return Facts(**{name: theirs[name] if value in (None, "") else value for name, value in mine.items()})

    def to_json(self) -> str:
        """Write what is said, and nothing else, always in the same order."""
        said = {name: value for name, value in vars(self).items() if value is not None}
        return json.dumps(said, ensure_ascii=False, separators=(",", ":"))

    @staticmethod
    def from_json(text: str) -> Facts:
        """Read what ``to_json`` wrote; ``""`` says nothing."""
        return Facts(**json.loads(text)) if text else Facts()


@dataclass(frozen=True)
class Section:
    """A ``Каталог``, ``ПакетПредложений`` or ``ИзмененияПакетаПредложений`` as far as it concerns its entries."""

    kind: EntryKind
    catalog_id: str = ""
    changes_only: bool | None = None
    """``СодержитТолькоИзменения``; ``None``: not said"""


@dataclass(frozen=True)
class Entry:
    """One ``Товар`` or ``Предложение``."""

    section: Section
    item_id: str
    """``GUID``, ``GUID#GUID`` or whatever the base calls it; never empty"""
    facts: Facts

    @property
    def says_little(self) -> bool:
        """Tell a price or a rest from an item: it names nothing that could be looked up."""
        return self.facts.name is None and self.facts.article is None


@dataclass(frozen=True)
class Item:
    """An item of the index: what mapping needs to know of it."""

    item_id: str
    name: str
    article: str = ""
    full_name: str = ""
    unit_code: str = ""
    unit_name: str = ""
    is_service: bool | None = None
    usable: bool = True
    """``False``: marked for deletion in 1C, or gone from its catalogue"""

    @property
    def base_id(self) -> str:
        """The item without its characteristic."""
        return self.item_id.partition("#")[0]


def article_key(article: str) -> str:
    """Return what two articles are compared by: case and outer blanks aside."""
    return article.strip().casefold()


def name_key(name: str) -> str:
    """Return what two names are compared by: case and the number of blanks aside, nothing else."""
    return " ".join(name.split()).casefold()


def item_id(text: str) -> str:
    """Return an Ид as the index keeps it: ``X#X`` is ``X`` (reference-server §2.3), so is ``X#``."""
    parts = [part.strip() for part in text.strip().split("#")]
    return "#".join(dict.fromkeys(part for part in parts if part))


def only_base(items: Iterable[Item]) -> Item | None:
    """Return the one item all of these are or belong to; ``None`` if they are several.

    An article belongs to an item and is repeated with each of its characteristics.
    """
    found = list(items)
    bases = {item.base_id for item in found}
    if len(bases) != 1:
        return None
    if len(found) == 1:
        return found[0]
    return next((item for item in found if item.item_id == item.base_id), None)
