"""In-memory tables: records that share their defaults, ordered ids and equality indexes.

A record keeps only what differs from its base (the defaults, or a template shared by many records), so that a portal of
100,000 invoices fits into memory. Knows nothing of Bitrix24 and takes no lock: the portal's lock is held by callers.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any


class Record:
    """One row: its own values over a shared base."""

    __slots__ = ("base", "own")

    def __init__(self, base: Mapping[str, Any], own: dict[str, Any]) -> None:
        self.base = base
        self.own = own

    def get(self, key: str, default: Any = None) -> Any:
        """Return a value, the base's if the record has none of its own."""
        own = self.own
        return own[key] if key in own else self.base.get(key, default)

    def __getitem__(self, key: str) -> Any:
        return self.own[key] if key in self.own else self.base[key]

    def as_dict(self) -> dict[str, Any]:
        """Return a plain copy with every key."""
        return {**self.base, **self.own}


class Table:
    """Records by ascending id; ``indexed`` names fields that are often asked for by equality."""

    def __init__(self, id_field: str, defaults: Mapping[str, Any], indexed: tuple[str, ...] = ()) -> None:
        self.id_field = id_field
        self.defaults = dict(defaults)
        self.records: dict[int, Record] = {}
        self.ids: list[int] = []
        self.next_id = 1
        self._index: dict[str, dict[Any, list[int]]] = {field: defaultdict(list) for field in indexed}

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[Record]:
        return (self.records[key] for key in self.ids)

    def get(self, key: int) -> Record | None:
        """Return the record with this id, or None."""
        return self.records.get(key)

    def insert(self, values: Mapping[str, Any], base: Mapping[str, Any] | None = None) -> Record:
        """Add a record under the next id (or a given, greater one) and return it.

        Raises ValueError if the given id is not greater than every id used before.
        """
        record = Record(self.defaults if base is None else base, dict(values))
        key = int(record.own.get(self.id_field) or self.next_id)
        if key < self.next_id:
            raise ValueError(f"id {key} is below the next free id {self.next_id}")
        record.own[self.id_field] = key
        self.next_id = key + 1
        self.records[key] = record
        self.ids.append(key)
        for field, index in self._index.items():
            index[record.get(field)].append(key)
        return record

    def change(self, record: Record, values: Mapping[str, Any]) -> None:
        """Set values of a record, keeping the indexes right."""
        key = record[self.id_field]
        for field in self._index.keys() & values.keys():
            self._index[field][record.get(field)].remove(key)
            self._index[field][values[field]].append(key)
        record.own.update(values)

    def delete(self, key: int) -> Record | None:
        """Remove and return a record, or return None if there is none."""
        record = self.records.pop(key, None)
        if record is None:
            return None
        del self.ids[bisect_left(self.ids, key)]
        for field, index in self._index.items():
            index[record.get(field)].remove(key)
        return record

    def where(self, field: str, values: Iterable[Any]) -> list[Record]:
        """Return the records whose ``field`` equals one of ``values``, ascending by id; the field must be indexed."""
        keys = sorted({key for value in values for key in self._index[field].get(value, ())})
        return [self.records[key] for key in keys]

    def is_indexed(self, field: str) -> bool:
        """Whether ``where`` can be used for a field."""
        return field in self._index

    def above(self, key: int, *, inclusive: bool) -> Iterator[Record]:
        """Iterate over records with an id above (or from) ``key``, ascending."""
        start = bisect_left(self.ids, key) if inclusive else bisect_right(self.ids, key)
        return (self.records[self.ids[position]] for position in range(start, len(self.ids)))
