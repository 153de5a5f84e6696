"""HTTP answer of the portal → ``Answer`` or ``Failure``. Opens no connection.

Follows facts bitrix24-rest §6.3 and §6.7: the presence of the key ``error`` decides, whatever the status; numbers
become ``Decimal``, never float; HTML or a torn answer is never half-used.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from commerceml_bridge.bitrix24.refusals import Failure, Repeat, failure_of, failure_of_status
from commerceml_bridge.errors import PortalAnswerInvalid, PortalRefused

_LATEST = 10**11
"""unix seconds of the year 5138: what is later is no time"""


class Answer(NamedTuple):
    """A successful answer. ``total`` and ``next`` are there for counted lists only; ``time`` may be empty."""

    result: Any
    total: int | None
    next: int | None
    time: Mapping[str, Any]


@dataclass(frozen=True)
class HttpAnswer:
    """What came over the wire."""

    status: int
    content: bytes
    retry_after: str = ""
    location: str = ""


def read(answer: HttpAnswer, method: str, mask: Callable[[str], str]) -> Answer | Failure:
    """Return what ``answer`` to ``method`` says; ``mask`` removes secrets from texts of the portal."""
    body = _json(answer.content)
    if isinstance(body, dict) and "error" in body:
        return _with_retry_after(failure_of(body, answer.status, method, mask), answer.retry_after)
    if answer.status == 404:
        return Failure(PortalRefused("По этому адресу нет портала Битрикс24: проверьте адрес вебхука."), Repeat.NEVER)
    if answer.status >= 400:
        return _with_retry_after(failure_of_status(answer.status, method), answer.retry_after)
    if not isinstance(body, dict) or "result" not in body:
        return Failure(PortalAnswerInvalid(_why_invalid(body, method)), Repeat.READS)
    time = body.get("time")
    time = time if isinstance(time, dict) else {}
    return Answer(body["result"], count_of(body.get("total")), count_of(body.get("next")), time)


def moment(time: Mapping[str, Any]) -> datetime | None:
    """Return ``start`` of a ``time`` block, else ``date_start``, as aware UTC, by the portal's clock."""
    start = stamp(time.get("start"))
    if start is not None:
        return datetime.fromtimestamp(int(start), UTC)
    try:
        told = datetime.fromisoformat(str(time.get("date_start")))
    except ValueError:
        return None
    return told.astimezone(UTC) if told.tzinfo else None


def stamp(value: object) -> float | None:
    """Return unix seconds or a duration of a ``time`` block (int, fraction, or either as text); ``None``: untold."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return float(number) if number.is_finite() and abs(number) < _LATEST else None


def _json(content: bytes) -> Any:
    """Return the parsed body, or ``None`` for anything that is not JSON."""
    try:
        return json.loads(content, parse_float=Decimal, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _why_invalid(body: Any, method: str) -> str:
    if body is None:
        return f"Ответ Битрикс24 на {method} оборван или это не JSON; ничего из него не взято."
    return f"В ответе Битрикс24 на {method} нет ни result, ни error; ничего из него не взято."


def _with_retry_after(failure: Failure, header: str) -> Failure:
    if header.isdecimal():
        failure.error.retry_after = float(header)
    return failure


def count_of(value: Any) -> int | None:
    """Return a ``total`` or ``next``; ``None`` where the portal gives none.

    Raises ``PortalAnswerInvalid`` for what is no whole number: taking it for an absent one would end a list too early.
    """
    if value is None or value is False or value == "":
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if isinstance(value, bool) or not number.is_finite() or number != number.to_integral_value():
        raise PortalAnswerInvalid("Битрикс24 ответил числом записей, которое нельзя прочесть; ничего не взято.")
    return int(number)
