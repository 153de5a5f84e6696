"""What operators chose by hand for lines of invoices, and the invoices whose lines they are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from commerceml_bridge.db.query import Drawer, pieces
from commerceml_bridge.db.tables import consignment, goods_choice, invoice, revision


@dataclass(frozen=True)
class Choice:
    """What an operator chose for a line."""

    goods_key: str
    item_id: str
    name: str
    chosen_by: str
    chosen_at: dt.datetime


class Choices(Drawer):
    """Choices of a node's operators."""

    def __init__(self, connection: sa.Connection) -> None:
        super().__init__(connection)
        self._exist: dict[int, bool] = {}

    def exist(self, node_id: int) -> bool:
        """Tell whether anything was chosen by hand; asked once in a transaction."""
        if node_id not in self._exist:
            found = sa.select(goods_choice.c.id).where(goods_choice.c.node_id == node_id).limit(1)
            self._exist[node_id] = self.connection.execute(found).first() is not None
        return self._exist[node_id]

    def of(self, node_id: int, keys: Iterable[str] | None = None) -> dict[str, Choice]:
        """Return what was chosen by hand, for these lines or for all."""
        columns = [goods_choice.c[name] for name in Choice.__dataclass_fields__]
        statement = sa.select(*columns).where(goods_choice.c.node_id == node_id).order_by(goods_choice.c.goods_key)
        if keys is None:
            found = self._all(Choice, statement)
        else:
            found = [one for batch in pieces(keys) for one in self._all(Choice, statement.where(_among(batch)))]
        return {one.goods_key: one for one in found}

    def choose(self, node_id: int, rows: Sequence[Mapping[str, object]]) -> None:
        """Replace what was chosen for lines; a row without an item takes a choice back."""
        for batch in pieces([str(row["goods_key"]) for row in rows]):
            self.connection.execute(sa.delete(goods_choice).where(goods_choice.c.node_id == node_id, _among(batch)))
        self._exist.pop(node_id, None)
        kept = [{"node_id": node_id, **row} for row in rows if row["item_id"]]
        if kept:
            self.connection.execute(sa.insert(goods_choice), kept)

    def snapshots(self, node_id: int, *, limit: int = 0) -> Iterator[str]:
        """Yield the newest content of every invoice at a node, the newest invoice first; ``limit`` 0: of all."""
        newest = invoice.c.date.desc(), invoice.c.id.desc()
        here = sa.select(sa.literal(1)).where(consignment.c.invoice_id == invoice.c.id)
        chosen = (
            sa.select(invoice.c.id, invoice.c.date, invoice.c.revision_id)
            .where(invoice.c.never == "", here.where(consignment.c.node_id == node_id).exists())
            .order_by(*newest)
        )
        found = (chosen.limit(limit) if limit else chosen).subquery()  # large contents are read last, not sorted
        statement = (
            sa.select(revision.c.snapshot)
            .join(found, found.c.revision_id == revision.c.id)
            .order_by(found.c.date.desc(), found.c.id.desc())
        )
        rows = self.connection.execute(statement).yield_per(200)
        yield from rows.scalars()


def _among(keys: Sequence[str]) -> sa.ColumnElement[bool]:
    return goods_choice.c.goods_key.in_(keys)
