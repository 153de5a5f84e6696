"""How many of the sessions that fit have which node, result, kind and family: each count is a link that narrows.

Counted over the newest ``WINDOW`` sessions that fit, so that a long journal costs no more than a short one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from commerceml_bridge.db.browse.exchange_records import Session
from commerceml_bridge.db.tables import node, session

WINDOW = 2000


@dataclass(frozen=True)
class Facet:
    """One value of a field and how many sessions have it."""

    field: str
    value: str
    label: str
    count: int


def of_sessions(connection: sa.Connection, conditions: list[sa.ColumnElement[bool]]) -> tuple[Facet, ...]:
    """Return the facets of the sessions that fit ``conditions``, the most frequent of each field first."""
    statement = (
        sa.select(session.c.node_id, node.c.name, session.c.result, session.c.exchange_type, session.c.families)
        .join(node, node.c.id == session.c.node_id)
        .where(*conditions)
        .order_by(session.c.id.desc())
        .limit(WINDOW)
    )
    return _counted(
        (node_id, name, result, exchange_type, families.split(","))
        for node_id, name, result, exchange_type, families in connection.execute(statement)
    )


def of_listed(sessions: Iterable[Session]) -> tuple[Facet, ...]:
    """Return the same of sessions that were listed already: all that fit, if they are few."""
    return _counted((one.node_id, one.node, one.result, one.exchange_type, one.families) for one in sessions)


def _counted(sessions: Iterable[tuple[int, str, str, str, Iterable[str]]]) -> tuple[Facet, ...]:
    counted: Counter[tuple[str, str, str]] = Counter()
    for node_id, name, result, exchange_type, families in sessions:
        counted[("node", str(node_id), name)] += 1
        counted[("result", result, result)] += 1
        counted[("kind", exchange_type, exchange_type)] += 1
        for family in filter(None, (one.strip() for one in families)):
            counted[("family", family, family)] += 1
    return tuple(Facet(*key, count) for key, count in counted.most_common())
