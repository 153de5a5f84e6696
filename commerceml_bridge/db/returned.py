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
        found: dict[str, Known] = {}
        for batch in pieces({one for one in document_ids if one}):
            newest = (
                sa.select(sa.func.max(returned.c.id))
                .where(returned.c.node_id == node_id, returned.c.document_id.in_(batch))
                .group_by(returned.c.document_id)
            )
            rows = self.connection.execute(
                sa.select(
                    returned.c.id,
                    returned.c.document_id,
                    returned.c.number,
                    returned.c.content_hash,
                    returned.c.state,
                    returned.c.code,
                    returned.c.resolved_at.is_not(None).label("resolved"),
                ).where(returned.c.id.in_(newest))
            ).mappings()
            found |= {row["document_id"]: Known(**row) for row in rows}
        return found
