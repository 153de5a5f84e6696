"""1C is told at once (optional): when something becomes due for a node, the HTTP service its base publishes is called.

A wake-up only: it carries no invoice, 1C comes and fetches as ever, and its own schedule remains the truth. Changes are
folded by the debounce of the notifier, failures are repeated with growing pauses, and nothing here delays others.
Certificates are verified, redirects are not followed, the password goes to the given address only.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from commerceml_bridge.db.notifiers import NotificationRow, NotifierRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.errors import ConfigurationError, NotFound, NotificationFailed
from commerceml_bridge.services import auditing, secrets
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.notifier_http import Answer, call

log = logging.getLogger(__name__)
METHODS = ("POST", "GET")
LEASE = dt.timedelta(seconds=90)
"""How long a call is left to the worker that makes it: longer than any call lasts."""
FIRST_PAUSE = dt.timedelta(seconds=30)
LONGEST_PAUSE = dt.timedelta(hours=1)
_LONGEST_DEBOUNCE = 3600
_ADVICE = (
    "Проверьте адрес HTTP-сервиса и его публикацию на веб-сервере 1С (docs/notify-1c.md); звонок повторится сам, а 1С "
    "по-прежнему забирает счета по своему расписанию."
)


def address(url: str) -> str:
    """Return a notifier's address if a password may go there. Raises ``ConfigurationError``.

    Plain http is taken for this machine and for the local network only: bases are often published there without TLS.
    """
    try:
        parts = urlsplit(url.strip())
        host = parts.hostname or ""
        port = parts.port
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    if parts.scheme not in {"http", "https"} or not host or parts.username is not None or port == 0:
        raise ConfigurationError(
            "Адрес HTTP-сервиса 1С: https://сервер/база/hs/имя/путь, без логина и пароля в адресе "
            "(для них свои поля, в команде --login и --password-stdin)."
        )
    if parts.scheme == "http" and not _is_local(host):
        raise ConfigurationError(
            "По http пароль виден всем по пути: для адреса вне локальной сети нужен https://. Опубликуйте базу так."
        )
    return url.strip()


def _is_local(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith((".local", ".lan", ".internal", ".localhost"))


def shown(url: str) -> str:
    """Return the address without what follows ``?``: somebody may have put a secret there."""
    return url.partition("?")[0]


# --- settings ---------------------------------------------------------------------------------------------------------


def set_notifier(
    bridge: Bridge,
    node_name: str,
    *,
    url: str | None = None,
    login: str | None = None,
    password: str | None = None,
    method: str | None = None,
    debounce: int | None = None,
) -> NotifierRow:
    """Set up or change the notifier of a node. A new address needs its password anew: it must not go elsewhere.

    Raises ``ConfigurationError`` and ``NotFound``.
    """
    if debounce is not None and not 0 <= debounce <= _LONGEST_DEBOUNCE:
        raise ConfigurationError(f"Сколько секунд собирать изменения (--debounce): от 0 до {_LONGEST_DEBOUNCE}.")
    with bridge.db.write() as uow:
        node_id = _node_id(uow, node_name)
        before = uow.notifiers.of(node_id)
        if before is None and url is None:
            raise ConfigurationError("Сначала задайте адрес: node notify УЗЕЛ --url https://сервер/база/hs/…")
        values: dict[str, object] = {"next_at": None, "attempts": 0}
        if url is not None:
            values["url"] = address(url)
            if before is not None and _origin(before.url) != _origin(url) and password is None:
                values |= {"login": "", "password_sealed": ""}
        if password is not None:
            values["password_sealed"] = secrets.seal(bridge, password)
        given = {"login": login, "method": method, "debounce": debounce}
        values |= {name: value for name, value in given.items() if value is not None}
        uow.notifiers.put(node_id, **values)
        changes = {name: ("", value) for name, value in given.items() if value is not None}
        if url is not None:
            changes["url"] = (shown(before.url) if before else "", shown(url))
        if password is not None:
            changes["password"] = ("", auditing.CHANGED)
        auditing.note(uow, bridge, "node.notify", node_name, changes)
        row = uow.notifiers.of(node_id)
    assert row is not None  # noqa: S101 - just written
    return row


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()


def switch_off(bridge: Bridge, node_name: str) -> None:
    """Call the base no more. Raises ``NotFound``."""
    with bridge.db.write() as uow:
        uow.notifiers.remove(_node_id(uow, node_name))
        auditing.note(uow, bridge, "node.notify", node_name, {"url": ("", "выключен")})


def _node_id(uow: UnitOfWork, name: str) -> int:
    node = uow.nodes.by_name(name)
    if node is None:
        raise NotFound(f"Узла «{name}» нет. Список: commerceml-bridge node list.")
    return node.id


# --- calling ----------------------------------------------------------------------------------------------------------


def due(bridge: Bridge) -> Iterable[int]:
    """Return nodes whose base is to be called now."""
    now = bridge.clock()
    with bridge.db.read() as uow:
        return [row.node_id for row in uow.notifiers.all() if row.due(now)]


def call_due(bridge: Bridge, node_id: int) -> bool:
    """Call the base of a node if it is still to be called; tell whether it answered well. Claims its row first."""
    row = _claim(bridge, node_id)
    if row is None:
        return True
    answer = _call(bridge, row)
    with bridge.db.write() as uow:
        now = bridge.clock()
        failures = 0 if answer.ok else row.attempts + 1
        uow.notifiers.put(
            node_id,
            claimed_until=None,
            attempts=failures,
            calling_since=None if answer.ok else row.calling_since,
            next_at=None if answer.ok else now + pause(failures),
        )
        _keep(uow, node_id, now, answer, row.attempts + 1)
    if not answer.ok:
        log.warning("узел %s: 1С не приняла звонок: %s", node_id, answer.text)
    return answer.ok


def _claim(bridge: Bridge, node_id: int) -> NotifierRow | None:
    """Take the call for this worker; ``None`` if another has, or 1C has come meanwhile and nothing waits any more."""
    with bridge.db.write() as uow:
        now = bridge.clock()
        row = uow.notifiers.locked(node_id)
        if row is None or not row.due(now):
            return None
        if not uow.consignments.due(node_id, cap=1):
            uow.notifiers.put(node_id, wanted_at=None, calling_since=None, next_at=None, attempts=0)
            return None
        about = row.calling_since or row.wanted_at
        uow.notifiers.put(node_id, wanted_at=None, calling_since=about, claimed_until=now + LEASE)
        return uow.notifiers.of(node_id)


def pause(failures: int) -> dt.timedelta:
    """Return how long to wait after so many failures in a row: half a minute, doubled up to an hour."""
    doubled: dt.timedelta = FIRST_PAUSE * 2 ** min(failures - 1, 10)
    return min(doubled, LONGEST_PAUSE)


def test_call(bridge: Bridge, node_name: str) -> Answer:
    """Call the base now, whatever waits; the answer is kept. Raises ``NotificationFailed`` and ``NotFound``."""
    with bridge.db.read() as uow:
        row = uow.notifiers.of(_node_id(uow, node_name))
    if row is None:
        raise ConfigurationError(f"У узла «{node_name}» нет адреса для звонка: node notify {node_name} --url …")
    answer = _call(bridge, row)
    with bridge.db.write() as uow:
        _keep(uow, row.node_id, bridge.clock(), answer, 1)
    if not answer.ok:
        raise NotificationFailed(f"1С не приняла звонок: {answer.text} {_ADVICE}")
    return answer


def _keep(uow: UnitOfWork, node_id: int, now: dt.datetime, answer: Answer, attempt: int) -> None:
    uow.notifiers.add_answer(
        node_id,
        at=now,
        ok=answer.ok,
        status=answer.status,
        milliseconds=answer.milliseconds,
        attempt=attempt,
        text=answer.text,
    )


def _call(bridge: Bridge, row: NotifierRow) -> Answer:
    return call(row.method, row.url, row.login, secrets.unseal(bridge, row.password_sealed))


# --- for people -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NotifierState:
    """What a page shows of a notifier; no secret in it."""

    url: str
    method: str
    login: str
    debounce: int
    attempts: int
    """failures in a row"""
    next_at: dt.datetime | None
    """when a failed call is repeated"""


def state(bridge: Bridge, node_id: int, limit: int = 10) -> tuple[NotifierState | None, list[NotificationRow]]:
    """Return how a node's base is called, ``None`` if it is not, and its last answers, newest first."""
    with bridge.db.read() as uow:
        row = uow.notifiers.of(node_id)
        answers = uow.notifiers.answers(node_id, limit)
    if row is None:
        return None, answers
    return NotifierState(shown(row.url), row.method, row.login, row.debounce, row.attempts, row.next_at), answers
