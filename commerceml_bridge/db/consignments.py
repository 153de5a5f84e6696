"""Invoices at nodes (decision 13), and the documents rendered for them (decision 24)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal

import sqlalchemy as sa

from commerceml_bridge.db.query import Drawer, pieces
from commerceml_bridge.db.rows import ConsignmentRow
from commerceml_bridge.db.tables import consignment, delivery_item, invoice, node, portal, rendering, revision
from commerceml_bridge.db.types import Money


@dataclass(frozen=True)
class Due:
    """A document that would go out: what batching needs to know of it."""

    id: int
    suspect: bool


@dataclass(frozen=True)
class RenderKey:
    """What a rendered document depends on beside the revision."""

    form: str
    version: str
    encoding: str
    options: str
    """digest of the node's options, so that changed options are never served with old bytes"""


@dataclass(frozen=True)
class ToServe:
    """A consignment with its newest revision and the rendering for it, if there is one already."""

    id: int
    invoice_id: int
    revision_id: int
    accounting_hash: str
    rendering_id: int | None
    size: int | None


@dataclass(frozen=True)
class CandidateRow:
    """An invoice at a node as a returned document may mean it."""

    consignment_id: int
    invoice_id: int
    portal_code: str
    kind: str
    b24_id: int
    number: str
    date: dt.date
    onec_id: str
    currency: str
    total: Decimal
    """as last served, like the next three; the invoice's own if it never was"""
    tax: Decimal | None
    inn: str
    rates: str
    pay_before: dt.date | None
    served: bool
    adopted: bool
    """a person linked it to a document typed into 1C: that one's number and date are its own"""


class Consignments(Drawer):
    """The state of invoices at nodes."""

    def of(self, node_id: int, invoice_id: int) -> ConsignmentRow | None:
        """Return the consignment of an invoice at a node."""
        return self._one(ConsignmentRow, _OF, wanted_node=node_id, wanted_invoice=invoice_id)

    def by_id(self, consignment_id: int) -> ConsignmentRow | None:
        """Return one consignment."""
        return self._one(ConsignmentRow, _BY_ID, wanted=consignment_id)

    def of_invoice(self, invoice_id: int) -> list[ConsignmentRow]:
        """Return the consignments of an invoice at every node."""
        return self._all(ConsignmentRow, sa.select(consignment).where(consignment.c.invoice_id == invoice_id))

    def in_service(self, invoice_ids: Iterable[int]) -> dict[int, list[ConsignmentRow]]:
        """Return by invoice its consignments at nodes that were not removed."""
        found: dict[int, list[ConsignmentRow]] = defaultdict(list)
        for batch in pieces(invoice_ids):
            statement = (
                sa.select(consignment)
                .join(node, node.c.id == consignment.c.node_id)
                .where(consignment.c.invoice_id.in_(batch), node.c.removed_at.is_(None))
            )
            for row in self._all(ConsignmentRow, statement.order_by(consignment.c.id)):
                found[row.invoice_id].append(row)
        return found

    def of_node(self, node_id: int, *, due: bool) -> list[ConsignmentRow]:
        """Return the consignments of a node that are due (or not)."""
        statement = sa.select(consignment).where(consignment.c.node_id == node_id, consignment.c.due.is_(due))
        return self._all(ConsignmentRow, statement.order_by(consignment.c.id))

    def delivered(self, node_id: int, invoice_ids: Iterable[int]) -> set[int]:
        """Return those of the invoices that were served to the node."""
        found: set[int] = set()
        for batch in pieces(invoice_ids):
            statement = sa.select(consignment.c.invoice_id).where(
                consignment.c.node_id == node_id,
                consignment.c.invoice_id.in_(batch),
                consignment.c.first_served_at.is_not(None),
            )
            found |= set(self.connection.execute(statement).scalars())
        return found

    def due_after(self, node_id: int, after: int, *, limit: int) -> list[ConsignmentRow]:
        """Return the next due consignments of a node by id, held ones too."""
        statement = sa.select(consignment).where(
            consignment.c.node_id == node_id, consignment.c.due, consignment.c.id > after
        )
        return self._all(ConsignmentRow, statement.order_by(consignment.c.id).limit(limit))

    def count_due(self, node_id: int) -> tuple[int, int]:
        """Return how many due consignments of a node go, and how many are held."""
        held = sa.func.coalesce(sa.func.sum(sa.case((consignment.c.held_code != "", 1), else_=0)), 0)
        statement = sa.select(sa.func.count(), held).where(consignment.c.node_id == node_id, consignment.c.due)
        every, waiting = self.connection.execute(statement).one()
        return every - waiting, waiting

    def add(self, node_id: int, invoice_id: int) -> ConsignmentRow:
        """Begin a consignment."""
        new = self._insert(consignment, node_id=node_id, invoice_id=invoice_id)
        row = self.by_id(new)
        assert row is not None  # noqa: S101 - just inserted
        return row

    def update(self, consignment_id: int, **values: object) -> None:
        """Change columns of a consignment."""
        self._update(consignment, consignment_id, **values)

    def update_rows(self, changes: Iterable[tuple[int, Mapping[str, object]]]) -> None:
        """Change columns of several consignments, each its own way."""
        self._update_rows(consignment, changes)

    def update_many(self, ids: Collection[int], **values: object) -> None:
        """Change columns of several consignments."""
        for batch in pieces(ids):
            self.connection.execute(sa.update(consignment).where(consignment.c.id.in_(batch)).values(**values))

    def set_suspects(self, node_id: int, ids: Collection[int]) -> None:
        """Put these documents of a node under suspicion and no others (decision 10)."""
        self.connection.execute(
            sa.update(consignment).where(consignment.c.node_id == node_id, consignment.c.suspect).values(suspect=False)
        )
        self.update_many(ids, suspect=True)

    def mark_unseen(self, node_id: int, before: dt.datetime | None) -> int:
        """Mark documents confirmed before a moment and never returned, unmark all others; ``None``: mark none."""
        c = consignment.c
        waits = sa.false() if before is None else (c.acknowledged_at < before) & c.seen_at.is_(None)
        waits = waits & c.adopted_at.is_(None)
        mine = sa.update(consignment).where(c.node_id == node_id)
        self.connection.execute(mine.where(c.unseen, ~waits).values(unseen=False))
        self.connection.execute(mine.where(~c.unseen, waits).values(unseen=True))
        return self._count(consignment, c.node_id == node_id, c.unseen)

    # --- what goes out ---

    def due(self, node_id: int, *, cap: int, besides: Collection[int] = ()) -> list[Due]:
        """Return due documents that nothing holds, suspects first, oldest first; at most ``cap`` (0: all)."""
        statement = (
            sa.select(consignment.c.id, consignment.c.suspect)
            .where(consignment.c.node_id == node_id, consignment.c.due, consignment.c.held_code == "")
            .order_by(consignment.c.suspect.desc(), consignment.c.id)
        )
        if cap:
            statement = statement.limit(cap + len(besides))
        left_out = set(besides)
        found = [Due(row.id, row.suspect) for row in self.connection.execute(statement) if row.id not in left_out]
        return found[:cap] if cap else found

    def to_serve(self, ids: Sequence[int], key: RenderKey) -> list[ToServe]:
        """Return consignments in the order of ``ids`` with their newest revision and its rendering for ``key``."""
        found: dict[int, ToServe] = {}
        for batch in pieces(ids):
            rows = self.connection.execute(_TO_SERVE, {"ids": list(batch), **asdict(key)})
            found |= {row.id: ToServe(**row._mapping) for row in rows}
        return [found[one] for one in ids if one in found]

    def add_rendering(self, **values: object) -> int:
        """Keep a rendered document and return its id."""
        return self._insert(rendering, **values)

    def goods_of(self, rendering_id: int) -> str:
        """Return how the lines of a rendered document were mapped to items of 1C."""
        return self.goods_of_each([rendering_id])[rendering_id]

    def goods_of_each(self, rendering_ids: Iterable[int]) -> dict[int, str]:
        """Return the same for several, by id."""
        found: dict[int, str] = {}
        for batch in pieces(rendering_ids):
            found |= {row.id: row.goods for row in self.connection.execute(_GOODS, {"ids": list(batch)})}
        return found

    def body_of(self, rendering_id: int) -> bytes:
        """Return the stored bytes of one document, empty where they are gone by the retention rule."""
        return bytes(self.connection.scalar(sa.select(rendering.c.body).where(rendering.c.id == rendering_id)) or b"")

    def bodies(self, delivery_id: int, *, after: int, limit: int) -> list[tuple[int, bytes]]:
        """Return (position, bytes) of a delivery's documents after a position."""
        rows = self.connection.execute(
            sa.select(delivery_item.c.position, rendering.c.body)
            .join(rendering, rendering.c.id == delivery_item.c.rendering_id)
            .where(delivery_item.c.delivery_id == delivery_id, delivery_item.c.position > after)
            .order_by(delivery_item.c.position)
            .limit(limit)
        )
        return [(position, body) for position, body in rows]

    # --- what comes back ---

    def candidates(
        self,
        node_id: int,
        *,
        keys: Iterable[tuple[str, int]] = (),
        numbers: Iterable[str] = (),
        onec_ids: Iterable[str] = (),
    ) -> list[CandidateRow]:
        """Return consignments a returned document may mean: by (kind, Bitrix24 id), by number, by 1C's id."""
        conditions: list[sa.ColumnElement[bool]] = []
        for kind in ("smart", "old"):
            wanted = [b24_id for key_kind, b24_id in keys if key_kind == kind]
            conditions += [(invoice.c.kind == kind) & invoice.c.b24_id.in_(batch) for batch in pieces(wanted)]
        conditions += [consignment.c.number.in_(batch) for batch in pieces(numbers)]
        conditions += [consignment.c.onec_id.in_(batch) for batch in pieces(onec_ids)]
        found: dict[int, CandidateRow] = {}
        for condition in conditions:
            rows = self.connection.execute(_CANDIDATES.where(consignment.c.node_id == node_id, condition)).mappings()
            found |= {row["consignment_id"]: CandidateRow(**row) for row in rows}
        return list(found.values())


# Statements asked for every invoice that is consigned are made once: SQLAlchemy takes longer to put them together
# than a database to answer them.
_BY_ID = sa.select(consignment).where(consignment.c.id == sa.bindparam("wanted"))
_OF = sa.select(consignment).where(
    consignment.c.node_id == sa.bindparam("wanted_node"), consignment.c.invoice_id == sa.bindparam("wanted_invoice")
)
_GOODS = sa.select(rendering.c.id, rendering.c.goods).where(rendering.c.id.in_(sa.bindparam("ids", expanding=True)))
_TO_SERVE = (
    sa.select(
        consignment.c.id,
        consignment.c.invoice_id,
        invoice.c.revision_id,
        revision.c.accounting_hash,
        rendering.c.id.label("rendering_id"),
        rendering.c.size,
    )
    .join(invoice, invoice.c.id == consignment.c.invoice_id)
    .join(revision, revision.c.id == invoice.c.revision_id)
    .outerjoin(
        rendering,
        (rendering.c.consignment_id == consignment.c.id)
        & (rendering.c.revision_id == invoice.c.revision_id)
        & (rendering.c.form == sa.bindparam("form"))
        & (rendering.c.version == sa.bindparam("version"))
        & (rendering.c.encoding == sa.bindparam("encoding"))
        & (rendering.c.options == sa.bindparam("options"))
        & (rendering.c.number == consignment.c.number)
        & (rendering.c.party == consignment.c.party)
        & (rendering.c.cancelled == consignment.c.cancelled),
    )
    .where(consignment.c.id.in_(sa.bindparam("ids", expanding=True)))
    .order_by(rendering.c.id)
)

_CANDIDATES = (
    sa.select(
        consignment.c.id.label("consignment_id"),
        consignment.c.invoice_id,
        portal.c.code.label("portal_code"),
        invoice.c.kind,
        invoice.c.b24_id,
        sa.func.coalesce(consignment.c.number, "").label("number"),
        sa.func.coalesce(consignment.c.date, invoice.c.date, type_=sa.Date).label("date"),
        consignment.c.onec_id,
        invoice.c.currency,
        sa.func.coalesce(rendering.c.total, invoice.c.total, type_=Money).label("total"),
        rendering.c.tax,
        sa.func.coalesce(rendering.c.inn, invoice.c.inn).label("inn"),
        sa.func.coalesce(rendering.c.rates, "").label("rates"),
        rendering.c.pay_before,
        consignment.c.first_served_at.is_not(None).label("served"),
        consignment.c.adopted_at.is_not(None).label("adopted"),
    )
    .join(invoice, invoice.c.id == consignment.c.invoice_id)
    .join(portal, portal.c.id == invoice.c.portal_id)
    .outerjoin(rendering, rendering.c.id == consignment.c.served_rendering_id)
    .where(sa.or_(consignment.c.number.is_not(None), consignment.c.adopted_at.is_not(None)))
)
