"""Roles: a viewer looks, an operator acts on single invoices, an administrator may everything; changes are kept."""

from __future__ import annotations

import json

import pytest
import requests

from commerceml_bridge.domain.roles import Role
from commerceml_bridge.errors import NotFound
from commerceml_bridge.services import auditing, operators
from tests.web.conftest import Site, csrf_token
from tests.web.firm import PASSWORD


def logged_in(site: Site, login: str) -> requests.Session:
    browser = requests.Session()
    token = csrf_token(browser.get(site.url("/login"), timeout=10).text)
    form = {"csrf_token": token, "login": login, "password": PASSWORD}
    answer = browser.post(site.url("/login"), data=form, timeout=10)
    assert answer.url == site.url("/")
    return browser


def release(site: Site, login: str) -> int:
    with logged_in(site, login) as browser:
        token = csrf_token(browser.get(site.url("/problems"), timeout=10).text)
        form = {"csrf_token": token, "reason": "так надо", "back": "/problems"}
        path = f"/consignments/{site.seeded.consignments['held']}/release"
        return browser.post(site.url(path), data=form, timeout=10).status_code


@pytest.mark.parametrize(("role", "status"), [(Role.VIEWER, 403), (Role.OPERATOR, 200), (Role.ADMINISTRATOR, 200)])
def test_who_may_release_an_invoice(fresh_site: Site, role: Role, status: int) -> None:
    operators.add(fresh_site.bridge, "person", PASSWORD, role)
    assert release(fresh_site, "person") == status


def test_a_viewer_sees_pages_and_twins_and_may_leave(fresh_site: Site) -> None:
    operators.add(fresh_site.bridge, "guest", PASSWORD, Role.VIEWER)
    with logged_in(fresh_site, "guest") as browser:
        for path in ("/", "/invoices", "/problems", "/invoices.json"):
            assert browser.get(fresh_site.url(path), timeout=10).status_code == 200, path
        token = csrf_token(browser.get(fresh_site.url("/"), timeout=10).text)
        assert browser.post(fresh_site.url("/logout"), data={"csrf_token": token}, timeout=10).url.endswith("/login")
    basic = requests.get(fresh_site.url("/invoices.json"), auth=("guest", PASSWORD), timeout=10)
    assert basic.status_code == 200


def test_a_new_role_counts_at_once(fresh_site: Site) -> None:
    operators.add(fresh_site.bridge, "person", PASSWORD, Role.OPERATOR)
    with logged_in(fresh_site, "person") as browser:
        token = csrf_token(browser.get(fresh_site.url("/problems"), timeout=10).text)
        operators.set_role(fresh_site.bridge, "person", Role.VIEWER)
        path = f"/consignments/{fresh_site.seeded.consignments['held']}/release"
        form = {"csrf_token": token, "reason": "так надо"}
        answer = browser.post(fresh_site.url(path), data=form, timeout=10)
    assert answer.status_code == 403
    assert "Не хватает прав" in answer.text


def test_every_change_of_people_is_kept_with_who_made_it_and_without_secrets(fresh_site: Site) -> None:
    with auditing.acting("anna"):
        operators.add(fresh_site.bridge, "boris", "a-very-secret-word", Role.VIEWER)
        operators.set_role(fresh_site.bridge, "boris", Role.OPERATOR)
        operators.set_password(fresh_site.bridge, "boris", "another-secret-word")
        operators.remove(fresh_site.bridge, "boris")
    with fresh_site.bridge.db.read() as uow:
        rows = uow.audit.listed(subject="boris")
    assert [(row.actor, row.action) for row in reversed(rows)] == [
        ("anna", "operator.add"),
        ("anna", "operator.role"),
        ("anna", "operator.password"),
        ("anna", "operator.remove"),
    ]
    assert json.loads(rows[2].changes) == [["role", "viewer", "operator"]]
    assert "secret-word" not in "".join(row.changes for row in rows)


def test_nobody_unknown_is_changed(fresh_site: Site) -> None:
    with pytest.raises(NotFound):
        operators.set_role(fresh_site.bridge, "nobody", Role.VIEWER)
    with fresh_site.bridge.db.read() as uow:
        assert uow.audit.listed(subject="nobody") == []
