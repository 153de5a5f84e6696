"""``alert list|test``: what is wrong now, and whether messages arrive."""

from __future__ import annotations

import click

from commerceml_bridge.cli.common import echo_table, open_bridge
from commerceml_bridge.services import alerting


@click.group()
def alert() -> None:
    """Сообщения о молчании и отказах: что не так сейчас и доходят ли письма."""


@alert.command("list")
def list_alerts() -> None:
    """Показать, что не так сейчас. Код возврата 1, если есть хоть одно."""
    bridge = open_bridge()
    alerting.look(bridge)
    with bridge.db.read() as uow:
        rows = uow.alerts.open()
    if not rows:
        click.echo("Всё в порядке.")
        return
    told = {True: "да", False: "нет"}
    echo_table(
        ("с", "о чём", "что не так и что делать", "сообщено"),
        [(f"{row.began_at:%d.%m.%Y %H:%M}", row.subject, row.text, told[row.told_at is not None]) for row in rows],
    )
    raise SystemExit(1)


@alert.command("test")
def send_test() -> None:
    """Отправить пробное сообщение всем, кому настроено."""
    names = {"mail": "письмо", "webhook": "POST на заданный адрес"}
    sent = ", ".join(names[one] for one in alerting.test(open_bridge()))
    click.echo(f"Отправлено: {sent}.")
