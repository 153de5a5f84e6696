"""``python -m benchmarks.pages``: the server time of every page over a journal of a million rows. See ``README.md``.

The firm of the page tests, then in bulk what two years of a busy one leave behind: sessions of five requests, invoices
with revisions and documents, deliveries, files, returned documents, payments, jobs; some of each need a person.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from flask.testing import FlaskClient

from benchmarks.__main__ import database_of, machine
from benchmarks.bulk import fill
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.web import create_web_app
from tests.postgres import PostgresUnavailable
from tests.web.conftest import csrf_token
from tests.web.firm import LOGIN, PASSWORD, make_bridge
from tests.web.seed import pages

LIMIT_MS = 100
REPEATS = 5
MORE = (
    "/invoices?q=104",
    "/invoices?q=Пример",
    "/invoices?q=12 000,00",
    "/invoices?state=due",
    "/invoices?state=verified",
    "/invoices?state=difference",
    "/search?q=Пример 77",
    "/search?q=Кронштейн",
    "/search/suggestions?q=10",
    "/reconciliation?node=1",
    "/reconciliation?node=1&since=2025-01-01&until=2025-12-31",
    "/sessions?result=failure",
    "/sessions?since=2025-01-01&until=2025-02-01",
    "/sessions?family=unf",
    "/sessions?family=bp",
)
NOT_OURS = ("/check", "/rehearsal")
"""Ends of pages that ask 1C, or import a file, while they load."""


@dataclass(frozen=True)
class Figure:
    """The median time of one page, milliseconds."""

    database: str
    path: str
    milliseconds: float


def main(arguments: Sequence[str] | None = None) -> list[Figure]:
    """Run what the command line asks for; return the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__)
    parser.add_argument("--steps", type=int, default=1_000_000, help="rows of the journal")
    parser.add_argument("--databases", default="sqlite,postgresql", help="comma separated")
    options = parser.parse_args(arguments)
    print(machine())
    figures: list[Figure] = []
    for database in options.databases.split(","):
        with tempfile.TemporaryDirectory(prefix="cmlb-pages-") as folder:
            try:
                figures += _measured(database, Path(folder), options.steps)
            except PostgresUnavailable as error:
                print(f"{database}: not measured: {error}")
    return figures


def _measured(database: str, folder: Path, steps: int) -> Iterator[Figure]:
    with database_of(database, folder) as url:
        started = time.perf_counter()
        bridge = make_bridge(url)
        seeded = fill(bridge, steps)
        print(f"{database}: {steps} rows of the journal, filled in {time.perf_counter() - started:.0f} s", flush=True)
        client = _client(bridge)
        for path in (*(one for one in pages(seeded) if not one.endswith(NOT_OURS)), *MORE, "/metrics"):
            figure = Figure(database, path, _median(client, path))
            print(
                f"{figure.milliseconds:8.1f} ms{' !' if figure.milliseconds >= LIMIT_MS else '  '} {path}", flush=True
            )
            yield figure
        bridge.db.close()


def _client(bridge: Bridge) -> FlaskClient:
    client = create_web_app(bridge).test_client()
    token = csrf_token(client.get("/login").text)
    client.post("/login", data={"login": LOGIN, "password": PASSWORD, "csrf_token": token})
    return client


def _median(client: FlaskClient, path: str) -> float:
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        answer = client.get(path)
        times.append((time.perf_counter() - started) * 1000)
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status_code}")
    return statistics.median(times)


if __name__ == "__main__":
    main()
