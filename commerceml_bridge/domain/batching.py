"""Which documents go into the next query answer, so that no document can stop the others (decision 10).

1C refuses a whole answer for one bad document (facts: 1c-clients §3.2) and does not say which. After three refusals in
a row the batch falls under suspicion and is served in halves until the culprit stands alone; it is held and the rest
flows. Pure: the caller keeps the open batch, the count of refusals and the marks of suspicion, and answers a second
``query`` of the same session itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

PATIENCE = 3
"""Refusals in a row before a batch falls under suspicion; a suspected batch has no patience left."""


class DueDocument(Protocol):
    """What planning needs of a due document; ``Due`` and the database's row both are one."""

    @property
    def id(self) -> int:
        """Our id of the document at the node."""

    @property
    def suspect(self) -> bool:
        """It was in a batch that 1C refused."""


@dataclass(frozen=True)
class Due:
    """A document that would go out."""

    id: int
    suspect: bool = False


@dataclass(frozen=True)
class Plan:
    """What to serve now, in order; ``replay``: the open batch byte for byte.

    ``suspects`` is the whole set from now on: the caller marks these and clears every other mark (a caller that only
    adds marks loses no document, but searches longer). A mark also goes with the acknowledgement of its document.
    ``hold`` are documents 1C surely refuses; they are no longer due.
    """

    serve: list[int]
    replay: bool = False
    suspects: frozenset[int] = frozenset()
    hold: list[int] = field(default_factory=list)


def plan(due: Sequence[DueDocument], *, cap: int, open_batch: Sequence[int] | None, attempts: int) -> Plan:
    """Plan the next answer.

    ``due`` are the documents that may go out, those of the open batch included, in the order they should flow; ``cap``
    limits an answer (0: no limit). ``open_batch`` is everything served last without ``success`` in ``attempts``
    sessions in a row, also what is not due any more: a document is held only if it was refused all alone.
    """
    ids = [one.id for one in due]
    suspects = [one.id for one in due if one.suspect]
    batch = list(open_batch or ())
    known = set(ids)
    left = [one for one in batch if one in known]
    if not left:
        return _fresh(ids, suspects, cap)
    if attempts >= PATIENCE or (suspects and attempts >= 1):
        return _fresh(ids, left, cap) if len(batch) > 1 else _guilty(ids, suspects, left[0], cap)
    if len(left) < len(batch):
        return _fresh(ids, suspects, cap)
    return Plan(left, replay=True, suspects=frozenset(suspects))


def _guilty(ids: Sequence[int], suspects: Sequence[int], culprit: int, cap: int) -> Plan:
    """Hold the document that was refused all alone, and go on with the others."""
    rest = _fresh([one for one in ids if one != culprit], [one for one in suspects if one != culprit], cap)
    return Plan(rest.serve, suspects=rest.suspects, hold=[culprit])


def _fresh(ids: Sequence[int], suspects: Sequence[int], cap: int) -> Plan:
    """Serve the first half of the suspects, or everything when there are none."""
    if suspects:
        return Plan(_half(suspects, cap), suspects=frozenset(suspects))
    return Plan(list(ids[:cap] if cap else ids))


def _half(suspects: Sequence[int], cap: int) -> list[int]:
    size = max(1, len(suspects) // 2)
    return list(suspects[: min(size, cap) if cap else size])
