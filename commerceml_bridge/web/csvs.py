"""Lists as CSV: the address of a page with ``.csv``, its filters, and every row instead of one page of them.

Columns are called as the fields of the JSON twin, whatever the language (docs/json-api.md). Rows are sent as they are
read; the transaction they come from stays open until the last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import wraps
from operator import attrgetter
from typing import Any, TypeVar

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from commerceml_bridge.db.browse.records import Slice
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.services import tabular
from commerceml_bridge.web.current import bridge

T = TypeVar("T")
Rows = Callable[[UnitOfWork], Iterable[object]]
"""Reads the rows of a table: records, or mappings by column."""
AT_ONCE = 500
"""Rows read by one statement."""
ALL = 10_000_000
"""A limit for short lists that are read at once."""


def table(blueprint: Blueprint, rule: str, *columns: str) -> Callable[[Callable[..., Rows]], Callable[..., Rows]]:
    """Serve what a function returns as CSV at ``rule``. A column is a name in a mapping or a path of attributes.

    The function itself runs in the request: it reads the address and may refuse; ``Rows`` runs behind it.
    """

    def register(view: Callable[..., Rows]) -> Callable[..., Rows]:
        @wraps(view)
        def answer(**arguments: Any) -> ResponseReturnValue:
            return send(view(**arguments), columns)

        blueprint.add_url_rule(rule, view.__name__, answer)
        return view

    return register


def send(rows: Rows, columns: tuple[str, ...]) -> Response:
    """Return the answer that streams ``rows``."""
    return streamed(_lines(rows, columns))


def streamed(lines: Iterator[str], name: str = "") -> Response:
    """Return ``lines`` as a file, called like the address if no name is given."""
    name = name or request.path.removesuffix(".csv").strip("/").replace("/", "-")
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(lines, content_type="text/csv; charset=utf-8", headers=headers)


def every(page: Callable[[str], Slice[T]]) -> Iterator[T]:
    """Yield what all pages of a list have; ``page`` takes a cursor."""
    cursor = ""
    while True:
        found = page(cursor)
        yield from found.items
        cursor = found.next
        if not cursor:
            return


def _lines(rows: Rows, columns: tuple[str, ...]) -> Iterator[str]:
    the_bridge = bridge()

    def pieces() -> Iterator[str]:
        with the_bridge.db.read() as uow:
            yield from tabular.lines(columns, (_values(row, columns) for row in rows(uow)))

    return pieces()


def _values(row: object, columns: tuple[str, ...]) -> Iterator[object]:
    for name in columns:
        value = row[name] if isinstance(row, Mapping) else attrgetter(name)(row)
        yield ", ".join(map(str, value)) if isinstance(value, tuple | list) else value
