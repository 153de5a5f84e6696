"""Options of ``node add`` and ``node set`` that choose invoices, and the question before a choice is kept."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from commerceml_bridge.cli.common import echo_table
from commerceml_bridge.db.rows import NodeRow, PortalRow
from commerceml_bridge.domain.nodes import NodeOptions
from commerceml_bridge.domain.selection import OnLeave
from commerceml_bridge.errors import ConfigurationError
from commerceml_bridge.services import choosing
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.choosing import Wanted

F = TypeVar("F", bound=Callable[..., Any])
_FIELDS = {
    "kind": "kinds",
    "category": "categories",
    "stage": "stages",
    "from_stage": "from_stages",
    "seller": "sellers",
    "responsible": "responsible",
}
_OPTIONS = (
    ("--kind", "Вид счетов: smart или old."),
    ("--category", "Воронка (номер или имя)."),
    ("--stage", "Стадия (код или имя): только эти."),
    ("--from-stage", "Стадия, с которой счёт уходит: она и все следующие в её воронке."),
    ("--seller", "Моя компания, продавец (номер или имя); 0 — счета без продавца."),
    ("--responsible", "Ответственный (номер или имя)."),
)
_ON_LEAVE = "Счёт вышел из отбора, а в 1С уже есть: leave — оставить, cancel — отменить в 1С."


def selection_options(command: F) -> F:
    """Add the options; each may be given several times, and ``все`` clears it."""
    for name, text in reversed(_OPTIONS):
        command = click.option(name, multiple=True, help=f"{text} Можно несколько; все — сбросить.")(command)
    command = click.option("--on-leave", type=click.Choice([one.value for one in OnLeave]), help=_ON_LEAVE)(command)
    return click.option("--yes", is_flag=True, help="Не спрашивать подтверждения отбора.")(command)


def taken(options: dict[str, Any], currencies: tuple[str, ...]) -> Wanted:
    """Take the choices out of a command's options; ``currencies`` are those given without a name."""
    fields = {field: tuple(options.pop(name)) for name, field in _FIELDS.items()}
    return Wanted({name: texts for name, texts in {**fields, "currencies": currencies}.items() if texts})


def agree(bridge: Bridge, portal: PortalRow, options: NodeOptions, node: NodeRow | None, *, yes: bool) -> None:
    """Say how many invoices a changed selection means and ask. Raises ``click.Abort``.

    Without a terminal nobody is there to be asked: the selection of a node at work then needs ``--yes``, or
    ``ConfigurationError`` is raised. A new node has given 1C nothing yet.
    """
    click.echo(choosing.say_count(bridge, portal, options, node))
    if yes:
        return
    if sys.stdin.isatty():
        click.confirm("Сохранить этот отбор?", abort=True)
    elif node is not None:
        raise ConfigurationError("Отбор не изменён. Спросить некого: подтвердите его параметром --yes.")


def show(bridge: Bridge, node: NodeRow, portal: PortalRow) -> None:
    """Print what a node chooses, what there is to choose, and what that means."""
    rows = [(one.title, one.chosen, one.there) for one in choosing.choices_of(bridge, node)]
    echo_table(("параметр", "выбрано", "есть на портале"), rows)
    count = choosing.count_stored(bridge, portal, node.options, node)
    click.echo(count.text(node.options.on_leave))
    names = {
        "never": "не передаются никогда",
        "date": "по дате",
        "kind": "по виду",
        "category": "по воронке",
        "stage": "по стадии",
        "seller": "по продавцу",
        "currency": "по валюте",
        "responsible": "по ответственному",
    }
    if count.outside:
        click.echo("Вне отбора: " + ", ".join(f"{names[code]} {number}" for code, number in count.outside.items()))
