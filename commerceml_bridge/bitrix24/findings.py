"""One thing ``portal check`` looked at: a value for operators."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing looked at. ``follows`` and ``mend`` are empty when it is in order."""

    ok: bool
    name: str
    what: str
    follows: str = ""
    mend: str = ""
