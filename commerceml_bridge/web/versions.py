"""What 1C accepted last beside what it would be given now: the invoice by field, the documents by line."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from commerceml_bridge.db.browse import Browse
from commerceml_bridge.db.browse.records import InvoiceHistory, Serving
from commerceml_bridge.services.outlook import Outlook
from commerceml_bridge.web import changes, xmlview
from commerceml_bridge.web.changes import Change

MOST_LINES = 400
"""Lines of a difference shown; the whole documents are one click away."""


@dataclass(frozen=True)
class Line:
    """A line of a difference; ``kind``: added, removed, same or place."""

    kind: str
    text: str


@dataclass(frozen=True)
class Difference:
    """``accepted`` is the revision 1C has confirmed, ``newest`` the one it would be given now."""

    consignment_id: int
    accepted: int
    newest: int
    rendering_id: int
    fields: tuple[Change, ...]
    lines: tuple[Line, ...]


def differences(browse: Browse, history: InvoiceHistory, outlooks: Sequence[Outlook]) -> tuple[Difference, ...]:
    """Return for every node where 1C confirmed a document how it differs from the newest state of the invoice."""
    found = ((one, _accepted(history, one.node)) for one in outlooks)
    return tuple(_difference(browse, history, one, serving) for one, serving in found if serving is not None)


def _accepted(history: InvoiceHistory, node: str) -> Serving | None:
    confirmed = [one for one in history.servings if one.node == node and one.acknowledged_at is not None]
    return confirmed[-1] if confirmed else None


def _difference(browse: Browse, history: InvoiceHistory, one: Outlook, serving: Serving) -> Difference:
    newest = history.revisions[-1]
    accepted = next((revision for revision in history.revisions if revision.number == serving.revision), newest)
    fields = tuple(changes.between(accepted.snapshot, newest.snapshot)) if accepted != newest else ()
    lines: tuple[Line, ...] = ()
    if one.body:
        before = b"".join(browse.read_body("document", serving.rendering_id))
        lines = _lines(before, one.body) if before else ()
    return Difference(one.consignment_id, accepted.number, newest.number, serving.rendering_id, fields, lines)


def _lines(before: bytes, after: bytes) -> tuple[Line, ...]:
    accepted, newest = (xmlview.show(body, whole=True, pretty=True).text.splitlines() for body in (before, after))
    compared = difflib.unified_diff(accepted, newest, lineterm="", n=1)
    found = []
    for line in list(compared)[2 : MOST_LINES + 2]:
        kind = {"+": "added", "-": "removed", "@": "place"}.get(line[:1], "same")
        found.append(Line(kind, line if kind == "place" else line[1:]))
    return tuple(found)
