"""Lists as CSV, and the rule that every page has a twin: the map of addresses is walked, nothing is listed by hand."""

from __future__ import annotations

import csv
import re
from io import StringIO
from pathlib import Path

import pytest
import requests
from flask import Flask

from commerceml_bridge.services import tabular
from commerceml_bridge.web import create_web_app
from tests.web.conftest import Site
from tests.web.firm import LOGIN, PASSWORD
from tests.web.seed import add_invoices

DOCUMENTED = (Path(__file__).parents[2] / "docs" / "json-api.md").read_text("utf-8")

NO_PAGE = {
    "static": "files of the pages",
    "login": "a form without a list or a record",
    "logout": "a form without a list or a record",
    "healthz": "a word for a program",
    "readyz": "a word for a program",
    "metrics": "text of Prometheus",
    "search.suggestions": "a piece of a page",
    "sessions.live": "a piece of a page",
    "settings.connect_progress": "a piece of a page",
    "invoices.next_document": "bytes as they would go out",
    "sessions.exact": "a file",
    "sessions.bundle": "a file",
    "bodies.download": "a file",
}
"""GET addresses that are no pages, and why."""
NO_LIST = {
    "overview.index": "a summary; its parts are lists of their own",
    "invoices.one": "one invoice; its ledger is ledger.csv",
    "parties.node": "one node",
    "parties.policy": "a table of settings",
    "statements.check": "findings about one node",
    "checks.portal_check": "findings about one portal",
    "rehearsals.of_upload": "a sandbox, computed for the page",
    "bodies.one": "one body; its bytes are a download",
    **dict.fromkeys(
        (
            "settings.connect",
            "settings.connect_node",
            "settings.connect_portal",
            "settings.new_node",
            "settings.new_portal",
            "settings.node_settings",
            "settings.notifier",
            "settings.odata",
            "settings.policy_row",
            "settings.portal_settings",
            "settings.selection",
            "settings.taking_back_page",
        ),
        "a form of settings",
    ),
    "search.everything": "three kinds of things; invoices.csv?q= has all invoices that fit",
}
"""Pages that are no list, and why."""


def gets(app: Flask) -> dict[str, list[str]]:
    """Return by endpoint the addresses that answer GET."""
    found: dict[str, list[str]] = {}
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()):
            found.setdefault(rule.endpoint, []).append(rule.rule)
    return found


@pytest.fixture(scope="module")
def addresses(site: Site) -> dict[str, list[str]]:
    return gets(create_web_app(site.bridge))


def filled(rule: str, site: Site) -> str:
    """Return a rule as the address of something that exists."""
    ids = site.seeded.ids
    known = {
        "node_id": ids["Торговля"],
        "session_id": ids["session-return"],
        "invoice_id": site.seeded.invoices["verified"],
    }
    return re.sub(r"<int:(\w+)>", lambda found: str(known[found.group(1)]), rule)


def read(site: Site, path: str) -> list[list[str]]:
    answer = requests.get(site.url(path), auth=(LOGIN, PASSWORD), timeout=30)
    assert answer.status_code == 200, path
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8", path
    assert re.fullmatch(r'attachment; filename="?[\w.-]+\.csv"?', answer.headers["Content-Disposition"]), path
    text = answer.content.decode("utf-8")
    assert text.startswith(tabular.BOM), path
    rows = list(csv.reader(StringIO(text.removeprefix(tabular.BOM)), delimiter=";", strict=True))
    assert {len(row) for row in rows} == {len(rows[0])}, path
    return rows


def test_every_twin_is_documented_exactly_once(addresses: dict[str, list[str]]) -> None:
    rules = {re.sub("<(?:[a-z]+:)?([a-z_]+)>", named, rule) for some in addresses.values() for rule in some}
    first_cells = re.findall(r"^\| (`/.*?) \|", DOCUMENTED, re.MULTILINE)
    documented = [one for cell in first_cells for one in re.findall(r"`(/[^`?]*)", cell)]
    twins = {one for one in rules if one.endswith((".json", ".csv"))} - {"/.json"}
    assert sorted(documented) == sorted(twins)


def named(place: re.Match[str]) -> str:
    """Return how the documentation calls a place in an address."""
    return "ID" if place[1].endswith("_id") else place[1].upper()


def test_every_page_has_a_twin_in_json(addresses: dict[str, list[str]]) -> None:
    pages = {one for one in addresses if not one.endswith(("_json", "_json1", "_csv")) and one not in NO_PAGE}
    pages -= {one for one, rules in addresses.items() if all(rule.endswith(".csv") for rule in rules)}
    assert {one for one in pages if f"{one}_json" not in addresses} == set()
    assert set(NO_PAGE) <= set(addresses)


def test_every_list_has_a_twin_in_csv(addresses: dict[str, list[str]]) -> None:
    pages = {one.removesuffix("_json") for one in addresses if one.endswith("_json")}
    assert {one for one in pages if f"{one}_csv" not in addresses} == set(NO_LIST)


def test_every_csv_is_a_table_for_a_program_with_basic_login_and_for_nobody_else(
    site: Site, addresses: dict[str, list[str]]
) -> None:
    tried = 0
    for rule in (rule for rules in addresses.values() for rule in rules if rule.endswith(".csv")):
        path = filled(rule, site)
        read(site, path)
        refused = requests.get(site.url(path), timeout=10)
        assert (refused.status_code, refused.json()["error"]) == (401, "unauthorized"), path
        assert f"`{re.sub(r'<int:[a-z_]+>', 'ID', rule)}`" in DOCUMENTED, rule
        tried += 1
    assert tried >= 15


def test_columns_of_a_csv_are_documented_fields(site: Site, addresses: dict[str, list[str]]) -> None:
    documented = set(re.findall(r"`([a-z0-9_]+)`", DOCUMENTED))
    own_headings = ("unmapped.csv", "reconciliation.csv")
    rules = [rule for rules in addresses.values() for rule in rules if rule.endswith(".csv")]
    for rule in rules:
        if not rule.endswith(own_headings):
            names = read(site, filled(rule, site))[0]
            assert {name.removeprefix("at_") for name in names} - documented == set(), rule


def test_an_unknown_id_is_a_404_before_a_line_is_sent(site: Site) -> None:
    for path in ("/sessions/999.csv", "/sessions/999/returned.csv", "/invoices/999/ledger.csv", "/nodes/999/items.csv"):
        answer = requests.get(site.url(path), auth=(LOGIN, PASSWORD), timeout=10)
        assert (answer.status_code, answer.json()["error"]) == (404, "not-found"), path


def test_the_page_links_to_its_csv_with_the_same_filter(site: Site) -> None:
    with site.operator() as browser:
        text = browser.get(site.url("/invoices?state=held"), timeout=10).text
        session = browser.get(site.url(f"/sessions/{site.seeded.ids['session-return']}"), timeout=10).text
    assert 'href="/invoices.csv?state=held"' in text
    assert f'href="/sessions/{site.seeded.ids["session-return"]}/returned.csv"' in session


def test_a_csv_has_the_filter_of_its_page_and_a_line_for_each_node(site: Site) -> None:
    header, *rows = read(site, "/invoices.csv?state=held")
    row = dict(zip(header, rows[0], strict=True))
    assert [one[header.index("number")] for one in rows] == ["1046"]
    assert (row["total"], row["date"], row["at_node"], row["at_state"]) == (
        "12000,00",
        "2025-11-20",
        "Торговля",
        "held",
    )
    assert [one[header.index("at_state")] for one in read(site, "/invoices.csv?state=never")[1:]] == [""]
    assert len(read(site, "/sessions.csv?result=failure")) == 2
    assert len(read(site, "/problems.csv?source=held&code=vat-mix")) == 2
    assert len(read(site, "/problems.csv")) == 8
    assert len(read(site, f"/sessions/{site.seeded.ids['session-return']}/returned.csv")) == 3


def test_a_csv_has_all_rows_and_nothing_a_spreadsheet_would_run(fresh_site: Site) -> None:
    names = ('=HYPERLINK("http://evil.example")', "+7 482", "-cmd", "@SUM(A1)", "\tx", 'a;b"c', "два\nряда")
    many = ({"b24_id": n, "number": f"N{n}", "counterparty": names[n % len(names)]} for n in range(2000, 3200))
    add_invoices(fresh_site.bridge, many)
    header, *rows = read(fresh_site, "/invoices.csv?q=N")
    numbers = [one[header.index("number")] for one in rows]
    assert len(numbers) == len(set(numbers)) == 1200
    cells = {one[header.index("counterparty")] for one in rows}
    assert cells == {f"'{name}" for name in names[:5]} | set(names[5:])
