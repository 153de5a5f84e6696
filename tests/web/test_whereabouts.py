"""One sentence says where an invoice is and what is next; actions that hurry things along; what the roles see."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
import requests
import sqlalchemy as sa
from flask import Flask

from commerceml_bridge.db import tables
from commerceml_bridge.db.browse.party_records import Contact
from commerceml_bridge.domain.roles import Role
from commerceml_bridge.services import operators
from commerceml_bridge.services.outlook import NotTaken
from commerceml_bridge.web import create_web_app, whereabouts
from tests.web.conftest import Site, csrf_token
from tests.web.firm import NOW, PASSWORD
from tests.web.test_actions import act, events, row


def said(site: Site, name: str, **changes: object) -> whereabouts.Answer:
    """The answer about a seeded invoice whose state at its node is changed; 1C came an hour ago unless told."""
    came = changes.pop("came", NOW - dt.timedelta(hours=1))
    taken = (NotTaken(1, "Торговля", "date", "Дата счёта 01.01.2020: узел берёт счета с 01.01.2025."),)
    with site.bridge.db.read() as uow:
        history = uow.browse.invoice(site.seeded.invoices[name])
    assert history is not None
    at = tuple(replace(one, **changes) for one in history.invoice.nodes)  # type: ignore[arg-type]  # names of fields
    history = replace(history, invoice=replace(history.invoice, nodes=at))
    contacts = {one.node_id: Contact(one.node_id, "ut11", NOW - dt.timedelta(days=9), came) for one in at}  # type: ignore[arg-type]
    app: Flask = create_web_app(site.bridge)
    with app.test_request_context("/", headers={"Accept-Language": "ru"}):
        return whereabouts.answer(history, whereabouts.Surroundings(contacts, taken, dt.timedelta(hours=24), NOW))


@pytest.mark.parametrize(
    ("name", "changes", "code", "words"),
    [
        ("due", {}, "waiting", "Ждёт обмена: 1С узла «Торговля» последний раз приходила"),
        ("due", {"came": None}, "silent", "не приходила ещё ни разу"),
        ("due", {"came": NOW - dt.timedelta(days=3)}, "silent", "1С молчит"),
        ("held", {}, "held", "Удержан"),
        ("held", {"held_code": "1c-refuses"}, "refused", "не принимает этот счёт"),
        ("served", {}, "unconfirmed", "не подтвердила загрузку"),
        ("acknowledged", {}, "unseen", "документ ещё не вернула"),
        ("acknowledged", {"unseen": True}, "unseen", "документ ещё не вернула"),
        ("acknowledged", {"payment": "partly-paid", "paid_amount": Decimal(5000)}, "partly-paid", "5\xa0000,00"),
        ("acknowledged", {"payment": "paid"}, "paid", "1С сообщила об оплате"),
        ("acknowledged", {"payment": "deleted", "payment_reason": "Помечен."}, "deleted", "Помечен."),
        ("acknowledged", {"unposted": "Не проведён: нет строк."}, "unposted", "нет строк"),
        ("acknowledged", {"state": "verified", "onec_number": "КА-1"}, "in-1c", "КА-1"),
        ("seen", {"payment": "paid"}, "parked", "Битрикс24 не принял запись: ACCESS_DENIED"),
        ("seen", {}, "differs", "11 999,99"),
        ("verified", {}, "written", "в Битрикс24 записано"),
        ("never", {}, "never", "такие счета не передаются"),
    ],
)
def test_the_most_pressing_thing_is_said(
    site: Site, name: str, changes: dict[str, object], code: str, words: str
) -> None:
    answer = said(site, name, **changes)
    assert answer.code == code
    assert words in answer.text


def test_a_stage_changed_after_our_write_is_said(site: Site) -> None:
    with site.bridge.db.read() as uow:
        history = uow.browse.invoice(site.seeded.invoices["verified"])
    assert history is not None
    history = replace(history, invoice=replace(history.invoice, stage_id="DT31_1:S", stage_semantics="open"))
    app: Flask = create_web_app(site.bridge)
    with app.test_request_context("/", headers={"Accept-Language": "ru"}):
        answer = whereabouts.answer(history, whereabouts.Surroundings({}, (), dt.timedelta(hours=24), NOW))
    assert (answer.code, answer.tone) == ("moved-since", "person")
    assert "DT31_1:S" in answer.text


def test_an_invoice_no_node_takes_names_the_reason_of_every_node(site: Site) -> None:
    with site.bridge.db.read() as uow:
        history = uow.browse.invoice(site.seeded.invoices["due"])
    assert history is not None
    history = replace(history, invoice=replace(history.invoice, nodes=()))
    taken = (NotTaken(1, "Торговля", "date", "Узел берёт счета с 01.01.2025."),)
    with create_web_app(site.bridge).test_request_context("/", headers={"Accept-Language": "ru"}):
        around = whereabouts.Surroundings({}, taken, dt.timedelta(hours=24), NOW)
        answer = whereabouts.answer(history, around)
    assert answer.code == "not-selected"
    assert "«Торговля»: Узел берёт счета с 01.01.2025." in answer.text


def test_every_event_has_its_own_place_and_the_bytes_behind_it(site: Site) -> None:
    with site.operator() as browser:
        found = browser.get(site.url(f"/invoices/{site.seeded.invoices['verified']}.json"), timeout=10).json()
        page = browser.get(site.url(f"/invoices/{site.seeded.invoices['verified']}"), timeout=10).text
        anchors = [entry["anchor"] for entry in found["timeline"]]
        assert len(set(anchors)) == len(anchors) > 4
        for entry in found["timeline"]:
            assert f'id="{entry["anchor"]}"' in page
        revision = next(entry["revision_id"] for entry in found["timeline"] if entry["revision_id"])
        stored = browser.get(site.url(f"/bodies/revision/{revision}/download"), timeout=10).content
        proof = browser.get(site.url(f"/bodies/proof/{site.seeded.ids['done-job']}/download"), timeout=10).content
    with site.bridge.db.read() as uow:
        kept = uow.connection.scalar(sa.select(tables.revision.c.snapshot).where(tables.revision.c.id == revision))
    assert stored.decode() == kept
    assert b"DT31_1:P" in proof


def test_a_write_that_is_parked_is_done_now_and_the_reason_is_kept(fresh_site: Site) -> None:
    page = f"/invoices/{fresh_site.seeded.invoices['seen']}"
    answer = act(fresh_site, f"{page}/write-now", reason="право дали", back=page)
    assert "поставлена в очередь" in answer.text
    job = row(fresh_site, tables.job, fresh_site.seeded.ids["parked-job"])
    assert (job.state, job.attempts) == ("pending", 0)
    assert "право дали" in events(fresh_site, "seen")[-1][1]


def test_where_1c_said_nothing_there_is_nothing_to_write(fresh_site: Site) -> None:
    page = f"/invoices/{fresh_site.seeded.invoices['due']}"
    assert "Записывать нечего" in act(fresh_site, f"{page}/write-now", back=page).text


def test_a_viewer_sees_everything_and_no_action(fresh_site: Site) -> None:
    operators.add(fresh_site.bridge, "vera", PASSWORD, Role.VIEWER)
    with requests.Session() as browser:
        browser.headers["Accept-Language"] = "ru"
        token = csrf_token(browser.get(fresh_site.url("/login"), timeout=10).text)
        form = {"login": "vera", "password": PASSWORD, "csrf_token": token}
        browser.post(fresh_site.url("/login"), data=form, timeout=10)
        for path in (f"/invoices/{fresh_site.seeded.invoices['seen']}", "/problems", "/search?q=nothing-like-this"):
            page = browser.get(fresh_site.url(path), timeout=10).text
            actions = [one for one in page.split("<form")[1:] if 'method="post"' in one.split(">")[0]]
            assert [one for one in actions if "/logout" not in one.split(">")[0]] == [], path
