"""What the operator's pages show, as frozen values.

Field names are the keys of the JSON twins (docs/json-api.md): renaming one changes a public interface.

Nothing here may hold a secret: no hash, no digest, no sealed value.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Generic, TypeVar

T = TypeVar("T")
_LONGEST_ID = 18

STATES = ("due", "held", "served", "acknowledged", "seen", "verified", "none")
"""States of an invoice at a node (decision 13); ``none``: known to the node, but it does not go."""


def row_id(text: str) -> int | None:
    """Return the id that a cursor or an address gives, ``None`` if it is none that a database can keep."""
    return int(text) if text.isdecimal() and len(text) < _LONGEST_ID else None


@dataclass(frozen=True)
class Slice(Generic[T]):
    """One page of a long list; ``next`` is the cursor of the page after it, ``""`` at the end."""

    items: tuple[T, ...]
    next: str


@dataclass(frozen=True)
class Consignment:
    """One invoice at one node."""

    id: int
    node_id: int
    node: str
    invoice_id: int
    state: str
    number: str | None
    substitute: bool
    onec_number: str
    held_code: str
    held_reason: str
    outside: str
    cancelled: bool
    resend: bool
    first_served_at: dt.datetime | None
    acknowledged_at: dt.datetime | None
    seen_at: dt.datetime | None
    verified_at: dt.datetime | None
    difference: str
    unposted: str
    unseen: bool
    warning: str
    adopted_at: dt.datetime | None
    date: dt.date | None
    payment: str
    paid_amount: Decimal | None
    payment_reason: str
    payment_note: str


@dataclass(frozen=True)
class Invoice:
    """An invoice as last fetched, with its state at every node."""

    id: int
    portal: str
    host: str
    kind: str
    b24_id: int
    number: str
    date: dt.date
    counterparty: str
    inn: str
    total: Decimal
    currency: str
    stage_id: str
    stage_semantics: str
    never: str
    problem: str
    updated_at: dt.datetime
    fetched_at: dt.datetime
    nodes: tuple[Consignment, ...] = ()


@dataclass(frozen=True)
class InvoiceFilter:
    """What to list. ``state`` is one of ``STATES``, ``never``, ``problem``, ``difference``,
    ``unposted`` or ``adopted``; empty values do not filter."""

    q: str = ""
    portal: str = ""
    node: int | None = None
    state: str = ""
    since: dt.date | None = None
    until: dt.date | None = None


@dataclass(frozen=True)
class Revision:
    """A state of an invoice's content; ``snapshot`` is its canonical JSON."""

    id: int
    number: int
    created_at: dt.datetime
    snapshot: str = field(repr=False)


@dataclass(frozen=True)
class Rendering:
    """A document that was made of a revision for a node, served or not: stored bytes."""

    id: int
    node: str
    created_at: dt.datetime
    revision: int
    number: str
    form: str
    version: str
    encoding: str


@dataclass(frozen=True)
class Serving:
    """One time a document went out: in which session, as which stored bytes."""

    id: int
    delivery_id: int
    session_id: int
    node: str
    served_at: dt.datetime
    acknowledged_at: dt.datetime | None
    state: str
    documents: int
    revision: int
    rendering_id: int
    number: str
    form: str
    encoding: str
    size: int


@dataclass(frozen=True)
class Returned:
    """A document 1C sent back and what was decided about it."""

    id: int
    upload_id: int
    session_id: int
    invoice_id: int | None
    node: str
    position: int
    operation: str
    document_id: str
    number: str
    date: dt.date | None
    amount: str | None
    matched_by: str
    state: str
    decision: str
    reason: str
    code: str
    has_xml: bool
    created_at: dt.datetime
    resolved_at: dt.datetime | None


@dataclass(frozen=True)
class Job:
    """A piece of work for the worker; ``proof`` holds the state before and after."""

    id: int
    kind: str
    portal: str
    invoice_id: int | None
    state: str
    attempts: int
    run_after: dt.datetime
    error: str
    proof: dict[str, object]
    created_at: dt.datetime
    finished_at: dt.datetime | None


@dataclass(frozen=True)
class Event:
    """One line of an invoice's history."""

    id: int
    at: dt.datetime
    kind: str
    text: str
    node: str
    session_id: int | None
    returned_id: int | None
    delivery_id: int | None
    job_id: int | None


@dataclass(frozen=True)
class InvoiceHistory:
    """Everything known about one invoice."""

    invoice: Invoice
    events: tuple[Event, ...]
    revisions: tuple[Revision, ...]
    renderings: tuple[Rendering, ...]
    servings: tuple[Serving, ...]
    returned: tuple[Returned, ...]
    jobs: tuple[Job, ...]
    goods: Mapping[int, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    """by consignment: how each line of its newest document was mapped to an item of 1C"""
