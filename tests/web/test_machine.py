"""What programs call: health, readiness, metrics, the events of Bitrix24."""

from __future__ import annotations

import pytest
import requests
import sqlalchemy as sa

from commerceml_bridge.cli.processes import until
from commerceml_bridge.db import tables
from tests.web.conftest import Site
from tests.web.firm import APPLICATION_TOKEN


def fetch_jobs(site: Site) -> int:
    with site.bridge.db.read() as uow:
        counted = sa.select(sa.func.count()).where(tables.job.c.kind == "fetch", tables.job.c.state == "pending")
        return int(uow.connection.scalar(counted) or 0)


def knock(site: Site, token: str, portal: str = "romashka") -> requests.Response:
    event = {"event": "ONCRMDYNAMICITEMUPDATE", "data[FIELDS][ID]": "41", "auth[application_token]": token}
    return requests.post(site.url(f"/hooks/bitrix24/{portal}"), data=event, timeout=10)


def test_health_and_readiness_need_no_login(site: Site) -> None:
    assert requests.get(site.url("/healthz"), timeout=10).text == "ok\n"
    assert requests.get(site.url("/readyz"), timeout=10).status_code == 200


def test_a_database_that_is_not_migrated_is_not_ready_but_alive(fresh_site: Site) -> None:
    with fresh_site.bridge.db.write() as uow:
        uow.connection.execute(sa.text("UPDATE alembic_version SET version_num = 'older'"))
    assert requests.get(fresh_site.url("/readyz"), timeout=10).status_code == 503
    assert requests.get(fresh_site.url("/healthz"), timeout=10).status_code == 200


def test_metrics_count_what_the_pages_count(site: Site) -> None:
    answer = requests.get(site.url("/metrics"), timeout=10)
    assert answer.headers["Content-Type"].startswith("text/plain")
    for line in (
        'commerceml_bridge_invoices{portal="romashka"} 8.0',
        'commerceml_bridge_consignments{node="Торговля",state="due"} 2.0',
        'commerceml_bridge_problems{code="vat-mix",source="held"} 1.0',
        'commerceml_bridge_jobs{kind="writeback",state="parked"} 1.0',
    ):
        assert line in answer.content.decode(), line


def test_an_event_with_the_right_token_wakes_one_fetch(fresh_site: Site) -> None:
    for _event in range(3):
        answer = knock(fresh_site, APPLICATION_TOKEN)
        assert (answer.status_code, answer.text) == (200, "ok\n")
    until("stored", lambda: fetch_jobs(fresh_site) > 0, seconds=10)
    assert fetch_jobs(fresh_site) == 1


@pytest.mark.parametrize("token", ["", "wrong", APPLICATION_TOKEN + " "])
def test_an_event_with_a_wrong_token_does_nothing(fresh_site: Site, token: str) -> None:
    assert knock(fresh_site, token).status_code == 403
    assert knock(fresh_site, APPLICATION_TOKEN, portal="another").status_code == 403
    assert fetch_jobs(fresh_site) == 0


def test_an_event_too_large_to_be_one_is_refused(fresh_site: Site) -> None:
    assert knock(fresh_site, "x" * 100_000).status_code == 413
    assert requests.get(fresh_site.url("/hooks/bitrix24/romashka"), timeout=10).status_code == 405
