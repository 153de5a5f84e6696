"""The product's own server in processes of its own, and the memory of its workers while a block runs."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from commerceml_bridge.cli.processes import free_port, ready, running, until

SAMPLE_SECONDS = 0.01
SECRET_KEY = "a secret key of the benchmarks"


@dataclass
class Server:
    """A live server. ``workers`` are gunicorn's, the arbiter left out."""

    port: int
    workers: list[psutil.Process]

    def memory(self) -> float:
        """Resident memory of all workers together, now, in MB."""
        return sum(worker.memory_info().rss for worker in self.workers) / 1e6

    @contextmanager
    def watched(self) -> Iterator[Peak]:
        """Yield the peak of resident memory of all workers together while the block runs."""
        peak = Peak(self.workers)
        thread = threading.Thread(target=peak.watch, daemon=True)
        thread.start()
        try:
            yield peak
        finally:
            peak.done.set()
            thread.join()


@dataclass
class Peak:
    """Resident memory in bytes, sampled."""

    workers: list[psutil.Process]
    bytes: int = 0
    done: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        """Sample until told to stop."""
        while not self.done.wait(SAMPLE_SECONDS):
            self.bytes = max(self.bytes, sum(worker.memory_info().rss for worker in self.workers))

    @property
    def megabytes(self) -> float:
        """The peak in MB (10⁶ bytes)."""
        return self.bytes / 1e6


def environment_for(database_url: str) -> dict[str, str]:
    """Settings of server and harness."""
    return {**os.environ, "CMLB_DATABASE_URL": database_url, "CMLB_SECRET_KEY": SECRET_KEY}


@contextmanager
def serving(database_url: str, folder: Path, workers: int) -> Iterator[Server]:
    """Run ``commerceml-bridge serve`` for the length of the block."""
    bind = f"127.0.0.1:{free_port()}"
    command = ("serve", "--bind", bind, "--workers", str(workers))
    with running(environment_for(database_url), folder, *command) as process:
        until("the server is ready", lambda: ready(bind))
        children = psutil.Process(process.pid).children(recursive=True)
        yield Server(int(bind.rpartition(":")[2]), children)
