"""Invoices a document typed into 1C may be, and the documents that may be them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from commerceml_bridge.db.query import Drawer
from commerceml_bridge.db.tables import consignment, invoice, returned
from commerceml_bridge.domain.adoption import NEAR, Undelivered


@dataclass(frozen=True)
class Proposed:
    """A returned document as adopting needs it."""

    id: int
    node_id: int
    upload_id: int
    document_id: str
    number: str
    number_1c: str
    state: str
    code: str
    proposed_id: int | None
    resolved_at: dt.datetime | None
    xml: bytes | None


class Adoption(Drawer):
    """Who may be who."""

    def undelivered(
        self, node_id: int, portal_id: int, day: dt.date, *, total: Decimal | None, inn: str, limit: int = 100
    ) -> list[Undelivered]:
        """Return invoices near a day with this sum or ИНН, never given to the node and not linked there yet."""
        alike = [invoice.c.total == total] if total is not None else []
        alike += [invoice.c.inn == inn] if inn else []
        known = sa.exists().where(
            consignment.c.invoice_id == invoice.c.id,
            consignment.c.node_id == node_id,
            sa.or_(consignment.c.first_served_at.is_not(None), consignment.c.adopted_at.is_not(None)),
        )
        statement = (
            sa.select(
                invoice.c.id.label("invoice_id"),
                invoice.c.number,
                invoice.c.date,
                invoice.c.inn,
                invoice.c.total,
                invoice.c.currency,
            )
            .where(
                invoice.c.portal_id == portal_id,
                invoice.c.date.between(day - NEAR, day + NEAR),
                invoice.c.gone_at.is_(None),
                ~known,
            )
            .order_by(invoice.c.id.desc())
            .limit(limit)
        )
        # a statement for each: an OR of the two would not use their indexes
        found = (one for same in alike for one in self._all(Undelivered, statement.where(same)))
        return list({one.invoice_id: one for one in found}.values())

    def document(self, returned_id: int) -> Proposed | None:
        """Return one returned document."""
        columns = (returned.c[name] for name in Proposed.__dataclass_fields__)
        return self._one(Proposed, sa.select(*columns).where(returned.c.id == returned_id))

    def linked(self, node_id: int, onec_id: str) -> int | None:
        """Return the invoice that bears this id of 1C at the node."""
        statement = sa.select(consignment.c.invoice_id).where(
            consignment.c.node_id == node_id, consignment.c.onec_id == onec_id
        )
        return self.connection.execute(statement.limit(1)).scalar_one_or_none()
