"""``portal check`` as a whole: what the portal says beside what the bridge knows; the command and its exit status."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator

import pytest

from commerceml_bridge.bitrix24.findings import Finding
from commerceml_bridge.db.rows import PortalRow
from commerceml_bridge.domain.nodes import NodeOptions
from commerceml_bridge.domain.selection import Selection
from commerceml_bridge.services import checking, nodes, portals
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.simulators.portal import FaultKind, PortalServer, Settings, seed_demo
from tests.integration.live_portal import connect, impatient, real_time
from tests.integration.office import PASSWORD, Office


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    impatient(monkeypatch)
    monkeypatch.setattr(checking, "_reports", {})


@pytest.fixture
def server() -> Iterator[PortalServer]:
    with PortalServer() as made:
        seed_demo(made.portal)
        yield made


@pytest.fixture
def bridge(office: Office) -> Bridge:
    return real_time(office)


def named(report: checking.CheckReport, name: str) -> Finding:
    return next(finding for finding in report.findings if finding.name.startswith(name))


def look(bridge: Bridge, portal: PortalRow) -> checking.CheckReport:
    return checking.check_portal(bridge, portals.by_name(bridge, portal.name))


def test_the_demo_portal_is_fit_for_the_exchange(bridge: Bridge, server: PortalServer) -> None:
    report = look(bridge, connect(bridge, "q", server))
    assert report.stops == 0
    assert "ничто не мешает" in report.summary
    assert named(report, "Загрузка счетов").ok
    assert "из 50 запросов" in named(report, "Запас по лимитам").what


def test_a_dead_portal_still_tells_what_the_bridge_knows(bridge: Bridge) -> None:
    report = look(bridge, portals.by_name(bridge, "p"))
    assert report.stops == 1
    assert named(report, "Соединение с порталом").level == "stop"
    assert named(report, "Загрузка счетов").level == "advice"
    assert "secretcode" not in repr(report)


def test_events_that_were_seen_are_told_and_missing_ones_advised(bridge: Bridge, server: PortalServer) -> None:
    portal = connect(bridge, "q", server, fetch=False)
    assert "токен исходящего вебхука не задан" in named(look(bridge, portal), "События").what
    portals.set_portal(bridge, "q", application_token="event-token")
    assert "ни одного события" in named(look(bridge, portal), "События").what
    with bridge.db.write() as uow:
        uow.portals.update(portal.id, event_at=bridge.clock(), events=3, events_ignored=1)
    finding = named(look(bridge, portal), "События")
    assert finding.level == "ok"
    assert "всего 3" in finding.what


def test_events_that_never_came_are_told_for_the_kinds_of_invoices_in_use(bridge: Bridge, server: PortalServer) -> None:
    portal = connect(bridge, "q", server)

    def seen(**names: int) -> Finding:
        kinds = {name: {"count": count} for name, count in names.items()}
        with bridge.db.write() as uow:
            uow.portals.update(portal.id, event_at=bridge.clock(), event_kinds=json.dumps(kinds))
        return named(look(bridge, portal), "События")

    some = seen(ONCRMDYNAMICITEMUPDATE_31=2, ONCRMINVOICESETSTATUS=1, ONCRMCOMPANYADD=4)
    assert some.level == "advice"
    assert "ONCRMDYNAMICITEMUPDATE_31 (2)" in some.what
    assert some.what.endswith("ни разу не приходило: создание счёта, создание старого счёта.")
    assert "/hooks/bitrix24/q" in some.mend
    assert seen(ONCRMDYNAMICITEMADD=1, ONCRMDYNAMICITEMUPDATE=2, ONCRMINVOICEADD=1, ONCRMINVOICEUPDATE=1).level == "ok"


def test_methods_the_portal_has_paused_are_named_and_asked_again(bridge: Bridge, server: PortalServer) -> None:
    portal = connect(bridge, "q", server)
    server.faults.add(FaultKind.OPERATION_TIME, 100, ["crm.currency.list"], seconds=300)
    report = look(bridge, portal)
    assert "crm.currency.list" in named(report, "Запас по лимитам").what
    server.faults.clear()
    assert named(look(bridge, portal), "Валюты").ok


def test_the_last_failure_of_fetching_is_told(bridge: Bridge, server: PortalServer) -> None:
    portal = connect(bridge, "q", server)
    with bridge.db.write() as uow:
        uow.portals.update(portal.id, last_error="Портал не ответил вовремя.")
    assert named(look(bridge, portal), "Загрузка счетов").level == "stop"


def test_a_selection_by_a_stage_that_is_gone_is_told(bridge: Bridge, server: PortalServer) -> None:
    portal = connect(bridge, "q", server)
    since = NodeOptions(from_date=bridge.clock().date())
    kept = dataclasses.replace(since, selection=Selection(from_stages=frozenset({"DT31_5:S"})))
    gone = dataclasses.replace(since, selection=Selection(stages=frozenset({"DT31_5:UC_GONE"})))
    nodes.add(bridge, "kept", "q", "kept", PASSWORD, kept)
    nodes.add(bridge, "gone", "q", "gone", PASSWORD, gone)
    report = look(bridge, portal)
    assert "DT31_5:UC_GONE" in named(report, "Отбор узла «gone»").what
    assert not any("«kept»" in finding.name for finding in report.findings)


def test_a_page_that_is_reloaded_does_not_ask_the_portal_again(bridge: Bridge, server: PortalServer) -> None:
    portal = connect(bridge, "q", server, fetch=False)
    first = checking.recent_report(bridge, portal.id)
    asked = server.journal.count()
    assert checking.recent_report(bridge, portal.id) is first
    assert server.journal.count() == asked


def test_a_portal_that_hangs_does_not_keep_a_person_waiting(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    with PortalServer(Settings()) as hanging:
        portal = connect(bridge, "q", hanging, fetch=False)
        hanging.faults.add(FaultKind.SLOW, 1000, seconds=1.5)
        client = portals.impatient_client(bridge, portal)
        monkeypatch.setattr(client, "_timeout", (1.0, 0.2))
        monkeypatch.setattr(portals, "impatient_client", lambda *_: client)
        report = look(bridge, portal)
        assert client.requests_sent == 1, "an impatient client asks once"
    assert named(report, "Связь с порталом").level == "stop"
