"""Many problems mended at once: the same action for each, each in its own transaction, so that one that cannot be
mended leaves the others alone. What it may be is a table; the actions themselves are those of the single problem.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from commerceml_bridge.errors import BadInput, BridgeError
from commerceml_bridge.services import adopting, bursts, buyers, operations, statements
from commerceml_bridge.services.bridge import Bridge

log = logging.getLogger(__name__)


def _accept(bridge: Bridge, document_id: int, *, operator: str, reason: str) -> None:
    statements.accept(bridge, document_id, reason=f"{operator}: {reason}")


def _decline(bridge: Bridge, document_id: int, *, operator: str, reason: str) -> None:
    statements.decline(bridge, document_id, reason=f"{operator}: {reason}")


ACTIONS: Mapping[tuple[str, str], Callable[..., str | None]] = {
    ("held", "release"): operations.release,
    ("difference", "resend"): operations.resend,
    ("unseen", "resend"): operations.resend,
    ("goods", "hold"): operations.hold,
    ("job", "retry"): operations.retry_job,
    ("document", "adopt"): adopting.adopt,
    ("document", "resolve"): operations.resolve_returned,
    ("upload", "resolve"): operations.resolve_upload,
    ("burst", "let-go"): bursts.let_go,
    ("burst", "discard"): bursts.discard,
    ("buyer", "join"): buyers.join_doubles,
    ("bank", "accept"): _accept,
    ("bank", "decline"): _decline,
}
"""What can be done for many, by source of the problem and name of the action."""


@dataclass(frozen=True)
class Mended:
    """``left``: why some were not done, in Russian, with how many of each."""

    asked: int
    done: int
    left: Mapping[str, int]


def mend(bridge: Bridge, source: str, action: str, ids: Iterable[int], *, operator: str, reason: str) -> Mended:
    """Do one action for every id. Raises ``BadInput`` if there is no such action or nothing to do it for."""
    perform = ACTIONS.get((source, action))
    wanted = list(dict.fromkeys(ids))
    if perform is None:
        raise BadInput("Для этих проблем такого действия нет: обновите страницу.")
    if not wanted:
        raise BadInput("Ничего не отмечено: поставьте галочки у тех, с кем это сделать.")
    left: Counter[str] = Counter()
    for one in wanted:
        why = _one(bridge, perform, one, operator, reason)
        if why:
            left[why] += 1
    return Mended(len(wanted), len(wanted) - left.total(), dict(left))


def _one(bridge: Bridge, perform: Callable[..., str | None], row_id: int, operator: str, reason: str) -> str:
    """Return why it was not done, empty if it was. Adopted and accepted answer with words that are no refusal."""
    try:
        still = perform(bridge, row_id, operator=operator, reason=reason)
    except BridgeError as error:
        return error.message
    except Exception:
        log.exception("a problem could not be mended")
        return "Внутренняя ошибка: она записана в журнал программы."
    return still if still and perform in _SAYS_WHAT_HOLDS else ""


_SAYS_WHAT_HOLDS = (operations.release, operations.resend)
