"""``node add|list|set|remove``."""

from __future__ import annotations

import datetime as dt

import click

from commerceml_bridge.cli.common import echo_table, new_password, open_bridge, password_stdin
from commerceml_bridge.domain.documents import Encoding
from commerceml_bridge.domain.nodes import ClientFamily, NodeOptions
from commerceml_bridge.errors import ConfigurationError, PortalError
from commerceml_bridge.services import nodes
from commerceml_bridge.services.bridge import Bridge

_DATE = click.DateTime(["%Y-%m-%d", "%d.%m.%Y"])
_client = click.option("--client", type=click.Choice([one.value for one in ClientFamily]), help="Семейство 1С.")
_prefix = click.option("--prefix", help="Префикс номера в 1С, до 9 символов.")
_from = click.option("--from", "from_date", type=_DATE, help="Счета с этой даты (по умолчанию — с сегодняшней).")


@click.group()
def node() -> None:
    """Узлы обмена: базы 1С."""


@node.command("add")
@click.argument("name")
@click.option("--portal", "portal_name", required=True, help="Портал, счета которого получает узел.")
@click.option("--login", required=True, help="Логин, который вводят в настройке обмена 1С.")
@password_stdin
@_from
@_prefix
@_client
def add(
    name: str,
    portal_name: str,
    login: str,
    password_stdin: bool,
    from_date: dt.datetime | None,
    prefix: str | None,
    client: str | None,
) -> None:
    """Добавить узел и сказать, сколько счетов он получит."""
    bridge = open_bridge()
    since = from_date.date() if from_date else dt.date.today()  # noqa: DTZ011 - the operator's own calendar day
    options = NodeOptions(from_date=since, prefix=prefix or "", client=ClientFamily(client or "auto"))
    row = nodes.add(bridge, name, portal_name, login, new_password(), options)
    click.echo(f"Узел «{row.name}» добавлен: логин {row.login}, счета портала «{row.portal_name}».")
    _say_how_many(bridge, portal_name, since)


def _say_how_many(bridge: Bridge, portal_name: str, since: dt.date) -> None:
    try:
        count = nodes.count_invoices(bridge, portal_name, since)
    except PortalError as error:
        click.echo(f"Сколько счетов это значит, узнать не удалось: {error.message}", err=True)
        return
    click.echo(f"Счетов с датой от {since:%d.%m.%Y} в Битрикс24: {count}.")


@node.command("list")
def list_nodes() -> None:
    """Показать узлы."""
    rows = nodes.all_nodes(open_bridge())
    echo_table(
        ("узел", "портал", "логин", "с даты", "префикс", "семейство", "кодировка", "документов за раз"),
        [
            (
                row.name,
                row.portal_name,
                row.login,
                f"{row.options.from_date:%d.%m.%Y}",
                row.options.prefix,
                row.options.client.value,
                row.options.encoding.value,
                row.options.document_cap or "без предела",
            )
            for row in rows
        ],
    )


@node.command("set")
@click.argument("name")
@_from
@_prefix
@_client
@click.option("--encoding", type=click.Choice([one.value for one in Encoding]), help="Кодировка ответов.")
@click.option("--cap", type=int, help="Документов в одном ответе; 0 — без предела.")
@click.option("--digits", type=int, help="Сколько значащих цифр номера выдержит эта 1С.")
@click.option("--paid-stage", help="Стадия смарт-счёта «оплачен»; пусто — успешная стадия его воронки.")
@click.option("--vat-rates", help="Ставки НДС, которые знает релиз 1С, через запятую: 0,10,20.")
@click.option("--currency", multiple=True, metavar="RUB=руб.", help="Как валюта называется в этой базе.")
@click.option("--password-stdin", is_flag=True, help="Новый пароль — первая строка стандартного ввода.")
def set_node(
    name: str, from_date: dt.datetime | None, vat_rates: str | None, currency: tuple[str, ...], **options: object
) -> None:
    """Изменить настройки узла. Уже доставленное заново не отправляется."""
    bridge = open_bridge()
    if options.pop("password_stdin"):
        nodes.set_password(bridge, name, new_password())
    changes = _changes(options)
    if from_date:
        changes["from_date"] = from_date.date()
    if vat_rates is not None:
        changes["vat_rates"] = frozenset(rate.strip() for rate in vat_rates.split(",") if rate.strip())
    if currency:
        changes["currency_names"] = _currencies(currency)
    if changes:
        nodes.set_options(bridge, name, **changes)
    click.echo(f"Узел «{name}» изменён.")


def _changes(options: dict[str, object]) -> dict[str, object]:
    names = {"cap": "document_cap", "digits": "number_digits"}
    changes = {names.get(key, key): value for key, value in options.items() if value is not None}
    if "client" in changes:
        changes["client"] = ClientFamily(str(changes["client"]))
    if "encoding" in changes:
        changes["encoding"] = Encoding(str(changes["encoding"]))
    return changes


def _currencies(pairs: tuple[str, ...]) -> dict[str, str]:
    names = dict(pair.partition("=")[::2] for pair in pairs)
    if not all(len(code) == 3 and name for code, name in names.items()):
        raise ConfigurationError("Валюта задаётся парой КОД=ИМЯ, например RUB=руб.")
    return names


@node.command("remove")
@click.argument("name")
def remove(name: str) -> None:
    """Вывести узел из работы; история остаётся."""
    nodes.remove(open_bridge(), name)
    click.echo(f"Узел «{name}» удалён, его история сохранена.")
