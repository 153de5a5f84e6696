"""What the operator's pages show, as frozen values.

Field names are the keys of the JSON twins (docs/json-api.md): renaming one changes a public interface.

Nothing here may hold a secret: no hash, no digest, no sealed value.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Generic, TypeVar

T = TypeVar("T")

STATES = ("due", "held", "served", "acknowledged", "seen", "verified", "none")
"""States of an invoice at a node (decision 13); ``none``: known to the node, but it does not go."""


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
    resend: bool
    first_served_at: dt.datetime | None
    acknowledged_at: dt.datetime | None
    seen_at: dt.datetime | None
    verified_at: dt.datetime | None
    difference: str
    payment: str
    paid_amount: Decimal | None
    payment_reason: str


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
    """What to list. ``state`` is one of ``STATES``, ``never`` or ``problem``; empty values do not filter."""

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
    servings: tuple[Serving, ...]
    returned: tuple[Returned, ...]
    jobs: tuple[Job, ...]


@dataclass(frozen=True)
class SessionFilter:
    """What to list; the moments are half-open: [since, until)."""

    node: int | None = None
    result: str = ""
    since: dt.datetime | None = None
    until: dt.datetime | None = None


@dataclass(frozen=True)
class Session:
    """One exchange session with what went through it, sizes in bytes."""

    id: int
    node_id: int
    node: str
    started_at: dt.datetime
    last_seen_at: dt.datetime
    seconds: float
    exchange_type: str
    version: str
    cml_version: str
    user_agent: str
    remote: str
    families: tuple[str, ...]
    result: str
    steps: int
    failures: int
    sent_documents: int
    received_documents: int
    bytes_in: int
    bytes_out: int


@dataclass(frozen=True)
class Step:
    """One HTTP request of 1C and its answer, secrets masked when it was recorded."""

    id: int
    session_id: int | None
    node: str
    at: dt.datetime
    duration_ms: int
    method: str
    path: str
    query: str
    exchange_type: str
    mode: str
    login: str
    remote: str
    request_headers: dict[str, str]
    request_size: int
    upload_id: int | None
    upload_name: str
    chunks: int
    result: str
    code: str
    error: str
    status: int
    response_headers: dict[str, str]
    response_size: int
    delivery_id: int | None
    documents: int
    answer: str
    """first bytes of a short answer as text; ``""`` for a delivery, which is shown by link"""


@dataclass(frozen=True)
class Upload:
    """A file 1C posted."""

    id: int
    session_id: int
    node: str
    exchange_type: str
    filename: str
    state: str
    size: int
    answer: str
    error: str
    documents: int
    started_at: dt.datetime
    completed_at: dt.datetime | None


@dataclass(frozen=True)
class Problem:
    """One thing that needs a person; ``source`` says what kind of thing (see ``problems``)."""

    source: str
    code: str
    id: int
    title: str
    reason: str
    at: dt.datetime | None
    node: str
    portal: str
    invoice_id: int | None
    upload_id: int | None
    session_id: int | None


@dataclass(frozen=True)
class ProblemGroup:
    """Problems of one cause; ``items`` are the newest of ``count``."""

    source: str
    code: str
    count: int
    items: tuple[Problem, ...]


@dataclass(frozen=True)
class Portal:
    """A Bitrix24 portal; ``info`` is what was detected there."""

    id: int
    name: str
    code: str
    host: str
    info: dict[str, object]
    created_at: dt.datetime
    fetched_at: dt.datetime | None
    last_error: str
    invoices: int
    nodes: int


@dataclass(frozen=True)
class Node:
    """One 1C base. ``counts`` are invoices by state; ``numbers_printed`` of ``numbers`` equal the printed ones."""

    id: int
    name: str
    portal: str
    login: str
    from_date: dt.date
    client: str
    prefix: str
    options: dict[str, object]
    last_form: str
    last_version: str
    created_at: dt.datetime
    last_contact: dt.datetime | None
    last_session_id: int | None
    counts: dict[str, int]
    quarantined: int
    numbers: int
    numbers_printed: int


@dataclass(frozen=True)
class Body:
    """A stored body: ``kind`` and ``id`` name it, ``size`` is in bytes, ``filename`` is for the download."""

    kind: str
    id: int
    size: int
    content_type: str
    filename: str
    session_id: int | None
    invoice_id: int | None


@dataclass(frozen=True)
class Gauge:
    """One measured value for /metrics: labels are plain names, never secrets."""

    name: str
    labels: tuple[tuple[str, str], ...]
    value: float
