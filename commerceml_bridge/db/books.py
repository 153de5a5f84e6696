"""Nodes whose base is asked over OData, and what their invoices looked like last."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import sqlalchemy as sa

from commerceml_bridge.db.query import Drawer, pieces
from commerceml_bridge.db.tables import book_state, consignment, invoice, node, odata_source, rendering
from commerceml_bridge.db.types import Money
from commerceml_bridge.domain.alerts import LOGIN_TRIES, ODATA_LOGIN

CLOSED = ("paid", "cancelled", "deleted")
"""Payment states after which an invoice is read again once a day only."""


@dataclass(frozen=True)
class SourceRow:
    """How a node's base is asked, and how the last poll went."""

    node_id: int
    url: str
    login_sealed: str = field(repr=False)
    password_sealed: str = field(repr=False)
    prefix: str
    learned_prefix: str
    organization: str
    organization_key: str
    every_seconds: int
    next_at: dt.datetime
    claimed_until: dt.datetime | None
    tried_at: dt.datetime | None
    succeeded_at: dt.datetime | None
    closed_read_at: dt.datetime | None
    failures: int
    error_code: str
    error: str
    summary: str


@dataclass(frozen=True)
class GivenRow:
    """An invoice that was given to the node's base."""

    consignment_id: int
    invoice_id: int
    number: str
    printed: str
    date: dt.date
    total: Decimal
    currency: str
    onec_id: str
    onec_number: str
    payment: str
    fingerprint: str
    doubt: str


class Books(Drawer):
    """OData sources and the states they told."""

    def source(self, node_id: int) -> SourceRow | None:
        """Return how the node's base is asked, ``None`` if it is not."""
        return self._one(SourceRow, sa.select(odata_source).where(odata_source.c.node_id == node_id))

    def set_source(self, node_id: int, **values: object) -> None:
        """Keep how the node's base is asked; what is not given stays."""
        changed = self.connection.execute(
            sa.update(odata_source).where(odata_source.c.node_id == node_id).values(**values)
        )
        if not changed.rowcount:
            self.connection.execute(sa.insert(odata_source).values(node_id=node_id, **values))

    def remove_source(self, node_id: int) -> None:
        """Ask no more; what was learned stays with the invoices."""
        self.connection.execute(sa.delete(odata_source).where(odata_source.c.node_id == node_id))

    def due(self, now: dt.datetime) -> list[int]:
        """Return the nodes in service whose poll is due and not claimed; a login refused thrice waits for a person."""
        return list(
            self.connection.execute(
                sa.select(odata_source.c.node_id)
                .join(node, node.c.id == odata_source.c.node_id)
                .where(node.c.removed_at.is_(None), odata_source.c.next_at <= now, _free(now), ~_locked_out())
                .order_by(odata_source.c.next_at)
            ).scalars()
        )

    def claim(self, node_id: int, now: dt.datetime, until: dt.datetime) -> bool:
        """Take the poll of a node; ``False`` if somebody else has it."""
        taken = self.connection.execute(
            sa.update(odata_source).where(odata_source.c.node_id == node_id, _free(now)).values(claimed_until=until)
        )
        return bool(taken.rowcount)

    def given(self, node_id: int, since: dt.date) -> list[GivenRow]:
        """Return what was given to the node and is dated ``since`` or later, oldest first."""
        return self._all(
            GivenRow,
            _GIVEN.where(consignment.c.node_id == node_id, consignment.c.date >= since).order_by(
                consignment.c.date, consignment.c.id
            ),
        )

    def oldest(self, node_id: int, since: dt.date, *, closed_since: dt.date | None = None) -> dt.date | None:
        """Return the date of the oldest open invoice, or with ``closed_since`` of the oldest closed one too."""
        open_ = consignment.c.payment.not_in(CLOSED)
        wanted = open_ if closed_since is None else sa.or_(open_, consignment.c.date >= closed_since)
        found: dt.date | None = self.connection.execute(
            sa.select(sa.func.min(consignment.c.date)).where(
                consignment.c.node_id == node_id,
                consignment.c.first_served_at.is_not(None),
                consignment.c.date >= since,
                wanted,
            )
        ).scalar_one_or_none()
        return found

    def note(self, node_id: int, states: Mapping[int, tuple[str, str]], now: dt.datetime) -> None:
        """Keep (fingerprint, doubt) by consignment."""
        known: set[int] = set()
        for some in pieces(states):
            known |= set(
                self.connection.execute(
                    sa.select(book_state.c.consignment_id).where(book_state.c.consignment_id.in_(some))
                ).scalars()
            )
        new = [_state(node_id, one, states[one], now) for one in states if one not in known]
        if new:
            self.connection.execute(sa.insert(book_state), new)
        self._change({one: states[one] for one in states if one in known}, now)

    def _change(self, states: Mapping[int, tuple[str, str]], now: dt.datetime) -> None:
        statement = (
            sa.update(book_state)
            .where(book_state.c.consignment_id == sa.bindparam("of"))
            .values(fingerprint=sa.bindparam("now_is"), doubt=sa.bindparam("because"), at=now)
        )
        rows = [{"of": one, "now_is": state, "because": doubt} for one, (state, doubt) in states.items()]
        if rows:
            self.connection.execute(statement, rows)

    def doubts(self, node_id: int) -> list[tuple[int, str, str]]:
        """Return (invoice id, printed number, why) of documents found in 1C and not believed to be ours."""
        rows = self.connection.execute(
            sa.select(invoice.c.id, invoice.c.number, book_state.c.doubt)
            .join(consignment, consignment.c.id == book_state.c.consignment_id)
            .join(invoice, invoice.c.id == consignment.c.invoice_id)
            .where(book_state.c.node_id == node_id, book_state.c.doubt != "")
            .order_by(book_state.c.consignment_id)
            .limit(100)
        )
        return [(row.id, row.number, row.doubt) for row in rows]

    def forget_invoice(self, consignment_id: int) -> None:
        """Tell everything of one invoice anew at the next poll: another document may be it."""
        self.connection.execute(sa.delete(book_state).where(book_state.c.consignment_id == consignment_id))

    def forget(self, node_ids: Iterable[int]) -> None:
        """Tell everything anew at the next poll: the base behind the node may be another one."""
        for some in pieces(node_ids):
            self.connection.execute(sa.delete(book_state).where(book_state.c.node_id.in_(some)))


def _locked_out() -> sa.ColumnElement[bool]:
    return sa.and_(odata_source.c.error_code == ODATA_LOGIN, odata_source.c.failures >= LOGIN_TRIES)


def _free(now: dt.datetime) -> sa.ColumnElement[bool]:
    return sa.or_(odata_source.c.claimed_until.is_(None), odata_source.c.claimed_until <= now)


def _state(node_id: int, consignment_id: int, state: tuple[str, str], now: dt.datetime) -> dict[str, object]:
    return {
        "node_id": node_id,
        "consignment_id": consignment_id,
        "fingerprint": state[0],
        "doubt": state[1],
        "at": now,
    }


_GIVEN = (
    sa.select(
        consignment.c.id.label("consignment_id"),
        consignment.c.invoice_id,
        consignment.c.number,
        invoice.c.number.label("printed"),
        consignment.c.date,
        sa.func.coalesce(rendering.c.total, invoice.c.total, type_=Money).label("total"),
        invoice.c.currency,
        consignment.c.onec_id,
        consignment.c.onec_number,
        consignment.c.payment,
        sa.func.coalesce(book_state.c.fingerprint, "").label("fingerprint"),
        sa.func.coalesce(book_state.c.doubt, "").label("doubt"),
    )
    .join(invoice, invoice.c.id == consignment.c.invoice_id)
    .outerjoin(rendering, rendering.c.id == consignment.c.served_rendering_id)
    .outerjoin(book_state, book_state.c.consignment_id == consignment.c.id)
    .where(
        consignment.c.first_served_at.is_not(None), consignment.c.number.is_not(None), consignment.c.date.is_not(None)
    )
)
