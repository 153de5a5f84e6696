"""The outbox: a job is claimed by one worker at a time; and what the database says when it cannot serve."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from commerceml_bridge.db import database
from commerceml_bridge.db.database import Database
from commerceml_bridge.db.jobs import LEASE
from commerceml_bridge.db.rows import JobRow
from commerceml_bridge.errors import DatabaseUnavailable
from commerceml_bridge.services.jobs import FETCH
from tests.integration.office import Office

ROOT = Path(__file__).resolve().parents[2]
on_postgresql = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)


def add_jobs(office: Office, count: int) -> None:
    with office.bridge.db.write() as uow:
        for _ in range(count):
            uow.jobs.add(kind=FETCH, portal_id=office.portal.id, run_after=office.now, created_at=office.now)


def claim(office: Office, now: dt.datetime, limit: int = 3) -> list[JobRow]:
    with office.bridge.db.write() as uow:
        return uow.jobs.claim(now, kinds=(FETCH,), limit=limit)


# --- claims -----------------------------------------------------------------------------------------------------------


def test_threads_that_claim_at_once_never_get_the_same_job(office: Office) -> None:
    add_jobs(office, 60)
    together = threading.Barrier(4)

    def take() -> list[int]:
        together.wait()
        mine: list[int] = []
        while claimed := claim(office, office.now):
            mine += [job.id for job in claimed]
        return mine

    with ThreadPoolExecutor(4) as pool:
        taken = [number for mine in [pool.submit(take) for _ in range(4)] for number in mine.result()]
    assert len(taken) == len(set(taken)) == 60


@on_postgresql  # on SQLite writers queue: nobody ever meets a locked row
def test_a_locked_job_is_passed_over_and_not_waited_for(office: Office) -> None:
    add_jobs(office, 2)
    with office.bridge.db.write() as first:
        one = first.jobs.claim(office.now, kinds=(FETCH,), limit=1)
        two = claim(office, office.now)
    assert len(one) == len(two) == 1
    assert one[0].id != two[0].id


def test_an_abandoned_claim_is_taken_over_when_its_lease_has_run_out(office: Office) -> None:
    add_jobs(office, 1)
    first = claim(office, office.now)[0]
    assert claim(office, office.now + LEASE) == []
    second = claim(office, office.now + LEASE + dt.timedelta(seconds=1))[0]
    assert (second.id, second.attempts) == (first.id, 2)


def test_only_the_holder_of_a_claim_changes_the_job(office: Office) -> None:
    add_jobs(office, 1)
    first = claim(office, office.now)[0]
    second = claim(office, office.now + LEASE + dt.timedelta(seconds=1))[0]
    with office.bridge.db.write() as uow:
        assert not uow.jobs.settle(first, state="parked", error="late")
        assert uow.jobs.settle(second, state="done")
        assert not uow.jobs.settle(second, state="pending")
        row = uow.jobs.by_id(first.id)
    assert row is not None
    assert (row.state, row.error) == ("done", "")


def test_postponed_jobs_are_not_due_and_count_no_attempt(office: Office) -> None:
    add_jobs(office, 3)
    later = office.now + dt.timedelta(seconds=30)
    with office.bridge.db.write() as uow:
        assert uow.jobs.due_portals(office.now, FETCH) == {office.portal.id}
        assert uow.jobs.postpone(office.portal.id, FETCH, later) == 3
        assert uow.jobs.due_portals(office.now, FETCH) == set()
    assert claim(office, office.now) == []
    assert {job.attempts for job in claim(office, later)} == {1}


# --- the database does not serve --------------------------------------------------------------------------------------


def test_a_locked_sqlite_database_is_an_error_of_the_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0)
    office = Office(f"sqlite:///{tmp_path / 'locked.sqlite3'}")
    other = Database(f"sqlite:///{tmp_path / 'locked.sqlite3'}")
    with office.bridge.db.write(), pytest.raises(DatabaseUnavailable) as caught, other.write():
        pass
    assert "BEGIN" not in str(caught.value)
    assert (caught.value.permanent, caught.value.code) == (False, "database")
    other.close()
    office.bridge.db.close()


def test_a_table_that_is_missing_is_a_defect_and_not_a_busy_database(office: Office) -> None:
    with pytest.raises((sa.exc.OperationalError, sa.exc.ProgrammingError)), office.bridge.db.read() as uow:
        uow.connection.exec_driver_sql("SELECT * FROM nothing_of_the_kind")


@on_postgresql
def test_a_connection_the_server_ended_is_an_error_of_the_tree_and_the_next_one_works(office: Office) -> None:
    with pytest.raises(DatabaseUnavailable) as caught, office.bridge.db.write() as uow:
        mine = uow.connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        with office.bridge.db.read() as other:
            other.connection.exec_driver_sql(f"SELECT pg_terminate_backend({mine})")
        uow.portals.update(office.portal.id, last_error="a parameter nobody may read")
    assert "UPDATE" not in str(caught.value)
    assert "nobody may read" not in f"{caught.value}{caught.value.__cause__}"
    with office.bridge.db.read() as uow:
        assert uow.portals.by_id(office.portal.id).last_error == ""


@on_postgresql
def test_a_deadlock_is_an_error_of_the_tree(office: Office) -> None:
    add_jobs(office, 2)
    with office.bridge.db.read() as uow:
        ids = [int(row[0]) for row in uow.connection.exec_driver_sql("SELECT id FROM job ORDER BY id")]
    both = threading.Barrier(2)

    def cross(first: int, second: int) -> str:
        try:
            with office.bridge.db.write() as uow:
                uow.connection.exec_driver_sql("SET LOCAL deadlock_timeout = '50ms'")
                uow.jobs.update(first, error="x")
                both.wait()
                uow.jobs.update(second, error="x")
        except DatabaseUnavailable as error:
            return error.code
        return "written"

    with ThreadPoolExecutor(2) as pool:
        outcomes = [pool.submit(cross, *pair) for pair in (ids, ids[::-1])]
    assert sorted(outcome.result() for outcome in outcomes) == ["database", "written"]


@pytest.mark.parametrize("words", [("migrate",), ("up", "--bind", "127.0.0.1:1")])
def test_a_command_says_one_line_when_the_database_is_not_there(words: tuple[str, ...]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "commerceml_bridge", *words],
        env={
            "CMLB_DATABASE_URL": "postgresql://someone:a-password@127.0.0.1:1/none?connect_timeout=2",
            "CMLB_SECRET_KEY": "k",
            "PYTHONPATH": str(ROOT),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "База данных" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert "a-password" not in done.stderr
