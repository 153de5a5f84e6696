"""``portal add|list|set|remove|sweep|check``."""

from __future__ import annotations

import click

from commerceml_bridge.cli.common import echo_table, open_bridge, secret_from_stdin
from commerceml_bridge.errors import ConfigurationError
from commerceml_bridge.services import checking, portals, sweeping
from commerceml_bridge.services.fetching import fetch_portal

_webhook = click.option("--webhook", help="Адрес входящего вебхука https://портал/rest/1/код/.")
_webhook_stdin = click.option("--webhook-stdin", is_flag=True, help="Адрес вебхука — первая строка стандартного ввода.")
_token = click.option("--application-token", help="Токен исходящего вебхука (события).")

_MARKS = {"ok": "✓", "advice": "!", "stop": "✗"}


@click.group()
def portal() -> None:
    """Порталы Битрикс24."""


def _address(webhook: str | None, from_stdin: bool) -> str | None:
    return secret_from_stdin("Вебхук") if from_stdin else webhook


@portal.command("add")
@click.argument("name")
@_webhook
@_webhook_stdin
@_token
def add(name: str, webhook: str | None, webhook_stdin: bool, application_token: str | None) -> None:
    """Добавить портал."""
    address = _address(webhook, webhook_stdin)
    if not address:
        raise ConfigurationError("Нужен вебхук: --webhook АДРЕС или --webhook-stdin.")
    row = portals.add(open_bridge(), name, address, application_token or "")
    click.echo(
        f"Портал «{row.name}» добавлен ({row.host}). Проверить доступ: commerceml-bridge portal check {row.name}"
    )


@portal.command("list")
def list_portals() -> None:
    """Показать порталы."""
    rows = portals.all_portals(open_bridge())
    echo_table(
        ("портал", "адрес", "код в Ид", "последний опрос", "ошибка"),
        [(row.name, row.host, row.code, _moment(row.fetched_at), row.last_error) for row in rows],
    )


def _moment(value: object) -> str:
    return f"{value:%d.%m.%Y %H:%M} UTC" if value else ""


@portal.command("set")
@click.argument("name")
@_webhook
@_webhook_stdin
@_token
@click.option("--limits", help="Лимит запросов тарифа: standard, enterprise или в_секунду/всплеск (5/250).")
@click.option("--renamed", is_flag=True, help="Портал переименован: принять новый адрес, хотя он не отвечает.")
def set_portal(
    name: str,
    webhook: str | None,
    webhook_stdin: bool,
    application_token: str | None,
    limits: str | None,
    renamed: bool,
) -> None:
    """Изменить вебхук, токен или лимит запросов. Новый адрес проверяется: по нему должны быть те же счета."""
    address = _address(webhook, webhook_stdin)
    portals.set_portal(
        open_bridge(), name, webhook=address, application_token=application_token, renamed=renamed, limits=limits
    )
    click.echo(f"Портал «{name}» изменён.")


@portal.command("remove")
@click.argument("name")
def remove(name: str) -> None:
    """Удалить портал без истории: счетов и узлов у него никогда не было."""
    portals.remove(open_bridge(), name)
    click.echo(f"Портал «{name}» удалён.")


@portal.command("sweep")
@click.argument("name")
@click.option("--confirm", is_flag=True, help="Много счетов действительно удалено: поверить.")
def sweep(name: str, confirm: bool) -> None:
    """Найти счета, удалённые в Битрикс24, и вернувшиеся: сверить все по номерам."""
    bridge = open_bridge()
    report = sweeping.sweep(bridge, portals.by_name(bridge, name).id, confirmed=confirm)
    fetch_portal(bridge, portals.by_name(bridge, name))
    click.echo(
        f"Сверено счетов: {report.looked}; не показано порталом: {len(report.missing)}; вернулось: "
        f"{len(report.returned)}."
    )
    if report.note:
        raise ConfigurationError(report.note)


@portal.command("check")
@click.argument("name")
def check(name: str) -> None:
    """Проверить связь, права, виды счетов, стадии и остальное; ничего не меняет. Код 1: что-то мешает обмену."""
    bridge = open_bridge()
    report = checking.check_portal(bridge, portals.by_name(bridge, name))
    for finding in report.findings:
        click.echo(f"{_MARKS[finding.level]} {finding.name}: {finding.what}")
        if finding.follows:
            click.echo(f"    Что из этого следует: {finding.follows}")
        if finding.mend:
            click.echo(f"    Что сделать: {finding.mend}")
    click.echo(report.summary)
    if report.stops:
        raise SystemExit(1)
