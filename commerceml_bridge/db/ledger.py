"""Payment facts (``domain.facts``): added and marked, never deleted."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from commerceml_bridge.db.query import Drawer, pieces
from commerceml_bridge.db.tables import consignment, invoice, node, payment_fact, rendering
from commerceml_bridge.db.types import Money
from commerceml_bridge.domain.balance import Entry, Stamp
from commerceml_bridge.domain.facts import Fact, FactKind, Source


@dataclass(frozen=True)
class FactRow:
    """One row of the ledger."""

    id: int
    consignment_id: int
    source: str
    kind: str
    key: str
    number: str
    date: dt.date | None
    amount: Decimal | None
    currency: str
    certain: bool
    text: str
    status_id: str
    at: str
    report: int
    listed_at: str
    listed_report: int
    holds: bool
    returned_id: int | None
    session_id: int | None
    evidence: str
    retracted_at: dt.datetime | None
    first_at: dt.datetime
    last_at: dt.datetime

    @property
    def entry(self) -> Entry:
        """The row as the rules see it."""
        return Entry(Source(self.source), self.fact, (self.at, self.report), self.listed)

    @property
    def fact(self) -> Fact:
        """What is said."""
        return Fact(
            FactKind(self.kind),
            self.key,
            self.number,
            self.date,
            self.amount,
            self.currency,
            self.certain,
            self.text,
            self.status_id,
        )

    @property
    def listed(self) -> Stamp:
        """The newest full list it stood in."""
        return self.listed_at, self.listed_report


@dataclass(frozen=True)
class Owed:
    """What an invoice at a node is about: the total as last served, in its currency."""

    consignment_id: int
    invoice_id: int
    total: Decimal
    currency: str


@dataclass(frozen=True)
class StatusSeen:
    """A status of an order in 1C, and how many invoices bear it."""

    status_id: str
    name: str
    invoices: int


class Ledger(Drawer):
    """Facts of consignments."""

    def of(self, consignment_ids: Iterable[int]) -> dict[int, list[FactRow]]:
        """Return by consignment every fact that was not retracted, oldest first."""
        found: dict[int, list[FactRow]] = defaultdict(list)
        for batch in pieces(set(consignment_ids)):
            statement = sa.select(payment_fact).where(
                payment_fact.c.consignment_id.in_(batch), payment_fact.c.retracted_at.is_(None)
            )
            for row in self._all(FactRow, statement.order_by(payment_fact.c.id)):
                found[row.consignment_id].append(row)
        return found

    def add_many(self, rows: Sequence[Mapping[str, object]]) -> None:
        """Insert facts in one statement."""
        if rows:
            self.connection.execute(sa.insert(payment_fact), list(rows))

    def update_rows(self, changes: Iterable[tuple[int, Mapping[str, object]]]) -> None:
        """Change stamps and marks."""
        self._update_rows(payment_fact, changes)

    def retract(self, consignment_id: int, sources: Iterable[Source], now: dt.datetime) -> int:
        """Count no more what these sources told of an invoice: it was about another document; return how many."""
        statement = sa.update(payment_fact).where(
            payment_fact.c.consignment_id == consignment_id,
            payment_fact.c.source.in_([one.value for one in sources]),
            payment_fact.c.retracted_at.is_(None),
        )
        return self.connection.execute(statement.values(retracted_at=now, holds=False)).rowcount

    def owed(self, consignment_ids: Iterable[int]) -> dict[int, Owed]:
        """Return what is owed by consignment."""
        found: dict[int, Owed] = {}
        for batch in pieces(set(consignment_ids)):
            rows = self.connection.execute(_OWED.where(consignment.c.id.in_(batch))).mappings()
            found |= {row["consignment_id"]: Owed(**row) for row in rows}
        return found

    def statuses(self, node_id: int) -> list[StatusSeen]:
        """Return the statuses 1C has told of a node's invoices."""
        invoices = sa.func.count(payment_fact.c.consignment_id.distinct()).label("invoices")
        statement = (
            sa.select(payment_fact.c.status_id, payment_fact.c.text.label("name"), invoices)
            .join(consignment, consignment.c.id == payment_fact.c.consignment_id)
            .where(
                consignment.c.node_id == node_id,
                payment_fact.c.kind == FactKind.STATUS.value,
                payment_fact.c.retracted_at.is_(None),
            )
            .group_by(payment_fact.c.status_id, payment_fact.c.text)
            .order_by(payment_fact.c.status_id, payment_fact.c.text)
        )
        return self._all(StatusSeen, statement)

    def of_invoice(self, invoice_id: int) -> list[tuple[str, FactRow]]:
        """Return every fact of an invoice beside the name of its node, newest first."""
        statement = (
            sa.select(payment_fact, node.c.name.label("node"))
            .join(consignment, consignment.c.id == payment_fact.c.consignment_id)
            .join(node, node.c.id == consignment.c.node_id)
            .where(consignment.c.invoice_id == invoice_id)
            .order_by(payment_fact.c.id.desc())
        )
        rows = [dict(row) for row in self.connection.execute(statement).mappings()]
        return [(str(row.pop("node")), FactRow(**row)) for row in rows]


_OWED = (
    sa.select(
        consignment.c.id.label("consignment_id"),
        consignment.c.invoice_id,
        sa.func.coalesce(rendering.c.total, invoice.c.total, type_=Money).label("total"),
        invoice.c.currency,
    )
    .join(invoice, invoice.c.id == consignment.c.invoice_id)
    .outerjoin(rendering, rendering.c.id == consignment.c.served_rendering_id)
)
