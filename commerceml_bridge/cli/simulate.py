"""``simulate portal``, ``simulate 1c`` and ``simulate odata``: rehearse a set-up without touching anybody's data."""

from __future__ import annotations

import re
from decimal import Decimal

import click

from commerceml_bridge.cli.common import echo_table, password_stdin, secret_from_stdin
from commerceml_bridge.simulators.odata import Books
from commerceml_bridge.simulators.odata import serve_forever as serve_odata
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


@simulate.command("odata")
@click.argument("address")
@click.option("--login", required=True, help="Логин узла.")
@password_stdin
@click.option("--pay", multiple=True, metavar="НОМЕР[=СУММА]", help="Провести оплату счёта: всю или эту сумму.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Адрес: только эта машина.")
@click.option("--port", default=8025, show_default=True, help="Порт.")
def odata(address: str, login: str, password_stdin: bool, pay: tuple[str, ...], host: str, port: int) -> None:
    """Загрузить счета в имитатор Бухгалтерии 3.0 и держать её интерфейс OData. Загруженное считается доставленным!"""
    client = connect("bp3", address=address, login=login, password=secret_from_stdin("Пароль"))
    try:
        client.load()
    except OneCError as error:
        raise click.ClickException(f"1С показала бы: {error}") from None
    books = Books(client.base)
    for number, _, amount in (one.partition("=") for one in pay):
        if number not in client.base.orders:
            raise click.ClickException(f"Счёта {number} в базе нет.")
        if amount and not re.fullmatch(r"\d+(\.\d+)?", amount):
            raise click.ClickException(f"Сумма не читается: {amount}.")
        client.base.pay(number, amount=Decimal(amount) if amount else None)
    click.echo(f"Счетов в базе: {len(client.base.documents)}")
    serve_odata(host, port, books)


def _sum(total: Decimal) -> str:
    return f"{total:.2f}"
