"""What 1C may load from the site for its settings (facts: 1c-clients §6; reference-server §1.10)."""

from __future__ import annotations

from dataclasses import dataclass

Entry = tuple[str, str]


@dataclass(frozen=True)
class InfoLists:
    """The three lists of ``mode=info``; an empty one is left out of the answer."""

    statuses: tuple[Entry, ...] = ()
    payment_systems: tuple[Entry, ...] = ()
    deliveries: tuple[Entry, ...] = ()
