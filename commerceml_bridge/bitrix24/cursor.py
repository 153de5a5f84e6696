"""How far the portal was read: a value the caller stores after each page and gives back.

Follows facts bitrix24-rest §7 (correctness comes from polling) and §6.8 (paging by id). A pass reads all invoices
changed since ``updated_from`` in the order of their ids; the next pass starts from the moment the portal's own clock
showed when this one began, since an invoice behind us may change while we read on.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field, replace
from typing import Any

from commerceml_bridge.domain.invoices import InvoiceKind


@dataclass(frozen=True)
class KindCursor:
    """How far one kind of invoices was read; times are aware UTC by the portal's clock."""

    updated_from: dt.datetime | None = None
    """changes since then are asked for; ``None``: the first load"""
    last_id: int = 0
    """the pass under way has read up to this id; 0: no pass is under way"""
    pass_started: dt.datetime | None = None


@dataclass(frozen=True)
class Cursor:
    """How far a portal was read."""

    smart: KindCursor = field(default_factory=KindCursor)
    old: KindCursor = field(default_factory=KindCursor)
    dated_from: dt.date | None = None
    """the first load takes invoices dated from that day only; later passes take every changed one"""
    parties_from: dt.datetime | None = None
    """changes of counterparties and goods since then are asked for; ``None``: all are fresh at the first load"""

    def of(self, kind: InvoiceKind) -> KindCursor:
        """Return the part of ``kind``."""
        return self.smart if kind is InvoiceKind.SMART else self.old

    def moved(self, kind: InvoiceKind, to: KindCursor) -> Cursor:
        """Return the cursor with the part of ``kind`` replaced."""
        return replace(self, smart=to) if kind is InvoiceKind.SMART else replace(self, old=to)

    def to_json(self) -> str:
        """Return a text for storage."""
        dated_from = self.dated_from.isoformat() if self.dated_from else None
        parties_from = self.parties_from.isoformat() if self.parties_from else None
        parts = {"smart": _dump(self.smart), "old": _dump(self.old)}
        return json.dumps({**parts, "dated_from": dated_from, "parties_from": parties_from})

    @classmethod
    def from_json(cls, text: str) -> Cursor:
        """Return what ``to_json`` wrote; an empty text is the very beginning. Raises ValueError for anything else."""
        if not text:
            return cls()
        data = json.loads(text)
        try:
            dated_from = dt.date.fromisoformat(data["dated_from"]) if data["dated_from"] else None
            parties = data.get("parties_from")  # cursors of earlier releases have none
            parties_from = dt.datetime.fromisoformat(parties) if parties else None
            return cls(_load(data["smart"]), _load(data["old"]), dated_from, parties_from)
        except (KeyError, TypeError) as error:
            raise ValueError("not a stored cursor") from error


def _dump(cursor: KindCursor) -> dict[str, Any]:
    return {
        "updated_from": cursor.updated_from.isoformat() if cursor.updated_from else None,
        "last_id": cursor.last_id,
        "pass_started": cursor.pass_started.isoformat() if cursor.pass_started else None,
    }


def _load(data: dict[str, Any]) -> KindCursor:
    def moment(name: str) -> dt.datetime | None:
        return dt.datetime.fromisoformat(data[name]) if data[name] else None

    return KindCursor(moment("updated_from"), int(data["last_id"]), moment("pass_started"))
