"""Options of ``node set`` for how documents are spelled and what is said beside the invoice (``docs/dialects.md``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from commerceml_bridge.domain.nodes import NodeOptions
from commerceml_bridge.domain.spelling import ContactTypes, InvoiceField, ServiceMark
from commerceml_bridge.services import extra_requisites


def spelling_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options to a command."""
    for option in (
        click.option(
            "--contact-types",
            type=click.Choice([one.value for one in ContactTypes]),
            help="Как пишутся виды контактов: form — по форме ответа, прочее — docs/dialects.md.",
        ),
        click.option(
            "--service-mark",
            type=click.Choice([one.value for one in ServiceMark]),
            help="Услуга: «Услуга» в обоих реквизитах (capital) или «услуга» в ВидНоменклатуры (lower).",
        ),
        click.option("--delivery-row", help="Строка счёта с этим названием — доставка (ORDER_DELIVERY); пусто — нет."),
        click.option("--send-stage/--no-send-stage", default=None, help="Слать ли стадию счёта."),
        click.option("--send-paid/--no-send-paid", default=None, help="Слать ли «Заказ оплачен»."),
        click.option(
            "--extra-requisite",
            multiple=True,
            metavar="ИМЯ=ЗНАЧЕНИЕ",
            help=f"Свой реквизит документа: константа или {{поле}} из: {', '.join(InvoiceField)}. Можно несколько.",
        ),
        click.option("--no-extra-requisite", multiple=True, metavar="ИМЯ", help="Убрать свой реквизит."),
        click.option(
            "--extra-may-overwrite/--extra-must-not-overwrite",
            default=None,
            help="Можно ли своему реквизиту заполнять поле заказа в УНФ.",
        ),
    ):
        command = option(command)
    return command


def take_extras(given: dict[str, Any]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Take what was said of extra requisites out of the options: (added, removed)."""
    return given.pop("extra_requisite"), given.pop("no_extra_requisite")


def extras_changed(options: NodeOptions, extras: tuple[tuple[str, ...], tuple[str, ...]]) -> dict[str, Any]:
    """Return what it changes. Raises ``ConfigurationError``."""
    added, removed = extras
    if not (added or removed):
        return {}
    return {"extra_requisites": extra_requisites.changed(options.extra_requisites, added, removed)}
