"""The page that checks a portal."""

from __future__ import annotations

import requests

from commerceml_bridge.services import portals
from commerceml_bridge.simulators.portal import PortalServer, seed_demo
from tests.web.conftest import Site


def test_a_portal_is_checked_on_a_page_and_as_json(fresh_site: Site) -> None:
    site = fresh_site
    with PortalServer() as server:
        seed_demo(server.portal)
        portal = portals.add(site.bridge, "live", server.webhook_url)
        path = f"/portals/{portal.id}/check"
        browser = site.operator()
        found = browser.get(site.url(f"{path}.json"), timeout=60).json()
    assert (found["portal"], found["stops"]) == ("live", 0)
    assert server.portal.settings.code not in str(found)
    assert {"level", "name", "what", "follows", "mend"} == set(found["findings"][0])
    page = browser.get(site.url(path), timeout=60)
    assert page.status_code == 200
    assert found["findings"][0]["what"] in page.text
    assert path in browser.get(site.url("/portals"), timeout=10).text


def test_a_portal_that_is_not_there_is_404_and_strangers_are_kept_out(site: Site) -> None:
    assert site.operator().get(site.url("/portals/999/check"), timeout=10).status_code == 404
    stranger = requests.get(site.url("/portals/1/check.json"), timeout=10)
    assert stranger.status_code == 401
