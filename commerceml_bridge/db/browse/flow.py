"""What went through each node day by day, and how old its queue is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from commerceml_bridge.db.tables import consignment, delivery, invoice, node, returned, revision
from commerceml_bridge.db.types import UtcDateTime

PAYMENTS = ("paid", "partly-paid")


@dataclass(frozen=True)
class Day:
    """Documents of one day: taken by 1C, confirmed, returned, and those among them that speak of a payment."""

    date: dt.date
    delivered: int
    acknowledged: int
    returned: int
    payments: int


@dataclass(frozen=True)
class Flow:
    """The days of a node, oldest first, and the oldest change that waits for 1C; ``None``: nothing waits."""

    node_id: int
    days: tuple[Day, ...]
    oldest_due_at: dt.datetime | None


def of_nodes(connection: sa.Connection, starts: Sequence[dt.datetime]) -> dict[int, Flow]:
    """Return the flow of every node in service; ``starts`` are the midnights the days begin with, oldest first."""
    counted = {
        "delivered": _sums(connection, delivery.c.node_id, delivery.c.opened_at, starts, delivery.c.documents),
        "acknowledged": _sums(connection, delivery.c.node_id, delivery.c.acknowledged_at, starts, delivery.c.documents),
        "returned": _returned(connection, starts, returned.c.state != "repeated"),
        "payments": _returned(connection, starts, returned.c.decision.in_(PAYMENTS)),
    }
    due = _oldest_due(connection)
    ids = connection.scalars(sa.select(node.c.id).where(node.c.removed_at.is_(None)))
    return {node_id: Flow(node_id, _days(node_id, starts, counted), due.get(node_id)) for node_id in ids}


def _days(
    node_id: int, starts: Sequence[dt.datetime], counted: dict[str, dict[tuple[int, int], int]]
) -> tuple[Day, ...]:
    return tuple(
        Day(start.date(), **{name: found.get((node_id, place), 0) for name, found in counted.items()})
        for place, start in enumerate(starts)
    )


def _returned(
    connection: sa.Connection, starts: Sequence[dt.datetime], condition: sa.ColumnElement[bool]
) -> dict[tuple[int, int], int]:
    return _sums(connection, returned.c.node_id, returned.c.created_at, starts, sa.literal(1), condition)


def _sums(
    connection: sa.Connection,
    about: sa.ColumnElement[int],
    at: sa.ColumnElement[Any],
    starts: Sequence[dt.datetime],
    amount: sa.ColumnElement[int],
    *conditions: sa.ColumnElement[bool],
) -> dict[tuple[int, int], int]:
    """Return sums by (node, place of the day in ``starts``)."""
    about = (about + 0).label("about")  # no index of it helps here: the one of the moments is to be used
    place = sa.case(*((at >= start, number) for number, start in reversed(list(enumerate(starts)))))
    statement = (
        sa.select(about, place.label("place"), sa.func.sum(amount))
        .where(at >= starts[0], *conditions)
        .group_by(sa.text("about"), sa.text("place"))
    )
    return {(node_id, day): int(total) for node_id, day, total in connection.execute(statement)}


def _oldest_due(connection: sa.Connection) -> dict[int, dt.datetime]:
    oldest = sa.func.min(revision.c.created_at)
    statement = (
        sa.select(consignment.c.node_id, sa.type_coerce(oldest, UtcDateTime).label("oldest"))
        .join(invoice, invoice.c.id == consignment.c.invoice_id)
        .join(revision, revision.c.id == invoice.c.revision_id)
        .where(consignment.c.due, consignment.c.held_code == "")
        .group_by(consignment.c.node_id)
    )
    return {row.node_id: row.oldest for row in connection.execute(statement)}
