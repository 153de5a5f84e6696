"""The life of an invoice as one line: revisions, servings, what came back, what was written, what people did.

Recorded events tell only what the other tables do not: a serving, for one, is stored once per delivery and never as
an event per document.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from flask_babel import gettext as _

from commerceml_bridge.db.browse.records import InvoiceHistory
from commerceml_bridge.web import changes
from commerceml_bridge.web.changes import Change


@dataclass(frozen=True)
class Entry:
    """One thing that happened, with the ids it can be looked up by; ``anchor`` is its place on the page, for good."""

    anchor: str
    at: dt.datetime
    kind: str
    text: str = ""
    node: str = ""
    session_id: int | None = None
    delivery_id: int | None = None
    rendering_id: int | None = None
    returned_id: int | None = None
    job_id: int | None = None
    revision_id: int | None = None
    changes: tuple[Change, ...] = field(default=())


def of(history: InvoiceHistory) -> tuple[Entry, ...]:
    """Return everything that happened to the invoice, oldest first."""
    entries = [*_revised(history), *_served(history), *_returned(history), *_written(history), *_told(history)]
    return tuple(sorted(entries, key=lambda entry: entry.at))


def _revised(history: InvoiceHistory) -> Iterator[Entry]:
    texts = {one.at: one.text for one in history.events if one.kind == "revised"}
    for one in changes.of_revisions(history.revisions):
        kind = "fetched" if one.number == 1 else "revised"
        text = texts.get(one.created_at) or _("Ревизия %(number)s", number=one.number)
        yield Entry(f"revision-{one.id}", one.created_at, kind, text, revision_id=one.id, changes=one.changes)


def _served(history: InvoiceHistory) -> Iterator[Entry]:
    for one in history.servings:
        text = _("Ревизия %(number)s, номер для 1С %(wire)s", number=one.revision, wire=one.number)
        served = Entry(
            f"served-{one.id}-{one.rendering_id}",
            one.served_at,
            "served",
            text,
            one.node,
            one.session_id,
            one.delivery_id,
            rendering_id=one.rendering_id,
        )
        yield served
        if one.acknowledged_at is not None:
            anchor = f"acknowledged-{one.id}-{one.rendering_id}"
            yield replace(served, anchor=anchor, at=one.acknowledged_at, kind="acknowledged", text="")


def _returned(history: InvoiceHistory) -> Iterator[Entry]:
    told = {one.returned_id for one in history.events}
    for one in history.returned:
        if one.state == "repeated" or one.id in told:
            continue
        words = [one.operation, one.number, one.amount or "", one.reason]
        text = ", ".join(word for word in words if word)
        anchor = f"came-{one.id}"
        yield Entry(anchor, one.created_at, "returned", text, one.node, one.session_id, returned_id=one.id)


def _written(history: InvoiceHistory) -> Iterator[Entry]:
    told = {one.job_id for one in history.events}
    for one in history.jobs:
        if one.finished_at is not None and one.kind == "writeback" and one.id not in told:
            kind = "parked" if one.state == "parked" else "written"
            yield Entry(f"done-{one.id}", one.finished_at, kind, one.error, job_id=one.id)
            if one.state == "done" and one.proof:
                yield Entry(f"proven-{one.id}", one.finished_at, "proven", job_id=one.id)


def _told(history: InvoiceHistory) -> Iterator[Entry]:
    """Yield recorded events, but those of revisions that were told already."""
    revised = {one.created_at for one in history.revisions}
    sessions = {one.id: one.session_id for one in history.returned}
    for one in history.events:
        if one.kind == "revised" and one.at in revised:
            continue
        session_id = one.session_id or sessions.get(one.returned_id or 0)
        yield Entry(
            f"event-{one.id}",
            one.at,
            one.kind,
            one.text,
            one.node,
            session_id,
            one.delivery_id,
            returned_id=one.returned_id,
            job_id=one.job_id,
        )
