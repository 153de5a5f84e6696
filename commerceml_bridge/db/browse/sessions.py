"""Exchange sessions and their steps. Bodies are named here and read in ``bodies``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from commerceml_bridge.db.browse.exchange_records import Given, Session, SessionFilter, Step, Upload
from commerceml_bridge.db.browse.expressions import Row, matches, parsed, record
from commerceml_bridge.db.browse.facets import Facet, of_sessions
from commerceml_bridge.db.browse.records import Slice, row_id
from commerceml_bridge.db.tables import (
    consignment,
    delivery,
    delivery_item,
    invoice,
    node,
    rendering,
    returned,
    serving,
    session,
    step,
    upload,
)
from commerceml_bridge.log import mask_body, mask_headers, mask_query

INVOICES_ASKED_FOR = 200
"""Invoices whose sessions are looked for: a word that fits them all asks for no more."""
SHORT = 2000
"""An answer up to this many bytes is shown with its step; a longer one by link."""

_COLUMNS = (
    "id",
    "node_id",
    "started_at",
    "last_seen_at",
    "exchange_type",
    "version",
    "cml_version",
    "user_agent",
    "remote",
    "result",
    "steps",
)
_SESSIONS = sa.select(*(session.c[name] for name in (*_COLUMNS, "families")), node.c.name.label("node")).join(
    node, node.c.id == session.c.node_id
)


def listed(connection: sa.Connection, wanted: SessionFilter, *, cursor: str, limit: int) -> Slice[Session]:
    """List sessions, newest first; the cursor is the id of the last one shown."""
    statement = _SESSIONS.where(*_conditions(connection, wanted))
    if (last := row_id(cursor)) is not None:
        statement = statement.where(session.c.id < last)
    rows = connection.execute(statement.order_by(session.c.id.desc()).limit(limit + 1)).all()
    found = _with_traffic(connection, rows[:limit])
    return Slice(found, str(found[-1].id) if len(rows) > limit else "")


def one(connection: sa.Connection, session_id: int) -> Session | None:
    """Return one session, or ``None``."""
    found = _with_traffic(connection, connection.execute(_SESSIONS.where(session.c.id == session_id)).all())
    return found[0] if found else None


def facets(connection: sa.Connection, wanted: SessionFilter) -> tuple[Facet, ...]:
    """Return the facets of the sessions that fit."""
    return of_sessions(connection, _conditions(connection, wanted))


def _conditions(connection: sa.Connection, wanted: SessionFilter) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.node is not None:
        conditions.append(session.c.node_id == wanted.node)
    if wanted.result:
        conditions.append(session.c.result == wanted.result)
    if wanted.kind:
        conditions.append(session.c.exchange_type == wanted.kind)
    if wanted.family:
        listed_families = sa.literal(",") + sa.func.replace(session.c.families, " ", "") + sa.literal(",")
        fits = listed_families.contains(f",{wanted.family},", autoescape=True)
        # as a plain LIKE PostgreSQL believes it to be rare, and reads and sorts all sessions for the newest few
        conditions.append(sa.func.coalesce(fits, sa.false()))
    if wanted.since is not None:
        conditions.append(session.c.started_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(session.c.started_at < wanted.until)
    if wanted.q:
        conditions.append(_is_about(connection, wanted.q))
    return conditions


def _is_about(connection: sa.Connection, text: str) -> sa.ColumnElement[bool]:
    """Return the condition that one of the newest invoices that fit a text went out or came back in a session."""
    newest = (
        sa.select(invoice.c.id)
        .where(matches(connection, text))
        .order_by(invoice.c.date.desc(), invoice.c.id.desc())
        .limit(INVOICES_ASKED_FOR)
    )
    chosen = list(connection.scalars(sa.select(consignment.c.id).where(consignment.c.invoice_id.in_(newest))))
    gave = (
        sa.select(serving.c.session_id)
        .join(delivery_item, delivery_item.c.delivery_id == serving.c.delivery_id)
        .where(delivery_item.c.consignment_id.in_(chosen))
    )
    brought = (
        sa.select(upload.c.session_id)
        .join(returned, returned.c.upload_id == upload.c.id)
        .where(returned.c.consignment_id.in_(chosen))
    )
    return sa.or_(session.c.id.in_(gave), session.c.id.in_(brought))


def _with_traffic(connection: sa.Connection, rows: Sequence[Row]) -> tuple[Session, ...]:
    """Turn rows of ``_SESSIONS`` into records: bytes, failures and documents are added up for this page only.

    A step is timed from its beginning, the session from its first answer: one of a single step lasted as long as that.
    """
    ids = [row.id for row in rows]
    traffic = {row.id: row for row in connection.execute(_traffic(ids))}
    sent = _sums(connection, _sent(ids))
    received = {row.session_id: row for row in connection.execute(_received(ids))}
    found = []
    for row in rows:
        values = {name: getattr(row, name) for name in (*_COLUMNS, "node")}
        of = traffic.get(row.id)
        found.append(
            Session(
                **values,
                seconds=max((row.last_seen_at - row.started_at).total_seconds(), int(of.busy_ms) / 1000 if of else 0.0),
                families=tuple(name.strip() for name in row.families.split(",") if name.strip()),
                failures=int(of.failures) if of else 0,
                bytes_in=int(of.bytes_in) if of else 0,
                bytes_out=int(of.bytes_out) if of else 0,
                sent_documents=sent.get(row.id, 0),
                received_documents=int(received[row.id].documents) if row.id in received else 0,
                troubled_files=int(received[row.id].troubled) if row.id in received else 0,
            )
        )
    return tuple(found)


def _traffic(ids: list[int]) -> sa.Select[Any]:
    failed = sa.case((step.c.result == "failure", 1), else_=0)
    return (
        sa.select(
            step.c.session_id.label("id"),
            sa.func.sum(step.c.request_size).label("bytes_in"),
            sa.func.sum(step.c.response_size).label("bytes_out"),
            sa.func.sum(failed).label("failures"),
            sa.func.sum(step.c.duration_ms).label("busy_ms"),
        )
        .where(step.c.session_id.in_(ids))
        .group_by(step.c.session_id)
    )


def _sent(ids: list[int]) -> sa.Select[Any]:
    return (
        sa.select(serving.c.session_id, sa.func.sum(delivery.c.documents))
        .join(delivery, delivery.c.id == serving.c.delivery_id)
        .where(serving.c.session_id.in_(ids))
        .group_by(serving.c.session_id)
    )


# of orders 1C is told something only if documents were set aside; of a catalogue always
_IS_TROUBLED = sa.or_(
    upload.c.state == "quarantined",
    sa.and_(upload.c.state == "processed", upload.c.answer != "", upload.c.documents > 0),
)


def _received(ids: list[int]) -> sa.Select[Any]:
    return (
        sa.select(
            upload.c.session_id,
            sa.func.sum(upload.c.documents).label("documents"),
            sa.func.sum(sa.case((_IS_TROUBLED, 1), else_=0)).label("troubled"),
        )
        .where(upload.c.session_id.in_(ids))
        .group_by(upload.c.session_id)
    )


def _sums(connection: sa.Connection, statement: sa.Select[Any]) -> dict[int, int]:
    return {key: int(value) for key, value in connection.execute(statement)}


_STEPS = (
    sa.select(
        *(
            step.c[name]
            for name in (
                "id",
                "session_id",
                "at",
                "duration_ms",
                "method",
                "path",
                "query",
                "exchange_type",
                "mode",
                "login",
                "remote",
                "request_headers",
                "request_size",
                "upload_id",
                "upload_from",
                "upload_to",
                "result",
                "code",
                "error",
                "status",
                "response_headers",
                "response_size",
                "delivery_id",
            )
        ),
        sa.func.coalesce(node.c.name, "").label("node"),
        sa.func.coalesce(upload.c.filename, "").label("upload_name"),
        sa.func.coalesce(delivery.c.documents, 0).label("documents"),
        sa.case((step.c.response_size <= SHORT, step.c.response_body), else_=None).label("body"),
    )
    .outerjoin(node, node.c.id == step.c.node_id)
    .outerjoin(upload, upload.c.id == step.c.upload_id)
    .outerjoin(delivery, delivery.c.id == step.c.delivery_id)
)


def steps(connection: sa.Connection, session_id: int | None, *, cursor: str, limit: int) -> Slice[Step]:
    """List the steps of a session in order, or (``None``) requests that belong to no session, newest first."""
    statement = _STEPS.where(step.c.session_id == session_id).order_by(step.c.id)
    if session_id is None:
        statement = _STEPS.where(step.c.session_id.is_(None)).order_by(step.c.id.desc())
    if (last := row_id(cursor)) is not None:
        statement = statement.where(step.c.id < last if session_id is None else step.c.id > last)
    rows = connection.execute(statement.limit(limit + 1)).all()
    found = tuple(_step(row) for row in rows[:limit])
    return Slice(found, str(found[-1].id) if len(rows) > limit else "")


def _step(row: Row) -> Step:
    values = dict(row._mapping)
    chunk_from, chunk_to = values.pop("upload_from"), values.pop("upload_to")
    values["query"] = mask_query(values["query"])  # masked when it was recorded; twice costs nothing
    values["request_headers"] = mask_headers(parsed(values["request_headers"]))
    values["response_headers"] = mask_headers(parsed(values["response_headers"]))
    answer = _text(values.pop("body"), values["response_headers"])
    return Step(**values, chunks=(chunk_to or 0) - (chunk_from or 0), answer=answer)


def _text(body: bytes | None, headers: dict[str, str]) -> str:
    if body is None:
        return ""
    content_type = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
    body = mask_body(body)
    is_1251 = "1251" in content_type or b'encoding="windows-1251"' in body[:200]
    return body.decode("windows-1251" if is_1251 else "utf-8", errors="replace")


def given(connection: sa.Connection, session_id: int, limit: int) -> tuple[Given, ...]:
    """Return the invoices that went out in a session, in the order of the file, at most ``limit``."""
    statement = (
        sa.select(
            invoice.c.id.label("invoice_id"),
            invoice.c.number.label("invoice_number"),
            rendering.c.number,
            sa.func.coalesce(consignment.c.date, invoice.c.date, type_=sa.Date).label("date"),
            invoice.c.counterparty,
            rendering.c.total,
            invoice.c.currency,
            serving.c.delivery_id,
            rendering.c.id.label("rendering_id"),
            rendering.c.size,
            serving.c.served_at,
            serving.c.acknowledged_at,
        )
        .join(delivery_item, delivery_item.c.delivery_id == serving.c.delivery_id)
        .join(rendering, rendering.c.id == delivery_item.c.rendering_id)
        .join(consignment, consignment.c.id == delivery_item.c.consignment_id)
        .join(invoice, invoice.c.id == consignment.c.invoice_id)
        .where(serving.c.session_id == session_id)
        .order_by(serving.c.id, delivery_item.c.position)
        .limit(limit)
    )
    return tuple(record(Given, row) for row in connection.execute(statement))


def uploads(connection: sa.Connection, session_id: int) -> tuple[Upload, ...]:
    """Return the files 1C posted in a session."""
    names = ("id", "session_id", "exchange_type", "filename", "state", "size", "answer", "error", "note", "documents")
    statement = (
        sa.select(*(upload.c[name] for name in (*names, "started_at", "completed_at")), node.c.name.label("node"))
        .join(node, node.c.id == upload.c.node_id)
        .where(upload.c.session_id == session_id)
        .order_by(upload.c.id)
    )
    return tuple(record(Upload, row) for row in connection.execute(statement))
