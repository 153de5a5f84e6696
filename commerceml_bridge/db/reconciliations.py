"""Invoices of a node and a period beside what 1C and Bitrix24 know of them: a stream, whatever their number.

And the same counted by the database: invoices that are alike in everything the table of differences looks at
(``domain.differences``) are one group, so that the table itself need only look at one invoice of each.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from commerceml_bridge.db.query import Drawer, pieces
from commerceml_bridge.db.tables import book_state, consignment, invoice
from commerceml_bridge.db.types import Money
from commerceml_bridge.domain.differences import Line
from commerceml_bridge.domain.money import ZERO

AT_ONCE = 1000


@dataclass(frozen=True)
class Kind:
    """What invoices of one group have in common; ``facts`` are the bits of ``_facts``."""

    facts: int
    payment: str
    stage: str


@dataclass(frozen=True)
class Group:
    """Invoices that agree or disagree alike; ``line`` is one of them."""

    kind: Kind
    line: Line
    invoices: int
    total: Decimal
    paid: Decimal


@dataclass(frozen=True)
class Chosen:
    """The invoices of a report; documents confirmed until ``long_ago`` should have been seen since."""

    node_id: int
    since: dt.date
    until: dt.date
    long_ago: dt.datetime

    @property
    def condition(self) -> sa.ColumnElement[bool]:
        """The same for a query."""
        return (consignment.c.node_id == self.node_id) & invoice.c.date.between(self.since, self.until)


class Reconciliations(Drawer):
    """What the reconciliation report reads."""

    def lines(self, node_id: int, since: dt.date, until: dt.date) -> Iterator[Line]:
        """Yield the invoices meant for a node and dated within the period, oldest first."""
        chosen = _LINES.where(consignment.c.node_id == node_id, invoice.c.date.between(since, until))
        ordered = chosen.order_by(invoice.c.date, invoice.c.id).execution_options(yield_per=AT_ONCE)
        for row in self.connection.execute(ordered):
            yield Line(**row._mapping)

    def groups(self, chosen: Chosen) -> list[Group]:
        """Return all invoices of a report by group and currency, in no order."""
        facts = _facts(chosen.long_ago).label("facts")
        columns = (facts, consignment.c.payment, invoice.c.stage_semantics, invoice.c.currency, invoice.c.id)
        each = _joined(sa.select(*columns, invoice.c.total, _PAID.label("paid"))).where(chosen.condition).subquery()
        key = each.c.facts, each.c.payment, each.c.stage_semantics, each.c.currency
        sums = sa.func.sum(each.c.total, type_=Money()), sa.func.sum(each.c.paid, type_=Money())
        statement = sa.select(*key, sa.func.count(), *sums, sa.func.min(each.c.id)).group_by(*key)
        found = self.connection.execute(statement).all()
        lines = self._by_id(chosen.node_id, [row[-1] for row in found])
        return [
            Group(Kind(bits, payment, stage), lines[one], count, total, paid)
            for bits, payment, stage, _currency, count, total, paid, one in found
        ]

    def first(self, chosen: Chosen, limit: int, kinds: Sequence[Kind] | None = None) -> list[Line]:
        """Return the first invoices of a report, oldest first; ``kinds``: only those of these."""
        statement = _LINES.where(chosen.condition).order_by(invoice.c.date, invoice.c.id).limit(limit)
        if kinds is not None:
            wanted = _is_one_of(kinds, chosen.long_ago)
            if self.connection.dialect.name == "postgresql":  # believes it to be rare, and would sort the whole period
                wanted = sa.func.coalesce(wanted, sa.false())
            statement = statement.where(wanted)
        return [Line(**row._mapping) for row in self.connection.execute(statement)]

    def _by_id(self, node_id: int, invoice_ids: Iterable[int]) -> dict[int, Line]:
        found: dict[int, Line] = {}
        for batch in pieces(invoice_ids):
            rows = self.connection.execute(_LINES.where(consignment.c.node_id == node_id, invoice.c.id.in_(batch)))
            found |= {row.invoice_id: Line(**row._mapping) for row in rows}
        return found


_OWN = {
    "invoice_id": invoice.c.id,
    "stage": invoice.c.stage_semantics,
    "wire_number": sa.func.coalesce(consignment.c.number, ""),
    "doubt": sa.func.coalesce(book_state.c.doubt, ""),
}
"""Fields of a line that are called otherwise in the tables; the rest are an invoice's, else a consignment's."""


def _column(name: str) -> sa.Label[object]:
    if name in _OWN:
        return _OWN[name].label(name)
    return (invoice.c[name] if name in invoice.c else consignment.c[name]).label(name)


def _joined(select: sa.Select[*tuple[Any, ...]]) -> sa.Select[*tuple[Any, ...]]:
    return (
        select.select_from(consignment)
        .join(invoice, invoice.c.id == consignment.c.invoice_id)
        .outerjoin(book_state, book_state.c.consignment_id == consignment.c.id)
    )


_LINES = _joined(sa.select(*map(_column, Line.__dataclass_fields__)))
_PAID = sa.func.coalesce(
    consignment.c.paid_amount,
    sa.case((consignment.c.payment == "paid", invoice.c.total), else_=sa.literal(ZERO, Money())),
    type_=Money(),
)
"""``Line.paid``"""


def _facts(long_ago: dt.datetime) -> sa.ColumnElement[int]:
    """Return as one number, a bit each, whatever the rules of differences and the totals ask about an invoice.

    Beside these they look at the payment and the stage. ``test_reconciling_groups`` holds it against the rules.
    """
    c = consignment.c
    true: tuple[sa.ColumnElement[bool], ...] = (
        c.held_reason != "",
        c.first_served_at.is_not(None),
        c.acknowledged_at.is_not(None),
        c.seen_at.is_not(None),
        c.verified_at.is_not(None),
        c.difference != "",
        _OWN["doubt"] != "",
        c.payment_certain,
        c.payment_note != "",
        _PAID > ZERO,
        invoice.c.total < _PAID,
        invoice.c.total > ZERO,
        sa.func.coalesce(c.acknowledged_at <= long_ago, sa.false()),
    )
    bits = [sa.case((one, 1 << place), else_=0) for place, one in enumerate(true)]
    return sum(bits[1:], start=bits[0])


def _is_one_of(kinds: Sequence[Kind], long_ago: dt.datetime) -> sa.ColumnElement[bool]:
    facts = _facts(long_ago)
    by_words: dict[tuple[str, str], list[int]] = {}
    for one in kinds:
        by_words.setdefault((one.payment, one.stage), []).append(one.facts)
    return sa.or_(
        sa.false(),
        *(
            (consignment.c.payment == payment) & (invoice.c.stage_semantics == stage) & facts.in_(sorted(set(numbers)))
            for (payment, stage), numbers in sorted(by_words.items())
        ),
    )
