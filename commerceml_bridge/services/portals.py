"""Bitrix24 portals: add, list, change, remove, check; and the client that speaks to one.

A portal never silently becomes another one: ids of invoices are the portal's own, so a payment would mark a stranger's
invoice. A portal that was renamed is followed and its new address kept (facts: bitrix24-rest §6.1).
"""

from __future__ import annotations

import logging
import re
import threading
import time
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from commerceml_bridge.bitrix24.answers import Answer
from commerceml_bridge.bitrix24.by_id import fetch_one
from commerceml_bridge.bitrix24.client import BitrixClient
from commerceml_bridge.bitrix24.pace import Pace
from commerceml_bridge.bitrix24.portal_info import PortalInfo, detect
from commerceml_bridge.bitrix24.webhook import Webhook
from commerceml_bridge.db.rows import InvoiceRow, PortalRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.domain.invoices import InvoiceKey, InvoiceKind
from commerceml_bridge.errors import (
    ConfigurationError,
    NotFound,
    PortalAccessDenied,
    PortalError,
    PortalRefused,
    PortalUnavailable,
)
from commerceml_bridge.services import auditing, jobs, secrets
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.limits import SharedLimits, rate, reopen_in

log = logging.getLogger(__name__)
CODE_LENGTH = 16
WITNESSES = 3
"""Invoices that prove a new address to be the same portal."""
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


_paces: dict[int, Pace] = {}
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
        auditing.note(uow, bridge, "portal.add", name, {"host": ("", parsed.host)})
        return _must(uow, name)


def at_host_of(bridge: Bridge, webhook: str) -> PortalRow | None:
    """Return the portal that stands where a webhook leads to. Raises ``ConfigurationError`` for a bad address."""
    host = Webhook.parse(webhook).host
    return next((one for one in all_portals(bridge) if one.host == host), None)


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
    bridge: Bridge,
    name: str,
    *,
    webhook: str | None = None,
    application_token: str | None = None,
    renamed: bool = False,
    limits: str | None = None,
) -> PortalRow:
    """Change the webhook, the application token or the limits of the tariff (``services.limits.rate``).

    A webhook of another host must lead to the same portal, once there are invoices: some of them are read there.
    ``renamed``: the person vouches for it where that portal does not answer. Raises ``ConfigurationError``.
    """
    parsed = Webhook.parse(webhook) if webhook is not None else None
    allowed = rate(limits) if limits is not None else None
    portal = by_name(bridge, name)
    if parsed is not None and parsed.host != portal.host:
        _prove_same(bridge, portal, parsed, vouched=renamed)
    with bridge.db.write() as uow:
        portal = _must(uow, name)
        if parsed is not None:
            _store_webhook(uow, bridge, portal, parsed)
            jobs.wake_in(uow, portal.id, bridge.clock())  # whoever mends a webhook waits for what it brings
        if application_token is not None:
            uow.portals.update(portal.id, application_token_sealed=secrets.seal(bridge, application_token))
        if allowed is not None:
            uow.portals.update(portal.id, rate_per_second=allowed[0], rate_capacity=allowed[1])
        auditing.note(uow, bridge, "portal.set", name, _changes(portal, parsed, application_token, allowed))
        return _must(uow, name)


def _changes(
    portal: PortalRow, webhook: Webhook | None, application_token: str | None, allowed: tuple[float, int] | None
) -> dict[str, tuple[object, object]]:
    """Return what a change of the portal is, without its secrets."""
    changes: dict[str, tuple[object, object]] = {}
    if webhook is not None:
        changes["webhook"] = ("", auditing.CHANGED)
        if webhook.host != portal.host:
            changes["host"] = (portal.host, webhook.host)
    if application_token is not None:
        changes["application_token"] = ("", auditing.CHANGED)
    if allowed is not None:
        changes["limits"] = (f"{portal.rate_per_second:g}/{portal.rate_capacity}", f"{allowed[0]:g}/{allowed[1]}")
    return changes


def _store_webhook(uow: UnitOfWork, bridge: Bridge, portal: PortalRow, webhook: Webhook) -> None:
    sealed = secrets.seal(bridge, webhook.secret_url)
    uow.portals.update(portal.id, host=webhook.host, webhook_sealed=sealed, last_error="")
    reopen_in(uow, portal.id)


def _prove_same(bridge: Bridge, portal: PortalRow, webhook: Webhook, *, vouched: bool) -> None:
    """Read invoices of the portal through another webhook and compare them with what is stored."""
    with bridge.db.read() as uow:
        witnesses = uow.portals.sample(portal.id, WITNESSES)
    if not witnesses:
        return
    limits = SharedLimits(bridge, portal)  # a renamed portal is the same portal
    client = BitrixClient(webhook, limiter=limits, pauses=limits)
    try:
        info = detect(client)
        found = [_is_same(client, info, witness) for witness in witnesses]
    except PortalError as error:
        if vouched and isinstance(error, PortalUnavailable):
            return
        raise ConfigurationError(_unproven(portal, webhook, error)) from error
    finally:
        client.close()
    if False in found:
        strange = witnesses[found.index(False)]
        raise ConfigurationError(
            f"{webhook.host} — не портал «{portal.name}», а другой: у счёта {strange.b24_id} там иной номер или дата. "
            f"Оплаты попали бы в чужие счета, поэтому вебхук не изменён. {_ADD_INSTEAD}"
        )
    if True not in found:
        numbers = ", ".join(f"№ {witness.number}" for witness in witnesses)
        raise ConfigurationError(
            f"По адресу {webhook.host} нет известных счетов портала «{portal.name}» ({numbers}): похоже, это другой "
            f"портал. Вебхук не изменён. {_ADD_INSTEAD}"
        )


_ADD_INSTEAD = "Другой портал добавляют отдельно: commerceml-bridge portal add ИМЯ --webhook-stdin."


def _unproven(portal: PortalRow, webhook: Webhook, error: PortalError) -> str:
    text = (
        f"Новый адрес портала «{portal.name}» — {webhook.host} вместо {portal.host}, а убедиться, что это тот же "
        f"портал, не удалось: {error.message} Вебхук не изменён. "
    )
    if isinstance(error, PortalUnavailable):
        return text + (
            "Повторите позже; если портал точно переименован, отметьте «Принять новый адрес без проверки» (в команде "
            "--renamed)."
        )
    return text + "Проверьте адрес и права вебхука (нужно право CRM)."


def _is_same(client: BitrixClient, info: PortalInfo, witness: InvoiceRow) -> bool | None:
    """Compare number and date of an invoice; ``None`` if it is gone or unreadable there, which proves nothing."""
    key = InvoiceKey(InvoiceKind(witness.kind), witness.b24_id)
    try:
        there = fetch_one(client, info, key)
    except PortalAccessDenied:
        raise
    except PortalRefused:
        return None
    return (there.number, there.date) == (witness.number, witness.date)


def remove(bridge: Bridge, name: str) -> None:
    """Remove a portal without history. Raises ``ConfigurationError`` otherwise: evidence is not thrown away."""
    with bridge.db.write() as uow:
        portal = _must(uow, name)
        if uow.portals.has_history(portal.id):
            raise ConfigurationError(_kept(portal, [node.name for node in uow.nodes.all(portal.id)]))
        uow.portals.remove(portal.id)
        auditing.note(uow, bridge, "portal.remove", name)


def _kept(portal: PortalRow, nodes: list[str]) -> str:
    text = f"У портала «{portal.name}» есть история обмена (счета или узлы, в том числе удалённые): он не удаляется. "
    if nodes:
        commands = "; ".join(f"commerceml-bridge node remove {node}" for node in nodes)
        return text + f"Чтобы остановить обмен с 1С, удалите узлы: {commands}. Портал и история останутся."
    return text + (
        "Обмен с 1С уже остановлен: узлов у портала нет. Чтобы мост больше не читал его счета, удалите входящий вебхук "
        f"в Битрикс24 ({portal.host})."
    )


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


class _Client(BitrixClient):
    """Keeps the new address of a renamed portal as soon as a call got there, so that the redirect is paid once.

    No call may be made inside a transaction: this one opens its own.
    """

    def __init__(self, bridge: Bridge, portal: PortalRow, **patience: Any) -> None:
        limits = SharedLimits(bridge, portal)
        webhook = Webhook.parse(secrets.unseal(bridge, portal.webhook_sealed))
        super().__init__(webhook, limiter=limits, pauses=limits, **patience)
        with _lock:
            self.pace = _paces.setdefault(portal.id, self.pace)
        self._bridge = bridge
        self._portal = portal
        self._kept: Webhook | None = None

    def call_full(self, method: str, params: Mapping[str, Any] | None = None, *, write: bool | None = None) -> Answer:
        answer = super().call_full(method, params, write=write)
        if self.moved_to is not None and self.moved_to != self._kept:
            self._kept = self.moved_to
            _keep_move(self._bridge, self._portal, self.moved_to)
        return answer


def _keep_move(bridge: Bridge, portal: PortalRow, webhook: Webhook) -> None:
    with bridge.db.write() as uow:
        if uow.portals.by_id(portal.id).webhook_sealed != portal.webhook_sealed:
            return  # somebody has set another webhook, or another client has kept this one
        _store_webhook(uow, bridge, portal, webhook)
    log.warning("портал %s переименован: %s → %s, новый адрес сохранён", portal.name, portal.host, webhook.host)


def client_for(bridge: Bridge, portal: PortalRow) -> BitrixClient:
    """Return a client for a portal; all clients of all processes share its limits."""
    return _Client(bridge, portal)


def impatient_client(bridge: Bridge, portal: PortalRow) -> BitrixClient:
    """Return a client that asks once and does not wait long: somebody sits in front of the answer."""
    return _Client(bridge, portal, attempts=1, timeout=(5.0, 15.0))


def connect(bridge: Bridge, portal: PortalRow, *, impatient: bool = False) -> Connection:
    """Return a client and what is known of the portal, looked up at most once an hour."""
    client = impatient_client(bridge, portal) if impatient else client_for(bridge, portal)
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
