"""How many of the sessions that fit have which node, result, kind and family: each count is a link that narrows.

Counted over the newest ``WINDOW`` sessions that fit, so that a long journal costs no more than a short one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import sqlalchemy as sa

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
    counted: Counter[tuple[str, str, str]] = Counter()
    for node_id, name, result, exchange_type, families in connection.execute(statement):
        counted[("node", str(node_id), name)] += 1
        counted[("result", result, result)] += 1
        counted[("kind", exchange_type, exchange_type)] += 1
        for family in filter(None, (one.strip() for one in families.split(","))):
            counted[("family", family, family)] += 1
    return tuple(Facet(*key, count) for key, count in counted.most_common())
