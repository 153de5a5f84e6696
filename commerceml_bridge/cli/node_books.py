"""``node odata`` and ``node check``: the payment truth of a base, and whether the node is in order."""

from __future__ import annotations

import click

from commerceml_bridge.cli.common import open_bridge, secret_from_stdin
from commerceml_bridge.errors import ConfigurationError
from commerceml_bridge.services import node_checking, nodes, odata_sources, polling
from commerceml_bridge.services.bridge import Bridge


@click.command("odata")
@click.argument("name")
@click.option("--url", help="Адрес публикации базы 1С: https://сервер/база (или адрес приложения 1С:Фреш).")
@click.option("--login", help="Пользователь 1С с профилем «Только просмотр».")
@click.option("--password-stdin", is_flag=True, help="Его пароль — первая строка стандартного ввода.")
@click.option("--prefix", help="Префикс номеров в 1С: 4 знака перед дефисом (00БС); без него узнается сам.")
@click.option("--organization", help="ИНН или название организации, если их в базе несколько.")
@click.option("--every", "minutes", type=int, help="Опрос раз в столько минут (по умолчанию 15).")
@click.option("--off", is_flag=True, help="Больше не опрашивать.")
@click.option("--now", is_flag=True, help="Опросить сейчас же.")
def odata(name: str, off: bool, now: bool, password_stdin: bool, **options: str | int | None) -> None:
    """Узнавать оплаты из базы 1С через «Стандартный интерфейс OData» (docs/odata.md)."""
    bridge = open_bridge()
    given = {key: value for key, value in options.items() if value is not None}
    if off:
        if given or password_stdin or now:
            raise ConfigurationError("--off не сочетается с другими ключами.")
        odata_sources.remove_source(bridge, name)
        click.echo(f"Узел «{name}» больше не опрашивается по OData.")
        return
    if password_stdin:
        given["password"] = secret_from_stdin("Пароль OData")
    if given:
        odata_sources.set_source(bridge, name, **given)  # type: ignore[arg-type]  # names and types are the options'
    _say(bridge, name)
    if now:
        _poll(bridge, name)


def _say(bridge: Bridge, name: str) -> None:
    row = odata_sources.of_node(bridge, name)
    if row is None:
        raise click.ClickException(f"Узел «{name}» не опрашивается по OData.")
    shown = odata_sources.show(bridge, row)
    prefix = shown.prefix or (f"{shown.learned_prefix} (узнан)" if shown.learned_prefix else "ещё не узнан")
    click.echo(f"Узел «{name}»: {shown.url}, логин {shown.login}, префикс {prefix}, раз в {shown.minutes:g} мин.")
    if row.error:
        click.echo(f"Последний опрос не удался: {row.error}", err=True)
    click.echo(f"Проверить: commerceml-bridge node check {name}")


def _poll(bridge: Bridge, name: str) -> None:
    report = polling.poll_by_name(bridge, name)
    if report.error:
        raise click.ClickException(report.error)
    click.echo(poll_line(name, report))


def poll_line(name: str, report: polling.PollReport) -> str:
    """Return what a poll found, in one line."""
    return (
        f"{name}: счетов в окне {report.asked}, найдено в 1С {report.found}, изменений {report.told}, "
        f"сомнительных {report.doubtful}, запросов {report.requests}"
    )


@click.command("check")
@click.argument("name")
def check(name: str) -> None:
    """Проверить узел: обмен, публикация OData, состав, права, префикс; что не так и как исправить."""
    bridge = open_bridge()
    findings = node_checking.check(bridge, nodes.by_name(bridge, name))
    for one in findings:
        click.echo(f"{'✓' if one.ok else '✗'} {one.name}: {one.what}")
        if one.follows:
            click.echo(f"    Что из этого следует: {one.follows}")
        if one.mend:
            click.echo(f"    Как исправить: {one.mend}")
    if not all(one.ok for one in findings):
        raise SystemExit(1)
