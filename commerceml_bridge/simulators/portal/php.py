"""PHP's habits on the wire: nested query strings, integer casts, truth and the two faces of an array.

Follows facts: bitrix24-rest §6.1 (form encoding) and §6.5 (arrays in ``batch``). Knows nothing of Bitrix24.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

_KEY_PARTS = re.compile(r"\[([^\]]*)\]")
_LEADING_INT = re.compile(r"\s*([+-]?\d+)")


def parse_query(query: str) -> dict[str, Any]:
    """Parse ``filter[>id]=5&select[]=id`` into nested maps; maps with keys 0..n-1 become lists."""
    return nest(parse_qsl(query, keep_blank_values=True, encoding="utf-8", errors="replace"))


def nest(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Build nested values from flat (key, value) pairs, the last value of one key winning."""
    root: dict[str, Any] = {}
    for key, value in pairs:
        head, bracket, _ = key.partition("[")
        path = [head, *(_KEY_PARTS.findall(key) if bracket else [])]
        _store(root, path, value)
    return {key: listify(value) for key, value in root.items()}


def _store(node: dict[str, Any], path: list[str], value: str) -> None:
    for step in path[:-1]:
        key = step or str(_next_index(node))
        child = node.get(key)
        if not isinstance(child, dict):
            child = node[key] = {}
        node = child
    node[path[-1] or str(_next_index(node))] = value


def _next_index(node: Mapping[str, Any]) -> int:
    return 1 + max((int(key) for key in node if key.isdigit()), default=-1)


def listify(value: Any) -> Any:
    """Turn parsed maps with keys "0".."n-1" into lists, at every depth; empty maps stay maps."""
    if not isinstance(value, dict):
        return value
    items = {key: listify(item) for key, item in value.items()}
    if items and list(items) == [str(index) for index in range(len(items))]:
        return list(items.values())
    return items


def json_array(part: Mapping[str, Any]) -> Any:
    """Return what ``json_encode`` makes of a PHP array: a list if its keys are 0..n-1 in order (or none)."""
    if list(part) == [str(index) for index in range(len(part))]:
        return list(part.values())
    return dict(part)


def to_int(value: Any) -> int:
    """``(int)$value``: leading digits count, an array is 1 when filled, anything else is 0."""
    if isinstance(value, bool | int | float):
        return int(value)
    if isinstance(value, list | dict):
        return 1 if value else 0
    found = _LEADING_INT.match(str(value or ""))
    return int(found.group(1)) if found else 0


def is_true(value: Any) -> bool:
    """PHP truth: everything except null, false, 0, "", "0" and the empty array."""
    return value not in (None, False, 0, "", "0", [], {})


def as_map(value: Any) -> dict[str, Any]:
    """Return a list or map as a map with string keys; anything else as an empty map."""
    if isinstance(value, dict):
        return {str(key): item for key, item in value.items()}
    if isinstance(value, list):
        return {str(index): item for index, item in enumerate(value)}
    return {}


def as_list(value: Any) -> list[Any]:
    """Return the values of a list or map; a scalar becomes a list of one, null an empty list."""
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, list):
        return value
    return [] if value is None else [value]
