"""``demo``: the whole journey on one machine, with real sockets: Bitrix24 (simulated) → bridge → 1C (simulated) → back.

Exits 0 only if every step was as it must be; otherwise says which one was not.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from decimal import Decimal
from pathlib import Path

import click

from commerceml_bridge.app import create_bridge
from commerceml_bridge.cli.common import echo_table
from commerceml_bridge.cli.demo_report import Line, complaints, lines_of, stages
from commerceml_bridge.cli.processes import free_port, ready, running, until
from commerceml_bridge.domain.nodes import TODAYS_VAT_RATES
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.simulators.onec import OneCClient, connect
from commerceml_bridge.simulators.portal import PortalServer, seed_demo

PORTAL, NODE, LOGIN = "demo", "ut11-demo", "exchange"


RATES = TODAYS_VAT_RATES | {"18"}
"""A release of today knows the rates of today; an older one is what ``node set --vat-rates`` is for."""


class DemoFailed(click.ClickException):
    """A step was not as it must be."""


@click.command()
def demo() -> None:
    """Показать весь путь: счёт из Битрикс24 в 1С и оплату обратно (всё имитируется на этой машине)."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="commerceml-bridge-demo-")))
        server = stack.enter_context(PortalServer())
        seeded = seed_demo(server.portal)
        before = stages(server.portal, seeded)
        environment = {
            **os.environ,
            "CMLB_DATABASE_URL": f"sqlite:///{folder / 'demo.sqlite3'}",
            "CMLB_POLL_SECONDS": "1",
        }
        password = secrets.token_urlsafe(12)
        click.echo("1. Готовим базу, портал и узел обмена:")
        _prepare(environment, server.webhook_url, password)
        bind = f"127.0.0.1:{free_port()}"
        click.echo(f"2. Запускаем сервер на {bind} и обработчик")
        stack.enter_context(running(environment, folder, "serve", "--bind", bind, "--workers", "1"))
        stack.enter_context(running(environment, folder, "worker"))
        until("сервер готов", lambda: ready(bind))
        bridge = create_bridge(environment)
        stack.callback(bridge.db.close)
        until("счета получены из Битрикс24", lambda: _fetched(bridge) >= len(before))
        click.echo(f"3. Обработчик получил из Битрикс24 счетов: {_fetched(bridge)}")
        client = connect(
            "ut11", address=f"http://{bind}/", login=LOGIN, password=password, vat_rates=tuple(sorted(RATES))
        )

        def report() -> list[Line]:
            return lines_of(bridge, NODE, client.base, before, stages(server.portal, seeded))

        _walk(client, lambda: [line for line in report() if not line.was_paid])
        until("оплаты записаны в Битрикс24", lambda: _nothing_pending(bridge))
        _show(report())


def _prepare(environment: dict[str, str], webhook: str, password: str) -> None:
    _command(environment, "migrate")
    _command(environment, "portal", "add", PORTAL, "--webhook-stdin", stdin=webhook)
    _command(
        environment,
        *("node", "add", NODE, "--portal", PORTAL, "--login", LOGIN, "--password-stdin"),
        *("--from", "2020-01-01", "--client", "ut11"),
        stdin=password,
    )


def _command(environment: dict[str, str], *words: str, stdin: str = "") -> None:
    click.echo(f"   $ commerceml-bridge {' '.join(words)}")
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "commerceml_bridge", *words],
        env=environment,
        input=stdin,
        text=True,
        capture_output=True,
        check=False,
    )
    for line in done.stdout.splitlines():
        click.echo(f"     {line}")
    if done.returncode:
        raise DemoFailed(f"{words[0]}: {done.stderr.strip()}")


def _fetched(bridge: Bridge) -> int:
    with bridge.db.read() as uow:
        return sum(portal.invoices for portal in uow.status.portals())


def _nothing_pending(bridge: Bridge) -> bool:
    with bridge.db.read() as uow:
        return not any(portal.pending for portal in uow.status.portals())


def _walk(client: OneCClient, unpaid: Callable[[], list[Line]]) -> None:
    """Let 1C load the invoices, pay some of them, and send back what changed."""
    client.check_connection()
    loaded = client.load()
    click.echo(f"4. 1С загрузила документов: {loaded.created}, подтвердила: {'да' if loaded.success_sent else 'нет'}")
    open_lines = unpaid()
    if not loaded.success_sent or len(open_lines) < 3:
        raise DemoFailed("1С не загрузила счета.")
    *in_full, partly, _left = open_lines
    for line in in_full:
        client.base.pay(line.wire_number)
    client.base.pay(partly.wire_number, amount=partly.total / Decimal(2))
    click.echo(f"5. Бухгалтер провёл оплаты: полностью {len(in_full)}, частично 1, без оплаты оставил 1")
    sent = client.upload()
    click.echo(f"6. 1С выгрузила документов: {sent.documents}; ответы: {', '.join(_first_lines(sent.answers))}")
    again = client.load()
    if again.created or again.updated:
        raise DemoFailed("Подтверждённые счета пришли в 1С повторно.")


def _first_lines(answers: list[tuple[str, str]]) -> Iterator[str]:
    for mode, text in answers:
        if mode in {"file", "import"}:
            yield f"{mode} — {text.splitlines()[0]}"


def _show(lines: list[Line]) -> None:
    click.echo("7. Итог:")
    header = ("счёт", "покупатель", "сумма", "документ в 1С", "доставлен", "оплачен в 1С", "стадия до", "стадия после")
    echo_table(header, [line.cells() for line in lines])
    wrong = complaints(lines)
    if wrong:
        raise DemoFailed("\n".join(wrong))
    click.echo("Все шаги выполнены: счета в 1С, оплаты — в Битрикс24.")
