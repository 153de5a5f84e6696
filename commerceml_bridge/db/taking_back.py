"""Documents of a test exchange that is taken back: what was served in it, and making it due again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from commerceml_bridge.db.query import Drawer, pieces
from commerceml_bridge.db.tables import (
    consignment,
    delivery,
    delivery_item,
    invoice,
    payment_fact,
    serving,
    session,
)

_TELLS_OF_MONEY = ("paid-flag", "payment", "partly-paid")


@dataclass(frozen=True)
class ServedRow:
    """An invoice that was served in the exchange, as it stands at the node now."""

    consignment_id: int
    invoice_id: int
    printed: str
    number: str | None
    date: dt.date | None
    counterparty: str
    never: str
    outside: str
    held_code: str
    payment: str
    stage_semantics: str
    acknowledged: bool
    adopted: bool


class TakingBack(Drawer):
    """Reads and resets; which documents may be reset is the service's to say."""

    def sessions_since(self, node_id: int, moment: dt.datetime) -> list[int]:
        """Return the sessions of a node in which something was served from a moment on."""
        statement = sa.select(serving.c.session_id).join(session, session.c.id == serving.c.session_id)
        statement = statement.where(session.c.node_id == node_id, serving.c.served_at >= moment)
        return sorted(set(self.connection.execute(statement).scalars()))

    def served(self, node_id: int, session_ids: Sequence[int]) -> list[ServedRow]:
        """Return every invoice served in the sessions, by date and number."""
        found: dict[int, ServedRow] = {}
        for batch in pieces(session_ids):
            statement = (
                sa.select(
                    consignment.c.id.label("consignment_id"),
                    consignment.c.invoice_id,
                    invoice.c.number.label("printed"),
                    consignment.c.number,
                    consignment.c.date,
                    invoice.c.counterparty,
                    invoice.c.never,
                    consignment.c.outside,
                    consignment.c.held_code,
                    consignment.c.payment,
                    invoice.c.stage_semantics,
                    consignment.c.acknowledged_revision_id.is_not(None).label("acknowledged"),
                    consignment.c.adopted_at.is_not(None).label("adopted"),
                )
                .join(delivery_item, delivery_item.c.consignment_id == consignment.c.id)
                .join(serving, serving.c.delivery_id == delivery_item.c.delivery_id)
                .join(invoice, invoice.c.id == consignment.c.invoice_id)
                .where(consignment.c.node_id == node_id, serving.c.session_id.in_(batch))
            )
            found |= {row.consignment_id: row for row in self._all(ServedRow, statement)}
        return sorted(found.values(), key=lambda row: (row.date or dt.date.min, row.consignment_id))

    def confirmed_later(self, session_ids: Sequence[int], consignment_ids: Sequence[int]) -> set[int]:
        """Return those of the documents that were confirmed in a session after all of these."""
        last = max(session_ids, default=0)
        found: set[int] = set()
        for batch in pieces(consignment_ids):
            statement = (
                sa.select(delivery_item.c.consignment_id, serving.c.session_id)
                .join(serving, serving.c.delivery_id == delivery_item.c.delivery_id)
                .where(delivery_item.c.consignment_id.in_(batch), serving.c.acknowledged_at.is_not(None))
            )
            # not asked of the database: it would begin with the sessions, and read all of them
            found |= {row.consignment_id for row in self.connection.execute(statement) if row.session_id > last}
        return found

    def with_money(self, invoice_ids: Sequence[int]) -> set[int]:
        """Return those invoices of which any source at any node has told a payment that holds."""
        found: set[int] = set()
        for batch in pieces(invoice_ids):
            statement = (
                sa.select(consignment.c.invoice_id)
                .join(payment_fact, payment_fact.c.consignment_id == consignment.c.id)
                .where(
                    consignment.c.invoice_id.in_(batch),
                    payment_fact.c.holds,
                    payment_fact.c.kind.in_(_TELLS_OF_MONEY),
                    sa.or_(payment_fact.c.amount.is_(None), payment_fact.c.amount != Decimal(0)),
                )
            )
            found |= set(self.connection.execute(statement).scalars())
        return found

    def reset(self, consignment_ids: Sequence[int]) -> None:
        """Forget that 1C has the documents; number, date and the moment they were first served stay."""
        for batch in pieces(consignment_ids):
            self.connection.execute(
                sa.update(consignment)
                .where(consignment.c.id.in_(batch))
                .values(
                    due=True,
                    suspect=False,
                    resend=False,
                    unseen=False,
                    acknowledged_revision_id=None,
                    acknowledged_hash="",
                    acknowledged_at=None,
                    served_hash="",
                    onec_id="",
                    onec_number="",
                    onec_date=None,
                    seen_at=None,
                    verified_at=None,
                    difference="",
                    unposted="",
                )
            )

    def lift(self, consignment_ids: Sequence[int], held_code: str) -> None:
        """End a hold of these documents that has this code."""
        for batch in pieces(consignment_ids):
            self.connection.execute(
                sa.update(consignment)
                .where(consignment.c.id.in_(batch), consignment.c.held_code == held_code)
                .values(held_code="", held_reason="")
            )

    def close_open(self, node_id: int) -> None:
        """Let no answer of the node that nobody confirmed be repeated: the next one is made anew."""
        self.connection.execute(
            sa.update(delivery)
            .where(delivery.c.node_id == node_id, delivery.c.state == "open")
            .values(state="replaced")
        )
