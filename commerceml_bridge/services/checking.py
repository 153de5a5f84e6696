"""``portal check``: what the portal tells of itself, and what the bridge knows of it, as one report.

Changes nothing on the portal (see ``bitrix24.rights_check``). A report is kept for a minute in this process, so that a
page that is reloaded does not ask the portal again.
"""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from commerceml_bridge.bitrix24.events import verbs_seen
from commerceml_bridge.bitrix24.findings import Finding
from commerceml_bridge.bitrix24.portal_check import check
from commerceml_bridge.db.rows import NodeRow, PortalRow
from commerceml_bridge.domain.invoices import InvoiceKind
from commerceml_bridge.services import limits, portals, selecting
from commerceml_bridge.services.bridge import Bridge

FRESH_SECONDS = 60.0
_HALF = 0.5
_BUSY_SECONDS = 300.0
"""Seconds of one method in ten minutes from which on the portal's own limit (420–480) is near (§6.6)."""


@dataclass(frozen=True)
class CheckReport:
    """Everything that was looked at, in the order of looking."""

    portal: str
    host: str
    at: dt.datetime
    findings: tuple[Finding, ...]

    @property
    def stops(self) -> int:
        """How many findings stop the journey."""
        return sum(finding.level == "stop" for finding in self.findings)

    @property
    def advice(self) -> int:
        """How many only make it worse, or are a word of advice."""
        return sum(finding.level == "advice" for finding in self.findings)

    @property
    def summary(self) -> str:
        """One line for people."""
        if self.stops:
            return f"Мешает обмену: {self.stops}, советов: {self.advice}, проверено: {len(self.findings)}."
        return f"Обмену ничто не мешает. Советов: {self.advice}, проверено: {len(self.findings)}."


_reports: dict[tuple[int, str], tuple[float, CheckReport]] = {}
_lock = threading.Lock()


def check_portal(bridge: Bridge, portal: PortalRow) -> CheckReport:
    """Look at everything now. A portal that had blocked us is asked again: a person wants to know."""
    limits.reopen(bridge, portal)
    client = portals.impatient_client(bridge, portal)
    try:
        findings = check(client)
    finally:
        client.close()
    with bridge.db.read() as uow:
        portal = uow.portals.by_id(portal.id)
        nodes = uow.nodes.all(portal.id)
    findings += [_events(bridge, portal), _headroom(bridge, portal), _fetching(portal), *_nodes(portal, nodes)]
    return CheckReport(portal.name, portal.host, bridge.clock(), tuple(findings))


def recent_report(bridge: Bridge, portal_id: int) -> CheckReport:
    """Return a report of the last minute, else look now. One look at a time: others wait for it."""
    with bridge.db.read() as uow:
        portal = uow.portals.by_id(portal_id)
    key = (portal.id, portal.webhook_sealed)
    with _lock:
        at, report = _reports.get(key, (0.0, None))
        if report is None or time.monotonic() - at > FRESH_SECONDS:
            report = check_portal(bridge, portal)
            _reports[key] = (time.monotonic(), report)
    return report


def _events(bridge: Bridge, portal: PortalRow) -> Finding:
    name = "События (исходящий вебхук)"
    mend = (
        f"В Битрикс24: «Разработчикам» → «Другое» → «Исходящий вебхук», адрес {_hook(bridge, portal)} этого моста, "
        "события «Создание», «Обновление» и «Удаление» элемента смарт-процесса и счёта; токен: "
        "portal set --application-token."
    )
    if portal.event_at is not None:
        kinds: dict[str, dict[str, object]] = json.loads(portal.event_kinds or "{}")
        ignored = f", из них без дела: {portal.events_ignored}" if portal.events_ignored else ""
        at, total = f"{portal.event_at:%d.%m.%Y %H:%M}", f"{portal.events}{ignored}"
        if not kinds:
            return Finding(True, name, f"Последнее событие {at} UTC, всего {total}.")
        listed = ", ".join(f"{one} ({about.get('count', 0)})" for one, about in sorted(kinds.items()))
        if not (never := ", ".join(_never_came(portal, kinds))):
            return Finding(True, name, f"Приходили события {listed}: последнее {at} UTC, всего {total}.")
        what = f"Приходили события {listed}: последнее {at} UTC, всего {total}; ни разу не приходило: {never}."
        follows = "Если такое со счетами уже бывало, событие не отмечено: это изменение замечает только опрос."
        return Finding(True, name, what, follows, mend)
    if portal.application_token_sealed == "":
        what = "Не настроены: токен исходящего вебхука не задан."
    else:
        what = "Токен задан, но ни одного события ещё не было."
    follows = "Изменения замечает только опрос (раз в CMLB_POLL_SECONDS): счёт уходит в 1С позже на это время."
    return Finding(True, name, what, follows, mend)


def _hook(bridge: Bridge, portal: PortalRow) -> str:
    return f"{bridge.settings.public_url}/hooks/bitrix24/{quote(portal.name)}"


_TOLD_BY_EVENTS = {
    ("smart", "ADD"): "создание счёта",
    ("smart", "UPDATE"): "обновление счёта",
    ("old", "ADD"): "создание старого счёта",
    ("old", "UPDATE"): "обновление старого счёта",
}
"""What events should tell of invoices; deletions are rare and not missed here."""


def _never_came(portal: PortalRow, names: Iterable[str]) -> list[str]:
    """Return what no event has told of the kinds of invoices in use."""
    used = json.loads(portal.info or "{}").get("kinds", [])
    return [
        words
        for (kind, verb), words in _TOLD_BY_EVENTS.items()
        if kind in used and verb not in verbs_seen(names, InvoiceKind(kind))
    ]


def _headroom(bridge: Bridge, portal: PortalRow) -> Finding:
    name = "Запас по лимитам"
    room = limits.headroom(bridge, portal)
    used = f"Занято {room.level:.0f} из {room.capacity} запросов, утекает {room.per_second:g} в секунду"
    mend = (
        "Найдите другие интеграции, которые опрашивают портал с этого адреса, и разведите их по времени; на тарифе "
        "«Энтерпрайз» укажите: commerceml-bridge portal set ИМЯ --limits enterprise."
    )
    if room.paused:
        methods = ", ".join(sorted(room.paused))
        return Finding(False, name, f"Битрикс24 приостановил методы: {methods}.", "Загрузка ждёт.", mend, stops=False)
    busiest = max(room.operating.items(), key=lambda pair: pair[1], default=("", 0.0))
    if busiest[1]:
        used += f"; дольше всего работал {busiest[0]}: {busiest[1]:.0f} с за 10 минут"
    if room.level > room.capacity * _HALF or busiest[1] > _BUSY_SECONDS:
        return Finding(
            False, name, f"{used}.", "Портал скоро начнёт отказывать, загрузка замедлится.", mend, stops=False
        )
    return Finding(True, name, f"{used}.")


def _fetching(portal: PortalRow) -> Finding:
    name = "Загрузка счетов"
    if portal.last_error:
        follows = "Новые и изменённые счета не появятся в 1С, пока загрузка не пройдёт."
        return Finding(False, name, portal.last_error, follows, "Устраните причину; загрузка повторится сама.")
    if portal.fetched_at is None:
        mend = "Запустите обработчик: commerceml-bridge worker (или up), либо один проход: commerceml-bridge sync."
        return Finding(True, name, "Счета с портала ещё не загружались.", "В 1С передавать нечего.", mend)
    return Finding(True, name, f"Последняя загрузка {portal.fetched_at:%d.%m.%Y %H:%M} UTC прошла без ошибок.")


def _nodes(portal: PortalRow, nodes: list[NodeRow]) -> list[Finding]:
    """Look whether nodes name stages the portal no longer has."""
    known = selecting.places(portal.info)
    found = []
    for node in nodes:
        chosen = node.options.selection
        gone = sorted((chosen.stages | chosen.from_stages) - known.keys()) if known else []
        if gone:
            found.append(
                Finding(
                    False,
                    f"Отбор узла «{node.name}»",
                    f"Названных в нём стадий на портале нет: {', '.join(gone)}.",
                    "Счета, которые должны были уходить с этих стадий, остаются в Битрикс24.",
                    f"Выберите стадии заново: commerceml-bridge node selection {node.name}, затем node set.",
                )
            )
    return found
