"""The ledger of an invoice as a page shows it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from commerceml_bridge.db.browse.expressions import record
from commerceml_bridge.db.tables import consignment, node, payment_fact


@dataclass(frozen=True)
class PaymentFact:
    """One payment fact with where it came from."""

    id: int
    node: str
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
    holds: bool
    returned_id: int | None
    session_id: int | None
    evidence: str
    retracted_at: dt.datetime | None
    first_at: dt.datetime
    last_at: dt.datetime


def of_invoice(connection: sa.Connection, invoice_id: int) -> tuple[PaymentFact, ...]:
    """Return every fact of an invoice, newest first."""
    own = (payment_fact.c[name] for name in PaymentFact.__dataclass_fields__ if name != "node")
    statement = (
        sa.select(*own, node.c.name.label("node"))
        .join(consignment, consignment.c.id == payment_fact.c.consignment_id)
        .join(node, node.c.id == consignment.c.node_id)
        .where(consignment.c.invoice_id == invoice_id)
        .order_by(payment_fact.c.id.desc())
    )
    return tuple(record(PaymentFact, row) for row in connection.execute(statement))
