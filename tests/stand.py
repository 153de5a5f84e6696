"""A whole installation for end-to-end tests: simulated portal, database, live gunicorn, worker; all on loopback."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from commerceml_bridge.app import create_bridge
from commerceml_bridge.cli.processes import free_port, ready, running, stop, until
from commerceml_bridge.db.migrations import upgrade
from commerceml_bridge.db.rows import JobRow
from commerceml_bridge.services import delivering, nodes, receiving, sessions
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.syncing import SyncReport, sync_portal
from commerceml_bridge.services.writeback import WritebackReport, deliver_pending
from commerceml_bridge.simulators.onec import OneCClient, connect
from commerceml_bridge.simulators.portal import PortalServer

PASSWORD = "a-node-password"


class Stand:
    """One installation; ``bridge`` looks into its database from the test's own process."""

    def __init__(self, folder: Path, database_url: str, server: PortalServer) -> None:
        self.folder = folder
        self.server = server
        self.bind = f"127.0.0.1:{free_port()}"
        self.environment: Mapping[str, str] = {
            **os.environ,
            "CMLB_DATABASE_URL": database_url,
            "CMLB_SECRET_KEY": "a secret key of the tests",
            "CMLB_POLL_SECONDS": "1",
        }
        self.bridge: Bridge = create_bridge(self.environment)
        self._stack = ExitStack()
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """The address a user types into 1C."""
        return f"http://{self.bind}/"

    def command(self, *words: str, stdin: str = "", ok: bool = True) -> subprocess.CompletedProcess[str]:
        """Run ``commerceml-bridge WORDS`` as a person would."""
        done = subprocess.run(
            [sys.executable, "-m", "commerceml_bridge", *words],
            env=dict(self.environment),
            input=stdin,
            text=True,
            capture_output=True,
            check=False,
        )
        assert (done.returncode == 0) is ok, done.stdout + done.stderr
        return done

    def set_up(self, *, client: str = "auto", node: str = "base", options: tuple[str, ...] = ()) -> None:
        """Migrate, add the portal and one node that takes invoices of every date."""
        upgrade(self.bridge.db.engine)
        self.command("portal", "add", "p", "--webhook-stdin", stdin=self.server.webhook_url)
        self.add_node(node, client=client, options=options)

    def add_node(self, node: str, *, client: str = "auto", options: tuple[str, ...] = ()) -> None:
        """Add a node whose login is its name."""
        words = ("node", "add", node, "--portal", "p", "--login", node, "--password-stdin", "--from", "2020-01-01")
        self.command(*words, "--client", client, *options, stdin=PASSWORD)

    def start(self, workers: int = 2) -> None:
        """Start the server and wait until it is ready."""
        words = ("serve", "--bind", self.bind, "--workers", str(workers))
        self.process = self._stack.enter_context(running(self.environment, self.folder, *words))
        until("сервер готов", lambda: ready(self.bind))

    def kill(self) -> None:
        """kill -9 the server and everything it started."""
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        self.process.kill()
        for child in children:
            os.kill(int(child), 9)
        self.process.wait()

    def sync(self) -> SyncReport:
        """One pass, as the command ``sync`` does it."""
        with self.bridge.db.read() as uow:
            portal = uow.portals.by_name("p")
        assert portal is not None
        return sync_portal(self.bridge, portal)

    def client(self, family: str, node: str = "base", **options: Any) -> OneCClient:
        """A 1C of the family, set up for this installation."""
        return connect(family, address=self.address, login=node, password=PASSWORD, **options)

    def status(self) -> dict[str, list[dict[str, Any]]]:
        """``status --json``."""
        counts: dict[str, list[dict[str, Any]]] = json.loads(self.command("status", "--json").stdout)
        return counts

    def date_of(self, number: int) -> str:
        """The date of an invoice of the demo: it is counted back from today."""
        return (self.server.portal.today() - dt.timedelta(days=15 - number)).isoformat()

    # --- without HTTP, for tests of what happens behind the exchange ---

    def caller(self, node: str = "base") -> sessions.Caller:
        """checkauth."""
        row = nodes.by_name(self.bridge, node)
        opened = sessions.open_session(self.bridge, row, exchange_type="sale", user_agent="1C", remote="127.0.0.1")
        return sessions.Caller(row, opened.session)

    def deliver_all(self, node: str = "base") -> int:
        """query and success."""
        caller = self.caller(node)
        delivering.query(self.bridge, caller)
        return delivering.acknowledge(self.bridge, caller)

    def receive(self, body: bytes, node: str = "base") -> receiving.Reply:
        """mode=file."""
        caller = self.caller(node)
        return receiving.receive(self.bridge, caller, exchange_type="sale", filename="orders.xml", body=iter([body]))

    def jobs(self) -> list[JobRow]:
        """Every write-back, oldest first."""
        with self.bridge.db.read() as uow:
            found = (uow.jobs.by_id(number) for number in range(1, 20))
            return [job for job in found if job is not None and job.kind == "writeback"]

    def run_jobs_now(self) -> WritebackReport:
        """Perform what waits for its next try, without waiting."""
        with self.bridge.db.write() as uow:
            uow.connection.exec_driver_sql("UPDATE operating SET paused_until = NULL")
            for job in filter(None, map(uow.jobs.by_id, range(1, 60))):
                if job.state == "pending":
                    uow.jobs.update(job.id, run_after=self.bridge.clock())
        return deliver_pending(self.bridge)

    def close(self) -> None:
        """Stop everything."""
        if self.process is not None:
            stop(self.process)
        self._stack.close()
        self.bridge.db.close()


@contextmanager
def standing(folder: Path, database_url: str, server: PortalServer) -> Iterator[Stand]:
    """Keep an installation for the length of the block."""
    stand = Stand(folder, database_url, server)
    try:
        yield stand
    finally:
        stand.close()
