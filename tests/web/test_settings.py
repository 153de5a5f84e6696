"""People and the log of changes on the pages: for administrators only, no secret shown, nobody locks themselves out."""

from __future__ import annotations

import pytest
import requests

from commerceml_bridge.domain.roles import Role
from commerceml_bridge.services import operators
from tests.web.conftest import Site, csrf_token
from tests.web.firm import LOGIN, PASSWORD
from tests.web.test_roles import logged_in


def send(site: Site, path: str, fields: dict[str, str]) -> requests.Response:
    with logged_in(site, LOGIN) as browser:
        token = csrf_token(browser.get(site.url("/"), timeout=10).text)
        return browser.post(site.url(path), data={"csrf_token": token, **fields}, timeout=10)


def roles(site: Site) -> dict[str, str]:
    return {row.login: row.role for row in operators.listed(site.bridge)}


def test_an_administrator_adds_a_person_who_can_log_in(fresh_site: Site) -> None:
    answer = send(fresh_site, "/operators", {"login": "boris", "password": PASSWORD, "role": "operator"})
    assert "Человек добавлен" in answer.text
    assert roles(fresh_site)["boris"] == "operator"
    logged_in(fresh_site, "boris").close()


@pytest.mark.parametrize("path", ["/operators", "/audit", "/operators.json", "/audit.json"])
def test_only_administrators_see_people_and_changes(fresh_site: Site, path: str) -> None:
    operators.add(fresh_site.bridge, "person", PASSWORD, Role.OPERATOR)
    with logged_in(fresh_site, "person") as browser:
        assert browser.get(fresh_site.url(path), timeout=10).status_code == 403
        assert "/operators" not in browser.get(fresh_site.url("/"), timeout=10).text
    basic = requests.get(fresh_site.url("/audit.json"), auth=("person", PASSWORD), timeout=10)
    assert basic.status_code == 403


@pytest.mark.parametrize("action", ["role", "remove"])
def test_nobody_takes_their_own_rights_away(fresh_site: Site, action: str) -> None:
    answer = send(fresh_site, f"/operators/{LOGIN}/{action}", {"role": "viewer"})
    assert "попросите другого администратора" in answer.text
    assert roles(fresh_site)[LOGIN] == "administrator"


def test_a_changed_password_ends_sessions_and_stands_in_the_log_without_itself(fresh_site: Site) -> None:
    operators.add(fresh_site.bridge, "boris", PASSWORD, Role.VIEWER)
    with logged_in(fresh_site, "boris") as browser:
        send(fresh_site, "/operators/boris/password", {"password": "quite-another-word"})
        assert browser.get(fresh_site.url("/"), timeout=10).url.endswith("/login")
    with fresh_site.operator() as browser:
        page = browser.get(fresh_site.url("/audit?subject=boris"), timeout=10).text
    assert "пароль сменён" in page
    assert LOGIN in page
    assert "quite-another-word" not in page


@pytest.mark.parametrize("login", ["a/b", "a:b", "..", "a?b", "a%2Fb", "a" * 61, "a\tb"])
def test_a_login_that_no_address_or_basic_header_can_carry_is_refused(fresh_site: Site, login: str) -> None:
    answer = send(fresh_site, "/operators", {"login": login, "password": "a long password", "role": "viewer"})
    assert "Логин оператора" in answer.text
    assert login not in roles(fresh_site)


def test_a_short_password_is_refused_with_the_reason(fresh_site: Site) -> None:
    fields = {"login": "x", "password": "short", "role": "viewer"}
    assert "Пароль короче" in send(fresh_site, "/operators", fields).text
    assert "x" not in roles(fresh_site)


def test_the_overview_draws_the_flow_and_shows_alerts(fresh_site: Site) -> None:
    with fresh_site.bridge.db.write() as uow:
        uow.alerts.begin(
            key="silent:Торговля", kind="silent", subject="Торговля", text="Не приходит.", now=fresh_site.bridge.clock()
        )
    with fresh_site.operator() as browser:
        page = browser.get(fresh_site.url("/"), timeout=10).text
        told = browser.get(fresh_site.url("/index.json"), timeout=10).json()
    assert "1С молчит." in page
    assert page.count("<svg") >= 3
    assert [alert["subject"] for alert in told["alerts"]] == ["Торговля"]
    days = next(iter(told["flow"].values()))["days"]
    assert len(days) == 14
