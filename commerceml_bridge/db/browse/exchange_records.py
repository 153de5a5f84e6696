"""What the pages show of the exchange: sessions, steps, files, bodies (see ``records``)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class SessionFilter:
    """What to list; the moments are half-open: [since, until)."""

    node: int | None = None
    result: str = ""
    kind: str = ""
    """exchange type: sale, catalog, reference"""
    family: str = ""
    """a family the session can be of"""
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    q: str = ""
    """what an invoice is found by: its sessions are meant, those that gave it and those that brought it back"""


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
    troubled_files: int
    """files of 1C that are quarantined or of which documents were set aside"""
    bytes_in: int
    bytes_out: int


@dataclass(frozen=True)
class Given:
    """An invoice that went out in a session, as which stored document."""

    invoice_id: int
    invoice_number: str
    number: str
    """on the wire"""
    date: dt.date
    counterparty: str
    total: Decimal
    currency: str
    delivery_id: int
    rendering_id: int
    size: int
    served_at: dt.datetime
    acknowledged_at: dt.datetime | None


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
    note: str
    documents: int
    started_at: dt.datetime
    completed_at: dt.datetime | None


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
    erased: bool = False
    """its bytes are gone by the retention rule"""
