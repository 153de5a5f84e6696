"""What changed between two revisions: their canonical JSON compared leaf by leaf."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from commerceml_bridge.db.browse.records import Revision
from commerceml_bridge.web import labels

UNSEEN = frozenset({"updated_at"})
"""Changes with every save and says nothing."""


@dataclass(frozen=True)
class Change:
    """One value that differs; ``field`` is its path in the stored invoice (``rows.0.price``)."""

    field: str
    before: str | None
    after: str | None

    @property
    def label(self) -> str:
        """The path in words: ``строка 1: цена``."""
        words: list[str] = []
        for part in self.field.split("."):
            if part.isdecimal() and words:
                words[-1] += f" {int(part) + 1}"
            else:
                words.append(labels.label(labels.FIELDS, part))
        return ": ".join(words)


@dataclass(frozen=True)
class RevisionChanges:
    """A revision and what it changed against the one before; the first one changes nothing."""

    id: int
    number: int
    created_at: Any
    changes: tuple[Change, ...]


def of_revisions(revisions: Sequence[Revision]) -> tuple[RevisionChanges, ...]:
    """Return every revision with its changes, in order."""
    found = []
    earlier: str | None = None
    for one in revisions:
        changes = () if earlier is None else tuple(between(earlier, one.snapshot))
        found.append(RevisionChanges(one.id, one.number, one.created_at, changes))
        earlier = one.snapshot
    return tuple(found)


def between(earlier: str, later: str) -> Iterator[Change]:
    """Yield what differs between two JSON texts."""
    before, after = dict(_leaves(json.loads(earlier))), dict(_leaves(json.loads(later)))
    for field in sorted(before.keys() | after.keys(), key=_natural):
        old, new = before.get(field), after.get(field)
        if old != new and field.rpartition(".")[2] not in UNSEEN:
            yield Change(field, old, new)


def _natural(field: str) -> list[tuple[int, str]]:
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in field.split(".")]


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield (path, text) of every value; empty ones count as absent."""
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    else:
        if value not in (None, ""):
            yield path, value if isinstance(value, str) else json.dumps(value)
        return
    for name, item in items:
        yield from _leaves(item, f"{path}.{name}" if path else str(name))
