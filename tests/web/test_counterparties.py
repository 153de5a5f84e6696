"""Pages of counterparties and of what 1C has without an invoice: shown, joined, linked, as JSON too."""

from __future__ import annotations

import re

import pytest
import requests
import sqlalchemy as sa

from commerceml_bridge.db import tables
from commerceml_bridge.services import receiving, sessions
from tests.integration.office import file_of, returned
from tests.integration.test_verification import typed
from tests.web.conftest import Site, csrf_token


def post_file(site: Site, *documents: str) -> int:
    """Let the 1C of the node that has the invoice "due" post a file; return that invoice's consignment."""
    consignment = site.seeded.consignments["due"]
    with site.bridge.db.read() as uow:
        row = uow.consignments.by_id(consignment)
        assert row is not None
        node = uow.nodes.by_id(row.node_id)
    assert node is not None
    opened = sessions.open_session(site.bridge, node, exchange_type="sale", user_agent="1C", remote="127.0.0.1")
    caller = sessions.Caller(node, opened.session)
    body = file_of(*documents)
    assert receiving.receive(site.bridge, caller, exchange_type="sale", filename="o.xml", body=iter([body])).ok
    return consignment


def act(site: Site, browser: requests.Session, page: str, path: str) -> str:
    token = csrf_token(browser.get(site.url(page), timeout=10).text)
    form = {"csrf_token": token, "reason": "так надо", "back": page}
    answer = browser.post(site.url(path), data=form, timeout=10)
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize("language", ["ru", "en"])
def test_what_1c_created_itself_is_listed_and_is_no_problem(fresh_site: Site, language: str) -> None:
    with fresh_site.operator(language) as browser:
        before = browser.get(fresh_site.url("/problems.json"), timeout=10).json()["count"]
        post_file(fresh_site, returned("555777", total="1.11"))
        page = browser.get(fresh_site.url("/onec-documents"), timeout=10).text
        found = browser.get(fresh_site.url("/onec-documents.json"), timeout=10).json()
        assert browser.get(fresh_site.url("/problems.json"), timeout=10).json()["count"] == before
    assert "УТ-555777" in page
    assert [(one["number"], one["state"], one["code"]) for one in found["documents"]] == [
        ("555777", "information", "created-in-1c")
    ]


def test_doubles_are_shown_with_their_cards_joined_and_separated(fresh_site: Site) -> None:
    with fresh_site.bridge.db.write() as uow:
        portal = uow.portals.all()[0]
        for card, name in ((7, "Ромашка"), (8, "Ромашка <старая>")):
            values = {"wire_id": f"p-co-{card}", "name": name, "inn": "7707083893", "kpp": "770701001"}
            uow.buyers.note(portal.id, "company", card, fresh_site.bridge.clock(), values)
    with fresh_site.operator() as browser:
        problems = browser.get(fresh_site.url("/problems"), timeout=10).text
        assert f"https://{portal.host}/crm/company/details/8/" in problems
        shown = browser.get(fresh_site.url("/counterparties.json"), timeout=10).json()["buyers"]
        assert [(one["name"], one["double"]) for one in shown] == [("Ромашка", True), ("Ромашка <старая>", True)]
        joined = act(fresh_site, browser, "/counterparties", f"/counterparties/{shown[0]['id']}/join")
        assert "Карточки объединены" in joined
        assert "Ромашка &lt;старая&gt;" in joined
        assert "двойник" not in joined.partition("<table")[2]
        apart = act(fresh_site, browser, "/counterparties", f"/counterparties/{shown[1]['id']}/separate")
        assert "двойник" in apart.partition("<table")[2]


def test_an_invoice_typed_by_hand_is_linked_from_the_problems_and_unlinked_from_its_page(fresh_site: Site) -> None:
    with fresh_site.bridge.db.read() as uow:
        invoice = uow.invoices.by_id(fresh_site.seeded.invoices["due"])
    assert invoice is not None
    document = typed(number=f"00-{invoice.number}", total=str(invoice.total), date=str(invoice.date), inn=invoice.inn)
    consignment = post_file(fresh_site, document)
    with fresh_site.bridge.db.read() as uow:
        statement = sa.select(tables.returned.c.id).where(tables.returned.c.code == "adoptable")
        (returned_id,) = [row.id for row in uow.connection.execute(statement)]
    with fresh_site.operator() as browser:
        assert "Счёт связан" in act(fresh_site, browser, "/problems", f"/returned/{returned_id}/adopt")
        page = f"/invoices/{invoice.id}"
        shown = browser.get(fresh_site.url(page), timeout=10).text
        assert "введён в 1С вручную" in shown
        (at,) = [
            one
            for one in browser.get(fresh_site.url(f"{page}.json"), timeout=10).json()["invoice"]["nodes"]
            if one["id"] == consignment
        ]
        assert (at["onec_number"], at["state"]) == (f"00-{invoice.number}", "verified")
        listed = browser.get(fresh_site.url("/invoices?state=adopted"), timeout=10).text
        assert re.search(rf'href="/invoices/{invoice.id}"', listed)
        assert "Связь снята" in act(fresh_site, browser, page, f"/consignments/{consignment}/unlink")
    with fresh_site.bridge.db.read() as uow:
        row = uow.consignments.by_id(consignment)
    assert row is not None
    assert (row.adopted_at, row.onec_id) == (None, "")
