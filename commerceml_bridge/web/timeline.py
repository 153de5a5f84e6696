"""The life of an invoice as one line: revisions, servings, what came back, what was written, what people did.

Recorded events tell only what the other tables do not: a serving, for one, is stored once per delivery and never as
an event per document.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from flask_babel import gettext as _

from commerceml_bridge.db.browse.records import Event, InvoiceHistory, Returned
from commerceml_bridge.services.jobs import WRITEBACK
from commerceml_bridge.web import changes, labels
from commerceml_bridge.web.changes import Change
from commerceml_bridge.web.formatting import plain_day, plain_sum


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


ORDER = (
    *("changed", "fetched", "revised", "rendered", "served"),
    *("acknowledged", "returned", "decided", "written", "proven"),
)
"""The life of an invoice: what comes first of things of one moment."""
_PLACES = {kind: place for place, kind in enumerate(ORDER)}
_SAME_MOMENT = dt.timedelta(seconds=5)


def of(history: InvoiceHistory) -> tuple[Entry, ...]:
    """Return everything that happened to the invoice, oldest first."""
    events = [*history.events]
    entries = [
        *_revised(history),
        *_rendered(history),
        *_served(history),
        *_returned(history, events),
        *_written(history),
        *_told(history, events),
    ]
    return tuple(sorted(entries, key=lambda entry: (entry.at, _PLACES.get(entry.kind, _PLACES["rendered"]))))


def _revised(history: InvoiceHistory) -> Iterator[Entry]:
    texts = {one.at: one.text for one in history.events if one.kind == "revised"}
    stored = {one.id: one.snapshot for one in history.revisions}
    saved: set[str] = set()
    for one in changes.of_revisions(history.revisions):
        kind = "fetched" if one.number == 1 else "revised"
        text = texts.get(one.created_at) or _("Ревизия %(number)s", number=one.number)
        yield Entry(f"revision-{one.id}", one.created_at, kind, text, revision_id=one.id, changes=one.changes)
        said = json.loads(stored[one.id]).get("updated_at")
        if said and said not in saved:  # another card of it may have changed since, not the invoice
            saved.add(said)
            yield Entry(f"changed-{one.id}", dt.datetime.fromisoformat(said), "changed", revision_id=one.id)


def _rendered(history: InvoiceHistory) -> Iterator[Entry]:
    for one in history.renderings:
        text = _("Ревизия %(number)s, номер для 1С %(wire)s", number=one.revision, wire=one.number)
        form = f"{labels.label(labels.FORMS, one.form)} {one.version}".strip()
        text = f"{text}, {form}, {one.encoding}"
        yield Entry(f"rendered-{one.id}", one.created_at, "rendered", text, one.node, rendering_id=one.id)


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


def _returned(history: InvoiceHistory, events: list[Event]) -> Iterator[Entry]:
    """Yield each document that came and what was decided of it; the events that say the same are taken from the list.

    A repeated document tells nothing new.
    """
    came = {one.returned_id: one for one in events if one.kind == "returned" and one.returned_id is not None}
    for one in history.returned:
        if one.state == "repeated":
            continue
        event = came.get(one.id)
        at, anchor = (event.at, f"event-{event.id}") if event else (one.created_at, f"came-{one.id}")
        if event:
            events.remove(event)
        entry = Entry(anchor, at, "returned", _document(one), one.node, one.session_id, returned_id=one.id)
        yield entry
        decided = next((found for found in events if _is_decision_on(found, one, at)), None)
        if decided is not None:
            events.remove(decided)
            yield replace(entry, anchor=f"event-{decided.id}", kind="decided", text=decided.text)
        elif one.reason:
            yield replace(entry, anchor=f"decided-{one.id}", kind="decided", text=one.reason)


def _document(one: Returned) -> str:
    named = f"{one.operation or _('документ')} {one.number or one.document_id}"
    if one.date is not None:
        named += f" {plain_day(one.date)}"
    return f"{named}, {plain_sum(one.amount)}" if one.amount else named


def _is_decision_on(event: Event, one: Returned, at: dt.datetime) -> bool:
    """Tell whether the event says what is to be written because of the document."""
    near = abs(event.at - at) < _SAME_MOMENT
    return event.kind == "decided" and event.node == one.node and near and event.text.startswith(one.reason)


def _written(history: InvoiceHistory) -> Iterator[Entry]:
    told = {one.job_id for one in history.events}
    for one in history.jobs:
        if one.finished_at is None or one.kind != WRITEBACK:
            continue
        if one.id not in told:
            kind = "parked" if one.state == "parked" else "written"
            yield Entry(f"done-{one.id}", one.finished_at, kind, one.error, job_id=one.id)
        if one.state == "done" and one.proof:
            written = [event.at for event in history.events if event.job_id == one.id and event.kind == "written"]
            at = max([one.finished_at, *written])
            yield Entry(f"proven-{one.id}", at, "proven", job_id=one.id)


def _told(history: InvoiceHistory, events: Iterable[Event]) -> Iterator[Entry]:
    """Yield recorded events, but those of revisions that were told already."""
    revised = {one.created_at for one in history.revisions}
    sessions = {one.id: one.session_id for one in history.returned}
    for one in events:
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
