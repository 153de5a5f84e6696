"""One box finds everything: invoices first, then counterparties and sessions."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

import sqlalchemy as sa

from commerceml_bridge.db.browse.expressions import is_numbered, matches
from commerceml_bridge.db.browse.invoices import INVOICES, with_nodes
from commerceml_bridge.db.browse.records import Invoice
from commerceml_bridge.db.tables import invoice, node, session

_SESSION = re.compile(r"(?:(?:сеанс|session)\s*)?[#№]?\s*(?P<id>[0-9]{1,17})", re.IGNORECASE)
_NEWEST_FIRST = (invoice.c.date.desc(), invoice.c.id.desc())
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


@dataclass(frozen=True)
class Found:
    """The newest invoices that fit, and those with most invoices among their counterparties."""

    invoices: tuple[Invoice, ...]
    more: bool
    parties: tuple[FoundParty, ...]


def by_text(connection: sa.Connection, text: str, *, invoices: int, parties: int) -> Found:
    """Look for a text in invoices, once: the newest ``WINDOW`` that fit are listed and counted.

    Those whose number is exactly the text come first, however old they are.
    """
    newest = (
        sa.select(invoice.c.id, invoice.c.counterparty, invoice.c.inn)
        .where(matches(connection, text))
        .order_by(*_NEWEST_FIRST)
        .limit(WINDOW)
    )
    fit = connection.execute(newest).all()
    exact = connection.scalars(
        sa.select(invoice.c.id).where(is_numbered(text)).order_by(*_NEWEST_FIRST).limit(invoices)
    )
    listed = list(dict.fromkeys([*exact, *(row.id for row in fit)]))[:invoices]
    rows = {row.id: row for row in connection.execute(INVOICES.where(invoice.c.id.in_(listed)))}
    counted = Counter((row.counterparty, row.inn) for row in fit if row.counterparty)
    most = sorted(counted.items(), key=lambda one: (-one[1], one[0]))[:parties]
    return Found(
        with_nodes(connection, [rows[one] for one in listed]),
        len(fit) > invoices,
        tuple(FoundParty(name, inn, count) for (name, inn), count in most),
    )


def session_by_id(connection: sa.Connection, text: str) -> FoundSession | None:
    """Return the session whose id is the text, alone or behind «сеанс» or ``#``."""
    typed = _SESSION.fullmatch(text.strip())
    if typed is None:
        return None
    statement = (
        sa.select(session.c.id, node.c.name.label("node"), session.c.started_at)
        .join(node, node.c.id == session.c.node_id)
        .where(session.c.id == int(typed["id"]))
    )
    row = connection.execute(statement).one_or_none()
    return None if row is None else FoundSession(**row._mapping)
