"""Portals and nodes with their counts."""

from __future__ import annotations

from itertools import pairwise
from statistics import median
from typing import Any

import sqlalchemy as sa

from commerceml_bridge.db.browse.expressions import consignment_state, parsed, record
from commerceml_bridge.db.browse.party_records import Contact, Node, NodeName, Portal
from commerceml_bridge.db.browse.records import STATES
from commerceml_bridge.db.tables import consignment, invoice, node, portal, returned, session, upload
from commerceml_bridge.db.types import UtcDateTime

VISITS = 30
SAME_VISIT_SECONDS = 20.0
"""sessions closer together are one visit: 1C opens one for goods and one for orders"""
FEWEST_PAUSES = 3


def portals(connection: sa.Connection) -> tuple[Portal, ...]:
    """Return every portal by name."""
    names: tuple[str, ...] = ("id", "name", "code", "host", "info", "created_at", "fetched_at", "last_error")
    names += ("event_at", "events", "events_ignored", "event_kinds", "parties_at", "swept_at", "sweep_note")
    invoices = sa.select(sa.func.count()).where(invoice.c.portal_id == portal.c.id).scalar_subquery()
    nodes_of = (
        sa.select(sa.func.count()).where(node.c.portal_id == portal.c.id, node.c.removed_at.is_(None)).scalar_subquery()
    )
    statement = sa.select(
        *(portal.c[name] for name in names), invoices.label("invoices"), nodes_of.label("nodes")
    ).order_by(portal.c.name)
    return tuple(
        record(Portal, row, info=parsed(row.info), event_kinds=parsed(row.event_kinds))
        for row in connection.execute(statement)
    )


def nodes(connection: sa.Connection) -> tuple[Node, ...]:
    """Return every node in service by name."""
    return _found(connection, node.c.removed_at.is_(None))


def node_names(connection: sa.Connection) -> tuple[NodeName, ...]:
    """Return nodes in service by name, nothing counted: what a list of choices needs."""
    statement = sa.select(node.c.id, node.c.name).where(node.c.removed_at.is_(None)).order_by(node.c.name)
    return tuple(NodeName(**row._mapping) for row in connection.execute(statement))


def node_by_id(connection: sa.Connection, node_id: int) -> Node | None:
    """Return one node, or ``None``."""
    found = _found(connection, node.c.id == node_id)
    return found[0] if found else None


def names(connection: sa.Connection) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of nodes in service and of portals."""
    nodes_named = sa.select(node.c.name).where(node.c.removed_at.is_(None)).order_by(node.c.name)
    portals_named = sa.select(portal.c.name).order_by(portal.c.name)
    return tuple(connection.scalars(nodes_named)), tuple(connection.scalars(portals_named))


def contacts_of(connection: sa.Connection, invoice_id: int) -> dict[int, Contact]:
    """Return when 1C last came for the nodes that know an invoice. Counts nothing: it is asked for with every page."""
    last = _of_last_session(session.c.last_seen_at)
    statement = (
        sa.select(node.c.id, node.c.client, node.c.created_at, sa.type_coerce(last, UtcDateTime).label("last_contact"))
        .join(consignment, consignment.c.node_id == node.c.id)
        .where(consignment.c.invoice_id == invoice_id)
    )
    return {row.id: record(Contact, row) for row in connection.execute(statement)}


def _of_last_session(column: sa.Column[Any]) -> sa.ScalarSelect[Any]:
    """Return a column of the node's last session.

    A range of one node, sorted by node: said as an equality, PostgreSQL reads the sessions of all nodes from the newest
    on, which takes as long as the others' journal is if this node has none.
    """
    return (
        sa.select(column)
        .where(session.c.node_id.between(node.c.id, node.c.id))
        .order_by(session.c.node_id.desc(), session.c.started_at.desc(), session.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def _found(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> tuple[Node, ...]:
    names = ("id", "name", "login", "from_date", "client", "prefix", "options", "last_form", "last_version")
    last_session = _of_last_session(session.c.id)
    statement = (
        sa.select(
            *(node.c[name] for name in names),
            node.c.created_at,
            portal.c.name.label("portal"),
            last_session.label("last_session_id"),
        )
        .join(portal, portal.c.id == node.c.portal_id)
        .where(condition)
        .order_by(node.c.name)
    )
    rows = connection.execute(statement).all()
    ids = [row.id for row in rows]
    contacts = _contacts(connection, [row.last_session_id for row in rows if row.last_session_id is not None])
    counts = _counts(connection, ids)
    numbers = {row.node_id: row for row in connection.execute(_numbers(ids))}
    return tuple(
        record(
            Node,
            row,
            options={name: value for name, value in parsed(row.options).items() if name != "policy"},
            last_contact=contacts.get(row.last_session_id),
            counts={state: counts.get((row.id, state), 0) for state in STATES},
            quarantined=counts.get((row.id, "quarantined"), 0),
            numbers=int(numbers[row.id].given) if row.id in numbers else 0,
            numbers_printed=int(numbers[row.id].printed) if row.id in numbers else 0,
            usual_interval=_usual_interval(connection, row.id),
        )
        for row in rows
    )


def _usual_interval(connection: sa.Connection, node_id: int) -> float | None:
    """Return the median of the pauses between the last visits of 1C, seconds; requests of one visit are none."""
    statement = sa.select(session.c.started_at).where(session.c.node_id == node_id)
    moments = list(connection.execute(statement.order_by(session.c.started_at.desc()).limit(VISITS)).scalars())
    pauses = [(later - earlier).total_seconds() for later, earlier in pairwise(moments)]
    pauses = [pause for pause in pauses if pause >= SAME_VISIT_SECONDS]
    return median(pauses) if len(pauses) >= FEWEST_PAUSES else None


def _contacts(connection: sa.Connection, session_ids: list[int]) -> dict[int, Any]:
    statement = sa.select(session.c.id, session.c.last_seen_at).where(session.c.id.in_(session_ids))
    return {row.id: row.last_seen_at for row in connection.execute(statement)}


def _counts(connection: sa.Connection, node_ids: list[int]) -> dict[tuple[int, str], int]:
    """Return how many invoices of a node are in a state, and how many uploads and documents are quarantined."""
    state = consignment_state().label("state")
    by_state = (
        sa.select(consignment.c.node_id, state, sa.func.count().label("count"))
        .where(consignment.c.node_id.in_(node_ids))
        .group_by(consignment.c.node_id, sa.text("state"))
    )
    found = {(row.node_id, row.state): int(row[2]) for row in connection.execute(by_state)}
    quarantined = (
        sa.select(returned.c.node_id).where(
            returned.c.node_id.in_(node_ids), returned.c.state == "quarantined", returned.c.resolved_at.is_(None)
        ),
        sa.select(upload.c.node_id).where(upload.c.node_id.in_(node_ids), upload.c.state == "quarantined"),
    )
    every = sa.union_all(*quarantined).subquery()
    grouped = sa.select(every.c.node_id, sa.func.count()).group_by(every.c.node_id)
    return found | {(node_id, "quarantined"): int(count) for node_id, count in connection.execute(grouped)}


def _numbers(node_ids: list[int]) -> sa.Select[Any]:
    """Count numbers given to documents and those that are, behind a prefix, the ones printed on the invoice."""
    same = sa.case((consignment.c.substitute, 0), else_=1)
    return (
        sa.select(consignment.c.node_id, sa.func.count().label("given"), sa.func.sum(same).label("printed"))
        .where(consignment.c.node_id.in_(node_ids), consignment.c.number.is_not(None))
        .group_by(consignment.c.node_id)
    )
