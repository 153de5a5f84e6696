"""The list of invoices: search, filters, keyset paging, and the state at every node."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace

import sqlalchemy as sa

from commerceml_bridge.db.browse.expressions import Row, consignment_state, matches, record
from commerceml_bridge.db.browse.records import STATES, Consignment, Invoice, InvoiceFilter, Slice, row_id
from commerceml_bridge.db.tables import consignment, fetch_problem, invoice, node, portal

INVOICES = (
    sa.select(
        invoice.c.id,
        portal.c.name.label("portal"),
        portal.c.host,
        invoice.c.kind,
        invoice.c.b24_id,
        invoice.c.number,
        invoice.c.date,
        invoice.c.counterparty,
        invoice.c.inn,
        invoice.c.total,
        invoice.c.currency,
        invoice.c.stage_id,
        invoice.c.stage_semantics,
        invoice.c.never,
        sa.func.coalesce(fetch_problem.c.reason, "").label("problem"),
        invoice.c.updated_at,
        invoice.c.fetched_at,
    )
    .join(portal, portal.c.id == invoice.c.portal_id)
    .outerjoin(
        fetch_problem,
        sa.and_(
            fetch_problem.c.portal_id == invoice.c.portal_id,
            fetch_problem.c.kind == invoice.c.kind,
            fetch_problem.c.b24_id == invoice.c.b24_id,
        ),
    )
)


def listed(connection: sa.Connection, wanted: InvoiceFilter, *, cursor: str, limit: int) -> Slice[Invoice]:
    """List invoices by date, newest first. A cursor that is not one of ours is as if there were none."""
    statement = INVOICES.where(*_conditions(connection, wanted))
    if (after := _parse_cursor(cursor)) is not None:
        date, last_id = after
        statement = statement.where(
            sa.or_(invoice.c.date < date, sa.and_(invoice.c.date == date, invoice.c.id < last_id))
        )
    rows = connection.execute(statement.order_by(invoice.c.date.desc(), invoice.c.id.desc()).limit(limit + 1)).all()
    found = with_nodes(connection, rows[:limit])
    following = f"{found[-1].date.isoformat()}.{found[-1].id}" if len(rows) > limit else ""
    return Slice(found, following)


def with_nodes(connection: sa.Connection, rows: Sequence[Row]) -> tuple[Invoice, ...]:
    """Turn rows of ``INVOICES`` into records with their consignments."""
    found = [record(Invoice, row) for row in rows]
    at_nodes = consignments(connection, [one.id for one in found])
    return tuple(replace(one, nodes=at_nodes.get(one.id, ())) for one in found)


def consignments(connection: sa.Connection, invoice_ids: Iterable[int]) -> dict[int, tuple[Consignment, ...]]:
    """Return the state at every node by invoice id; the ids must be few (one page)."""
    statement = (
        sa.select(
            *(consignment.c[name] for name in _PLAIN),
            node.c.name.label("node"),
            consignment_state().label("state"),
        )
        .join(node, node.c.id == consignment.c.node_id)
        .where(consignment.c.invoice_id.in_(list(invoice_ids)))
        .order_by(node.c.name)
    )
    found: dict[int, tuple[Consignment, ...]] = {}
    for row in connection.execute(statement):
        found[row.invoice_id] = (*found.get(row.invoice_id, ()), record(Consignment, row))
    return found


_PLAIN = (
    "id",
    "node_id",
    "invoice_id",
    "number",
    "substitute",
    "onec_number",
    "held_code",
    "held_reason",
    "outside",
    "cancelled",
    "resend",
    "first_served_at",
    "acknowledged_at",
    "seen_at",
    "verified_at",
    "difference",
    "unposted",
    "unseen",
    "warning",
    "adopted_at",
    "date",
    "payment",
    "paid_amount",
    "payment_reason",
    "payment_note",
)


_MARKED = {
    "difference": consignment.c.difference != "",
    "unposted": consignment.c.unposted != "",
    "adopted": consignment.c.adopted_at.is_not(None),
}


def _conditions(connection: sa.Connection, wanted: InvoiceFilter) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if text := wanted.q.strip():
        conditions.append(matches(connection, text))
    if wanted.portal:
        conditions.append(portal.c.name == wanted.portal)
    if wanted.since is not None:
        conditions.append(invoice.c.date >= wanted.since)
    if wanted.until is not None:
        conditions.append(invoice.c.date <= wanted.until)
    if wanted.state == "never":
        conditions.append(invoice.c.never != "")
    elif wanted.state == "problem":
        conditions.append(fetch_problem.c.reason.is_not(None))
    if wanted.node is not None or wanted.state in STATES or wanted.state in _MARKED:
        conditions.append(_at_node(wanted))
    return conditions


def _at_node(wanted: InvoiceFilter) -> sa.ColumnElement[bool]:
    inside = sa.select(sa.literal(1)).where(consignment.c.invoice_id == invoice.c.id)
    if wanted.node is not None:
        inside = inside.where(consignment.c.node_id == wanted.node)
    if wanted.state in _MARKED:
        inside = inside.where(_MARKED[wanted.state])
    if wanted.state in STATES:
        inside = inside.where(consignment_state() == wanted.state)
    if wanted.state == "verified":  # where most end: PostgreSQL, which guesses few, would sort them all for one page
        inside = inside.offset(0)
    return inside.exists()


def _parse_cursor(cursor: str) -> tuple[dt.date, int] | None:
    date, _, text = cursor.partition(".")
    last_id = row_id(text)
    try:
        return None if last_id is None else (dt.date.fromisoformat(date), last_id)
    except ValueError:
        return None
