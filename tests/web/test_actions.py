"""What operators do: every action needs a login, a token and a reason, does its work, and leaves a trace."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import requests
import sqlalchemy as sa

from commerceml_bridge.db import tables
from commerceml_bridge.services import secrets
from commerceml_bridge.web import create_web_app
from tests.web.conftest import Site, csrf_token
from tests.web.firm import LOGIN, PASSWORD, make_bridge
from tests.web.seed import seed


def row(site: Site, table: sa.Table, row_id: int) -> Any:
    with site.bridge.db.read() as uow:
        return uow.connection.execute(sa.select(table).where(table.c.id == row_id)).one()


def events(site: Site, invoice: str) -> list[tuple[str, str]]:
    with site.bridge.db.read() as uow:
        statement = sa.select(tables.event.c.kind, tables.event.c.text).where(
            tables.event.c.invoice_id == site.seeded.invoices[invoice]
        )
        return [(kind, text) for kind, text in uow.connection.execute(statement.order_by(tables.event.c.id))]


def act(site: Site, path: str, *, reason: str = "так надо", back: str = "/problems") -> requests.Response:
    with site.operator() as browser:
        token = csrf_token(browser.get(site.url("/problems"), timeout=10).text)
        form = {"csrf_token": token, "reason": reason, "back": back}
        return browser.post(site.url(path), data=form, timeout=10)


def test_a_held_invoice_is_released_and_goes_out(fresh_site: Site) -> None:
    consignment = fresh_site.seeded.consignments["held"]
    answer = act(fresh_site, f"/consignments/{consignment}/release", back="/invoices?state=held")
    assert answer.url == fresh_site.url("/invoices?state=held")
    assert "уйдёт в 1С при следующем обмене" in answer.text
    now = row(fresh_site, tables.consignment, consignment)
    assert (now.held_code, now.due, now.released) == ("", True, "vat-mix")
    kind, text = events(fresh_site, "held")[-1]
    assert kind == "released"
    assert LOGIN in text
    assert "так надо" in text


def test_an_acknowledged_invoice_is_sent_again_and_its_page_warns(fresh_site: Site) -> None:
    consignment = fresh_site.seeded.consignments["acknowledged"]
    page = f"/invoices/{fresh_site.seeded.invoices['acknowledged']}"
    answer = act(fresh_site, f"/consignments/{consignment}/resend", back=page)
    assert "полный обмен в 1С возвращает" in answer.text
    now = row(fresh_site, tables.consignment, consignment)
    assert (now.due, now.resend) == (True, True)
    assert events(fresh_site, "acknowledged")[-1][0] == "resend"


def test_an_invoice_is_held_by_hand_and_released_again(fresh_site: Site) -> None:
    consignment = fresh_site.seeded.consignments["due"]
    act(fresh_site, f"/consignments/{consignment}/hold", reason="ждём договор")
    now = row(fresh_site, tables.consignment, consignment)
    assert now.held_code == "operator"
    assert "ждём договор" in now.held_reason
    act(fresh_site, f"/consignments/{consignment}/release")
    assert row(fresh_site, tables.consignment, consignment).held_code == ""


def test_a_parked_job_is_retried(fresh_site: Site) -> None:
    job = fresh_site.seeded.ids["parked-job"]
    act(fresh_site, f"/jobs/{job}/retry")
    now = row(fresh_site, tables.job, job)
    assert (now.state, now.attempts, now.finished_at) == ("pending", 0, None)
    assert events(fresh_site, "seen")[-1][0] == "retried"
    again = act(fresh_site, f"/jobs/{job}/retry")
    assert "Задание не остановлено" in again.text


def test_quarantined_documents_and_files_are_marked_as_settled(fresh_site: Site) -> None:
    returned, upload = fresh_site.seeded.ids["quarantined"], fresh_site.seeded.ids["broken-upload"]
    act(fresh_site, f"/returned/{returned}/resolve", reason="заказ интернет-магазина")
    page = act(fresh_site, f"/uploads/{upload}/resolve", reason="повторили обмен")
    assert row(fresh_site, tables.returned, returned).resolved_at is not None
    assert "заказ интернет-магазина" in row(fresh_site, tables.returned, returned).reason
    settled = row(fresh_site, tables.upload, upload)
    assert settled.state == "resolved"
    assert "строка 3" in settled.error
    assert f"{LOGIN}. Причина: повторили обмен" in settled.error
    assert "orders.xml" not in page.text
    assert "уже разобран" in act(fresh_site, f"/uploads/{upload}/resolve").text


def test_an_action_without_a_reason_does_nothing(fresh_site: Site) -> None:
    consignment = fresh_site.seeded.consignments["held"]
    answer = act(fresh_site, f"/consignments/{consignment}/release", reason="  ")
    assert "Напишите причину" in answer.text
    assert row(fresh_site, tables.consignment, consignment).held_code == "vat-mix"


ACTIONS = (
    "/consignments/1/release",
    "/consignments/1/resend",
    "/consignments/1/hold",
    "/jobs/1/retry",
    "/returned/1/resolve",
    "/uploads/1/resolve",
    "/logout",
)


@pytest.mark.parametrize("path", ACTIONS)
def test_a_form_without_its_token_is_refused(site: Site, path: str) -> None:
    with site.operator() as browser:
        answer = browser.post(site.url(path), data={"reason": "x"}, timeout=10)
    assert answer.status_code == 400
    assert "Форма устарела" in answer.text


@pytest.mark.parametrize("path", ACTIONS[:-1])
def test_a_stranger_with_a_token_of_his_own_is_sent_to_login(site: Site, path: str) -> None:
    with requests.Session() as stranger:
        token = csrf_token(stranger.get(site.url("/login"), timeout=10).text)
        form = {"csrf_token": token, "reason": "x"}
        answer = stranger.post(site.url(path), data=form, timeout=10, allow_redirects=False)
    assert answer.headers["Location"] == "/login"


@pytest.mark.parametrize("path", ["/consignments/999/release", "/jobs/999/retry", "/uploads/999/resolve"])
def test_an_action_on_nothing_is_a_404(site: Site, path: str) -> None:
    assert act(site, path).status_code == 404


def test_an_action_never_leads_to_another_site(fresh_site: Site) -> None:
    consignment = fresh_site.seeded.consignments["held"]
    answer = act(fresh_site, f"/consignments/{consignment}/release", back="//elsewhere.example/")
    assert answer.url == fresh_site.url("/problems")


def test_login_never_leads_to_another_site(site: Site) -> None:
    for wanted in ("//elsewhere.example", "https://elsewhere.example", "/\\elsewhere.example", "nodes"):
        with requests.Session() as browser:
            address = site.url("/login") + "?next=" + wanted
            token = csrf_token(browser.get(address, timeout=10).text)
            form = {"login": LOGIN, "password": PASSWORD, "csrf_token": token}
            answer = browser.post(address, data=form, timeout=10, allow_redirects=False)
            assert answer.headers["Location"] == "/", wanted


def test_a_wrong_password_is_refused_and_guessing_is_stopped(fresh_site: Site) -> None:
    with requests.Session() as browser:
        token = csrf_token(browser.get(fresh_site.url("/login"), timeout=10).text)
        for _attempt in range(10):
            form = {"login": LOGIN, "password": "wrong", "csrf_token": token}
            answer = browser.post(fresh_site.url("/login"), data=form, timeout=10)
            assert answer.status_code == 403
            assert "не подходят" in answer.text
            right = {"login": LOGIN, "password": PASSWORD, "csrf_token": token}
        assert browser.post(fresh_site.url("/login"), data=right, timeout=10).status_code == 403


def test_logging_out_and_changing_the_password_both_end_the_session(fresh_site: Site) -> None:
    with fresh_site.operator() as browser, fresh_site.operator() as other:
        token = csrf_token(browser.get(fresh_site.url("/logout"), timeout=10).text)
        assert browser.post(fresh_site.url("/logout"), data={"csrf_token": token}, timeout=10).url.endswith("/login")
        assert browser.get(fresh_site.url("/"), timeout=10).url.endswith("/login")
        assert other.get(fresh_site.url("/"), timeout=10).url == fresh_site.url("/")
        with fresh_site.bridge.db.write() as uow:
            uow.operators.set_password(1, secrets.hash_password("another password"))
        assert re.search(r"/login", other.get(fresh_site.url("/"), timeout=10).url)


def test_over_https_the_session_cookie_is_secure_and_forms_need_a_referrer_of_ours(tmp_path: Path) -> None:
    bridge = make_bridge(f"sqlite:///{tmp_path / 'web.sqlite3'}")
    seed(bridge)
    client = create_web_app(bridge).test_client()
    page = client.get("/login", base_url="https://bridge.example")
    assert "Secure" in page.headers["Set-Cookie"]
    form = {"login": LOGIN, "password": PASSWORD, "csrf_token": csrf_token(page.text)}
    for referrer, status in (("https://elsewhere.example/", 400), ("https://bridge.example/login", 302)):
        headers = {"Referer": referrer}
        answer = client.post("/login", base_url="https://bridge.example", data=form, headers=headers)
        assert answer.status_code == status
    bridge.db.close()
