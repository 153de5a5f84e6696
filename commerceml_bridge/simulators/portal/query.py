"""Filters and orders of list methods, strict for the new API and lenient for the old one.

Follows facts: bitrix24-rest §0 fact 5, §1.2 (prefixes, logic), §3.1 (silent dropping), §6.5 (dangling references).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timezone
from typing import Any

from commerceml_bridge.simulators.portal import php, values
from commerceml_bridge.simulators.portal.answers import RestError
from commerceml_bridge.simulators.portal.fields import Field, Schema
from commerceml_bridge.simulators.portal.table import Record, Table

_PREFIXES = ("!=%", "!%=", "=%", "%=", "!%", "!@", "!=", ">=", "<=", "!", "=", ">", "<", "@", "%")
_CANONICAL = {"": "=", "!": "!=", "=%": "%=", "!=%": "!%=", "@": "=", "!@": "!="}
_RANGE = (">", ">=", "<", "<=")

Predicate = Callable[[Record], bool]
Rename = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a list method reads names and values: ``rename`` maps a wire name to a field name, None when unknown."""

    schema: Schema
    zone: timezone
    rename: Rename
    strict: bool
    dangling: str = "unfiltered"


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison; ``operand`` is a tuple for ``=`` and ``!=``, a single value otherwise."""

    field: str
    operator: str
    operand: Any
    kind: str


@dataclass(slots=True)
class Criteria:
    """Conditions and nested groups, joined by AND, or by OR when ``any_of``."""

    conditions: list[Condition] = field(default_factory=list)
    groups: list[Criteria] = field(default_factory=list)
    any_of: bool = False

    def matches(self, record: Record) -> bool:
        """Whether a record satisfies this group."""
        tests = self.compiled()
        return any(test(record) for test in tests) if self.any_of else all(test(record) for test in tests)

    def compiled(self) -> list[Predicate]:
        """Return the predicates of this group's members."""
        return [_predicate(one) for one in self.conditions] + [group.matches for group in self.groups]


def split_operator(key: str) -> tuple[str, str]:
    """``">=updatedTime"`` → (">=", "updatedTime"); IN is spelled "=", NOT IN "!="."""
    prefix = next((one for one in _PREFIXES if key.startswith(one)), "")
    return _CANONICAL.get(prefix, prefix), key[len(prefix) :]


def parse_filter(raw: Any, dialect: Dialect) -> Criteria:
    """Read a filter map. Raises RestError INVALID_ARG_VALUE for an unknown field when the dialect is strict."""
    criteria = Criteria()
    for key, value in php.as_map(raw).items():
        if key.lower() == "logic":
            criteria.any_of = str(value).upper() == "OR"
        elif key.isdigit() and isinstance(value, dict | list):
            criteria.groups.append(parse_filter(value, dialect))
        else:
            criteria.conditions.extend(_conditions(key, value, dialect))
    return criteria


def _conditions(key: str, value: Any, dialect: Dialect) -> list[Condition]:
    operator, name = split_operator(key)
    known = dialect.rename(name)
    if known is None:
        if dialect.strict:
            raise RestError("INVALID_ARG_VALUE", f"Invalid filter: field '{name}' is not allowed in filter")
        return []
    described = dialect.schema[known]
    if operator in _RANGE:
        return _range(described, operator, value, dialect)
    if operator in ("=", "!="):
        operand = _equal_operands(described, value, dialect)
        return [] if operand is None else [Condition(known, operator, operand, described.kind)]
    return [Condition(known, operator, str(value).casefold(), described.kind)]


def _range(described: Field, operator: str, value: Any, dialect: Dialect) -> list[Condition]:
    if isinstance(value, list | dict):
        if dialect.dangling == "error":
            raise RestError("INVALID_ARG_VALUE", f"Invalid filter: value of '{described.name}' must be scalar")
        return []
    operand = values.read(described.kind, value, dialect.zone)
    if operand is None:
        # strtotime gave false: the comparison is with an empty moment, everything lies after it
        never = dialect.strict and operator.startswith("<")
        return [Condition(described.name, "=", (), described.kind)] if never else []
    return [Condition(described.name, operator, operand, described.kind)]


def _equal_operands(described: Field, value: Any, dialect: Dialect) -> tuple[Any, ...] | None:
    kind = "int" if described.kind == "ints" else described.kind
    operands: list[Any] = []
    for item in php.as_list(value) if isinstance(value, list | dict) else [value]:
        if item in (None, ""):
            operands += [None, "", 0] if kind in ("int", "string") else [None]
            continue
        operand = _custom_flag(item) if _is_custom_flag(described) else values.read(kind, item, dialect.zone)
        if operand is not None and not isinstance(operand, list | dict):
            operands += [operand, None] if operand == 0 and kind == "int" else [operand]
        elif not dialect.strict:
            return None
    return tuple(operands)


def _is_custom_flag(described: Field) -> bool:
    return described.kind == "bool" and described.name.startswith("uf")


def _custom_flag(item: Any) -> str | None:
    """Custom booleans are filtered by 1 and 0, not by Y and N (§1.1)."""
    return {"1": "Y", "0": "N"}.get(str(item))


def _predicate(condition: Condition) -> Predicate:
    name, operand, operator = condition.field, condition.operand, condition.operator
    if operator in ("=", "!="):
        return _equality(name, frozenset(operand), condition.kind, wanted=operator == "=")
    if operator in _RANGE:
        return _comparison(name, operator, operand)
    return _likeness(name, operator, operand)


def _equality(name: str, operands: frozenset[Any], kind: str, *, wanted: bool) -> Predicate:
    if kind == "ints":
        return lambda record: (not operands.isdisjoint(record.get(name) or ())) is wanted
    return lambda record: (record.get(name) in operands) is wanted


def _comparison(name: str, operator: str, operand: Any) -> Predicate:
    compare: Callable[[Any], bool] = {
        ">": lambda actual: actual > operand,
        ">=": lambda actual: actual >= operand,
        "<": lambda actual: actual < operand,
        "<=": lambda actual: actual <= operand,
    }[operator]

    def test(record: Record) -> bool:
        actual = record.get(name)
        return actual is not None and compare(actual)

    return test


def _likeness(name: str, operator: str, operand: str) -> Predicate:
    wanted = not operator.startswith("!")
    if "=" in operator:
        head, tail = operand.endswith("%"), operand.startswith("%")
        needle = operand.strip("%")
    else:
        head = tail = True
        needle = operand

    def test(record: Record) -> bool:
        text = str(record.get(name) or "").casefold()
        return _like(text, needle, head=head, tail=tail) is wanted

    return test


def _like(text: str, needle: str, *, head: bool, tail: bool) -> bool:
    if head and tail:
        return needle in text
    if head:
        return text.startswith(needle)
    return text.endswith(needle) if tail else text == needle


def candidates(table: Table, criteria: Criteria) -> Iterable[Record]:
    """Return the fewest records, ascending by id, that can hold all matches: by id or index when possible."""
    if criteria.any_of:
        return table
    for one in criteria.conditions:
        if one.operator == "=" and one.field == table.id_field:
            found = (table.get(key) for key in sorted({key for key in one.operand if isinstance(key, int)}))
            return [record for record in found if record]
        if one.operator == "=" and table.is_indexed(one.field):
            return table.where(one.field, one.operand)
    for one in criteria.conditions:
        if one.operator in (">", ">=") and one.field == table.id_field:
            return table.above(one.operand, inclusive=one.operator == ">=")
    return table


def matching(table: Table, criteria: Criteria) -> Iterator[Record]:
    """Iterate over matching records, ascending by id."""
    tests = [criteria.matches] if criteria.any_of else criteria.compiled()
    found = iter(candidates(table, criteria))
    for test in tests:
        found = filter(test, found)
    return found


def parse_order(raw: Any, dialect: Dialect) -> list[tuple[str, bool]]:
    """Read an order map into (field, descending) pairs; unknown fields as in ``parse_filter``."""
    order = []
    for name, direction in php.as_map(raw).items():
        known = dialect.rename(name)
        if known is not None:
            order.append((known, str(direction).upper() == "DESC"))
        elif dialect.strict:
            raise RestError("INVALID_ARG_VALUE", f"Invalid order: field '{name}' is not allowed in order")
    return order


def ordered(records: Iterable[Record], order: list[tuple[str, bool]], id_field: str) -> Iterator[Record]:
    """Sort records that come ascending by id; an ascending id order is passed through lazily."""
    if not order or order[0] == (id_field, False):
        return iter(records)
    result = list(records)
    for name, descending in reversed(order):
        result.sort(key=lambda record: _sort_key(record.get(name)), reverse=descending)
    return iter(result)


def _sort_key(value: Any) -> tuple[bool, Any]:
    return (value is not None, str(value) if isinstance(value, list) else value if value is not None else 0)
