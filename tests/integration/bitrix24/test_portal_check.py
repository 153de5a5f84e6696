"""``portal check``: every fault becomes a finding that says what to do, and nothing on the portal changes."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from commerceml_bridge.bitrix24 import portal_check, reach_check, surroundings_check
from commerceml_bridge.bitrix24.findings import Finding
from commerceml_bridge.bitrix24.portal_check import check
from commerceml_bridge.bitrix24.webhook import Webhook
from commerceml_bridge.errors import PortalAccessDenied, PortalUnavailable
from commerceml_bridge.simulators.portal import FaultKind, Settings, Stage, seed_demo
from commerceml_bridge.simulators.portal.faults import REST_KINDS
from tests.integration.bitrix24.live import START, Live
from tests.integration.bitrix24.scripted import CODE, Reply, Scripted

DENIED: dict[str, Any] = {"code": "ACCESS_DENIED", "status": 400}
READ = (
    "crm.company.list",
    "crm.contact.list",
    "crm.requisite.list",
    "crm.requisite.link.list",
    "crm.requisite.bankdetail.list",
    "crm.address.list",
    "crm.item.list",
    "crm.invoice.list",
)


def named(findings: list[Finding], name: str) -> Finding:
    return next(finding for finding in findings if finding.name.startswith(name))


def whole(findings: list[Finding]) -> None:
    """Every finding that is not in order says what follows and what to do; none shows the code of the webhook."""
    assert findings
    for finding in findings:
        assert finding.what, finding
        assert finding.level == "ok" or (finding.follows and finding.mend), finding
    assert CODE not in repr(findings)
    assert Settings().code not in repr(findings)


@pytest.mark.parametrize(
    ("kind", "outer"),
    [(kind, True) for kind in FaultKind] + [(kind, False) for kind in sorted(REST_KINDS, key=lambda kind: kind.name)],
)
@pytest.mark.parametrize("after", [0, 1, 3])
def test_no_fault_breaks_the_check(kind: FaultKind, outer: bool, after: int) -> None:
    options: dict[str, Any] = {"seconds": 0.01} if kind in {FaultKind.SLOW, FaultKind.OPERATION_TIME} else {}
    if kind is FaultKind.REDIRECT:
        options["location"] = "https://renamed.invalid"
    if kind is FaultKind.REST:
        options |= {"code": "ERROR_CORE", "description": "что-то"}
    methods = ["scope", "batch", "profile", "crm.currency.list"] if outer else READ
    with Live() as live:
        seed_demo(live.portal)
        live.faults.add(kind, 1000, methods[after:], inner=not outer, **options)
        try:
            whole(check(live.client))
        finally:
            live.faults.clear()


@pytest.mark.parametrize("method", READ)
def test_partial_rights_are_named_and_the_rest_is_still_looked_at(method: str) -> None:
    with Live() as live:
        seed_demo(live.portal)
        live.faults.add(FaultKind.REST, 1000, [method], inner=True, **DENIED)
        findings = check(live.client)
    whole(findings)
    assert any(finding.level == "stop" and method in finding.what for finding in findings)
    assert named(findings, "Владелец вебхука").ok
    assert named(findings, "Валюты").ok


def state(live: Live) -> list[tuple[object, ...]]:
    rows = [live.portal.smart_invoice(number) for number in (1, 2, 3, 4, 5)]
    return [(row["stageId"], row["updatedTime"], row["title"], row["accountNumber"]) for row in rows]


@pytest.mark.parametrize("settings", [Settings(), Settings(may_update=False), Settings(tariff_allows_update=False)])
def test_the_right_to_change_is_tried_without_changing_anything(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[str] = []
    with Live(settings) as live:
        seed_demo(live.portal)
        live.portal.listeners.append(lambda event, _fields: heard.append(event))
        sent: list[object] = []
        call = live.client.call

        def spy(method: str, params: Any = None, **options: Any) -> Any:
            sent.extend([params] if method == "crm.item.update" else [])
            return call(method, params, **options)

        monkeypatch.setattr(live.client, "call", spy)
        before, history = state(live), len(live.portal.stage_history)
        finding = named(check(live.client), "Изменение счетов")
        assert state(live) == before
        assert len(live.portal.stage_history) == history
    assert heard == []
    assert sent == [{"entityTypeId": 31, "id": 5, "fields": {}}]
    allowed = settings == Settings()
    assert finding.ok is allowed
    assert ("пустым изменением" in finding.what) is allowed
    assert finding.level == ("ok" if allowed else "stop")


@pytest.mark.parametrize(
    ("settings", "level", "word"),
    [
        (Settings(), "ok", "администратор"),
        (Settings(may_update=False), "stop", "Access denied"),
        (Settings(readable_invoices=frozenset({1})), "advice", "Отказа нет"),
    ],
)
def test_the_right_to_change_old_invoices_is_tried_on_none_of_them(settings: Settings, level: str, word: str) -> None:
    heard: list[str] = []
    with Live(settings) as live:
        made = seed_demo(live.portal)
        live.portal.listeners.append(lambda event, _fields: heard.append(event))
        before = [live.portal.old_invoice(number) for number in made.old_invoices]
        finding = named(check(live.client), "Изменение старых счетов")
        assert [live.portal.old_invoice(number) for number in made.old_invoices] == before
    assert heard == []
    assert finding.level == level
    assert word in finding.what


@pytest.mark.parametrize("method", ["scope", "profile", "crm.currency.list"])
def test_a_method_the_portal_does_not_have_stops_nothing(method: str) -> None:
    with Live() as live:
        seed_demo(live.portal)
        live.faults.add(FaultKind.REST, 1000, [method], code="ERROR_METHOD_NOT_FOUND", status=404)
        findings = check(live.client)
    whole(findings)
    assert not [finding for finding in findings if finding.level == "stop"]
    assert any(method in finding.what for finding in findings if finding.level == "advice")
    assert named(findings, "Изменение счетов").ok


def test_an_owner_who_is_no_administrator_sees_less() -> None:
    with Live(Settings(readable_invoices=frozenset({1}))) as live:
        seed_demo(live.portal)
        finding = named(check(live.client), "Владелец вебхука")
    assert finding.level == "advice"
    assert "не попадут" in finding.follows


def test_several_success_stages_are_told_apart() -> None:
    stages = (Stage("N", "Новый", 10), Stage("P", "Оплачен", 30, "S"), Stage("UC_2", "Закрыт", 40, "S"))
    with Live(Settings(stages=stages)) as live:
        finding = named(check(live.client), "Стадия «оплачен»")
    assert finding.level == "advice"
    assert "--paid-stage DT31_5:UC_2" in finding.mend


def test_old_invoices_without_the_paid_status_are_told() -> None:
    with Live(Settings(statuses=(Stage("N", "Черновик", 10),))) as live:
        assert named(check(live.client), "Статус «оплачен»").level == "stop"


def test_currencies_catalogues_clock_and_zone_are_shown() -> None:
    with Live() as live:
        findings = check(live.client)
    assert "RUB" in named(findings, "Валюты").what
    assert "23 (товары), 24 (предложения)" in named(findings, "Товарные каталоги").what
    assert named(findings, "Часы").ok
    assert "UTC+3" in named(findings, "Часовой пояс").what
    with Live(Settings(scopes=frozenset({"crm"}))) as live:
        assert named(check(live.client), "Товарные каталоги").level == "advice"


@pytest.mark.parametrize(("minutes", "ok"), [(180, True), (0, True), (-300, False)])
def test_a_zone_west_of_greenwich_shifts_dates(minutes: int, ok: bool) -> None:
    with Live(Settings(utc_offset=minutes)) as live:
        assert named(check(live.client), "Часовой пояс").ok is ok


@pytest.mark.parametrize(("seconds", "level"), [(3, "ok"), (-600, "advice")])
def test_clocks_that_differ_are_advice(seconds: int, level: str) -> None:
    time = {"start": int(START.timestamp()), "date_start": "2026-11-23T12:00:00+03:00"}
    findings = surroundings_check.clock(time, START + dt.timedelta(seconds=seconds))
    assert findings[0].level == level
    assert surroundings_check.clock({"start": "?", "date_start": "?"}, START) == []


def test_a_portal_that_has_become_slow_is_not_asked_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portal_check, "PATIENCE", -1.0)
    with Live() as live:
        findings = check(live.client)
        assert live.journal.count("crm.currency.list") == 0
    assert "слишком медленно" in named(findings, "Валюты").what
    whole(findings)


# --- a portal that cannot be asked ------------------------------------------------------------------------------------


def webhook(host: str, scheme: str = "https") -> Webhook:
    return Webhook(scheme, host, 1, CODE)


def test_a_name_that_does_not_exist_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach_check, "getproxies", dict)
    finding = reach_check.diagnose(webhook("no-such-portal.invalid"), PortalUnavailable("нет соединения"))
    assert finding.name == "Имя портала (DNS)"
    assert "no-such-portal.invalid" in finding.what


def test_a_closed_port_is_told() -> None:
    finding = reach_check.diagnose(webhook("127.0.0.1:9", "http"), PortalUnavailable("нет соединения"))
    assert finding.name == "Соединение с порталом"


def test_a_server_without_tls_is_told() -> None:
    with Live() as live:
        finding = reach_check.diagnose(webhook(f"127.0.0.1:{live.server.port}"), PortalUnavailable("…"))
    assert finding.name == "Сертификат портала (TLS)"


def test_a_revoked_webhook_says_where_to_get_another() -> None:
    with Live() as live:
        wrong = live.server.webhook_url.replace(live.portal.settings.code, "revoked")
        (finding,) = check(live.new_client(wrong))
    assert finding.name == "Вебхук"
    assert "Входящий вебхук" in finding.mend


@pytest.mark.parametrize("status", [200, 404, 502])
def test_an_html_page_instead_of_rest_is_told(status: int) -> None:
    page = Reply(b"<html><body>Cloud</body></html>", status)
    with Scripted(*[page] * 12) as server:
        (finding,) = check(server.client())
    whole([finding])
    assert not finding.ok


def test_a_renamed_portal_is_followed_and_told() -> None:
    with Live() as old, Live() as renamed:
        old.faults.add(FaultKind.REDIRECT, times=1, location=renamed.server.base_url)
        findings = check(old.client)
    assert str(renamed.server.port) in named(findings, "Адрес портала").what
    whole(findings)


def test_access_errors_are_not_mistaken_for_the_network() -> None:
    assert reach_check.diagnose(webhook("127.0.0.1:9"), PortalAccessDenied("отозван")).name == "Вебхук"
