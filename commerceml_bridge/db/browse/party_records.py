"""What the pages show of portals and nodes, and of what needs a person (see ``records``)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass


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
    node_id: int | None


@dataclass(frozen=True)
class ProblemFilter:
    """What to list; empty values do not filter. ``node`` and ``portal`` are names, ``q`` a part of title or reason."""

    source: str = ""
    code: str | None = None
    node: str = ""
    portal: str = ""
    q: str = ""


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
    event_at: dt.datetime | None
    events: int
    events_ignored: int
    event_kinds: dict[str, object]
    parties_at: dt.datetime | None
    swept_at: dt.datetime | None
    sweep_note: str


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
    usual_interval: float | None
    """seconds between two visits of 1C, the median of the last ones; ``None``: too few to tell"""


@dataclass(frozen=True)
class Contact:
    """When the 1C of a node last came."""

    id: int
    client: str
    created_at: dt.datetime
    last_contact: dt.datetime | None


@dataclass(frozen=True)
class NodeName:
    """A node to choose."""

    id: int
    name: str


@dataclass(frozen=True)
class Gauge:
    """One measured value for /metrics: labels are plain names, never secrets."""

    name: str
    labels: tuple[tuple[str, str], ...]
    value: float
