"""The worker and its write-backs under trouble: dead portals, slow ones, defects, a database that goes away."""

from __future__ import annotations

import datetime as dt
import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from commerceml_bridge.cli.processes import until
from commerceml_bridge.db.jobs import LEASE
from commerceml_bridge.db.rows import JobRow
from commerceml_bridge.errors import PortalUnavailable
from commerceml_bridge.services import portals, writeback
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.fetching import fetch_portal
from commerceml_bridge.services.jobs import WRITEBACK, wake_fetch
from commerceml_bridge.services.writeback import WritebackReport, deliver_pending, perform
from commerceml_bridge.simulators.portal import FaultKind, PortalServer, seed_many
from commerceml_bridge.worker import Worker, loop
from tests.integration.live_portal import connect, impatient, pay, read_jobs, real_time
from tests.integration.office import Office

SUCCESS = "DT31_5:P"
on_postgresql = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    impatient(monkeypatch)
    monkeypatch.setattr(loop, "TICK_SECONDS", 0.05)


@pytest.fixture
def server() -> Iterator[PortalServer]:
    with PortalServer() as made:
        seed_many(made.portal, 12)
        yield made


@pytest.fixture
def bridge(office: Office) -> Bridge:
    """Without the office's own portal, which is nowhere."""
    portals.remove(office.bridge, "p")
    return real_time(office)


@contextmanager
def running(worker: Worker) -> Iterator[threading.Thread]:
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield thread
    finally:
        worker.stop()
        thread.join(15)
    assert not thread.is_alive()
    assert worker.wait(15)


def invoices(bridge: Bridge, name: str) -> int:
    with bridge.db.read() as uow:
        return uow.invoices.count(portals.by_name(bridge, name).id)


# --- an unreachable portal --------------------------------------------------------------------------------------------


def test_a_dead_portal_is_asked_once_in_a_pass_and_others_are_written(bridge: Bridge, server: PortalServer) -> None:
    with PortalServer() as dying:
        seed_many(dying.portal, 12)
        dead = pay(bridge, connect(bridge, "a-dead", dying), 5)
    live = pay(bridge, connect(bridge, "live", server), 3)
    report = deliver_pending(bridge)
    assert (report.written, report.retried, report.parked) == (3, 1, 0)
    assert {job.state for job in read_jobs(bridge, live)} == {"done"}
    waiting = read_jobs(bridge, dead)
    assert [(job.state, job.attempts) for job in waiting] == [("pending", 1)] + [("pending", 0)] * 4
    assert all(job.run_after > bridge.clock() for job in waiting)
    assert deliver_pending(bridge) == WritebackReport()


def test_one_invoice_that_fails_for_a_while_does_not_hold_up_its_portal(office: Office, server: PortalServer) -> None:
    jobs = pay(office.bridge, connect(office.bridge, "q", server), 3)
    server.faults.add(FaultKind.DROP_BEFORE, times=1, methods=("crm.item.update",))
    assert deliver_pending(office.bridge).written == 0
    for _ in range(3):
        server.faults.add(FaultKind.DROP_BEFORE, times=1, methods=("crm.item.update",))
        office.now += dt.timedelta(seconds=writeback.PAUSES[0])
        deliver_pending(office.bridge)
    server.faults.clear()
    office.now += dt.timedelta(hours=1)
    deliver_pending(office.bridge)
    assert {job.state for job in read_jobs(office.bridge, jobs)} == {"done"}


def test_a_claim_that_ran_out_during_the_write_is_not_settled_twice(office: Office, server: PortalServer) -> None:
    jobs = pay(office.bridge, connect(office.bridge, "q", server), 1)

    def claim() -> None:
        with office.bridge.db.write() as uow:
            claimed.extend(uow.jobs.claim(office.now, kinds=(WRITEBACK,), limit=1))

    claimed: list[JobRow] = []
    claim()
    office.now += LEASE + dt.timedelta(seconds=1)
    claim()
    slow, other = claimed
    report = WritebackReport()
    perform(office.bridge, slow, report)
    assert [(job.state, job.attempts) for job in read_jobs(office.bridge, jobs)] == [("running", 2)]
    perform(office.bridge, other, report)
    assert (report.written, report.already) == (1, 1)
    assert [job.state for job in read_jobs(office.bridge, jobs)] == ["done"]
    server.faults.add(FaultKind.DROP_BEFORE, times=100)
    with pytest.raises(PortalUnavailable):
        perform(office.bridge, slow, report)
    assert [job.state for job in read_jobs(office.bridge, jobs)] == ["done"]


# --- a defect in one job ----------------------------------------------------------------------------------------------


def test_a_job_that_raises_anything_is_repeated_then_parked_and_stops_nobody(
    office: Office, server: PortalServer, caplog: pytest.LogCaptureFixture
) -> None:
    portal = connect(office.bridge, "q", server)
    [broken] = pay(office.bridge, portal, 1, payload="this is not JSON")
    pay(office.bridge, portal, 3)
    report = deliver_pending(office.bridge)
    assert (report.written, report.retried, report.parked) == (3, 1, 0)
    [job] = read_jobs(office.bridge, [broken])
    assert (job.state, job.error) == ("pending", "Внутренняя ошибка: JSONDecodeError")
    assert any(record.exc_info for record in caplog.records)
    with office.bridge.db.write() as uow:
        uow.jobs.update(broken, attempts=writeback.TRIES - 1, run_after=office.now)
    assert deliver_pending(office.bridge).parked == 1
    assert read_jobs(office.bridge, [broken])[0].state == "parked"


# --- the loop ---------------------------------------------------------------------------------------------------------


def rename_portal_table(bridge: Bridge, old: str, new: str) -> None:
    with bridge.db.write() as uow:
        uow.connection.exec_driver_sql(f"ALTER TABLE {old} RENAME TO {new}")


def test_the_worker_outlives_its_database(bridge: Bridge, server: PortalServer) -> None:
    connect(bridge, "q", server, fetch=False)
    rename_portal_table(bridge, "portal", "portal_gone")
    with running(Worker(bridge)) as thread:
        time.sleep(0.5)
        assert thread.is_alive()
        rename_portal_table(bridge, "portal_gone", "portal")
        until("fetched after all", lambda: invoices(bridge, "q") == 12, seconds=10)


@on_postgresql
def test_the_worker_outlives_the_end_of_its_connections(bridge: Bridge, server: PortalServer) -> None:
    connect(bridge, "q", server)
    with running(Worker(bridge)) as thread:
        for _ in range(10):
            with bridge.db.read() as uow:
                uow.connection.exec_driver_sql(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            time.sleep(0.05)
        assert thread.is_alive()
        server.portal.update_invoice(1, title="Изменён")
        wake_fetch(bridge, "q")
        until("woken", lambda: server.journal.count() > 0 and _done_fetches(bridge) == 1, seconds=10)


def _done_fetches(bridge: Bridge) -> int:
    with bridge.db.read() as uow:
        statement = "SELECT count(*) FROM job WHERE kind = 'fetch' AND state = 'done'"
        return int(uow.connection.exec_driver_sql(statement).scalar_one())


def test_pauses_after_failures_grow_to_half_a_minute_and_end_with_success(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "TICK_SECONDS", 0.5)
    rests = loop._Rests()
    assert [rests.note(("loop", 0), False) for _ in range(7)] == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    assert not rests.over(("loop", 0))
    assert rests.over(("other", 0))
    assert rests.note(("loop", 0), True) == 0.5
    assert rests.over(("loop", 0))


def test_a_slow_portal_delays_no_other_and_is_fetched_once_at_a_time(bridge: Bridge, server: PortalServer) -> None:
    with PortalServer() as slow:
        seed_many(slow.portal, 3)
        slow.faults.add(FaultKind.SLOW, times=1, seconds=1.0)
        late = connect(bridge, "a-slow", slow, fetch=False)
        connect(bridge, "quick", server, fetch=False)
        worker = Worker(bridge)
        for _ in range(5):
            wake_fetch(bridge, "a-slow")
            worker.step()
            names = [thread.name for thread in threading.enumerate()]
            assert names.count(f"fetch-{late.id}") == 1
        until("the quick one is fetched", lambda: invoices(bridge, "quick") == 12, seconds=5)
        assert invoices(bridge, "a-slow") == 0
        assert worker.wait(10)
        assert invoices(bridge, "a-slow") == 3
        asked = slow.journal.count()
        worker.step()  # the events of meanwhile are one more look
        assert worker.wait(10)
        assert slow.journal.count() > asked


def test_a_stopped_worker_does_not_wait_for_a_silent_portal(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "GRACE_SECONDS", 0.2)
    with ExitStack() as stack:
        silent = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        portals.add(bridge, "q", f"http://127.0.0.1:{silent.getsockname()[1]}/rest/1/code/")
        worker = Worker(bridge)
        thread = threading.Thread(target=worker.run)
        thread.start()
        connection = stack.enter_context(silent.accept()[0])
        began = time.monotonic()
        worker.stop()
        thread.join(10)
        assert time.monotonic() - began < 2
        assert not worker.wait(0)
        silent.close()
        connection.close()
        assert worker.wait(10)


def test_two_workers_store_each_invoice_once_and_write_each_payment_once(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    portals.remove(office.bridge, "p")
    bridge = real_time(office, poll_seconds=0.2)
    with PortalServer() as server:
        seed_many(server.portal, 120)
        portal = connect(bridge, "q", server, fetch=False)
        workers = [Worker(bridge), Worker(bridge)]
        with ExitStack() as stack:
            for worker in workers:
                stack.enter_context(running(worker))
            until("all fetched", lambda: invoices(bridge, "q") == 120, seconds=20)
            jobs = pay(bridge, portal, 6)
            until("all written", lambda: {job.state for job in read_jobs(bridge, jobs)} == {"done"}, seconds=30)
            time.sleep(1.0)  # several more looks of both
            assert fetch_portal(bridge, portals.by_name(bridge, "q")).revisions == 0
        paid = [key for key in server.portal.items.records if server.portal.stages_of(key)[-1:] == [SUCCESS]]
        assert len(paid) == 6
        assert all(server.portal.stages_of(key).count(SUCCESS) == 1 for key in paid)
        assert server.journal.count("crm.item.update") == 6
    with bridge.db.read() as uow:
        counted = "SELECT count(*), count(DISTINCT b24_id), (SELECT count(*) FROM revision) FROM invoice"
        assert tuple(uow.connection.exec_driver_sql(counted).one()) == (120, 120, 120)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert {job.attempts for job in read_jobs(bridge, jobs)} == {1}
