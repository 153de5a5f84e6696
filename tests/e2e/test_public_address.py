"""The public address as customers have it: our nginx sample in front of the live server, called as 1C would."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from commerceml_bridge.simulators.onec import connect
from commerceml_bridge.simulators.portal import PortalServer, seed_demo
from commerceml_bridge.simulators.selfcheck import Options, run_selfcheck
from tests.deploy.test_nginx import running_nginx
from tests.stand import PASSWORD, Stand


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """What stands in front does not depend on the database."""
    return f"sqlite:///{tmp_path / 'public.sqlite3'}"


@pytest.fixture
def live(stand: Stand, server: PortalServer) -> Stand:
    seed_demo(server.portal)
    stand.set_up(client="ut10")
    stand.sync()
    stand.start()
    return stand


def test_the_selfcheck_command_has_no_complaint_and_takes_no_documents(live: Stand) -> None:
    done = live.command("selfcheck", live.address, "--login", "base", "--password-stdin", stdin=PASSWORD)
    assert "✗" not in done.stdout
    assert PASSWORD not in done.stdout
    assert live.status()["nodes"][0]["due"] == 7


def test_through_nginx_and_tls_the_selfcheck_is_green_and_1c_exchanges(
    live: Stand, server: PortalServer, tmp_path: Path
) -> None:
    def before_the_server(sample: str) -> str:
        return re.sub(r"server 127\.0\.0\.1:\d+;", f"server {live.bind};", sample)

    with running_nginx(tmp_path / "nginx", before_the_server) as proxy:
        options = Options(1_500_000, 0.4, timeout=20, cafile=proxy.certificate, http_port=proxy.http)
        findings = run_selfcheck(proxy.url, "base", PASSWORD, options)
        assert [finding for finding in findings if not finding.ok] == []
        client = connect("ut10", address=f"https://127.0.0.1:{proxy.https}/", login="base", password=PASSWORD)
        client.check_connection()
        assert client.load().created == 7
        client.base.pay("11")
        client.upload()
    assert live.sync().delivered.written == 1
