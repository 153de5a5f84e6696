"""A list that finds its records by the value of a field without walking through all of them."""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T")


class Register(list[T]):
    """Records of one kind, only ever appended.

    Look-ups index what was appended since the last one. After editing a field of a record already in it, call
    ``changed``.
    """

    def __init__(self) -> None:
        super().__init__()
        self._indexes: dict[str, tuple[int, dict[object, list[T]]]] = {}

    def all(self, field: str, value: object) -> list[T]:
        """Records whose ``field`` equals ``value``, oldest first."""
        done, index = self._indexes.get(field, (0, {}))
        for record in self[done:]:
            index.setdefault(getattr(record, field), []).append(record)
        self._indexes[field] = (len(self), index)
        return index.get(value, [])

    def first(self, field: str, value: object) -> T | None:
        """The oldest such record."""
        return next(iter(self.all(field, value)), None)

    def changed(self) -> None:
        """Forget the indexes: a record was edited."""
        self._indexes.clear()
