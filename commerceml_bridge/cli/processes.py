"""Running the product's own commands beside this process: for the demo, rehearsals and end-to-end tests."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click

WAIT_SECONDS = 60.0


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def running(environment: Mapping[str, str], folder: Path, *words: str) -> Iterator[subprocess.Popen[bytes]]:
    """Keep ``commerceml-bridge WORDS`` running; its log is shown only if the block fails."""
    log = folder / f"{words[0]}-{time.monotonic_ns()}.log"
    with log.open("w") as file:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "commerceml_bridge", *words], env=environment, stdout=file, stderr=file
        )
    try:
        yield process
    except BaseException:
        click.echo(log.read_text(errors="replace"), err=True)
        raise
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process politely; one that does not listen is killed."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def until(what: str, done: Callable[[], bool], *, seconds: float = WAIT_SECONDS) -> None:
    """Wait for something. Raises ``TimeoutError`` that names it."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError(f"Не дождались: {what}.")
        time.sleep(0.05)


def ready(bind: str) -> bool:
    """Tell whether a server answers /readyz with 200."""
    try:
        with urllib.request.urlopen(f"http://{bind}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
