"""Documents 1C returned, with what was decided about each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from commerceml_bridge.db.query import Drawer, pieces
from commerceml_bridge.db.tables import returned


@dataclass(frozen=True)
class Known:
    """The last thing 1C said about one document."""

    id: int
    document_id: str
    number: str
    content_hash: str
    state: str
    code: str
    resolved: bool


class Returned(Drawer):
    """Returned documents."""

    def add(self, **values: object) -> int:
        """Insert a returned document."""
        return self._insert(returned, **values)

    def add_many(self, rows: Sequence[Mapping[str, object]]) -> list[int]:
        """Insert documents in one statement; return their ids in the same order."""
        statement = sa.insert(returned).returning(returned.c.id, sort_by_parameter_order=True)
        return [int(row.id) for row in self.connection.execute(statement, list(rows))] if rows else []

    def update(self, returned_id: int, **values: object) -> None:
        """Change columns of a returned document."""
        self._update(returned, returned_id, **values)

    def last_known(self, node_id: int, document_ids: Iterable[str]) -> dict[str, Known]:
        """Return by 1C's document id the last thing the node said about it."""
        found = self._newest(node_id, returned.c.document_id, document_ids)
        return {one.document_id: one for one in found}

    def last_same(self, node_id: int, hashes: Iterable[str]) -> dict[str, Known]:
        """Return by the hash of its content the last time the node sent this very document."""
        return {one.content_hash: one for one in self._newest(node_id, returned.c.content_hash, hashes)}

    def _newest(self, node_id: int, column: sa.Column[str], values: Iterable[str]) -> list[Known]:
        found: list[Known] = []
        for batch in pieces({one for one in values if one}):
            newest = (
                sa.select(sa.func.max(returned.c.id))
                .where(returned.c.node_id == node_id, column.in_(batch))
                .group_by(column)
            )
            columns = [returned.c[name] for name in Known.__dataclass_fields__ if name != "resolved"]
            statement = sa.select(*columns, returned.c.resolved_at.is_not(None).label("resolved"))
            found += self._all(Known, statement.where(returned.c.id.in_(newest)))
        return found
