"""``node add|list|set|selection|remove``; ``odata`` and ``check`` are ``node_books``."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from typing import Any

import click

from commerceml_bridge.cli import choosing, node_books, policies
from commerceml_bridge.cli.common import echo_table, new_password, open_bridge, password_stdin
from commerceml_bridge.cli.notifying import notify
from commerceml_bridge.cli.spelling import extras_changed, spelling_options, take_extras
from commerceml_bridge.cli.taking_back import take_back
from commerceml_bridge.commerceml.dialects import BARE_VERSIONS
from commerceml_bridge.db.rows import PortalRow
from commerceml_bridge.domain.documents import Encoding
from commerceml_bridge.domain.nodes import ClientFamily, NodeOptions, UnmappedGoods, ZeroVat
from commerceml_bridge.domain.selection import OnLeave, Selection
from commerceml_bridge.domain.spelling import ContactTypes, ServiceMark
from commerceml_bridge.errors import PortalError
from commerceml_bridge.services import nodes, option_texts, portals
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.choosing import Wanted, count_in_portal, resolve

_DATE = click.DateTime(["%Y-%m-%d", "%d.%m.%Y"])
_client = click.option("--client", type=click.Choice([one.value for one in ClientFamily]), help="Семейство 1С.")
_prefix = click.option("--prefix", help="Префикс номера в 1С, до 9 символов.")
_SELECTING = {"from_date", "on_leave"}
"""Options that say beside the selection itself which invoices go or stay."""
_GOODS = ("catalog", "match_names", "unmapped", "service_item")
_from = click.option("--from", "from_date", type=_DATE, help="Счета с этой даты (по умолчанию — с сегодняшней).")


def _goods_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What a node does with the nomenclature of its 1C."""
    for option in (
        click.option("--catalog/--no-catalog", default=None, help="Читать ли файлы каталога в указатель номенклатуры."),
        click.option("--match-names/--no-match-names", default=None, help="Сопоставлять строки по точному названию."),
        click.option(
            "--unmapped",
            type=click.Choice([one.value for one in UnmappedGoods]),
            help="Строки не из номенклатуры 1С: send — отправить, hold — задержать счёт, service — заменить услугой.",
        ),
        click.option("--service-item", help="Ид, артикул или название услуги для --unmapped service."),
    ):
        command = option(command)
    return command


@click.group()
def node() -> None:
    """Узлы обмена: базы 1С."""


node.add_command(policies.policy)


@node.command("add")
@click.argument("name")
@click.option("--portal", "portal_name", required=True, help="Портал, счета которого получает узел.")
@click.option("--login", required=True, help="Логин, который вводят в настройке обмена 1С.")
@password_stdin
@_from
@_prefix
@_client
@click.option("--currency", multiple=True, metavar="RUB", help="Валюта счетов. Можно несколько.")
@_goods_options
@choosing.selection_options
def add(
    name: str,
    portal_name: str,
    login: str,
    from_date: dt.datetime | None,
    currency: tuple[str, ...],
    yes: bool,
    **given: Any,
) -> None:
    """Добавить узел и сказать, сколько счетов он получит."""
    bridge = open_bridge()
    since = from_date.date() if from_date else dt.date.today()  # noqa: DTZ011 - the operator's own calendar day
    options = NodeOptions(
        from_date=since,
        prefix=given["prefix"] or "",
        client=ClientFamily(given["client"] or "auto"),
        on_leave=OnLeave(given["on_leave"] or OnLeave.LEAVE),
    )
    goods = _changes({key: given.pop(key) for key in _GOODS})
    options = dataclasses.replace(options, **goods)
    wanted = choosing.taken(given, currency)
    if wanted:
        portal = portals.by_name(bridge, portal_name)
        options = dataclasses.replace(options, selection=resolve(bridge, portal, wanted, options.selection))
        choosing.agree(bridge, portal, options, None, yes=yes)
    row = nodes.add(bridge, name, portal_name, login, new_password(), options)
    click.echo(f"Узел «{row.name}» добавлен: логин {row.login}, счета портала «{row.portal_name}».")
    if not wanted:
        _say_how_many(bridge, portals.by_name(bridge, portal_name), options)


def _say_how_many(bridge: Bridge, portal: PortalRow, options: NodeOptions) -> None:
    try:
        click.echo(count_in_portal(bridge, portal, options))
    except PortalError as error:
        click.echo(f"Сколько счетов это значит, узнать не удалось: {error.message}", err=True)


@node.command("list")
def list_nodes() -> None:
    """Показать узлы."""
    rows = nodes.all_nodes(open_bridge())
    echo_table(
        (
            "узел",
            "портал",
            "логин",
            "с даты",
            "префикс",
            "семейство",
            "кодировка",
            "схема",
            "документов за раз",
            "свои реквизиты",
            "отбор",
        ),
        [
            (
                row.name,
                row.portal_name,
                row.login,
                f"{row.options.from_date:%d.%m.%Y}",
                row.options.prefix,
                row.options.client.value,
                row.options.encoding.value,
                row.options.schema_version or "auto",
                row.options.document_cap or "без предела",
                "; ".join(map(str, row.options.extra_requisites)) or "нет",
                str(row.options.selection) or "все счета",
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
@click.option(
    "--schema-version",
    type=click.Choice(["auto", *sorted(BARE_VERSIONS)]),
    help="ВерсияСхемы простой формы; auto — какую назовёт 1С, иначе 2.05.",
)
@click.option("--cap", type=int, help="Документов в одном ответе; 0 — без предела.")
@click.option("--digits", type=int, help="Сколько значащих цифр номера выдержит эта 1С.")
@click.option("--paid-stage", help="Стадия смарт-счёта «оплачен»; пусто — успешная стадия его воронки.")
@click.option(
    "--burst-changes", type=int, help="Сколько счетов файл 1С может изменить без вопроса; 0 — сколько угодно."
)
@click.option("--burst-unpaid", type=int, help="У скольких счетов файл отзывает оплату без вопроса.")
@click.option("--vat-rates", help="Ставки НДС, которые знает релиз 1С, через запятую: 0,10,20.")
@click.option(
    "--hold-bad-inn/--send-bad-inn", default=None, help="Счёт с неверным ИНН или КПП задержать или слать без него."
)
@click.option("--onec-party-ids/--own-party-ids", default=None, help="Ид контрагента: из файлов 1С или всегда свой.")
@click.option("--unseen-days", type=int, help="Дней до напоминания о счёте, которого 1С не вернула; 0 — никогда.")
@click.option("--old-zero-vat", type=click.Choice([one.value for one in ZeroVat]), help="Ставка 0 старых счетов.")
@click.option("--currency", multiple=True, metavar="RUB=руб.", help="Имя валюты в этой базе; просто RUB — отбор.")
@_goods_options
@spelling_options
@choosing.selection_options
@click.option("--password-stdin", is_flag=True, help="Новый пароль — первая строка стандартного ввода.")
def set_node(
    name: str,
    from_date: dt.datetime | None,
    vat_rates: str | None,
    currency: tuple[str, ...],
    yes: bool,
    **options: Any,
) -> None:
    """Изменить настройки узла. Уже доставленное заново не отправляется."""
    bridge = open_bridge()
    password = new_password() if options.pop("password_stdin") else None
    extras = take_extras(options)
    named = tuple(pair for pair in currency if "=" in pair)
    wanted = choosing.taken(options, tuple(code for code in currency if "=" not in code))
    changes = _changes(options)
    if from_date:
        changes["from_date"] = from_date.date()
    if vat_rates is not None:
        changes["vat_rates"] = option_texts.rates(vat_rates)
    if named:
        changes["currency_names"] = option_texts.currencies(list(named))
    changes |= extras_changed(nodes.by_name(bridge, name).options, extras)
    if wanted or changes.keys() & _SELECTING:
        changes["selection"] = _agreed(bridge, name, wanted, changes, yes=yes)
    if password is not None:
        nodes.set_password(bridge, name, password)
    if changes:
        nodes.set_options(bridge, name, **changes)
    click.echo(f"Узел «{name}» изменён.")


def _agreed(bridge: Bridge, name: str, wanted: Wanted, changes: dict[str, Any], *, yes: bool) -> Selection:
    """Return the selection as it will be, after saying what it means and asking; the same as before is not asked."""
    row = nodes.by_name(bridge, name)
    portal = portals.by_name(bridge, row.portal_name)
    options = dataclasses.replace(row.options, selection=resolve(bridge, portal, wanted, row.options.selection))
    options = dataclasses.replace(options, **{key: changes[key] for key in changes.keys() & _SELECTING})
    if options != row.options:
        choosing.agree(bridge, portal, options, row, yes=yes)
    return options.selection


@node.command("selection")
@click.argument("name")
def show_selection(name: str) -> None:
    """Показать, какие счета берёт узел, из чего можно выбрать и сколько это счетов."""
    bridge = open_bridge()
    row = nodes.by_name(bridge, name)
    choosing.show(bridge, row, portals.by_name(bridge, row.portal_name))


def _changes(options: dict[str, Any]) -> dict[str, Any]:
    names = {"cap": "document_cap", "digits": "number_digits"}
    changes = {names.get(key, key): value for key, value in options.items() if value is not None}
    if changes.get("schema_version") == "auto":
        changes["schema_version"] = ""
    for key, kind in (
        ("client", ClientFamily),
        ("encoding", Encoding),
        ("on_leave", OnLeave),
        ("old_zero_vat", ZeroVat),
        ("unmapped", UnmappedGoods),
        ("contact_types", ContactTypes),
        ("service_mark", ServiceMark),
    ):
        if key in changes:
            changes[key] = kind(str(changes[key]))
    return changes


node.add_command(notify)


@node.command("remove")
@click.argument("name")
def remove(name: str) -> None:
    """Вывести узел из работы; история остаётся."""
    nodes.remove(open_bridge(), name)
    click.echo(f"Узел «{name}» удалён, его история сохранена.")


node.add_command(node_books.odata)
node.add_command(node_books.check)
node.add_command(take_back)
