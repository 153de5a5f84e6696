"""Bitrix24 portals: add, list, change, remove, check; and the client that speaks to one."""

from __future__ import annotations

import hmac
import re
import threading
import time
import unicodedata
from dataclasses import dataclass

from commerceml_bridge.bitrix24.client import BitrixClient
from commerceml_bridge.bitrix24.limits import LeakyBucket
from commerceml_bridge.bitrix24.portal_info import PortalInfo, detect
from commerceml_bridge.bitrix24.webhook import Webhook
from commerceml_bridge.db.rows import PortalRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.errors import ConfigurationError, NotFound
from commerceml_bridge.services import secrets
from commerceml_bridge.services.bridge import Bridge

CODE_LENGTH = 16
INFO_SECONDS = 3600
"""Stages and kinds of a portal hardly change: looked up once an hour and process (facts: bitrix24-rest §8)."""

_LATIN = dict(
    zip(
        "абвгдежзийклмнопрстуфхцчшщъыьэюя",
        "a b v g d e zh z i y k l m n o p r s t u f h c ch sh sch - y - e yu ya".replace("-", "").split(" "),
        strict=True,
    )
)


@dataclass(frozen=True)
class Connection:
    """A portal with the means to speak to it."""

    portal: PortalRow
    client: BitrixClient
    info: PortalInfo


_buckets: dict[int, LeakyBucket] = {}
_infos: dict[tuple[int, str], tuple[float, PortalInfo]] = {}
_lock = threading.Lock()


def add(bridge: Bridge, name: str, webhook: str, application_token: str = "") -> PortalRow:
    """Register a portal. Raises ``ConfigurationError`` for a bad address or a name that is taken."""
    parsed = Webhook.parse(webhook)
    name = _name(name)
    with bridge.db.write() as uow:
        if uow.portals.by_name(name):
            raise ConfigurationError(f"Портал «{name}» уже есть. Изменить его: commerceml-bridge portal set {name}.")
        uow.portals.add(
            name=name,
            code=_code(uow, name),
            host=parsed.host,
            webhook_sealed=secrets.seal(bridge, webhook.strip()),
            application_token_sealed=secrets.seal(bridge, application_token),
            created_at=bridge.clock(),
        )
        return _must(uow, name)


def _name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > 60 or "/" in name or not name.isprintable():
        raise ConfigurationError("Имя портала: от 1 до 60 печатных символов без косой черты.")
    return name


def _code(uow: UnitOfWork, name: str) -> str:
    """Return a new ASCII slug for the portal; it stands in every Ид and never changes."""
    latin = "".join(_LATIN.get(character, character) for character in name.lower())
    ascii_only = unicodedata.normalize("NFKD", latin).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^a-z0-9]+", "", ascii_only)[: CODE_LENGTH - 3] or "portal"
    taken = {portal.code for portal in uow.portals.all()}
    return next(code for n in range(1, 1000) if (code := stem if n == 1 else f"{stem}{n}") not in taken)


def set_portal(
    bridge: Bridge, name: str, *, webhook: str | None = None, application_token: str | None = None
) -> PortalRow:
    """Change the webhook or the application token."""
    with bridge.db.write() as uow:
        portal = _must(uow, name)
        if webhook is not None:
            parsed = Webhook.parse(webhook)
            sealed = secrets.seal(bridge, webhook.strip())
            uow.portals.update(portal.id, host=parsed.host, webhook_sealed=sealed, last_error="")
        if application_token is not None:
            uow.portals.update(portal.id, application_token_sealed=secrets.seal(bridge, application_token))
        return _must(uow, name)


def remove(bridge: Bridge, name: str) -> None:
    """Remove a portal nothing hangs on. Raises ``ConfigurationError`` otherwise: history is not thrown away."""
    with bridge.db.write() as uow:
        portal = _must(uow, name)
        if uow.portals.in_use(portal.id):
            raise ConfigurationError(
                f"У портала «{name}» есть узлы или счета с историей обмена, поэтому он не удаляется. "
                "Чтобы остановить обмен, удалите его узлы: commerceml-bridge node remove ИМЯ."
            )
        uow.portals.remove(portal.id)


def all_portals(bridge: Bridge) -> list[PortalRow]:
    """Return every portal by name."""
    with bridge.db.read() as uow:
        return uow.portals.all()


def by_name(bridge: Bridge, name: str) -> PortalRow:
    """Return one portal. Raises ``NotFound``."""
    with bridge.db.read() as uow:
        return _must(uow, name)


def _must(uow: UnitOfWork, name: str) -> PortalRow:
    portal = uow.portals.by_name(name)
    if portal is None:
        raise NotFound(f"Портала «{name}» нет. Список: commerceml-bridge portal list.")
    return portal


def client_for(bridge: Bridge, portal: PortalRow) -> BitrixClient:
    """Return a client for a portal; all clients of this process share the portal's bucket."""
    webhook = Webhook.parse(secrets.unseal(bridge, portal.webhook_sealed))
    with _lock:
        bucket = _buckets.setdefault(portal.id, LeakyBucket())
    return BitrixClient(webhook, limiter=bucket)


def connect(bridge: Bridge, portal: PortalRow) -> Connection:
    """Return a client and what is known of the portal, looked up at most once an hour."""
    client = client_for(bridge, portal)
    key = (portal.id, portal.webhook_sealed)
    with _lock:
        at, info = _infos.get(key, (0.0, None))
    if info is None or time.monotonic() - at > INFO_SECONDS:
        info = detect(client)
        with _lock:
            _infos[key] = (time.monotonic(), info)
    return Connection(portal, client, info)


def forget_info(portal: PortalRow) -> None:
    """Look stages up again at the next connection: a write-back met one that is not known."""
    with _lock:
        _infos.pop((portal.id, portal.webhook_sealed), None)


def check_application_token(bridge: Bridge, name: str, token: str) -> bool:
    """Compare an event's application token in constant time; a portal without one accepts no events."""
    with bridge.db.read() as uow:
        portal = uow.portals.by_name(name)
    expected = secrets.unseal(bridge, portal.application_token_sealed) if portal else ""
    return hmac.compare_digest(expected.encode(), token.encode()) and bool(expected)
