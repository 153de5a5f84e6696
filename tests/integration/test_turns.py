"""Several workers read a portal by turns: nothing is asked twice, and a dead worker's turn is taken over."""

from __future__ import annotations

import datetime as dt
import threading
import time
from contextlib import ExitStack

import pytest

from commerceml_bridge.cli.processes import until
from commerceml_bridge.services import portals, turns
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.turns import FETCHING, turn
from commerceml_bridge.simulators.portal import PortalServer, Settings, seed_many
from commerceml_bridge.worker.loop import Worker
from tests.integration.live_portal import real_time
from tests.integration.office import Office
from tests.integration.test_worker import invoices, running


@pytest.fixture
def bridge(office: Office) -> Bridge:
    return real_time(office, poll_seconds=0.5)


def portal_id(bridge: Bridge) -> int:
    return portals.by_name(bridge, "p").id


def is_mine(bridge: Bridge, *, at_once: bool = False) -> bool:
    with turn(bridge, portal_id(bridge), FETCHING, every=0.0, at_once=at_once) as taken:
        return taken.mine


def test_two_workers_ask_for_everything_once(office: Office) -> None:
    portals.remove(office.bridge, "p")
    bridge = real_time(office, poll_seconds=0.5)
    with PortalServer(Settings(kinds=frozenset({"smart"}))) as server:
        seed_many(server.portal, 120)
        server.portal.advance_clock(300)
        portals.add(bridge, "q", server.webhook_url)
        with ExitStack() as stack:
            for _ in range(2):
                stack.enter_context(running(Worker(bridge)))
            until("all fetched", lambda: invoices(bridge, "q") == 120, seconds=30)
            assert server.journal.count_commands("crm.requisite.link.list") <= 3
            server.journal.clear()
            began = time.monotonic()
            time.sleep(4.0)
            looks = server.journal.count("crm.item.list")
            most = (time.monotonic() - began) / 0.5 + 2
        assert 1 < looks <= most


def test_a_turn_is_one_workers_and_due_to_all_after_its_time(bridge: Bridge) -> None:
    with turn(bridge, portal_id(bridge), FETCHING, every=60.0) as first:
        assert first.mine
        assert not is_mine(bridge)
        assert not is_mine(bridge, at_once=True)
    with turn(bridge, portal_id(bridge), FETCHING, every=60.0) as second:
        assert not second.mine
        assert 50 < second.wait <= 60
    assert is_mine(bridge, at_once=True)


def test_other_kinds_and_portals_have_turns_of_their_own(bridge: Bridge) -> None:
    other = portals.add(bridge, "q", "https://q.example/rest/1/code/")
    with turn(bridge, portal_id(bridge), FETCHING, every=60.0):
        for number, kind in ((portal_id(bridge), turns.SWEEPING), (other.id, FETCHING)):
            with turn(bridge, number, kind, every=60.0) as taken:
                assert taken.mine


def test_a_look_that_failed_is_due_at_once(bridge: Bridge) -> None:
    with pytest.raises(KeyError), turn(bridge, portal_id(bridge), FETCHING, every=60.0):
        raise KeyError("a defect")
    assert is_mine(bridge)


def test_the_turn_of_a_worker_that_died_is_taken_over(bridge: Bridge) -> None:
    assert is_mine(bridge)
    with bridge.db.write() as uow:
        now = uow.limits.now()
        lease = now + dt.timedelta(seconds=1)
        assert uow.turns.take(portal_id(bridge), FETCHING, now=now, until=lease, at_once=True)
    assert not is_mine(bridge, at_once=True)
    until("taken over", lambda: is_mine(bridge), seconds=10)


def test_a_long_look_keeps_its_turn(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "LEASE", dt.timedelta(seconds=1))
    monkeypatch.setattr(turns, "RENEW_SECONDS", 0.1)
    with turn(bridge, portal_id(bridge), FETCHING, every=0.0):
        end = time.monotonic() + 2.5
        while time.monotonic() < end:
            assert not is_mine(bridge, at_once=True)
            time.sleep(0.05)
    assert is_mine(bridge)


def test_of_many_that_want_it_at_once_one_gets_it(bridge: Bridge) -> None:
    taken: list[bool] = []
    barrier, done = threading.Barrier(6), threading.Barrier(6)

    def want() -> None:
        barrier.wait()
        with turn(bridge, portal_id(bridge), FETCHING, every=60.0) as mine:
            taken.append(mine.mine)
            done.wait(20)

    threads = [threading.Thread(target=want) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(taken) == [False] * 5 + [True]
