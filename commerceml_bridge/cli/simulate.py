"""``simulate portal`` and ``simulate 1c``: rehearse a set-up without touching anybody's data."""

from __future__ import annotations

from decimal import Decimal

import click

from commerceml_bridge.cli.common import echo_table, password_stdin, secret_from_stdin
from commerceml_bridge.simulators.onec import FAMILIES, OneCError, connect
from commerceml_bridge.simulators.portal import serve_forever


@click.group()
def simulate() -> None:
    """Имитаторы: портал Битрикс24 и 1С разных семейств."""


@simulate.command("portal")
@click.option("--host", default="127.0.0.1", show_default=True, help="Адрес: только эта машина.")
@click.option("--port", default=8024, show_default=True, help="Порт.")
def portal(host: str, port: int) -> None:
    """Держать имитатор портала с несколькими счетами и показать адрес вебхука."""
    serve_forever(host, port)


@simulate.command("1c")
@click.argument("family", type=click.Choice(sorted(FAMILIES)))
@click.argument("address")
@click.option("--login", required=True, help="Логин узла.")
@password_stdin
@click.option("--pay", is_flag=True, help="Провести оплату всех загруженных заказов и выгрузить их.")
def onec(family: str, address: str, login: str, password_stdin: bool, pay: bool) -> None:
    """Провести обмен так, как это сделает 1С выбранного семейства. Загруженное считается доставленным!"""
    client = connect(family, address=address, login=login, password=secret_from_stdin("Пароль"))
    try:
        client.check_connection()
        report = client.load()
        if pay:
            for number in client.base.orders:
                client.base.pay(number)
            client.upload()
    except OneCError as error:
        raise click.ClickException(f"1С показала бы: {error}") from None
    click.echo(f"Создано документов: {report.created}, подтверждение отправлено: {report.success_sent}")
    orders = client.base.orders.values()
    rows = [(order.number, order.number_1c, f"{order.date:%d.%m.%Y}", _sum(order.total)) for order in orders]
    echo_table(("номер сайта", "номер в 1С", "дата", "сумма"), rows)


def _sum(total: Decimal) -> str:
    return f"{total:.2f}"
