"""Query answers: opened with exact ids, served in sessions, acknowledged as exactly that (decision 9)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from commerceml_bridge.db.query import Drawer, pieces
from commerceml_bridge.db.rows import DeliveryRow
from commerceml_bridge.db.tables import consignment, delivery, delivery_item, invoice, rendering, revision, serving
from commerceml_bridge.domain.snapshots import CANCELLED_MARK


def _hash_of(of_revision: sa.FromClause, cancelled: sa.ColumnElement[bool]) -> sa.ColumnElement[str]:
    """Return the accounting content a document carries: cancellation is part of it (decision 11)."""
    return of_revision.c.accounting_hash.concat(sa.case((cancelled, CANCELLED_MARK), else_=""))


_SENT = _hash_of(revision, rendering.c.cancelled)
"""What went out: the revision and the rendering of a delivery's item."""


@dataclass(frozen=True)
class Item:
    """One document of a delivery beside what holds for it now."""

    consignment_id: int
    revision_hash: str
    current_hash: str
    due: bool
    held_code: str

    @property
    def changed(self) -> bool:
        """Tell whether the document would go out again, but with another content."""
        return self.due and not self.held_code and self.revision_hash != self.current_hash


class Deliveries(Drawer):
    """Deliveries, their items and servings."""

    def by_id(self, delivery_id: int) -> DeliveryRow | None:
        """Return one delivery."""
        return self._one(DeliveryRow, sa.select(delivery).where(delivery.c.id == delivery_id))

    def open_of(self, node_id: int) -> list[DeliveryRow]:
        """Return deliveries of a node that nobody acknowledged, oldest first."""
        statement = sa.select(delivery).where(delivery.c.node_id == node_id, delivery.c.state == "open")
        return self._all(DeliveryRow, statement.order_by(delivery.c.id))

    def served_in(self, session_id: int, *, unconfirmed: bool = False) -> list[DeliveryRow]:
        """Return what a session was served, in order; only what it has not confirmed, if asked so."""
        statement = sa.select(delivery).join(serving, serving.c.delivery_id == delivery.c.id)
        statement = statement.where(serving.c.session_id == session_id)
        if unconfirmed:
            statement = statement.where(serving.c.acknowledged_at.is_(None))
        return self._all(DeliveryRow, statement.order_by(serving.c.id))

    def add(self, items: Sequence[tuple[int, int, int]], **values: object) -> int:
        """Insert a delivery; ``items`` are (consignment, revision, rendering) in order."""
        delivery_id = self._insert(delivery, **values)
        rows = [
            {
                "delivery_id": delivery_id,
                "position": position,
                "consignment_id": consignment_id,
                "revision_id": revision_id,
                "rendering_id": rendering_id,
            }
            for position, (consignment_id, revision_id, rendering_id) in enumerate(items, start=1)
        ]
        for batch in pieces(rows):
            self.connection.execute(sa.insert(delivery_item), batch)
        return delivery_id

    def update(self, delivery_id: int, **values: object) -> None:
        """Change columns of a delivery."""
        self._update(delivery, delivery_id, **values)

    def serve(self, delivery_id: int, session_id: int, now: dt.datetime) -> None:
        """Note that a session was given the delivery."""
        self._insert(serving, delivery_id=delivery_id, session_id=session_id, served_at=now)

    def accepted_since(self, node_id: int, moment: dt.datetime) -> bool:
        """Tell whether the node confirmed any documents after a moment."""
        return bool(
            self._count(
                delivery,
                delivery.c.node_id == node_id,
                delivery.c.acknowledged_at > moment,
                delivery.c.documents > 0,
            )
        )

    def items(self, delivery_id: int) -> list[Item]:
        """Return the documents of a delivery beside what holds for them now."""
        current = revision.alias("current")
        rows = self.connection.execute(
            sa.select(
                delivery_item.c.consignment_id,
                _SENT.label("revision_hash"),
                _hash_of(current, consignment.c.cancelled).label("current_hash"),
                consignment.c.due,
                consignment.c.held_code,
            )
            .join(revision, revision.c.id == delivery_item.c.revision_id)
            .join(rendering, rendering.c.id == delivery_item.c.rendering_id)
            .join(consignment, consignment.c.id == delivery_item.c.consignment_id)
            .join(invoice, invoice.c.id == consignment.c.invoice_id)
            .join(current, current.c.id == invoice.c.revision_id)
            .where(delivery_item.c.delivery_id == delivery_id)
            .order_by(delivery_item.c.position)
        )
        return [Item(**row._mapping) for row in rows]

    def consignments_served_in(self, session_id: int) -> set[int]:
        """Return the documents a session was given and has not confirmed."""
        return set(
            self.connection.execute(
                sa.select(delivery_item.c.consignment_id)
                .join(serving, serving.c.delivery_id == delivery_item.c.delivery_id)
                .where(serving.c.session_id == session_id, serving.c.acknowledged_at.is_(None))
            ).scalars()
        )

    def mark_served(self, delivery_id: int, now: dt.datetime) -> None:
        """Remember what each document was served with; the first time fixes its number and date."""
        mine = (
            (consignment.c.id == delivery_item.c.consignment_id)
            & (delivery_item.c.delivery_id == delivery_id)
            & (revision.c.id == delivery_item.c.revision_id)
            & (rendering.c.id == delivery_item.c.rendering_id)
        )
        self.connection.execute(
            sa.update(consignment)
            .where(mine)
            .values(served_hash=_SENT, served_rendering_id=delivery_item.c.rendering_id)
        )
        self.connection.execute(
            sa.update(consignment)
            .where(
                consignment.c.id == delivery_item.c.consignment_id,
                delivery_item.c.delivery_id == delivery_id,
                invoice.c.id == consignment.c.invoice_id,
                consignment.c.first_served_at.is_(None),
            )
            .values(first_served_at=now, date=sa.func.coalesce(consignment.c.date, invoice.c.date, type_=sa.Date))
        )

    def acknowledge(self, delivery_id: int, session_id: int, now: dt.datetime) -> list[int]:
        """Note that the session took the delivery; return the documents whose content has changed meanwhile."""
        self.connection.execute(
            sa.update(serving)
            .where(serving.c.delivery_id == delivery_id, serving.c.session_id == session_id)
            .values(acknowledged_at=now)
        )
        self.connection.execute(
            sa.update(delivery)
            .where(delivery.c.id == delivery_id)
            .values(
                acknowledged_at=sa.func.coalesce(
                    delivery.c.acknowledged_at, now, type_=delivery.c.acknowledged_at.type
                ),
                state=sa.case((delivery.c.state == "open", "acknowledged"), else_=delivery.c.state),
            )
        )
        self._acknowledge_documents(delivery_id, now)
        return self._outdated(delivery_id)

    def _acknowledge_documents(self, delivery_id: int, now: dt.datetime) -> None:
        self.connection.execute(
            sa.update(consignment)
            .where(
                consignment.c.id == delivery_item.c.consignment_id,
                delivery_item.c.delivery_id == delivery_id,
                revision.c.id == delivery_item.c.revision_id,
                rendering.c.id == delivery_item.c.rendering_id,
                # a late success for an older delivery must not go back behind a newer one
                sa.func.coalesce(consignment.c.acknowledged_revision_id, 0) <= delivery_item.c.revision_id,
            )
            .values(
                acknowledged_revision_id=delivery_item.c.revision_id,
                acknowledged_hash=_SENT,
                acknowledged_at=now,
                due=False,
                resend=False,
                suspect=False,
            )
        )

    def _outdated(self, delivery_id: int) -> list[int]:
        """Return documents of a delivery that are not what the node should have, or was served since."""
        current = revision.alias("current")
        rows = self.connection.execute(
            sa.select(consignment.c.id)
            .join(delivery_item, delivery_item.c.consignment_id == consignment.c.id)
            .join(invoice, invoice.c.id == consignment.c.invoice_id)
            .join(current, current.c.id == invoice.c.revision_id)
            .where(
                delivery_item.c.delivery_id == delivery_id,
                sa.or_(
                    consignment.c.acknowledged_hash != _hash_of(current, consignment.c.cancelled),
                    consignment.c.acknowledged_hash != consignment.c.served_hash,
                ),
            )
        )
        return [row.id for row in rows]
