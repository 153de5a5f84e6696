"""``migrate``, ``serve``, ``worker`` and ``up`` (both at once, for one machine)."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import click

from commerceml_bridge.app import create_app, create_bridge
from commerceml_bridge.cli.common import open_bridge
from commerceml_bridge.db.migrations import upgrade
from commerceml_bridge.exchange.server import serve as serve_forever
from commerceml_bridge.log import configure_logging
from commerceml_bridge.worker import Worker

_bind = click.option("--bind", default="127.0.0.1:8080", show_default=True, help="Адрес и порт.")
_workers = click.option("--workers", default=2, show_default=True, help="Процессов сервера.")


@click.command()
def migrate() -> None:
    """Создать базу или привести её к новой версии."""
    click.echo(f"База приведена к версии {upgrade(create_bridge().db.engine)}.")


@click.command()
@_bind
@_workers
def serve(bind: str, workers: int) -> None:
    """Принимать обмен 1С и показывать страницы."""
    open_bridge().db.close()
    serve_forever(create_app, bind, workers=workers)


@click.command()
def worker() -> None:
    """Получать счета из Битрикс24 и записывать туда оплаты."""
    configure_logging()
    runner = Worker(open_bridge())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: runner.stop())
    runner.run()


@click.command()
@_bind
@_workers
def up(bind: str, workers: int) -> None:
    """Подготовить базу и держать сервер и обработчик вместе."""
    upgrade(create_bridge().db.engine)
    command = [sys.executable, "-m", "commerceml_bridge"]
    processes = [
        subprocess.Popen([*command, "serve", "--bind", bind, "--workers", str(workers)]),  # noqa: S603 - our own program
        subprocess.Popen([*command, "worker"]),  # noqa: S603 - our own program
    ]
    click.echo(f"Страницы: http://{bind}/   адрес для 1С: http://{bind}/1c_exchange.php   остановить: Ctrl+C")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        while all(process.poll() is None for process in processes):
            time.sleep(0.5)
    except KeyboardInterrupt:
        pass
    finally:
        for process in processes:
            process.terminate()
        codes = [process.wait(timeout=30) for process in processes]
    sys.exit(max(abs(code) for code in codes) if any(code not in {0, -signal.SIGTERM} for code in codes) else 0)
