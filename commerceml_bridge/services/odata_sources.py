"""How a node's base is asked over OData: set, shown, switched off. Login and password are stored sealed."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass

from commerceml_bridge.db.books import SourceRow
from commerceml_bridge.db.rows import NodeRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.domain.books import PREFIX_LENGTH
from commerceml_bridge.errors import ConfigurationError, NotFound
from commerceml_bridge.onec_odata.address import service_root
from commerceml_bridge.onec_odata.client import TIMEOUT, ODataClient
from commerceml_bridge.services import auditing, nodes, secrets
from commerceml_bridge.services.bridge import Bridge

EVERY = dt.timedelta(minutes=15)
"""Payments reach the books a few times a day: asking more often buys nothing (facts: 1c-odata-payments §6.1)."""
SHORTEST, LONGEST = 1, 24 * 60
"""Minutes between two polls."""


@dataclass(frozen=True)
class Shown:
    """How a node's base is asked, without its secrets."""

    url: str
    login: str
    prefix: str
    learned_prefix: str
    organization: str
    minutes: float


def set_source(
    bridge: Bridge,
    name: str,
    *,
    url: str | None = None,
    login: str | None = None,
    password: str | None = None,
    prefix: str | None = None,
    organization: str | None = None,
    minutes: int | None = None,
) -> Shown:
    """Keep how the base of a node is asked; what is ``None`` stays. The next poll comes at once.

    Raises ``ConfigurationError`` and ``NotFound``.
    """
    given = {
        "url": service_root(url) if url is not None else None,
        "login_sealed": secrets.seal(bridge, _must_be_text(login, "Логин")) if login is not None else None,
        "password_sealed": secrets.seal(bridge, password) if password is not None else None,
        "prefix": _checked_prefix(prefix) if prefix is not None else None,
        "organization": organization.strip() if organization is not None else None,
        "every_seconds": _seconds(minutes) if minutes is not None else None,
    }
    values: dict[str, object] = {key: value for key, value in given.items() if value is not None}
    with bridge.db.write() as uow:
        node = nodes_must(uow, name)
        before = uow.books.source(node.id)
        if before is None and not {"url", "login_sealed", "password_sealed"} <= values.keys():
            raise ConfigurationError(
                "Для начала нужны адрес публикации, логин и пароль: commerceml-bridge node odata УЗЕЛ --url … "
                "--login … --password-stdin."
            )
        values |= _afresh(before, values) | {"next_at": bridge.clock(), "failures": 0, "error": "", "error_code": ""}
        uow.books.set_source(node.id, **values)
        if before is None or before.url != values.get("url", before.url):
            uow.books.forget([node.id])
        auditing.note(uow, bridge, "node.odata", name, _audited(before, values))
        after = uow.books.source(node.id)
    assert after is not None  # noqa: S101 - just written
    return show(bridge, after)


def _afresh(before: SourceRow | None, values: dict[str, object]) -> dict[str, object]:
    """What was learned is forgotten where it may not hold any more."""
    changed = before is None or any(
        key in values and getattr(before, key) != values[key] for key in ("url", "prefix", "organization")
    )
    return {"learned_prefix": "", "organization_key": ""} if changed else {}


def _audited(before: SourceRow | None, values: dict[str, object]) -> dict[str, tuple[object, object]]:
    shown = {"url", "prefix", "organization", "every_seconds"}
    changes: dict[str, tuple[object, object]] = {
        key: (getattr(before, key, ""), value) for key, value in values.items() if key in shown
    }
    for key, name in (("login_sealed", "login"), ("password_sealed", "password")):
        if key in values:
            changes[name] = ("", auditing.CHANGED)
    return changes


def remove_source(bridge: Bridge, name: str) -> None:
    """Ask the base of a node no more. Raises ``NotFound``."""
    with bridge.db.write() as uow:
        node = nodes_must(uow, name)
        if uow.books.source(node.id) is None:
            raise NotFound(f"Узел «{name}» не опрашивается по OData.")
        uow.books.remove_source(node.id)
        auditing.note(uow, bridge, "node.odata-off", name)


def of_node(bridge: Bridge, name: str) -> SourceRow | None:
    """Return how the base of a node is asked. Raises ``NotFound`` for the node."""
    node = nodes.by_name(bridge, name)
    with bridge.db.read() as uow:
        return uow.books.source(node.id)


def show(bridge: Bridge, row: SourceRow) -> Shown:
    """Return what may be shown; the login is no secret to an administrator."""
    return Shown(
        url=row.url,
        login=secrets.unseal(bridge, row.login_sealed),
        prefix=row.prefix,
        learned_prefix=row.learned_prefix,
        organization=row.organization,
        minutes=row.every_seconds / 60,
    )


@dataclass(frozen=True)
class Poll:
    """How asking a node's base goes: for the page, without secrets."""

    url: str
    prefix: str
    minutes: float
    succeeded_at: dt.datetime | None
    tried_at: dt.datetime | None
    error: str
    summary: dict[str, object]
    doubts: tuple[tuple[int, str, str], ...]


def shown(bridge: Bridge, node_id: int) -> Poll | None:
    """Return how asking the node's base goes, ``None`` if it is not asked."""
    with bridge.db.read() as uow:
        row = uow.books.source(node_id)
        doubts = uow.books.doubts(node_id) if row else []
    if row is None:
        return None
    return Poll(
        url=row.url,
        prefix=row.prefix or row.learned_prefix,
        minutes=row.every_seconds / 60,
        succeeded_at=row.succeeded_at,
        tried_at=row.tried_at,
        error=row.error,
        summary=json.loads(row.summary),
        doubts=tuple(doubts),
    )


def connect(bridge: Bridge, row: SourceRow, *, timeout: tuple[float, float] = TIMEOUT) -> ODataClient:
    """Return a client for the base; the caller closes it. Raises ``ConfigurationError`` if the key is another one."""
    try:
        login, password = (secrets.unseal(bridge, one) for one in (row.login_sealed, row.password_sealed))
    except ConfigurationError:
        raise ConfigurationError(
            "Логин OData не расшифровывается: CMLB_SECRET_KEY не тот, которым он был зашифрован. Верните прежний ключ "
            "или задайте логин и пароль заново: commerceml-bridge node odata УЗЕЛ --login … --password-stdin."
        ) from None
    return ODataClient(row.url, login, password, timeout=timeout)


def nodes_must(uow: UnitOfWork, name: str) -> NodeRow:
    """Return a node. Raises ``NotFound``."""
    node = uow.nodes.by_name(name)
    if node is None:
        raise NotFound(f"Узла «{name}» нет. Список: commerceml-bridge node list.")
    return node


def _must_be_text(text: str, what: str) -> str:
    if not text.strip() or ":" in text:
        raise ConfigurationError(f"{what} OData: непустой и без двоеточия.")
    return text.strip()


def _checked_prefix(text: str) -> str:
    prefix = text.strip().removesuffix("-")
    if not re.fullmatch(r"\w*", prefix) or len(prefix) not in (0, PREFIX_LENGTH // 2, PREFIX_LENGTH):
        raise ConfigurationError(
            "Префикс номеров в 1С: 4 знака перед дефисом (два — организации, два — сайта), например 00БС; можно "
            "только два знака сайта или пусто: тогда остальное узнается само."
        )
    return prefix


def _seconds(minutes: int) -> int:
    if not SHORTEST <= minutes <= LONGEST:
        raise ConfigurationError(f"Опрос OData: раз в {SHORTEST}–{LONGEST} минут.")
    return minutes * 60
