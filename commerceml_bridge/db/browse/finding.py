"""One box finds everything: invoices first, then counterparties and sessions."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from commerceml_bridge.db.browse.expressions import matches
from commerceml_bridge.db.tables import invoice, node, session


@dataclass(frozen=True)
class FoundParty:
    """A counterparty of invoices that fit; ``invoices``: how many of them are hers."""

    name: str
    inn: str
    invoices: int


@dataclass(frozen=True)
class FoundSession:
    """A session whose id was typed."""

    id: int
    node: str
    started_at: object


def parties(connection: sa.Connection, text: str, limit: int) -> tuple[FoundParty, ...]:
    """Return the counterparties of the invoices that fit, those with most invoices first."""
    count = sa.func.count().label("invoices")
    statement = (
        sa.select(invoice.c.counterparty.label("name"), invoice.c.inn, count)
        .where(invoice.c.counterparty != "", matches(connection, text))
        .group_by(invoice.c.counterparty, invoice.c.inn)
        .order_by(count.desc(), invoice.c.counterparty)
        .limit(limit)
    )
    return tuple(FoundParty(**row._mapping) for row in connection.execute(statement))


def session_by_id(connection: sa.Connection, text: str) -> FoundSession | None:
    """Return the session whose id stands in the text, alone or behind a word or ``#``."""
    number = text.replace("#", " ").replace("№", " ").split()[-1:]
    if not number or not number[0].isdecimal() or len(number[0]) > 17:
        return None
    statement = (
        sa.select(session.c.id, node.c.name.label("node"), session.c.started_at)
        .join(node, node.c.id == session.c.node_id)
        .where(session.c.id == int(number[0]))
    )
    row = connection.execute(statement).one_or_none()
    return None if row is None else FoundSession(**row._mapping)
