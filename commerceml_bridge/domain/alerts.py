"""What should wake somebody: silence above all (facts: field-failures §3, alerts for silence).

Pure: from the health of nodes and portals at a moment to the alerts that hold then. An alert has a key, so that the
same trouble is one alert however often it is looked at; whether anybody was told is not its business.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

ATTEMPTS = 3
"""Sessions in a row that took a batch and did not confirm it."""
PORTAL_SILENCE = dt.timedelta(minutes=30)
"""A portal not read for so long: the worker is down or Bitrix24 refuses."""
WORKING_DAY = dt.timedelta(hours=9)
"""A closed base (update, backup) is waited for in silence so long (facts: 1c-odata-payments §6.5)."""
ODATA_UNAVAILABLE, ODATA_LOGIN = "odata-unavailable", "odata-login"
LOGIN_TRIES = 3
"""A login refused so often is tried no more until somebody acts (§6.5: stop after 3, alarm)."""
ODATA_TRIES = 2
"""Polls in a row that failed for a reason only a person can mend; one alone may be a hiccup of a proxy."""


class AlertKind(StrEnum):
    """Each names its own next step in the text."""

    SILENT = "silent"
    """1C has not come"""
    UNCONFIRMED = "unconfirmed"
    """1C takes documents and never confirms"""
    REFUSED = "refused"
    """1C refused the same document again and again"""
    UNSEEN = "unseen"
    """1C confirmed documents and never returned them (decision 13)"""
    PORTAL = "portal"
    """Bitrix24 is not read"""
    PARKED = "parked"
    """write-backs wait for a person"""
    ODATA = "odata"
    """a 1C base is not asked for payments: login, composition or publication"""


@dataclass(frozen=True)
class NodeHealth:
    """What is known of a node; times aware UTC."""

    name: str
    created_at: dt.datetime
    last_contact: dt.datetime | None
    unconfirmed_attempts: int = 0
    """sessions in a row that were served the open batch"""
    refused: int = 0
    """documents held because 1C refuses them"""
    unseen: int = 0
    """documents confirmed days ago and never returned"""
    books_error: str = ""
    """what the last poll over OData failed with, Russian; ``""``: it went well, or the base is not asked"""
    books_code: str = ""
    books_failures: int = 0
    """in a row"""
    books_read_at: dt.datetime | None = None
    """last successful poll"""


@dataclass(frozen=True)
class PortalHealth:
    """What is known of a portal."""

    name: str
    created_at: dt.datetime
    fetched_at: dt.datetime | None
    last_error: str
    parked: int = 0


@dataclass(frozen=True)
class Alert:
    """One trouble. ``text`` is Russian and says what to do next."""

    kind: AlertKind
    subject: str
    text: str

    @property
    def key(self) -> str:
        """The same for the same trouble."""
        return f"{self.kind}:{self.subject}"


def alerts(
    nodes: Iterable[NodeHealth], portals: Iterable[PortalHealth], now: dt.datetime, *, silence_hours: float
) -> list[Alert]:
    """Return every alert that holds at ``now``; a node that has not come for ``silence_hours`` is silent."""
    found = [alert for node in nodes for alert in _of_node(node, now, silence_hours)]
    return found + [alert for portal in portals for alert in _of_portal(portal, now)]


def _of_node(node: NodeHealth, now: dt.datetime, silence_hours: float) -> Iterator[Alert]:
    since = node.last_contact or node.created_at
    if now - since > dt.timedelta(hours=silence_hours):
        came = f"последний раз {since:%d.%m.%Y %H:%M} UTC" if node.last_contact else "ещё ни разу"
        yield Alert(
            AlertKind.SILENT,
            node.name,
            f"1С узла «{node.name}» не приходит за счетами дольше {silence_hours:g} ч ({came}). "
            "Проверьте расписание обмена в 1С и адрес сервера: commerceml-bridge selfcheck.",
        )
    if node.unconfirmed_attempts >= ATTEMPTS:
        yield Alert(
            AlertKind.UNCONFIRMED,
            node.name,
            f"1С узла «{node.name}» {node.unconfirmed_attempts} раза подряд взяла счета и не подтвердила загрузку. "
            "Откройте последний сеанс узла и журнал регистрации 1С: там написано, чего ей не хватило.",
        )
    if node.refused:
        yield Alert(
            AlertKind.REFUSED,
            node.name,
            f"1С узла «{node.name}» не принимает счета: {node.refused}. Они удержаны, остальные идут. "
            "Откройте «Проблемы» и исправьте каждый счёт.",
        )
    if node.unseen:
        yield Alert(
            AlertKind.UNSEEN,
            node.name,
            f"1С узла «{node.name}» подтвердила и не вернула счета: {node.unseen}. Есть ли они в ней, неизвестно. "
            "Выполните в 1С полный обмен и откройте «Проблемы». Бухгалтерия 3.0 не возвращает ничего: если это она, "
            "укажите это узлу (commerceml-bridge node set УЗЕЛ --client bp3).",
        )
    if _books_fail(node, now):
        read = f"последний раз {node.books_read_at:%d.%m.%Y %H:%M} UTC" if node.books_read_at else "ещё ни разу"
        yield Alert(
            AlertKind.ODATA,
            node.name,
            f"Оплаты узла «{node.name}» из базы 1С по OData не читаются ({read}): {node.books_error} "
            f"Что именно не так, скажет commerceml-bridge node check {node.name}.",
        )


def _books_fail(node: NodeHealth, now: dt.datetime) -> bool:
    if not node.books_error:
        return False
    if node.books_code == ODATA_UNAVAILABLE:
        return node.books_failures >= LOGIN_TRIES and (
            node.books_read_at is None or now - node.books_read_at > WORKING_DAY
        )
    return node.books_failures >= (LOGIN_TRIES if node.books_code == ODATA_LOGIN else ODATA_TRIES)


def _of_portal(portal: PortalHealth, now: dt.datetime) -> Iterator[Alert]:
    since = portal.fetched_at or portal.created_at
    if now - since > PORTAL_SILENCE:
        why = portal.last_error or "обработчик (commerceml-bridge worker) не запущен или не успевает."
        yield Alert(
            AlertKind.PORTAL,
            portal.name,
            f"Счета портала «{portal.name}» не читаются с {since:%d.%m.%Y %H:%M} UTC: {why}",
        )
    if portal.parked:
        yield Alert(
            AlertKind.PARKED,
            portal.name,
            f"Битрикс24 «{portal.name}» не принял изменения: {portal.parked}. Откройте «Проблемы».",
        )
