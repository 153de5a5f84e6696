"""The portal's limits, shared by all who ask it: threads, processes, both databases."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from decimal import Decimal

import pytest

from commerceml_bridge.bitrix24.refusals import PortalStopped
from commerceml_bridge.db.limits import BucketRow
from commerceml_bridge.db.rows import PortalRow
from commerceml_bridge.errors import ConfigurationError, PortalAccessDenied, PortalUnavailable
from commerceml_bridge.services import limits, portals
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.limits import SharedLimits, headroom
from commerceml_bridge.simulators.portal import FaultKind, LeakyBucket, PortalServer, seed_many
from tests.integration.live_portal import connect, impatient, real_time
from tests.integration.office import Office


@pytest.fixture
def bridge(office: Office) -> Bridge:
    return real_time(office)


def portal(bridge: Bridge, rate: str = "2/50") -> PortalRow:
    return portals.set_portal(bridge, "p", limits=rate)


class Asleep:
    """Remembers how long it was asked to wait, and waits that long in the bucket's own time."""

    def __init__(self, bridge: Bridge, portal_id: int) -> None:
        self.bridge, self.portal_id, self.slept = bridge, portal_id, list[float]()

    def __call__(self, seconds: float) -> None:
        self.slept.append(seconds)
        earlier = dt.timedelta(seconds=seconds)
        with self.bridge.db.write() as uow:
            row = uow.limits.locked(self.portal_id)
            closed = row.closed_until and row.closed_until - earlier
            uow.limits.save(BucketRow(row.portal_id, row.level, row.seen_at - earlier, closed, row.closed_code))


def test_the_bucket_fills_to_just_below_what_the_portal_takes_and_then_leaks(bridge: Bridge) -> None:
    row = portal(bridge, "2/10")
    asleep = Asleep(bridge, row.id)
    for turn in range(12):
        SharedLimits(bridge, row, sleep=asleep).acquire()  # a new one each time: nothing is kept in the process
        assert bool(asleep.slept) == (turn >= 8)
    assert sum(asleep.slept) == pytest.approx(4 / 2, abs=0.5)
    assert headroom(bridge, row).level == pytest.approx(8, abs=0.5)


def test_a_full_bucket_is_empty_again_after_its_time(bridge: Bridge) -> None:
    row = portal(bridge, "50/12")
    for _ in range(10):
        SharedLimits(bridge, row).acquire()
    time.sleep(0.3)
    assert headroom(bridge, row).level == 0


def test_a_complaint_closes_the_bucket_for_everybody(bridge: Bridge) -> None:
    row = portal(bridge)
    SharedLimits(bridge, row).penalise(5)
    asleep = Asleep(bridge, row.id)
    SharedLimits(bridge, row, sleep=asleep).acquire()
    assert asleep.slept[0] == pytest.approx(5, abs=0.5)
    assert sum(asleep.slept) == pytest.approx(5, abs=1)


def test_a_longer_closure_is_handed_to_the_caller(bridge: Bridge) -> None:
    row = portal(bridge)
    SharedLimits(bridge, row).penalise(300)
    with pytest.raises(PortalUnavailable) as caught:
        SharedLimits(bridge, row).acquire()
    assert caught.value.retry_after == pytest.approx(300, abs=2)
    assert headroom(bridge, row).blocked_until is not None


@pytest.mark.parametrize("jump", [-3600.0, 3600.0, 86400.0])
def test_a_clock_that_jumps_neither_locks_the_portal_up_nor_breaks_anything(bridge: Bridge, jump: float) -> None:
    row = portal(bridge, "2/4")
    shared = SharedLimits(bridge, row)
    shared.acquire()
    shared.acquire()
    with bridge.db.write() as uow:
        held = uow.limits.locked(row.id)
        moved = held.seen_at + dt.timedelta(seconds=jump)
        uow.limits.save(BucketRow(row.id, held.level, moved, moved + dt.timedelta(hours=9), "QUERY_LIMIT_EXCEEDED"))
    asleep = Asleep(bridge, row.id)
    SharedLimits(bridge, row, sleep=asleep).acquire()
    assert sum(asleep.slept) <= 1


def test_a_portal_known_under_two_names_has_one_bucket_and_a_ledger_for_each_webhook(bridge: Bridge) -> None:
    first = portal(bridge, "1/12")
    portals.add(bridge, "again", "https://" + first.host + "/rest/9/anothercode/")
    other = portals.set_portal(bridge, "again", limits="1/12")
    for row in (first, other):
        for _ in range(5):
            SharedLimits(bridge, row).acquire()
    assert headroom(bridge, first).level > 9
    SharedLimits(bridge, other).stop("OVERLOAD_LIMIT")
    assert headroom(bridge, first).blocked_code == "OVERLOAD_LIMIT"
    limits.reopen(bridge, first)
    assert headroom(bridge, other).blocked_code == ""
    SharedLimits(bridge, other).pause("crm.item.list")
    assert not headroom(bridge, first).paused


def test_what_is_counted_survives_a_process_that_dies(bridge: Bridge) -> None:
    row = portal(bridge, "1/12")
    code = (
        "import os\n"
        "from commerceml_bridge.config import load\n"
        "from commerceml_bridge.db.database import Database\n"
        "from commerceml_bridge.services import portals\n"
        "from commerceml_bridge.services.bridge import Bridge\n"
        "from commerceml_bridge.services.limits import SharedLimits\n"
        "settings = load()\n"
        "bridge = Bridge(Database(settings.database_url), settings)\n"
        "shared = SharedLimits(bridge, portals.by_name(bridge, 'p'))\n"
        "for _ in range(10): shared.acquire()\n"
        "os.kill(os.getpid(), 9)\n"
    )
    environment = {"CMLB_DATABASE_URL": bridge.settings.database_url, "CMLB_SECRET_KEY": "a key of the tests"}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == -9
    assert headroom(bridge, row).level > 5


# --- operating time ---------------------------------------------------------------------------------------------------


def test_operating_time_and_pauses_are_shared_and_other_methods_go_on(bridge: Bridge) -> None:
    row = portal(bridge)
    one, other = SharedLimits(bridge, row), SharedLimits(bridge, row)
    one.note(
        "crm.item.List",
        {"start": 1000, "finish": Decimal(1001), "operating": Decimal("400.5"), "operating_reset_at": 1301},
    )
    assert one.pause("crm.item.list") == pytest.approx(300, abs=1)
    rest, method = other.longest(["crm.item.update", "crm.item.list"])
    assert method == "crm.item.list"
    assert rest == pytest.approx(300, abs=1)
    assert other.longest(["crm.item.update"]) == (0.0, "")
    shown = headroom(bridge, row)
    assert shown.operating == {"crm.item.list": 400.5}
    assert set(shown.paused) == {"crm.item.list"}


@pytest.mark.parametrize("told", [{}, {"operating": 0}, {"operating": "480.5"}])
def test_a_refusal_is_waited_out_to_the_end_it_tells_whatever_else_it_tells(
    bridge: Bridge, told: dict[str, object]
) -> None:
    block = {"start": "1000.25", "finish": "1001", "operating_reset_at": "1300", **told}
    assert SharedLimits(bridge, portal(bridge)).pause("crm.item.update", block) == pytest.approx(299, abs=1)


def test_a_method_without_a_reset_time_rests_for_a_minute(bridge: Bridge) -> None:
    assert SharedLimits(bridge, portal(bridge)).pause("crm.item.list") == pytest.approx(60, abs=1)


# --- over the wire ----------------------------------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[PortalServer]:
    with PortalServer() as made:
        seed_many(made.portal, 5)
        yield made


def test_an_overloaded_portal_is_left_alone_until_a_person_looks(
    bridge: Bridge, server: PortalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    impatient(monkeypatch)
    row = connect(bridge, "q", server)
    for status in (401, 503):
        server.journal.clear()
        server.faults.add(FaultKind.OVERLOAD, status=status)
        with pytest.raises(PortalStopped, match="поддержку"):
            portals.client_for(bridge, row).call("crm.item.list", {"entityTypeId": 31})
        with pytest.raises(PortalStopped, match="portal check") as caught:
            portals.client_for(bridge, row).call("crm.category.list", {"entityTypeId": 31})
        assert caught.value.retry_after == pytest.approx(3600, abs=10)
        assert server.journal.count() == 1
        assert headroom(bridge, row).blocked_code == "OVERLOAD_LIMIT"
        limits.reopen(bridge, row)
        assert portals.client_for(bridge, row).call("crm.category.list", {"entityTypeId": 31})


def test_a_deleted_portal_is_not_asked_again(bridge: Bridge, server: PortalServer) -> None:
    row = connect(bridge, "q", server)
    for status in (403, 410, 500):
        server.faults.add(FaultKind.REST, code="PORTAL_DELETED", status=status)
        with pytest.raises(PortalAccessDenied, match="удалён"):
            portals.client_for(bridge, row).call("crm.item.list", {"entityTypeId": 31})
        server.journal.clear()
        with pytest.raises(PortalStopped):
            portals.client_for(bridge, row).call("crm.item.list", {"entityTypeId": 31})
        assert server.journal.count() == 0
        limits.reopen(bridge, row)


def test_a_method_blocked_for_one_client_is_not_asked_by_another(bridge: Bridge, server: PortalServer) -> None:
    row = connect(bridge, "q", server)
    server.faults.add(FaultKind.OPERATION_TIME, seconds=120, methods=["crm.item.list"])
    with pytest.raises(PortalUnavailable) as caught:
        portals.client_for(bridge, row).call("crm.item.list", {"entityTypeId": 31})
    assert caught.value.retry_after == pytest.approx(120, abs=3)
    server.journal.clear()
    with pytest.raises(PortalUnavailable):
        portals.client_for(bridge, row).call("crm.item.list", {"entityTypeId": 31})
    assert server.journal.count() == 0
    assert portals.client_for(bridge, row).call("crm.item.get", {"entityTypeId": 31, "id": 1})


ASKER = """
import sys, time
from commerceml_bridge.config import load
from commerceml_bridge.db.database import Database
from commerceml_bridge.services import portals
from commerceml_bridge.services.bridge import Bridge
settings = load()
bridge = Bridge(Database(settings.database_url), settings)
client = portals.client_for(bridge, portals.by_name(bridge, "q"))
print("ready", flush=True)
sys.stdin.readline()
until = time.monotonic() + 6
asked = 0
while time.monotonic() < until:
    client.call("crm.category.list", {"entityTypeId": 31})
    asked += 1
print(asked, flush=True)
"""


def test_two_processes_use_the_limit_and_never_exceed_it(bridge: Bridge) -> None:
    with PortalServer(bucket=LeakyBucket(rate=10, burst=20)) as server:
        connect(bridge, "q", server, fetch=False)
        portals.set_portal(bridge, "q", limits="10/20")
        environment = {"CMLB_DATABASE_URL": bridge.settings.database_url, "CMLB_SECRET_KEY": "a key of the tests"}
        askers = [
            subprocess.Popen(
                [sys.executable, "-c", ASKER], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            for _ in range(2)
        ]
        for asker in askers:
            assert asker.stdout is not None
            assert asker.stdout.readline() == "ready\n"
        began = time.monotonic()
        outputs: list[str] = []

        def finish(asker: subprocess.Popen[str]) -> None:
            outputs.append(asker.communicate("go\n", timeout=60)[0])

        threads = [threading.Thread(target=finish, args=(asker,)) for asker in askers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took = time.monotonic() - began
        entries = server.journal.entries()
    assert [entry.status for entry in entries] == [200] * len(entries)
    assert sum(int(output) for output in outputs) == len(entries)
    assert all(int(output) > 0 for output in outputs)
    # what the bucket holds at once, and what leaks out while they ask: at least eight tenths of it is used
    assert 18 + 6 * 10 * 0.8 <= len(entries) <= 20 + took * 10


# --- settings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [("standard", (2.0, 50)), ("enterprise", (5.0, 250)), ("5/250", (5.0, 250)), ("1,5/20", (1.5, 20))],
)
def test_limits_of_a_tariff_are_named_or_given(text: str, expected: tuple[float, int]) -> None:
    assert limits.rate(text) == expected


@pytest.mark.parametrize("text", ["", "fast", "0/50", "2/2", "-1/50", "2/x", "nan/50", "inf/50"])
def test_other_limits_are_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="enterprise"):
        limits.rate(text)
