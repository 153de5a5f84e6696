"""Stored bodies, found by kind and id and streamed byte for byte: what went over the wire is what the operator gets.

Kinds: ``request`` and ``answer`` of a step, a whole ``delivery`` or ``upload``, one ``document`` as served (a
rendering), one ``returned`` document, a ``revision`` of an invoice as read from Bitrix24, the ``proof`` of a write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa

from commerceml_bridge.db.browse.exchange_records import Body
from commerceml_bridge.db.browse.expressions import Row
from commerceml_bridge.db.tables import (
    consignment,
    delivery,
    delivery_item,
    job,
    rendering,
    returned,
    revision,
    serving,
    step,
    upload,
    upload_chunk,
)
from commerceml_bridge.log import mask_body

XML = "application/xml"
JSON = "application/json"
BINARY = "application/octet-stream"


def find_body(connection: sa.Connection, kind: str, body_id: int) -> Body | None:
    """Return what is known of a body without reading it; ``None`` if there is no such kind, id or body."""
    finder = _FINDERS.get(kind)
    return finder(connection, body_id) if finder else None


def read_body(connection: sa.Connection, kind: str, body_id: int) -> Iterator[bytes]:
    """Yield the bytes of a body found by ``find_body``, one stored piece at a time."""
    if kind in ("request", "upload"):
        yield from _chunks(connection, kind, body_id)
    elif kind == "delivery":
        yield from _delivery(connection, body_id)
    elif kind == "answer":
        yield from _answer(connection, body_id)
    elif kind == "document":
        yield connection.scalar(sa.select(rendering.c.body).where(rendering.c.id == body_id)) or b""
    elif kind == "returned":
        yield connection.scalar(sa.select(returned.c.xml).where(returned.c.id == body_id)) or b""
    elif kind in _TEXTS:
        table, column = _TEXTS[kind]
        yield (connection.scalar(sa.select(column).where(table.c.id == body_id)) or "").encode()


def _row(connection: sa.Connection, statement: sa.Select[Any]) -> Row | None:
    return connection.execute(statement).one_or_none()


def _find_answer(connection: sa.Connection, step_id: int) -> Body | None:
    row = _row(
        connection,
        sa.select(
            step.c.session_id, step.c.response_size, step.c.response_body, step.c.result, step.c.delivery_id
        ).where(step.c.id == step_id, sa.or_(step.c.response_body.is_not(None), step.c.delivery_id.is_not(None))),
    )
    if row is None:
        return None
    is_xml = row.result == "xml"
    # a masked answer is shorter than the one on the wire
    size = row.response_size if row.response_body is None else len(mask_body(row.response_body))
    name = f"answer-{step_id}.{'xml' if is_xml else 'txt'}"
    erased = row.response_body is None and _has_erased(connection, row.delivery_id)
    return Body("answer", step_id, size, XML if is_xml else "text/plain", name, row.session_id, None, erased)


def _find_request(connection: sa.Connection, step_id: int) -> Body | None:
    row = _row(
        connection,
        sa.select(step.c.session_id, step.c.request_size, step.c.upload_from, upload.c.filename, upload.c.erased_at)
        .join(upload, upload.c.id == step.c.upload_id)
        .where(step.c.id == step_id, step.c.upload_from.is_not(None)),
    )
    if row is None:
        return None
    name = f"{step_id}-{row.filename}"
    erased = row.erased_at is not None
    return Body("request", step_id, row.request_size, _type_of(row.filename), name, row.session_id, None, erased)


def _find_upload(connection: sa.Connection, upload_id: int) -> Body | None:
    statement = sa.select(upload.c.filename, upload.c.size, upload.c.session_id, upload.c.erased_at).where(
        upload.c.id == upload_id
    )
    if (row := _row(connection, statement)) is None:
        return None
    name = f"{upload_id}-{row.filename}"
    erased = row.erased_at is not None
    return Body("upload", upload_id, row.size, _type_of(row.filename), name, row.session_id, None, erased)


def _find_delivery(connection: sa.Connection, delivery_id: int) -> Body | None:
    size = connection.scalar(sa.select(delivery.c.size).where(delivery.c.id == delivery_id))
    if size is None:
        return None
    last = sa.select(sa.func.max(serving.c.session_id)).where(serving.c.delivery_id == delivery_id)
    name = f"delivery-{delivery_id}.xml"
    erased = _has_erased(connection, delivery_id)
    return Body("delivery", delivery_id, size, XML, name, connection.scalar(last), None, erased)


def _has_erased(connection: sa.Connection, delivery_id: int) -> bool:
    gone = (
        sa.select(sa.literal(1))
        .select_from(delivery_item)
        .join(rendering, rendering.c.id == delivery_item.c.rendering_id)
        .where(delivery_item.c.delivery_id == delivery_id, rendering.c.erased_at.is_not(None))
    )
    return connection.scalar(gone.limit(1)) is not None


def _find_document(connection: sa.Connection, rendering_id: int) -> Body | None:
    statement = (
        sa.select(rendering.c.size, rendering.c.erased_at, consignment.c.invoice_id)
        .join(consignment, consignment.c.id == rendering.c.consignment_id)
        .where(rendering.c.id == rendering_id)
    )
    if (row := _row(connection, statement)) is None:
        return None
    name, erased = f"document-{rendering_id}.xml", row.erased_at is not None
    return Body("document", rendering_id, row.size, XML, name, None, row.invoice_id, erased)


def _find_returned(connection: sa.Connection, returned_id: int) -> Body | None:
    statement = (
        sa.select(sa.func.length(returned.c.xml).label("size"), upload.c.session_id, consignment.c.invoice_id)
        .join(upload, upload.c.id == returned.c.upload_id)
        .outerjoin(consignment, consignment.c.id == returned.c.consignment_id)
        .where(returned.c.id == returned_id, returned.c.xml.is_not(None))
    )
    if (row := _row(connection, statement)) is None:
        return None
    name = f"returned-{returned_id}.xml"
    return Body("returned", returned_id, row.size, XML, name, row.session_id, row.invoice_id)


def _find_text(connection: sa.Connection, kind: str, row_id: int) -> Body | None:
    table, column = _TEXTS[kind]
    row = _row(
        connection, sa.select(column.label("text"), table.c.invoice_id).where(table.c.id == row_id, column != "")
    )
    if row is None:
        return None
    return Body(kind, row_id, len(row.text.encode()), JSON, f"{kind}-{row_id}.json", None, row.invoice_id)


_TEXTS: dict[str, tuple[sa.Table, sa.Column[str]]] = {
    "revision": (revision, revision.c.snapshot),
    "proof": (job, job.c.proof),
}


_FINDERS: dict[str, Callable[[sa.Connection, int], Body | None]] = {
    "answer": _find_answer,
    "request": _find_request,
    "upload": _find_upload,
    "delivery": _find_delivery,
    "document": _find_document,
    "returned": _find_returned,
    "revision": lambda connection, row_id: _find_text(connection, "revision", row_id),
    "proof": lambda connection, row_id: _find_text(connection, "proof", row_id),
}
KINDS = tuple(_FINDERS)
"""Every kind of body."""


def _type_of(filename: str) -> str:
    return XML if filename.lower().endswith(".xml") else BINARY


def _answer(connection: sa.Connection, step_id: int) -> Iterator[bytes]:
    row = _row(connection, sa.select(step.c.response_body, step.c.delivery_id).where(step.c.id == step_id))
    if row is None:
        return
    if row.response_body is not None:
        yield mask_body(row.response_body)  # masked when it was recorded; twice costs nothing
    elif row.delivery_id is not None:
        yield from _delivery(connection, row.delivery_id)


def _delivery(connection: sa.Connection, delivery_id: int) -> Iterator[bytes]:
    row = _row(connection, sa.select(delivery.c.head, delivery.c.tail).where(delivery.c.id == delivery_id))
    if row is None:
        return
    documents = (
        sa.select(rendering.c.body)
        .join(delivery_item, delivery_item.c.rendering_id == rendering.c.id)
        .where(delivery_item.c.delivery_id == delivery_id)
        .order_by(delivery_item.c.position)
    )
    yield row.head
    yield from connection.scalars(documents.execution_options(yield_per=50))
    yield row.tail


def _chunks(connection: sa.Connection, kind: str, body_id: int) -> Iterator[bytes]:
    statement = sa.select(upload_chunk.c.body).order_by(upload_chunk.c.position)
    if kind == "upload":
        statement = statement.where(upload_chunk.c.upload_id == body_id)
    else:
        statement = statement.join(step, step.c.upload_id == upload_chunk.c.upload_id).where(
            step.c.id == body_id,
            upload_chunk.c.position >= step.c.upload_from,
            upload_chunk.c.position < step.c.upload_to,
        )
    yield from connection.scalars(statement.execution_options(yield_per=4))
