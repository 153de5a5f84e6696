"""``burst list|let-go|discard``: files and polls that would have changed too much and wait for a person."""

from __future__ import annotations

import click

from commerceml_bridge.cli.common import echo_table, open_bridge
from commerceml_bridge.services import auditing, bursts

_number = click.argument("burst_id", type=int, metavar="НОМЕР")
_reason = click.option("--reason", required=True, help="Почему: останется в истории.")


@click.group()
def burst() -> None:
    """Остановленные записи: один файл или опрос изменил бы слишком много счетов."""


@burst.command("list")
def list_stopped() -> None:
    """Показать, что ждёт решения."""
    rows = [
        (one.id, f"{one.created_at:%d.%m.%Y %H:%M} UTC", name, one.origin, one.changes, one.unpaid, one.reason)
        for name, one in bursts.stopped(open_bridge())
    ]
    echo_table(("№", "когда", "узел", "откуда", "изменилось бы", "отозвано оплат", "почему"), rows)


@burst.command("let-go")
@_number
@_reason
def let_go(burst_id: int, reason: str) -> None:
    """Отпустить: всё, что ждёт, будет записано в Битрикс24."""
    bursts.let_go(open_bridge(), burst_id, operator=auditing.actor(), reason=reason)
    click.echo("Отпущено: исполнитель возьмёт записи сейчас же.")


@burst.command("discard")
@_number
@_reason
def discard(burst_id: int, reason: str) -> None:
    """Отказаться: в Битрикс24 ничего не запишется, факты останутся в журнале оплат."""
    bursts.discard(open_bridge(), burst_id, operator=auditing.actor(), reason=reason)
    click.echo("Ничего не записано. Факты остались в журнале оплат.")
