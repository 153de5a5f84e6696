"""A session as a zip: exact for the operator, redacted for strangers; and the page of a session that goes on."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Iterator

import pytest
import requests

from commerceml_bridge.db import tables
from tests.web.conftest import Site
from tests.web.firm import LOGIN, PASSWORD


@pytest.fixture(scope="module")
def operator(site: Site) -> Iterator[requests.Session]:
    with site.operator() as browser:
        yield browser


def unzipped(site: Site, operator: requests.Session, path: str) -> dict[str, bytes]:
    answer = operator.get(site.url(path), timeout=10)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Cache-Control"] == "no-store"  # people and firms are in it, and the session may go on
    assert "Expires" not in answer.headers
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_exact_zip_holds_the_bytes_of_the_pages(site: Site, operator: requests.Session) -> None:
    session = site.seeded.ids["session-first"]
    files = unzipped(site, operator, f"/sessions/{session}.zip")
    delivery = site.seeded.ids["delivery"]
    exact = operator.get(site.url(f"/bodies/delivery/{delivery}/download"), timeout=10).content
    assert exact in files.values()
    assert "checkauth" in files["README.txt"].decode()
    assert not [name for name, body in files.items() if b"SECRET" in body]


def test_the_bundle_names_nobody(site: Site, operator: requests.Session) -> None:
    session = site.seeded.ids["session-return"]
    files = unzipped(site, operator, f"/sessions/{session}/bundle.zip")
    assert "recording.json" in files
    every = b"".join(files.values()).decode("utf-8", "replace")
    assert "Ромашка" not in every
    assert "7707083893" not in every
    assert "SECRET" not in every


def test_a_program_takes_exact_bytes_with_its_basic_login_and_a_stranger_does_not(site: Site) -> None:
    session, delivery = site.seeded.ids["session-first"], site.seeded.ids["delivery"]
    for path in (
        f"/sessions/{session}.zip",
        f"/sessions/{session}/bundle.zip",
        f"/bodies/delivery/{delivery}/download",
    ):
        assert requests.get(site.url(path), auth=(LOGIN, PASSWORD), timeout=10).status_code == 200, path
        assert requests.get(site.url(path), auth=(LOGIN, "wrong"), timeout=10).status_code == 401, path
        assert requests.get(site.url(path), timeout=10, allow_redirects=False).status_code == 302, path


def test_a_page_that_asks_for_its_next_piece_after_the_session_ended_becomes_the_login_page(site: Site) -> None:
    path = f"/sessions/{site.seeded.ids['session-first']}/live"
    answer = requests.get(site.url(path), headers={"HX-Request": "true"}, timeout=10, allow_redirects=False)
    assert (answer.status_code, answer.headers.get("HX-Refresh"), answer.text) == (204, "true", "")


def test_sessions_that_do_not_exist_are_not_found(site: Site, operator: requests.Session) -> None:
    for path in ("/sessions/99999.zip", "/sessions/99999/bundle.zip", "/sessions/99999/live"):
        assert operator.get(site.url(path), timeout=10).status_code == 404


def test_a_session_that_goes_on_asks_for_its_new_steps_and_stops_when_it_is_over(fresh_site: Site) -> None:
    session = fresh_site.seeded.ids["session-first"]
    with fresh_site.operator() as browser:
        assert "/live" not in browser.get(fresh_site.url(f"/sessions/{session}"), timeout=10).text
        _heard(fresh_site, session, fresh_site.bridge.clock())
        page = browser.get(fresh_site.url(f"/sessions/{session}"), timeout=10).text
        assert f"/sessions/{session}/live?after=" in page
        steps = browser.get(fresh_site.url(f"/sessions/{session}.json"), timeout=10).json()["steps"]
        piece = browser.get(fresh_site.url(f"/sessions/{session}/live?after={steps[0]['id']}"), timeout=10).text
        assert f'id="step-{steps[0]["id"]}"' not in piece
        assert f'id="step-{steps[1]["id"]}"' in piece
        assert f"/live?after={steps[-1]['id']}" in piece
        for name in ("session-result", "session-facts", "session-documents"):
            assert f'id="{name}" hx-swap-oob="true"' in piece
        assert f'href="/invoices/{fresh_site.seeded.invoices["verified"]}"' in piece
        quiet = browser.get(fresh_site.url(f"/sessions/{session}/live?after={steps[-1]['id']}"), timeout=10).text
        assert "hx-swap-oob" not in quiet  # nothing is taken from under the hands of a person
        _heard(fresh_site, session, fresh_site.bridge.clock() - dt.timedelta(hours=1))
        over = browser.get(fresh_site.url(f"/sessions/{session}/live?after=0"), timeout=10).text
        assert "/live?after=" not in over


def _heard(site: Site, session: int, at: dt.datetime) -> None:
    with site.bridge.db.write() as uow:
        statement = tables.session.update().where(tables.session.c.id == session).values(last_seen_at=at)
        uow.connection.execute(statement)


def test_facets_count_and_narrow(site: Site, operator: requests.Session) -> None:
    every = operator.get(site.url("/sessions.json"), timeout=10).json()
    failures = next(one for one in every["facets"] if (one["field"], one["value"]) == ("result", "failure"))
    narrowed = operator.get(site.url("/sessions.json?result=failure"), timeout=10).json()
    assert len(narrowed["sessions"]) == failures["count"]
    family = operator.get(site.url("/sessions.json?family=ut11"), timeout=10).json()
    assert family["sessions"]
    assert operator.get(site.url("/sessions.json?family=ut1"), timeout=10).json()["sessions"] == []
    assert "result=failure" in operator.get(site.url("/sessions"), timeout=10).text
