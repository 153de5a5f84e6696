"""Rows as frozen values: what queries return. Fields are columns of ``tables.py``; secrets never appear in a repr."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

from commerceml_bridge.domain.nodes import NodeOptions


@dataclass(frozen=True)
class PortalRow:
    """A Bitrix24 portal. ``webhook_sealed`` is encrypted; ``services.secrets`` opens it."""

    id: int
    name: str
    code: str
    host: str
    webhook_sealed: str = field(repr=False)
    application_token_sealed: str = field(repr=False)
    cursor: str
    info: str
    created_at: dt.datetime
    fetched_at: dt.datetime | None
    last_error: str
    rate_per_second: float
    rate_capacity: int
    event_at: dt.datetime | None
    events: int
    events_ignored: int
    event_kinds: str
    parties_at: dt.datetime | None
    swept_at: dt.datetime | None
    sweep_note: str


@dataclass(frozen=True)
class NodeRow:
    """One 1C base (узел обмена) with its options."""

    id: int
    name: str
    portal_id: int
    portal_name: str
    portal_code: str
    login: str
    password_hash: str = field(repr=False)
    options: NodeOptions
    last_form: str
    last_version: str
    refused_at: dt.datetime | None
    settled_to: int | None
    portal_info: str = field(repr=False)
    created_at: dt.datetime


@dataclass(frozen=True)
class OperatorRow:
    """A person who may see the pages."""

    id: int
    login: str
    password_hash: str = field(repr=False)
    role: str
    created_at: dt.datetime


@dataclass(frozen=True)
class InvoiceRow:
    """An invoice as last fetched."""

    id: int
    portal_id: int
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
    category_id: int | None
    seller_id: int | None
    responsible_id: int | None
    buyer_id: int | None
    never: str
    updated_at: dt.datetime
    fetched_at: dt.datetime
    read_at: dt.datetime | None
    parties_at: dt.datetime | None
    gone_at: dt.datetime | None
    stale: bool
    searched_revision_id: int | None
    revision_id: int | None


@dataclass(frozen=True)
class RevisionRow:
    """One state of an invoice's content."""

    id: int
    invoice_id: int
    number: int
    content_hash: str
    accounting_hash: str
    snapshot: str
    created_at: dt.datetime


@dataclass(frozen=True)
class ConsignmentRow:
    """The state of one invoice at one node (decision 13)."""

    id: int
    node_id: int
    invoice_id: int
    number: str | None
    digits: int | None
    substitute: bool
    date: dt.date | None
    held_code: str
    held_reason: str
    released: str
    suspect: bool
    due: bool
    resend: bool
    outside: str
    cancelled: bool
    first_served_at: dt.datetime | None
    served_hash: str
    served_rendering_id: int | None
    acknowledged_revision_id: int | None
    acknowledged_hash: str
    acknowledged_at: dt.datetime | None
    onec_id: str
    onec_number: str
    seen_at: dt.datetime | None
    verified_at: dt.datetime | None
    unseen: bool
    difference: str
    unposted: str
    warning: str
    party: str
    party_name: str
    adopted_at: dt.datetime | None
    formed_at: str
    onec_date: dt.date | None
    onec_status_id: str
    onec_status: str
    shipped: bool
    payment: str
    paid_amount: Decimal | None
    payment_reason: str
    payment_note: str
    payment_certain: bool
    voucher_number: str
    voucher_date: dt.date | None


@dataclass(frozen=True)
class SessionRow:
    """One exchange session of a node, from its checkauth on."""

    id: int
    node_id: int
    cookie_digest: str = field(repr=False)
    sessid_digest: str = field(repr=False)
    started_at: dt.datetime
    last_seen_at: dt.datetime
    exchange_type: str
    version: str
    cml_version: str
    user_agent: str
    remote: str
    families: str
    result: str
    steps: int


@dataclass(frozen=True)
class DeliveryRow:
    """A query answer: envelope and the documents in it."""

    id: int
    node_id: int
    state: str
    form: str
    version: str
    encoding: str
    head: bytes = field(repr=False)
    tail: bytes = field(repr=False)
    size: int
    documents: int
    attempts: int
    opened_at: dt.datetime
    acknowledged_at: dt.datetime | None


@dataclass(frozen=True)
class UploadRow:
    """A file 1C posts, possibly in parts."""

    id: int
    node_id: int
    session_id: int
    exchange_type: str
    filename: str
    state: str
    size: int
    answer: str
    code: str
    error: str
    note: str
    documents: int
    pieces: int
    started_at: dt.datetime
    changed_at: dt.datetime
    completed_at: dt.datetime | None
    erased_at: dt.datetime | None


@dataclass(frozen=True)
class JobRow:
    """A piece of work for the worker: an outbox row."""

    id: int
    kind: str
    portal_id: int
    invoice_id: int | None
    payload: str
    state: str
    attempts: int
    run_after: dt.datetime
    claimed_until: dt.datetime | None
    error: str
    proof: str
    created_at: dt.datetime
    finished_at: dt.datetime | None
    key: str
    burst_id: int | None
