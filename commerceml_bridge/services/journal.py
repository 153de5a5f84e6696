"""Recording every HTTP request of 1C with its answer. Bodies that are stored anyway are referenced, not copied."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass

from commerceml_bridge.services.bridge import Bridge

UNKNOWN_LOGIN = "?"


@dataclass(frozen=True)
class Exchange:
    """One request of 1C and what it was answered; secrets are masked before they get here (``log``)."""

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
    session_id: int | None
    node_id: int | None
    upload_id: int | None
    upload_from: int | None
    upload_to: int | None
    result: str
    """success, failure, progress, xml or text"""
    code: str
    error: str
    status: int
    response_headers: dict[str, str]
    response_body: bytes | None
    """``None`` when it is the body of ``delivery_id``"""
    response_size: int
    delivery_id: int | None


def record(bridge: Bridge, exchange: Exchange) -> int:
    """Store one request and count it in its session; return the step's id.

    Not durable by itself: a power cut may lose the last lines of the journal, never what they tell of.
    """
    values = dict(vars(exchange))
    for name in ("request_headers", "response_headers"):
        values[name] = json.dumps(values[name], ensure_ascii=False)
    with bridge.db.write(durable=False) as uow:
        if exchange.login and exchange.node_id is None and uow.nodes.by_login(exchange.login) is None:
            values["login"] = UNKNOWN_LOGIN  # people type passwords into the login field
        return uow.journal.add_step(**values)
