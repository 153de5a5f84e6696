"""``python -m benchmarks.requests``: what it costs to fetch invoices, beside fast-bitrix24 in the same run.

The portal simulator keeps its leaky bucket (2 a second, 50) and counts; the product runs as it is deployed, a
``commerceml-bridge sync`` in a process of its own on a new SQLite file, and brings invoices with rows, requisite links,
companies, requisites, bank details, addresses and product codes. fast-bitrix24 brings the bare invoices only.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil
from fast_bitrix24 import Bitrix

from benchmarks.serving import environment_for
from commerceml_bridge.app import create_bridge
from commerceml_bridge.db.migrations import upgrade
from commerceml_bridge.services import portals
from commerceml_bridge.simulators.portal import LeakyBucket, PortalServer, Row, Settings, seed_many

COUNTS = (10, 50, 500, 2_600, 100_000)
OLD_COUNT = 500


@dataclass(frozen=True)
class Cost:
    """What one fetch cost: HTTP requests, commands carried out for them, and refusals of the rate limit."""

    what: str
    invoices: int
    requests: int
    commands: int
    refused: int
    seconds: float
    peak_mb: float | None = None


def main(arguments: Sequence[str] | None = None) -> list[Cost]:
    """Run what the command line asks for; return the figures."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.requests", description=__doc__)
    parser.add_argument("--counts", default=",".join(map(str, COUNTS)), help="numbers of invoices, comma separated")
    parser.add_argument(
        "--kills", default="", help="kill the first load (kill -9) when these shares are stored: 0.05,0.3,0.75"
    )
    parser.add_argument("--old", type=int, default=OLD_COUNT, help="number of old invoices")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    options = parser.parse_args(arguments)
    print(f"{'':<34}{'invoices':>9}{'requests':>9}{'commands':>9}{'refused':>8}{'s':>8}{'peak MB':>9}")
    costs = []
    kills = [float(share) for share in options.kills.split(",") if share]
    for cost in _measured([int(count) for count in options.counts.split(",") if count], options.old, kills):
        memory = "" if cost.peak_mb is None else f"{cost.peak_mb:.0f}"
        print(
            f"{cost.what:<34}{cost.invoices:>9}{cost.requests:>9}{cost.commands:>9}{cost.refused:>8}"
            f"{cost.seconds:>8.1f}{memory:>9}",
            flush=True,
        )
        costs.append(cost)
    if options.json:
        options.json.write_text(json.dumps([dataclasses.asdict(cost) for cost in costs], indent=1) + "\n")
    return costs


def _measured(counts: Sequence[int], old: int, kills: Sequence[float] = ()) -> Iterator[Cost]:
    for count in counts:
        with _portal("smart") as server:
            seed_many(server.portal, count, clients=min(1000, max(1, count // 3)))
            yield _theirs(server, count)
        with _portal("smart") as server:
            seed_many(server.portal, count, clients=min(1000, max(1, count // 3)))
            server.portal.advance_clock(300)  # or the idle look would look back at the seeding
            yield from _ours(server, count, "ours, everything around them", kills)
    if old:
        with _portal("old") as server:
            server.portal.add_my_company("Мы", inn="7700000029", kpp="770101001")
            payers = [server.portal.add_company(f"П {one}", inn="7700000011") for one in range(max(1, old // 3))]
            for number in range(old):
                payer = payers[number % len(payers)]
                server.portal.add_old_invoice(company_id=payer, rows=[Row("Вещь", 10, 1)])
            server.portal.advance_clock(300)
            yield from _ours(server, old, "ours, old invoices")


@contextmanager
def _portal(kind: str) -> Iterator[PortalServer]:
    with PortalServer(Settings(kinds=frozenset({kind})), bucket=LeakyBucket(rate=2, burst=50)) as server:
        yield server


def _theirs(server: PortalServer, count: int) -> Cost:
    began = time.perf_counter()
    found = Bitrix(server.webhook_url, verbose=False).get_all("crm.item.list", {"entityTypeId": 31})
    seconds = time.perf_counter() - began
    if len(found) != count:
        raise RuntimeError(f"fast-bitrix24 brought {len(found)} of {count} invoices")
    return _cost(server, "fast-bitrix24, invoices alone", count, seconds)


def _ours(server: PortalServer, count: int, what: str, kills: Sequence[float] = ()) -> Iterator[Cost]:
    with tempfile.TemporaryDirectory(prefix="cmlb-bench-") as folder:
        url = f"sqlite:///{Path(folder) / 'bench.sqlite3'}"
        bridge = create_bridge(environment_for(url))
        upgrade(bridge.db.engine)
        portals.add(bridge, "bench", server.webhook_url)
        portal_id = portals.by_name(bridge, "bench").id

        def stored() -> int:
            with bridge.db.read() as uow:
                return uow.invoices.count(portal_id)

        def reached(share: float) -> bool:
            return stored() >= share * count

        for share in sorted(kills):
            seconds, peak = _sync(server, url, partial(reached, share))
            killed = _cost(server, f"killed with {stored()} stored", count, seconds)
            yield dataclasses.replace(killed, peak_mb=peak)
        seconds, peak = _sync(server, url)
        if stored() != count:
            raise RuntimeError(f"{stored()} of {count} invoices were stored")
        # the stages of the portal are asked once an hour and process; that request is not the fetch's
        yield dataclasses.replace(_cost(server, what, count, seconds), peak_mb=peak)
        seconds, peak = _sync(server, url)
        yield _cost(server, "ours, idle look", count, seconds)
        bridge.db.close()


def _sync(server: PortalServer, url: str, kill_when: Callable[[], bool] | None = None) -> tuple[float, float]:
    """Run ``commerceml-bridge sync``; return seconds and the peak of its resident memory.

    It must succeed, unless it is killed because ``kill_when`` says so.
    """
    server.journal.clear()
    environment = {**os.environ, **environment_for(url)}
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "commerceml_bridge", "sync"], env=environment, stdout=subprocess.DEVNULL
    )
    peaks = [0.0]
    watcher = threading.Thread(target=_watch, args=(process.pid, peaks), daemon=True)
    watcher.start()
    while kill_when is not None and process.poll() is None:
        if kill_when():
            process.kill()
        time.sleep(0.2)
    if process.wait() != 0 and (kill_when is None or process.returncode != -signal.SIGKILL):
        raise RuntimeError("commerceml-bridge sync failed")
    return time.perf_counter() - began, peaks[0]


def _watch(pid: int, peaks: list[float]) -> None:
    try:
        process = psutil.Process(pid)
        while True:
            peaks[0] = max(peaks[0], process.memory_info().rss / 1e6)
            time.sleep(0.02)
    except psutil.Error:
        return


def _cost(server: PortalServer, what: str, count: int, seconds: float) -> Cost:
    """Return what the portal counted, without the one batch that looks up its stages."""
    entries = [entry for entry in server.journal.entries() if "crm.status.entity.types" not in entry.commands]
    commands = sum(len(entry.commands) or 1 for entry in entries)
    refused = sum(entry.status == 503 for entry in entries)
    return Cost(what, count, len(entries), commands, refused, seconds)


if __name__ == "__main__":
    main()
