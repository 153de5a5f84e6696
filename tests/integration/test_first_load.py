"""The deployed program: a first load that is killed goes on, and two workers together keep to the portal's limit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from commerceml_bridge.cli.processes import until
from commerceml_bridge.services import portals
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.simulators.portal import LeakyBucket, PortalServer, Settings, seed_many
from tests.integration.live_portal import real_time
from tests.integration.office import Office

SMART_ONLY = Settings(kinds=frozenset({"smart"}))


@pytest.fixture
def bridge(office: Office) -> Bridge:
    portals.remove(office.bridge, "p")
    return real_time(office)


@contextmanager
def running(
    bridge: Bridge, *arguments: str, count: int = 1, **settings: str
) -> Iterator[Sequence[subprocess.Popen[bytes]]]:
    """Run ``commerceml-bridge`` in processes of their own; killed at the end if they still run."""
    environment = {**os.environ, **settings, "CMLB_DATABASE_URL": bridge.settings.database_url}
    environment["CMLB_SECRET_KEY"] = bridge.settings.secret_key
    command = [sys.executable, "-m", "commerceml_bridge", *arguments]
    processes = [subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) for _ in range(count)]
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.wait()


def counted(bridge: Bridge, statement: str) -> int:
    with bridge.db.read() as uow:
        return int(uow.connection.exec_driver_sql(statement).scalar_one())


def test_a_first_load_that_is_killed_goes_on_where_it_was(bridge: Bridge) -> None:
    with PortalServer(SMART_ONLY) as server:
        seed_many(server.portal, 1500, clients=300)
        portals.add(bridge, "q", server.webhook_url)
        with running(bridge, "sync") as (process,):
            until("some are stored", lambda: counted(bridge, "SELECT count(*) FROM invoice") > 600, seconds=60)
            process.send_signal(signal.SIGKILL)
            process.wait()
        stored = counted(bridge, "SELECT count(*) FROM invoice")
        assert 600 < stored < 1500
        server.journal.clear()
        with running(bridge, "sync") as (process,):
            assert process.wait(120) == 0
        assert counted(bridge, "SELECT count(*) FROM invoice") == 1500
        assert counted(bridge, "SELECT count(*) FROM revision") == 1500
        # what was stored is neither listed from the beginning nor asked for again
        listed = [entry for entry in server.journal.entries() if "crm.item.list" in entry.commands]
        assert listed
        owners = server.journal.count_commands("crm.item.productrow.list") * 25
        assert owners >= 1500 - stored
        assert server.journal.count_commands("crm.requisite.link.list") <= -(-(1500 - stored) // 50) + 2


def test_two_workers_keep_to_the_limit_and_use_it(bridge: Bridge) -> None:
    with PortalServer(SMART_ONLY, bucket=LeakyBucket(rate=3, burst=6)) as server:
        seed_many(server.portal, 60)
        portals.add(bridge, "q", server.webhook_url)
        portals.set_portal(bridge, "q", limits="3/6")
        with running(bridge, "worker", count=2, CMLB_POLL_SECONDS="0.1"):
            until("fetched", lambda: counted(bridge, "SELECT count(*) FROM invoice") == 60, seconds=60)
            server.journal.clear()
            began = time.monotonic()
            for number in range(1, 25):
                server.portal.touch(number)  # work for both: each look finds something new
                time.sleep(0.25)
            took = time.monotonic() - began
        entries = server.journal.entries()
        assert {entry.status for entry in entries} == {200}
        assert 3 * took * 0.5 <= len(entries) <= 6 + 3 * (took + 1)
