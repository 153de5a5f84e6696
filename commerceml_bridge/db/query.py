"""The few statements every drawer needs, so that each drawer spells only what is its own."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

T = TypeVar("T")
CHUNK = 500
"""Ids in one IN list: below every parameter limit of SQLite."""


_ROW_ID = "the_row_id"


@cache
def _update_by_id(table: sa.Table) -> sa.Update:
    return sa.update(table).where(table.c.id == sa.bindparam(_ROW_ID))


class Drawer:
    """Queries about one thing, in one transaction."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection

    def _insert(self, table: sa.Table, **values: object) -> int:
        # values go as parameters, so that the statement is compiled once: five times quicker than .values()
        return int(self.connection.execute(sa.insert(table).returning(table.c.id), values).scalar_one())

    def _insert_of(self, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
        """Return an insert that can say what to do where the row is there already."""
        return sqlite.insert(table) if self.connection.dialect.name == "sqlite" else postgresql.insert(table)

    def _update(self, table: sa.Table, row_id: int, **values: object) -> None:
        self.connection.execute(_update_by_id(table), {_ROW_ID: row_id, **values})

    def _update_rows(self, table: sa.Table, changes: Iterable[tuple[int, Mapping[str, object]]]) -> None:
        """Change several rows, those that change the same columns in one statement."""
        groups: dict[tuple[str, ...], list[dict[str, object]]] = defaultdict(list)
        for row_id, values in changes:
            groups[tuple(values)].append({_ROW_ID: row_id, **values})
        for rows in groups.values():
            self.connection.execute(_update_by_id(table), rows)

    def _one(self, kind: type[T], statement: sa.Select[*tuple[Any, ...]], **parameters: object) -> T | None:
        row = self.connection.execute(statement, parameters).mappings().first()
        return None if row is None else kind(**row)

    def _all(self, kind: type[T], statement: sa.Select[*tuple[Any, ...]]) -> list[T]:
        return [kind(**row) for row in self.connection.execute(statement).mappings()]

    def _count(self, table: sa.Table, *where: sa.ColumnElement[bool]) -> int:
        return int(self.connection.execute(sa.select(sa.func.count()).select_from(table).where(*where)).scalar_one())


def pieces(values: Iterable[T]) -> Iterator[Sequence[T]]:
    """Cut ``values`` into lists short enough for one statement."""
    batch = list(values)
    for start in range(0, len(batch), CHUNK):
        yield batch[start : start + CHUNK]


def columns(table: sa.Table, *left_out: str) -> list[sa.Column[Any]]:
    """Every column of ``table`` but those named."""
    return [column for column in table.columns if column.name not in left_out]
