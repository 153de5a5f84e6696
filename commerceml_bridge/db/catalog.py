"""Items of 1C by node: the index its catalogue files fill, and what lines of invoices are looked up in."""

from __future__ import annotations

import datetime as dt
from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

import sqlalchemy as sa

from commerceml_bridge.db.query import Drawer, pieces
from commerceml_bridge.db.tables import (
    catalog_item,
    catalog_portion,
    catalog_state,
    goods_choice,
    node,
    upload,
)
from commerceml_bridge.domain.catalogue import GONE_AFTER, Item, name_key

_ITEM = (
    catalog_item.c.item_id,
    catalog_item.c.name,
    catalog_item.c.article,
    catalog_item.c.full_name,
    catalog_item.c.unit_code,
    catalog_item.c.unit_name,
    catalog_item.c.is_service,
    (~catalog_item.c.deleted & (catalog_item.c.absences < GONE_AFTER)).label("usable"),
)


@dataclass(frozen=True)
class Known:
    """What decides whether an entry of a file says anything new."""

    id: int
    item_id: str
    catalog_id: str
    absences: int
    item_facts: str = field(repr=False)
    offer_facts: str = field(repr=False)


@dataclass(frozen=True)
class Listed:
    """An item as pages and commands list it."""

    item_id: str
    name: str
    article: str
    full_name: str
    barcode: str
    unit_code: str
    unit_name: str
    vat_rate: str
    is_service: bool | None
    deleted: bool
    gone: bool
    changed_at: dt.datetime

    @property
    def usable(self) -> bool:
        """Whether lines may be mapped to it."""
        return not self.deleted and not self.gone


@dataclass(frozen=True)
class Portion:
    """One catalogue in one file."""

    id: int
    upload_id: int
    catalog_id: str
    filename: str
    full: bool | None
    items: int
    seen: bytes = field(repr=False)
    at: dt.datetime
    """when it was taken in"""
    settled_at: dt.datetime | None
    started_at: dt.datetime
    """when its file began to arrive"""

    @property
    def row_ids(self) -> array[int]:
        """Ids of the rows it named."""
        found: array[int] = array("q")
        found.frombytes(self.seen)
        return found


@dataclass(frozen=True)
class Size:
    """How large the index of a node is."""

    items: int
    usable: int
    choices: int
    changed_at: dt.datetime | None


class Catalog(Drawer):
    """The nomenclature of nodes."""

    def __init__(self, connection: sa.Connection) -> None:
        super().__init__(connection)
        self._has_items: dict[int, bool] = {}

    # --- filling ---

    def lock(self, node_id: int) -> None:
        """Let no other file of this node be taken in until this transaction ends."""
        self.connection.execute(sa.select(node.c.id).where(node.c.id == node_id).with_for_update(key_share=True))

    def known(self, node_id: int, item_ids: Iterable[str]) -> dict[str, Known]:
        """Return what is kept of these items."""
        found: dict[str, Known] = {}
        for batch in pieces(item_ids):
            rows = self.connection.execute(_known(), {"node_id": node_id, "ids": batch})
            found |= {row.item_id: Known(**row._mapping) for row in rows}
        return found

    def add_many(self, node_id: int, rows: Sequence[Mapping[str, object]]) -> dict[str, int]:
        """Insert items in one statement; return their row ids by their own ids."""
        if not rows:
            return {}
        # asked for afterwards: returning them in order would cost SQLite a statement for each row
        self.connection.execute(sa.insert(catalog_item), [{"node_id": node_id, **row} for row in rows])
        return {own_id: row.id for own_id, row in self.known(node_id, [str(row["item_id"]) for row in rows]).items()}

    def update_rows(self, changes: Iterable[tuple[int, Mapping[str, object]]]) -> None:
        """Change several items."""
        self._update_rows(catalog_item, changes)

    def changed(self, node_id: int, now: dt.datetime) -> None:
        """Note that waiting invoices of the node have to be looked at again."""
        state = sa.update(catalog_state).where(catalog_state.c.node_id == node_id)
        changed = self.connection.execute(state.values(changes=catalog_state.c.changes + 1, changed_at=now))
        if not changed.rowcount:
            self.connection.execute(sa.insert(catalog_state).values(node_id=node_id, changes=1, changed_at=now))

    def to_apply(self, *, before: dt.datetime | None = None) -> dict[int, int]:
        """Return by node the number of changes its waiting invoices do not know yet; the last made ``before``."""
        behind = sa.select(catalog_state.c.node_id, catalog_state.c.changes).where(
            catalog_state.c.changes > catalog_state.c.applied
        )
        if before is not None:
            behind = behind.where(catalog_state.c.changed_at < before)
        return {row.node_id: row.changes for row in self.connection.execute(behind)}

    def applied(self, node_id: int, changes: int) -> None:
        """Note that waiting invoices know as many changes."""
        self.connection.execute(
            sa.update(catalog_state)
            .where(catalog_state.c.node_id == node_id, catalog_state.c.applied < changes)
            .values(applied=changes)
        )

    # --- full exports ---

    def add_portion(self, **values: object) -> int:
        """Keep which items a file named."""
        return self._insert(catalog_portion, **values)

    def open_portions(self, node_id: int, *, since: dt.datetime | None = None) -> list[Portion]:
        """Return portions whose export is not over, and those taken ``since`` a moment; oldest first."""
        wanted: sa.ColumnElement[bool] = catalog_portion.c.settled_at.is_(None)
        if since is not None:
            wanted |= catalog_portion.c.at >= since
        columns = [catalog_portion.c[name] for name in Portion.__dataclass_fields__ if name != "started_at"]
        statement = (
            sa.select(*columns, upload.c.started_at)
            .join(upload, upload.c.id == catalog_portion.c.upload_id)
            .where(catalog_portion.c.node_id == node_id, wanted)
        )
        return self._all(Portion, statement.order_by(catalog_portion.c.id))

    def idle_nodes(self, before: dt.datetime) -> set[int]:
        """Return nodes whose open portions are all older than ``before``."""
        last = (
            sa.select(catalog_portion.c.node_id)
            .where(catalog_portion.c.settled_at.is_(None))
            .group_by(catalog_portion.c.node_id)
            .having(sa.func.max(catalog_portion.c.at) < before)
        )
        return set(self.connection.execute(last).scalars())

    def settle(self, ids: Collection[int], now: dt.datetime) -> None:
        """Close portions; which items they named need not be kept any longer."""
        for batch in pieces(ids):
            self.connection.execute(
                sa.update(catalog_portion).where(catalog_portion.c.id.in_(batch)).values(settled_at=now)
            )

    def forget_portions(self, node_id: int, before: dt.datetime) -> None:
        """Drop settled portions nobody will ask for any more; the files themselves stay."""
        self.connection.execute(
            sa.delete(catalog_portion).where(
                catalog_portion.c.node_id == node_id,
                catalog_portion.c.settled_at.is_not(None),
                catalog_portion.c.at < before,
            )
        )

    def present(self, node_id: int, catalog_id: str) -> array[int]:
        """Return ids of the items of a catalogue that are not gone."""
        statement = sa.select(catalog_item.c.id).where(
            catalog_item.c.node_id == node_id,
            catalog_item.c.catalog_id == catalog_id,
            catalog_item.c.item_facts != "",
            catalog_item.c.absences < GONE_AFTER,
        )
        return array("q", self.connection.execute(statement).scalars())

    def missed(self, row_ids: Iterable[int], *, by: int, now: dt.datetime) -> None:
        """Count that items were missing from a full export."""
        for batch in pieces(row_ids):
            self.connection.execute(
                sa.update(catalog_item)
                .where(catalog_item.c.id.in_(batch))
                .values(absences=catalog_item.c.absences + by, changed_at=now)
            )

    # --- looking up ---

    def has_items(self, node_id: int) -> bool:
        """Tell whether the node has an index; asked once in a transaction."""
        if node_id not in self._has_items:
            found = sa.select(catalog_item.c.id).where(catalog_item.c.node_id == node_id).limit(1)
            self._has_items[node_id] = self.connection.execute(found).first() is not None
        return self._has_items[node_id]

    def by_ids(self, node_id: int, item_ids: Iterable[str]) -> dict[str, Item]:
        """Return items by their own ids."""
        return {item.item_id: item for item in self._items(node_id, catalog_item.c.item_id, item_ids)}

    def by_articles(self, node_id: int, keys: Iterable[str]) -> dict[str, list[Item]]:
        """Return items by article key."""
        return self._grouped(node_id, catalog_item.c.article_key, keys)

    def by_names(self, node_id: int, keys: Iterable[str]) -> dict[str, list[Item]]:
        """Return items by name key."""
        return self._grouped(node_id, catalog_item.c.name_key, keys)

    def by_full_names(self, node_id: int, keys: Iterable[str]) -> dict[str, list[Item]]:
        """Return items by the key of their full name."""
        return self._grouped(node_id, catalog_item.c.full_name_key, keys)

    def _items(self, node_id: int, column: sa.Column[str], values: Iterable[str]) -> list[Item]:
        found: list[Item] = []
        for batch in pieces({value for value in values if value}):
            statement = sa.select(*_ITEM).where(catalog_item.c.node_id == node_id, column.in_(batch))
            found += self._all(Item, statement.order_by(catalog_item.c.id))
        return found

    def _grouped(self, node_id: int, column: sa.Column[str], values: Iterable[str]) -> dict[str, list[Item]]:
        grouped: dict[str, list[Item]] = {}
        for batch in pieces({value for value in values if value}):
            statement = sa.select(column.label("looked_up"), *_ITEM).where(
                catalog_item.c.node_id == node_id, column.in_(batch)
            )
            for row in self.connection.execute(statement.order_by(catalog_item.c.id)).mappings():
                values_of = dict(row)
                grouped.setdefault(values_of.pop("looked_up"), []).append(Item(**values_of))
        return grouped

    def find(self, node_id: int, text: str = "", *, after: str = "", limit: int = 50) -> list[Listed]:
        """Return items whose name, article, barcode or id contains ``text``, by id."""
        columns = [catalog_item.c[name] for name in Listed.__dataclass_fields__ if name != "gone"]
        gone = (catalog_item.c.absences >= GONE_AFTER).label("gone")
        statement = sa.select(*columns, gone).where(catalog_item.c.node_id == node_id, catalog_item.c.item_id > after)
        if wanted := name_key(text):
            held = (catalog_item.c.name_key, catalog_item.c.full_name_key, catalog_item.c.article_key)
            plain = (catalog_item.c.barcode, catalog_item.c.item_id)
            statement = statement.where(
                sa.or_(
                    *(column.contains(wanted, autoescape=True) for column in held),
                    *(column.contains(text.strip(), autoescape=True) for column in plain),
                )
            )
        return self._all(Listed, statement.order_by(catalog_item.c.item_id).limit(limit))

    def size(self, node_id: int) -> Size:
        """Return how large the index of a node is."""
        usable = ~catalog_item.c.deleted & (catalog_item.c.absences < GONE_AFTER)
        changed = sa.select(catalog_state.c.changed_at).where(catalog_state.c.node_id == node_id)
        return Size(
            items=self._count(catalog_item, catalog_item.c.node_id == node_id),
            usable=self._count(catalog_item, catalog_item.c.node_id == node_id, usable),
            choices=self._count(goods_choice, goods_choice.c.node_id == node_id),
            changed_at=self.connection.execute(changed).scalar_one_or_none(),
        )


@cache
def _known() -> sa.Select[tuple[object, ...]]:
    columns = [catalog_item.c[name] for name in Known.__dataclass_fields__]
    return sa.select(*columns).where(
        catalog_item.c.node_id == sa.bindparam("node_id"),
        catalog_item.c.item_id.in_(sa.bindparam("ids", expanding=True)),
    )
