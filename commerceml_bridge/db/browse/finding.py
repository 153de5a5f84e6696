"""One box finds everything: invoices first, then counterparties and sessions."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from commerceml_bridge.db.browse.expressions import matches
from commerceml_bridge.db.tables import invoice, node, session

WINDOW = 2000
"""Invoices whose counterparties are counted: a word that fits them all costs no more than a rare one."""


@dataclass(frozen=True)
class FoundParty:
    """A counterparty of invoices that fit; ``invoices``: how many of the newest of them are hers."""

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
    """Return the counterparties of the newest ``WINDOW`` invoices that fit, those with most invoices first."""
    fit = (
        sa.select(invoice.c.counterparty.label("name"), invoice.c.inn)
        .where(invoice.c.counterparty != "", matches(connection, text))
        .order_by(invoice.c.date.desc(), invoice.c.id.desc())
        .limit(WINDOW)
        .subquery()
    )
    count = sa.func.count().label("invoices")
    statement = (
        sa.select(fit.c.name, fit.c.inn, count)
        .group_by(fit.c.name, fit.c.inn)
        .order_by(count.desc(), fit.c.name)
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
