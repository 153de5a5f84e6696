"""Every page and every JSON twin over a real socket: who may see it, in which language, and what it never shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.web.conftest import Site
from tests.web.firm import LOGIN, PASSWORD, XSS
from tests.web.seed import pages

DOCUMENTED = Path(__file__).parents[2] / "docs" / "json-api.md"


@pytest.fixture(scope="module", params=["ru", "en"])
def operator(request: pytest.FixtureRequest, site: Site) -> Iterator[requests.Session]:
    with site.operator(request.param) as browser:
        yield browser


def twin(path: str) -> str:
    """Return the address of a page's JSON twin."""
    path, _, query = path.partition("?")
    return ("/index" if path == "/" else path) + ".json" + (f"?{query}" if query else "")


def test_an_operator_sees_every_page_in_his_language(site: Site, operator: requests.Session) -> None:
    language = str(operator.headers["Accept-Language"])
    for path in pages(site.seeded):
        answer = operator.get(site.url(path), timeout=10)
        assert answer.status_code == 200, path
        assert f'<html lang="{language}">' in answer.text, path
        assert ("Выйти" in answer.text) is (language == "ru"), path
        assert ("Log out" in answer.text) is (language == "en"), path


def test_a_stranger_is_sent_to_the_login_page_and_then_back(site: Site) -> None:
    for path in pages(site.seeded):
        answer = requests.get(site.url(path), timeout=10, allow_redirects=False)
        assert answer.status_code == 302, path
        assert answer.headers["Location"].startswith("/login"), path
    assert requests.get(site.url("/invoices?q=1"), timeout=10).url.endswith("/login?next=/invoices?q%3D1")


def test_a_login_page_that_grew_old_in_another_tab_asks_once_more(site: Site) -> None:
    with requests.Session() as browser:
        form = {"login": LOGIN, "password": PASSWORD, "csrf_token": "of another session"}
        answer = browser.post(site.url("/login?next=/invoices"), data=form, timeout=10)
        assert answer.status_code == 200
        assert answer.url.endswith("/login?next=/invoices")
        assert "войдите ещё раз" in answer.text
    with site.operator() as browser:
        assert browser.post(site.url("/login"), data=form, timeout=10).url == site.url("/")


def test_a_look_at_the_headers_neither_fails_a_login_nor_ends_a_session(site: Site) -> None:
    assert requests.head(site.url("/login"), timeout=10).status_code == 200
    with site.operator() as browser:
        assert browser.head(site.url("/logout"), timeout=10).status_code == 200
        assert browser.get(site.url("/invoices"), timeout=10).url == site.url("/invoices")


def test_every_json_twin_takes_the_operators_basic_login(site: Site) -> None:
    for path in (*map(twin, pages(site.seeded)), "/.json"):
        answer = requests.get(site.url(path), auth=(LOGIN, PASSWORD), timeout=10)
        assert answer.status_code == 200, path
        assert answer.headers["Content-Type"] == "application/json", path
        assert isinstance(answer.json(), dict), path


@pytest.mark.parametrize("auth", [None, (LOGIN, "wrong"), ("nobody", PASSWORD)])
def test_json_refuses_strangers_in_json(site: Site, auth: tuple[str, str] | None) -> None:
    answer = requests.get(site.url("/invoices.json"), auth=auth, timeout=10)
    assert answer.status_code == 401
    assert answer.json()["error"] == "unauthorized"
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")


def test_a_wrong_basic_login_is_refused_even_beside_a_good_session(site: Site) -> None:
    with site.operator() as browser:
        assert browser.get(site.url("/index.json"), timeout=10).status_code == 200
        assert browser.get(site.url("/index.json"), auth=(LOGIN, "wrong"), timeout=10).status_code == 401


def test_no_page_json_metric_or_download_shows_a_secret(site: Site, operator: requests.Session) -> None:
    downloads = [path.partition("?")[0] + "/download" for path in pages(site.seeded) if path.startswith("/bodies/")]
    paths = [*pages(site.seeded), *map(twin, pages(site.seeded)), *downloads, "/metrics", "/login"]
    paths += [f"/bodies/answer/{number}/download" for number in range(1, 4)]
    for path in paths:
        text = operator.get(site.url(path), timeout=10).text
        for secret in site.seeded.secrets:
            assert secret not in text, f"{secret} on {path}"


def test_text_from_outside_is_escaped_on_every_page(site: Site, operator: requests.Session) -> None:
    seen = 0
    for path in pages(site.seeded):
        text = operator.get(site.url(path), timeout=10).text
        assert XSS not in text, path
        seen += "&lt;script&gt;alert" in text
    assert seen >= 4


def test_every_answer_carries_the_security_headers(site: Site, operator: requests.Session) -> None:
    for path in ("/", "/login", "/nowhere", "/index.json", "/static/pages.css", "/healthz"):
        headers = operator.get(site.url(path), timeout=10).headers
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'"), path
        assert "unsafe" not in policy, path
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["Referrer-Policy"] == "same-origin", path


def test_no_page_has_inline_script_style_or_foreign_resources(site: Site, operator: requests.Session) -> None:
    for path in pages(site.seeded):
        text = operator.get(site.url(path), timeout=10).text
        assert not re.search(r'<script(?! src="/static/)|<style|\sstyle=|\son[a-z]+=', text), path
        assert not re.search(r"<script[^>]*>[^<]", text), path
        for address in re.findall(r'(?:src|<link[^>]+href)="([^"]+)"', text):
            assert address.startswith("/static/"), path


def test_the_session_cookie_is_closed_to_scripts_and_other_sites(site: Site) -> None:
    cookie = requests.get(site.url("/login"), timeout=10).headers["Set-Cookie"]
    assert cookie.startswith("cmlb_operator=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie


@pytest.mark.parametrize(
    "path",
    [
        "/invoices/999",
        "/sessions/999",
        "/nodes/999",
        "/nodes/99999999999999999999/items",
        "/sessions/9223372036854775808",
        "/bodies/answer/999",
        "/bodies/answer/9223372036854775808",
        "/bodies/nonsense/1",
        "/nowhere",
    ],
)
def test_an_unknown_id_is_a_404_page_and_a_404_in_json(site: Site, operator: requests.Session, path: str) -> None:
    page = operator.get(site.url(path), timeout=10)
    assert page.status_code == 404
    assert "<main" in page.text
    answer = operator.get(site.url(path + ".json"), timeout=10)
    assert answer.status_code == 404
    assert answer.json()["error"] == "not-found"


def test_nonsense_in_the_address_never_breaks_a_page(site: Site, operator: requests.Session) -> None:
    nonsense = (
        "after=x&node=%00&node=-1&state=zz&since=2025-99-99&until=0001-01-01&zone=99&lang=xx&endpoint=a&_external=1"
    )
    for path in ("/", "/invoices", "/sessions", "/refusals", "/problems", "/nodes", "/portals", "/invoices.json"):
        assert operator.get(site.url(f"{path}?{nonsense}"), timeout=10).status_code == 200, path
    assert operator.get(site.url("/sessions?until=9999-12-31&since=9998-01-01"), timeout=10).status_code == 200


@pytest.mark.parametrize("cursor", ["9" * 30, "²", "٣", "2025-11-24." + "9" * 30])
def test_a_cursor_no_database_can_keep_is_the_beginning_of_the_list(
    site: Site, operator: requests.Session, cursor: str
) -> None:
    node = site.seeded.ids["Торговля"]
    session = next(one for name, one in site.seeded.ids.items() if name.startswith("session-"))
    listed = ("/invoices", "/sessions", "/refusals", "/onec-documents", "/audit", f"/nodes/{node}/preflight")
    for path in (*listed, f"/sessions/{session}", f"/sessions/{session}/live"):
        answer = operator.get(site.url(path), params={"after": cursor}, timeout=10)
        assert answer.status_code == 200, path


def test_language_and_zone_asked_for_in_the_address_are_remembered(site: Site) -> None:
    with site.operator("ru") as browser:
        assert "Overview" in browser.get(site.url("/?lang=en"), timeout=10).text
        assert "Overview" in browser.get(site.url("/"), timeout=10).text
        assert "11:52:08" not in browser.get(site.url("/"), timeout=10).text
        assert "12:52:08" in browser.get(site.url("/?zone=5"), timeout=10).text
        assert "12:52:08" in browser.get(site.url("/"), timeout=10).text


def test_no_address_of_a_page_is_mistaken_for_the_exchange(site: Site, operator: requests.Session) -> None:
    for path in pages(site.seeded):
        for address in re.findall(r'(?:href|action)="([^"]+)"', operator.get(site.url(path), timeout=10).text):
            assert not re.search(r"[?&](?:amp;)?(type|mode)=", address), address


def test_every_key_of_the_json_twins_is_documented(site: Site, operator: requests.Session) -> None:
    documented = set(re.findall(r"`([a-z0-9_]+)`", DOCUMENTED.read_text(encoding="utf-8")))
    free = {"request_headers", "response_headers", "options", "info", "proof", "hooks", "flow"}

    def check(value: object, path: str) -> None:
        if isinstance(value, list):
            for item in value:
                check(item, path)
        if isinstance(value, dict):
            for key, item in value.items():
                assert key in documented, f"{key} of {path} is not in docs/json-api.md"
                if key not in free:
                    check(item, path)

    for path in map(twin, pages(site.seeded)):
        check(operator.get(site.url(path), timeout=10).json(), path)
