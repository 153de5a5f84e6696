"""Up to fifty calls in one request.

Follows facts bitrix24-rest §6.5: commands are URLs whose values are decoded as a query even in a JSON body; keys must
not be numbers, or PHP turns the parts of the answer into lists; a key in neither part was not executed. Errors of
single commands are values here: ``BatchResult.get`` raises them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from commerceml_bridge.bitrix24.answers import count_of
from commerceml_bridge.bitrix24.client import BitrixClient
from commerceml_bridge.bitrix24.refusals import failure_of
from commerceml_bridge.errors import PortalAnswerInvalid, PortalError

LIMIT = 50
"""commands in one request"""
_KEY = re.compile(r"[a-z][a-z0-9_]*")


def encode(params: Mapping[str, Any]) -> str:
    """Return ``params`` (nested mappings and sequences of str, int, bool) as a PHP-style URL query.

    ``{"filter": {">id": 5}, "select": ["id"]}`` → ``filter[%3Eid]=5&select[0]=id``, brackets encoded too.
    Raises TypeError for a value the portal could not read back (None, float), ValueError for an empty collection.
    """
    return "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in _flat("", params))


def _flat(prefix: str, value: Any) -> Iterator[tuple[str, str]]:
    if prefix and isinstance(value, Mapping | Sequence) and not value and not isinstance(value, str | bytes):
        raise ValueError(f"{prefix} is empty: it would vanish from the query and the list would return everything")
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flat(f"{prefix}[{key}]" if prefix else str(key), inner)
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        for index, inner in enumerate(value):
            yield from _flat(f"{prefix}[{index}]", inner)
    elif isinstance(value, bool):
        yield prefix, "Y" if value else "N"
    elif isinstance(value, str | int):
        yield prefix, str(value)
    else:
        raise TypeError(f"{prefix}: a {type(value).__name__} cannot stand in a batch command")


@dataclass(frozen=True)
class BatchResult:
    """The answers of a batch by key; every key of the batch is in exactly one of ``results`` and ``errors``."""

    results: Mapping[str, Any]
    errors: Mapping[str, PortalError]
    totals: Mapping[str, Any] = field(default_factory=dict)
    nexts: Mapping[str, Any] = field(default_factory=dict)
    time: Mapping[str, Any] = field(default_factory=dict)

    def get(self, key: str) -> Any:
        """Return the result of command ``key``, or raise its typed error."""
        if key in self.errors:
            raise self.errors[key]
        return self.results[key]

    def total(self, key: str) -> int | None:
        """Return the number of rows in the whole list ``key``, if the portal counted."""
        return count_of(self.totals.get(key))

    def next(self, key: str) -> int | None:
        """Return ``start`` of the next page of list ``key``; ``None``: it is complete."""
        return count_of(self.nexts.get(key))


class Batch:
    """Collects named commands and runs them in one request."""

    def __init__(self, client: BitrixClient) -> None:
        self._client = client
        self._methods: dict[str, str] = {}
        self._commands: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._commands)

    @property
    def keys(self) -> list[str]:
        """The keys added so far."""
        return list(self._commands)

    def add(self, key: str, method: str, params: Mapping[str, Any] | None = None) -> None:
        """Add command ``key`` (lower-case latin, not a number). Raises ValueError for a bad or 51st one."""
        if not _KEY.fullmatch(key) or key in self._commands:
            raise ValueError(f"batch key {key!r} is taken or not a name")
        if len(self._commands) >= LIMIT:
            raise ValueError(f"a batch holds {LIMIT} commands")
        self._methods[key] = method
        self._commands[key] = f"{method}?{encode(params or {})}"

    def run(self) -> BatchResult:
        """Send the commands; return their answers.

        Raises the ``PortalError`` of the whole request, ``PortalAnswerInvalid`` if a command has no answer.
        """
        self._client.require_unpaused(set(self._methods.values()))
        answer = self._client.call_full("batch", {"halt": 0, "cmd": self._commands})
        if not isinstance(answer.result, dict):
            raise PortalAnswerInvalid("Ответ Битрикс24 на batch не содержит частей; ничего из него не взято.")
        results = _part(answer.result, "result")
        errors = {key: self._error(key, body) for key, body in _part(answer.result, "result_error").items()}
        missing = [key for key in self._commands if key not in results and key not in errors]
        if missing:
            raise PortalAnswerInvalid(
                f"Битрикс24 не ответил на команды {', '.join(missing)}; ничего из ответа не взято."
            )
        for key, block in _part(answer.result, "result_time").items():
            if key in self._methods and isinstance(block, dict):
                self._client.note_command(self._methods[key], block)
        totals, nexts = _part(answer.result, "result_total"), _part(answer.result, "result_next")
        return BatchResult(results, errors, totals, nexts, answer.time)

    def _error(self, key: str, body: Any) -> PortalError:
        if not isinstance(body, dict) or "error" not in body or key not in self._methods:
            raise PortalAnswerInvalid(f"Непонятная ошибка команды {key} в ответе batch; ничего из него не взято.")
        method = self._methods[key]
        return self._client.settle(failure_of(body, 200, method, self._client.mask), method)


def _part(result: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return one part by key. PHP writes an empty map as ``[]``; a filled list has lost our keys and is refused."""
    part = result.get(name, [])
    if isinstance(part, dict):
        return part
    if part == [] or part is None:
        return {}
    raise PortalAnswerInvalid(f"Часть {name} ответа batch потеряла имена команд; ничего из него не взято.")
