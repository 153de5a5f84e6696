"""One box: invoices, counterparties, sessions; suggestions are a piece of a page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from tests.web.conftest import Site
from tests.web.seed import add_invoices


@pytest.fixture(scope="module")
def operator(site: Site) -> Iterator[requests.Session]:
    with site.operator() as browser:
        yield browser


def page(site: Site, browser: requests.Session, path: str) -> str:
    answer = browser.get(site.url(path), timeout=10)
    assert answer.status_code == 200
    return answer.text


def test_suggestions_are_links_to_invoices_and_to_a_session(site: Site, operator: requests.Session) -> None:
    invoice = site.seeded.invoices["verified"]
    with site.bridge.db.read() as uow:
        row = uow.invoices.by_id(invoice)
    assert row is not None
    text = page(site, operator, f"/search/suggestions?q={row.number}")
    assert f'href="/invoices/{invoice}"' in text
    assert "<html" not in text
    session = site.seeded.ids["session-first"]
    assert f'href="/sessions/{session}"' in page(site, operator, f"/search/suggestions?q=%23{session}")


def test_one_letter_suggests_nothing_and_nonsense_says_so(site: Site, operator: requests.Session) -> None:
    assert page(site, operator, "/search/suggestions?q=1") == ""
    assert "Ничего не найдено" in page(site, operator, "/search/suggestions?q=zzzzzz")


def test_the_page_and_its_twin_name_the_same_invoices(site: Site, operator: requests.Session) -> None:
    twin = operator.get(site.url("/search.json?q=10"), timeout=10).json()
    text = page(site, operator, "/search?q=10")
    assert twin["invoices"]
    for one in twin["invoices"]:
        assert f"/invoices/{one['id']}" in text
    assert twin["parties"]


def test_a_stranger_gets_no_suggestions(site: Site) -> None:
    answer = requests.get(site.url("/search/suggestions?q=10"), timeout=10, allow_redirects=False)
    assert answer.status_code == 302


def test_the_exact_number_comes_first_however_old_it_is(fresh_site: Site) -> None:
    add_invoices(fresh_site.bridge, ({"b24_id": number, "number": f"1041{number}"} for number in range(1000, 1040)))
    with fresh_site.operator() as browser:
        found = browser.get(fresh_site.url("/search.json?q=№ 1041"), timeout=10).json()
        assert found["invoices"][0]["number"] == "1041"
        assert found["more"]
        add_invoices(fresh_site.bridge, [{"b24_id": 2000, "number": "A-inv-41"}])
        looks_like_an_id = browser.get(fresh_site.url("/search.json?q=A-inv-41"), timeout=10).json()
        assert [one["number"] for one in looks_like_an_id["invoices"]] == ["A-inv-41"]
        substitute = browser.get(fresh_site.url("/search.json?q=900001"), timeout=10).json()
        assert substitute["invoices"][0]["number"] == "СЧ-2025/001044-КД"


@pytest.mark.parametrize(("typed", "found"), [("{}", True), ("#{}", True), ("Сеанс № {}", True), ("smart {}", False)])
def test_a_session_is_found_by_its_number(site: Site, operator: requests.Session, typed: str, found: bool) -> None:
    session = site.seeded.ids["session-first"]
    answer = operator.get(site.url("/search.json"), params={"q": typed.format(session)}, timeout=10).json()
    assert (answer["session"] is not None) is found
