"""Column expressions the queries share: the state of a consignment, text search, building a record from a row."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TypeAlias, TypeVar

import sqlalchemy as sa

from commerceml_bridge.db.search import has_words
from commerceml_bridge.db.tables import consignment, invoice, node, portal
from commerceml_bridge.domain.invoices import InvoiceKey
from commerceml_bridge.domain.typed import parse
from commerceml_bridge.domain.wording import words

T = TypeVar("T")
Row: TypeAlias = "sa.Row[*tuple[Any, ...]]"
"""A row of any columns."""

_FOLD = "cmlb_fold"


def consignment_state() -> sa.ColumnElement[str]:
    """Return the one definition of an invoice's state at a node (decision 13), for SELECT, WHERE and GROUP BY alike.

    ``due`` stays set until the acknowledgement: a document that has gone out and was never confirmed is ``served``,
    one that changed after its confirmation (or is asked for again by a person) is ``due``.
    """
    c = consignment.c
    waits = sa.or_(c.first_served_at.is_(None), c.acknowledged_at.is_not(None), c.resend)
    return sa.case(
        (c.held_code != "", "held"),
        (sa.and_(c.due, waits), "due"),
        (c.due, "served"),
        (c.verified_at.is_not(None), "verified"),
        (c.seen_at.is_not(None), "seen"),
        (c.acknowledged_at.is_not(None), "acknowledged"),
        (c.first_served_at.is_not(None), "served"),
        else_="none",
    )


def matches(connection: sa.Connection, text: str) -> sa.ColumnElement[bool]:
    """Return the condition that an invoice fits what a person typed: a number, an INN, a sum, words of names.

    Numbers are the printed one, the one on the wire (substitutes too) and 1C's; a part is enough. All words must be in
    the counterparty's name, or begin words of its names and of the lines (products, articles). What else may be meant
    is told by ``domain.typed``.
    """
    meant = parse(text)
    if meant.key is not None:
        return sa.or_(_is_key(meant.key, meant.portal_code), _has_number(meant.text))  # a number may look like an Ид
    conditions = [
        _has_number(meant.text),
        invoice.c.inn.startswith(meant.text, autoescape=True),
        _has_all_words(connection, meant.text),
    ]
    if meant.number:
        exact = [_has_number(meant.number)]
        if meant.date is not None:
            exact.append(invoice.c.date == meant.date)
        if meant.words:
            exact.append(_has_all_words(connection, meant.words, of_few=True))
        conditions.append(sa.and_(*exact))
    if meant.total is not None:
        conditions.append(invoice.c.total == meant.total)
    return sa.or_(*conditions)


def is_numbered(text: str) -> sa.ColumnElement[bool]:
    """Return the condition that a number of an invoice, printed or on the wire, is exactly the one typed."""
    meant = parse(text)
    number = meant.number or meant.text
    # named one by one, the nodes let the index of their numbers be used
    at_node = sa.select(consignment.c.invoice_id).where(
        consignment.c.node_id.in_(sa.select(node.c.id)), consignment.c.number == number
    )
    return sa.or_(invoice.c.number == number, invoice.c.id.in_(at_node))


def _is_key(key: InvoiceKey, portal_code: str) -> sa.ColumnElement[bool]:
    same = sa.and_(invoice.c.kind == key.kind.value, invoice.c.b24_id == key.id)
    if not portal_code:
        return same
    return sa.and_(same, invoice.c.portal_id.in_(sa.select(portal.c.id).where(portal.c.code == portal_code)))


def _has_number(text: str) -> sa.ColumnElement[bool]:
    at_node = sa.select(consignment.c.invoice_id).where(
        sa.or_(
            consignment.c.number.contains(text, autoescape=True),
            consignment.c.onec_number.contains(text, autoescape=True),
        )
    )
    return sa.or_(invoice.c.number.contains(text, autoescape=True), invoice.c.id.in_(at_node))


def _has_all_words(connection: sa.Connection, text: str, *, of_few: bool = False) -> sa.ColumnElement[bool]:
    """``of_few``: the condition stands behind one that few invoices fit."""
    named = _is_named(connection, text.split(), of_few=of_few)
    typed = words(text)
    return sa.or_(named, has_words(typed, of_few=of_few)) if typed else named


def _is_named(connection: sa.Connection, words_typed: Sequence[str], *, of_few: bool) -> sa.ColumnElement[bool]:
    """Return the condition that all words are somewhere in the counterparty's name, in capitals or not."""
    if connection.dialect.name != "sqlite":
        return _has_all(sa.func.lower(invoice.c.counterparty), words_typed)
    if of_few:
        return _has_all(_folded(connection, invoice.c.counterparty), words_typed)
    # Python's lower() costs most of a search: each name is asked once, not once for each of its invoices
    names = sa.select(invoice.c.counterparty).distinct().offset(0).subquery()
    fit = sa.select(names.c.counterparty).where(_has_all(_folded(connection, names.c.counterparty), words_typed))
    return invoice.c.counterparty.in_(fit)


def _has_all(name: sa.ColumnElement[str], words_typed: Sequence[str]) -> sa.ColumnElement[bool]:
    return sa.and_(sa.true(), *(name.contains(word.lower(), autoescape=True) for word in words_typed))


def _folded(connection: sa.Connection, column: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """Return ``column`` in lower case. SQLite's own lower() knows ASCII only, so Python's is lent to it."""
    raw: Any = connection.connection.driver_connection
    raw.create_function(_FOLD, 1, str.lower, deterministic=True)
    return sa.Function(_FOLD, column, type_=sa.Text)


def record(cls: type[T], row: Row, **more: object) -> T:
    """Build ``cls`` from a row whose labels are its field names; ``more`` adds or replaces fields."""
    values: dict[str, Any] = row._asdict()
    return cls(**(values | more))


def parsed(text: str) -> dict[str, Any]:
    """Return a stored JSON object; ``""`` is an empty one."""
    found = json.loads(text) if text else {}
    return found if isinstance(found, dict) else {"value": found}
