"""Whole lists, many in a request: runs list commands in batches and follows every ``result_next``.

Follows facts bitrix24-rest §6.5 and §8 ("every list inside a batch may exceed 50 rows"). A list is returned whole or
not at all; a command that failed for a passing reason is repeated, its error is a value afterwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from commerceml_bridge.bitrix24.batch import LIMIT, Batch, BatchResult
from commerceml_bridge.bitrix24.client import ATTEMPTS, FIRST_DELAY, BitrixClient
from commerceml_bridge.bitrix24.refusals import PortalTooSlow
from commerceml_bridge.bitrix24.values import Row
from commerceml_bridge.errors import PortalAnswerInvalid, PortalError, PortalUnavailable

T = TypeVar("T")


@dataclass(frozen=True)
class ListCommand:
    """One command; ``wrapper`` is the key its rows stand under ("" for a bare list)."""

    key: str
    method: str
    params: Mapping[str, Any]
    wrapper: str = ""
    single: bool = False
    """the result is one object, not a list"""


@dataclass
class Lists:
    """Whole lists by key, or the error of the key."""

    found: dict[str, list[Row]] = field(default_factory=dict)
    errors: dict[str, PortalError] = field(default_factory=dict)
    chain: BatchResult | None = None
    """answers of the chain that rode along"""
    chained: int = 0
    """how many of its commands were sent"""

    def rows(self, key: str) -> list[Row]:
        """Return all rows of ``key``, or raise its typed error."""
        if key in self.errors:
            raise self.errors[key]
        return self.found[key]


def rows_of(result: Any, wrapper: str, method: str) -> list[Row]:
    """Return the rows of a list answer. Raises ``PortalAnswerInvalid`` if there are none where they must be."""
    rows = result.get(wrapper) if wrapper and isinstance(result, dict) else result
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise PortalAnswerInvalid(f"Ответ Битрикс24 на {method} не содержит списка; ничего из него не взято.")
    return rows


def chunks(values: Sequence[T], size: int) -> Iterator[list[T]]:
    """Yield ``values`` in lists of at most ``size``."""
    for start in range(0, len(values), size):
        yield list(values[start : start + size])


@dataclass
class _Pending:
    command: ListCommand
    start: int = 0
    attempt: int = 1

    def params(self) -> Mapping[str, Any]:
        return {**self.command.params, "start": self.start} if self.start else self.command.params


def run_lists(
    client: BitrixClient, commands: Sequence[ListCommand], *, batch_size: int = LIMIT, chain: Sequence[ListCommand] = ()
) -> Lists:
    """Run ``commands`` in batches of ``batch_size`` until each list is whole; keys must be unique.

    Batches shrink while the portal is slow. ``chain``: commands that refer to each other and fill what room the last
    batch leaves; they go first and together, and what does not fit is left out. Raises the ``PortalError`` of a whole
    request; errors of single commands are in the answer.
    """
    lists = Lists({command.key: [] for command in commands})
    queue = [_Pending(command) for command in commands]
    links = list(chain[: -len(queue) % min(batch_size, client.pace.size)])
    while queue:
        size = min(batch_size, client.pace.size)
        links = links[: max(0, size - 1)]
        now = queue[: size - len(links)]
        batch = Batch(client)
        for link in links:
            batch.add(link.key, link.method, link.params)
        for pending in now:
            batch.add(pending.command.key, pending.command.method, pending.params())
        try:
            result = batch.run()
        except PortalTooSlow:
            if not client.pace.too_slow(len(batch)):
                raise
            continue
        queue = queue[len(now) :]
        if links:
            lists.chain, lists.chained, links = result, len(links), []
        again = [more for pending in now if (more := _take(result, pending, lists))]
        repeated = max((pending.attempt for pending in again), default=1)
        if repeated > 1:
            client.sleep(FIRST_DELAY * 2 ** (repeated - 2))
        queue = again + queue
    return lists


def _take(result: BatchResult, pending: _Pending, lists: Lists) -> _Pending | None:
    """Keep the rows of one command; return what must be asked next, if anything."""
    command = pending.command
    try:
        answer = result.get(command.key)
    except PortalUnavailable as error:
        if error.portal_code != "OPERATION_TIME_LIMIT" and pending.attempt < ATTEMPTS:
            return _Pending(command, pending.start, pending.attempt + 1)
        lists.errors[command.key] = error
        return None
    except PortalError as error:
        lists.errors[command.key] = error
        return None
    rows = rows_of([answer] if command.single else answer, command.wrapper, command.method)
    lists.found[command.key].extend(rows)
    return _following(result.next(command.key), pending)


def _following(start: int | None, pending: _Pending) -> _Pending | None:
    if start is None:
        return None
    if start <= pending.start:
        raise PortalAnswerInvalid(f"Битрикс24 листает {pending.command.method} по кругу; ничего из ответа не взято.")
    return _Pending(pending.command, start)
