"""The history of one invoice, and the documents 1C returned."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from commerceml_bridge.db.browse.expressions import parsed, record
from commerceml_bridge.db.browse.invoices import INVOICES, with_nodes
from commerceml_bridge.db.browse.records import (
    Event,
    InvoiceHistory,
    Job,
    Rendering,
    Returned,
    Revision,
    Serving,
    Slice,
    row_id,
)
from commerceml_bridge.db.tables import (
    consignment,
    delivery,
    delivery_item,
    event,
    invoice,
    job,
    node,
    portal,
    rendering,
    returned,
    revision,
    serving,
    upload,
)


def of_invoice(connection: sa.Connection, invoice_id: int) -> InvoiceHistory | None:
    """Return one invoice with everything that happened to it, or ``None``."""
    rows = connection.execute(INVOICES.where(invoice.c.id == invoice_id)).all()
    if not rows:
        return None
    return InvoiceHistory(
        invoice=with_nodes(connection, rows)[0],
        events=_events(connection, invoice_id),
        revisions=_revisions(connection, invoice_id),
        renderings=_renderings(connection, invoice_id),
        servings=_servings(connection, invoice_id),
        returned=_returned(connection, consignment.c.invoice_id == invoice_id, limit=200),
        jobs=_jobs(connection, invoice_id),
        goods=_goods(connection, invoice_id),
    )


def returned_in(connection: sa.Connection, session_id: int, limit: int) -> tuple[Returned, ...]:
    """Return what 1C sent back in one session, in file order."""
    return _returned(connection, upload.c.session_id == session_id, limit=limit)


def returned_page(connection: sa.Connection, session_id: int, cursor: str, limit: int) -> Slice[Returned]:
    """Return what 1C sent back in one session, behind the id ``cursor``."""
    condition = upload.c.session_id == session_id
    if cursor:
        condition &= returned.c.id > int(cursor)
    found = _returned(connection, condition, limit=limit)
    return Slice(found, str(found[-1].id) if len(found) == limit else "")


def returned_by_id(connection: sa.Connection, returned_id: int) -> Returned | None:
    """Return one returned document, or ``None``."""
    found = _returned(connection, returned.c.id == returned_id, limit=1)
    return found[0] if found else None


def _goods(connection: sa.Connection, invoice_id: int) -> dict[int, list[dict[str, Any]]]:
    """Return by consignment how the lines of its newest document were mapped to items of 1C."""
    newest = (
        sa.select(sa.func.max(rendering.c.id))
        .join(consignment, consignment.c.id == rendering.c.consignment_id)
        .where(consignment.c.invoice_id == invoice_id)
        .group_by(rendering.c.consignment_id)
    )
    statement = sa.select(rendering.c.consignment_id, rendering.c.goods).where(rendering.c.id.in_(newest))
    return {row.consignment_id: json.loads(row.goods) for row in connection.execute(statement) if row.goods}


def _events(connection: sa.Connection, invoice_id: int) -> tuple[Event, ...]:
    statement = (
        sa.select(
            event.c.id,
            event.c.at,
            event.c.kind,
            event.c.text,
            sa.func.coalesce(node.c.name, "").label("node"),
            event.c.session_id,
            event.c.returned_id,
            event.c.delivery_id,
            event.c.job_id,
        )
        .outerjoin(node, node.c.id == event.c.node_id)
        .where(event.c.invoice_id == invoice_id)
        .order_by(event.c.id)
    )
    return tuple(record(Event, row) for row in connection.execute(statement))


def _revisions(connection: sa.Connection, invoice_id: int) -> tuple[Revision, ...]:
    statement = (
        sa.select(revision.c.id, revision.c.number, revision.c.created_at, revision.c.snapshot)
        .where(revision.c.invoice_id == invoice_id)
        .order_by(revision.c.number)
    )
    return tuple(record(Revision, row) for row in connection.execute(statement))


def _renderings(connection: sa.Connection, invoice_id: int) -> tuple[Rendering, ...]:
    names = ("id", "created_at", "number", "form", "version", "encoding")
    statement = (
        sa.select(
            *(rendering.c[name] for name in names), node.c.name.label("node"), revision.c.number.label("revision")
        )
        .join(consignment, consignment.c.id == rendering.c.consignment_id)
        .join(node, node.c.id == consignment.c.node_id)
        .join(revision, revision.c.id == rendering.c.revision_id)
        .where(consignment.c.invoice_id == invoice_id)
        .order_by(rendering.c.id)
    )
    return tuple(record(Rendering, row) for row in connection.execute(statement))


def _servings(connection: sa.Connection, invoice_id: int) -> tuple[Serving, ...]:
    statement = (
        sa.select(
            serving.c.id,
            serving.c.delivery_id,
            serving.c.session_id,
            node.c.name.label("node"),
            serving.c.served_at,
            serving.c.acknowledged_at,
            delivery.c.state,
            delivery.c.documents,
            revision.c.number.label("revision"),
            rendering.c.id.label("rendering_id"),
            rendering.c.number,
            rendering.c.form,
            rendering.c.encoding,
            rendering.c.size,
        )
        .join(delivery, delivery.c.id == serving.c.delivery_id)
        .join(delivery_item, delivery_item.c.delivery_id == delivery.c.id)
        .join(consignment, consignment.c.id == delivery_item.c.consignment_id)
        .join(node, node.c.id == consignment.c.node_id)
        .join(revision, revision.c.id == delivery_item.c.revision_id)
        .join(rendering, rendering.c.id == delivery_item.c.rendering_id)
        .where(consignment.c.invoice_id == invoice_id)
        .order_by(serving.c.id)
    )
    return tuple(record(Serving, row) for row in connection.execute(statement))


def strangers(connection: sa.Connection, *, cursor: str, limit: int) -> Slice[Returned]:
    """List documents kept as information, newest first; ``cursor`` is the id of the last one shown."""
    condition = returned.c.state == "information"
    if (last := row_id(cursor)) is not None:
        condition &= returned.c.id < last
    found = _returned(connection, condition, limit=limit + 1, newest_first=True)
    return Slice(found[:limit], str(found[limit - 1].id) if len(found) > limit else "")


def _returned(
    connection: sa.Connection, condition: sa.ColumnElement[bool], *, limit: int, newest_first: bool = False
) -> tuple[Returned, ...]:
    statement = (
        sa.select(
            *(returned.c[name] for name in _RETURNED),
            upload.c.session_id,
            consignment.c.invoice_id,
            node.c.name.label("node"),
            returned.c.xml.is_not(None).label("has_xml"),
        )
        .join(upload, upload.c.id == returned.c.upload_id)
        .join(node, node.c.id == returned.c.node_id)
        .outerjoin(consignment, consignment.c.id == returned.c.consignment_id)
        .where(condition)
        .order_by(returned.c.id.desc() if newest_first else returned.c.id)
        .limit(limit)
    )
    return tuple(record(Returned, row) for row in connection.execute(statement))


_RETURNED = (
    "id",
    "upload_id",
    "position",
    "operation",
    "document_id",
    "number",
    "date",
    "amount",
    "matched_by",
    "state",
    "decision",
    "reason",
    "code",
    "created_at",
    "resolved_at",
)


def _jobs(connection: sa.Connection, invoice_id: int) -> tuple[Job, ...]:
    columns: list[sa.Column[Any]] = [
        job.c[name] for name in ("id", "kind", "invoice_id", "state", "attempts", "run_after", "error", "proof")
    ]
    statement = (
        sa.select(*columns, job.c.created_at, job.c.finished_at, portal.c.name.label("portal"))
        .join(portal, portal.c.id == job.c.portal_id)
        .where(job.c.invoice_id == invoice_id)
        .order_by(job.c.id)
    )
    return tuple(record(Job, row, proof=parsed(row.proof)) for row in connection.execute(statement))
