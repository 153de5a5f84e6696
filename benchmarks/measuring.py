"""The measurements: each yields one line of the report, with its yardstick from the same run."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks import baseline, catalogue, returned, seeding
from benchmarks.client import Client
from benchmarks.serving import Server, environment_for, serving
from commerceml_bridge.app import create_bridge
from commerceml_bridge.db.migrations import upgrade
from commerceml_bridge.services import nodes, preflight
from commerceml_bridge.services.bridge import Bridge

HANDSHAKES = 2000
LOGINS = 200


@dataclass(frozen=True)
class Line:
    """One figure of the report. ``seconds`` are of all ``count`` together; ``yardstick`` the same by the baseline."""

    database: str
    what: str
    count: int
    seconds: float
    first_byte: float | None = None
    peak_mb: float | None = None
    megabytes: float | None = None
    yardstick: float | None = None
    limit: str = ""

    @property
    def rate(self) -> float:
        """Things per second."""
        return self.count / self.seconds

    @property
    def ratio(self) -> float | None:
        """Times as long as the yardstick."""
        return self.seconds / self.yardstick if self.yardstick else None


def measure(
    database: str, url: str, folder: Path, *, documents: int, workers: int, handshakes: int, items: int
) -> Iterator[Line]:
    """Seed a new database and measure everything on it. Raises ``RuntimeError`` when the server refuses something."""
    bridge = create_bridge(environment_for(url))
    upgrade(bridge.db.engine)
    seeding.prepare(bridge)
    yield Line(database, "store and render", documents, seeding.fill(bridge, documents))
    yield Line(database, "preflight", documents, _preflight(bridge), yardstick=baseline.json_seconds(documents))
    bridge.db.close()
    with serving(url, folder, workers) as server:
        yield from _handshakes(database, server, folder, handshakes)
        yield from _query(database, server, folder, documents)
        yield from _import(database, server, folder, documents)
        yield from _catalogue(database, server, folder, items)


def _preflight(bridge: Bridge) -> float:
    node = nodes.by_name(bridge, seeding.NODE)
    started = time.perf_counter()
    for flight in preflight.flights(bridge, node):
        if flight.held:
            raise RuntimeError(flight.reason)
    return time.perf_counter() - started


@contextlib.contextmanager
def _client(server: Server) -> Iterator[Client]:
    client = Client(server.port, seeding.LOGIN, seeding.PASSWORD)
    try:
        yield client
    finally:
        client.close()


def _handshakes(database: str, server: Server, folder: Path, count: int) -> Iterator[Line]:
    idle = server.memory()
    with _client(server) as client, server.watched() as peak:
        first = client.log_in()
        started = time.perf_counter()
        for _ in range(LOGINS):
            client.log_in()
        logins = time.perf_counter() - started
        started = time.perf_counter()
        for _ in range(count):
            client.call("init")
        seconds = time.perf_counter() - started
    yardstick = _small_answers(folder, count)
    yield Line(database, "first login", 1, first.seconds, peak_mb=idle, limit="≤ 100 ms (memory: before it)")
    yield Line(database, "checkauth", LOGINS, logins, yardstick=yardstick * LOGINS / count)
    yield Line(database, "init", count, seconds, peak_mb=peak.megabytes, yardstick=yardstick, limit="≥ 800/s")


def _small_answers(folder: Path, count: int) -> float:
    path = folder / "small.txt"
    path.write_bytes(b"zip=no\nfile_limit=52428800")
    with baseline.serving(path) as port:
        client = Client(port, "none", "none")
        started = time.perf_counter()
        for _ in range(count):
            client.call("init")
        seconds = time.perf_counter() - started
        client.close()
    return seconds


def _query(database: str, server: Server, folder: Path, documents: int) -> Iterator[Line]:
    with _client(server) as client:
        client.log_in()
        client.call("init")
        with server.watched() as peak:
            taken = client.call("query")
        again = client.call("query")
        started = time.perf_counter()
        client.call("success")
        confirmed = time.perf_counter() - started
    yardstick = _same_bytes(folder, taken.size)
    yield Line(
        *(database, "query", documents, taken.seconds),
        first_byte=taken.first_byte,
        peak_mb=peak.megabytes,
        megabytes=taken.size / 1e6,
        yardstick=yardstick,
        limit="≤ 4 s, ≤ 80 MB, first byte ≤ 100 ms at 10,000",
    )
    yield Line(
        *(database, "query again", documents, again.seconds),
        first_byte=again.first_byte,
        megabytes=again.size / 1e6,
        yardstick=yardstick,
    )
    yield Line(database, "success", documents, confirmed)


def _same_bytes(folder: Path, size: int) -> float:
    path = folder / "same-size.xml"
    with path.open("wb") as file:
        file.truncate(size)
    with baseline.serving(path) as port:
        client = Client(port, "none", "none")
        client.call("query")  # as warm as the product is
        seconds = client.call("query").seconds
        client.close()
    return seconds


def _import(database: str, server: Server, folder: Path, documents: int) -> Iterator[Line]:
    path = folder / "returned.xml"
    size = returned.write(path, documents)
    yardstick = baseline.parse_seconds(path)
    with _client(server) as client:
        client.log_in()
        portion = int(client.call("init").start.split(b"file_limit=")[1].split()[0])
        for what, filename in (("import", "documents_1.xml"), ("import again", "documents_2.xml")):
            with server.watched() as peak:
                seconds = client.upload(path, filename, portion)
            yield Line(
                *(database, what, documents, seconds),
                peak_mb=peak.megabytes,
                megabytes=size / 1e6,
                yardstick=yardstick,
                limit="≤ 5 s, ≤ 60 MB at 10,000",
            )


def _catalogue(database: str, server: Server, folder: Path, items: int) -> Iterator[Line]:
    path = folder / "catalogue.xml"
    size = catalogue.write(path, items)
    yardstick = baseline.parse_seconds(path, "Товар")
    with _client(server) as client:
        client.log_in()
        portion = int(client.call("init", kind="catalog").start.split(b"file_limit=")[1].split()[0])
        for what, new in (("catalogue", items), ("catalogue again", 0)):
            told = f"Номенклатура: прочитано {items}, новых {new}, изменено 0."
            with server.watched() as peak:
                seconds = client.upload(path, "import0_1.xml", portion, kind="catalog", told=told)
            yield Line(
                *(database, what, items, seconds),
                peak_mb=peak.megabytes,
                megabytes=size / 1e6,
                yardstick=yardstick,
                limit="≤ 60 s, flat memory at 100,000",
            )
