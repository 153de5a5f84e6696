"""``node take-back``: what was given to 1C in a botched test exchange goes out again."""

from __future__ import annotations

import datetime as dt
import sys

import click

from commerceml_bridge.cli.common import echo_table, open_bridge
from commerceml_bridge.errors import ConfigurationError
from commerceml_bridge.services import taking_back
from commerceml_bridge.services.taking_back import Plan

_MOMENT = click.DateTime(["%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d", "%d.%m.%Y %H:%M"])


@click.command("take-back")
@click.argument("name")
@click.option("--since", type=_MOMENT, help="Всё, что отдано с этого момента (время этой машины).")
@click.option("--session", "session_id", type=int, help="То, что отдано в этом сеансе.")
@click.option("--reason", default="", help="Причина: останется в истории счетов и в журнале изменений.")
@click.option("--yes", is_flag=True, help="Не спрашивать подтверждения.")
def take_back(name: str, since: dt.datetime | None, session_id: int | None, reason: str, *, yes: bool) -> None:
    """Взять назад неудачный пробный обмен: счета уйдут снова под теми же номерами и датами.

    Счета с известной оплатой остаются как есть. Без --reason только показывает, что изменится.
    """
    bridge = open_bridge()
    try:
        moment = since.astimezone() if since else None  # a bare time is this machine's own
    except (ValueError, OverflowError):  # the first day of the calendar
        raise click.BadParameter("Такого момента не было.", param_hint="--since") from None
    plan = taking_back.preview(bridge, name, since=moment, session_id=session_id)
    _say(plan)
    if not reason or not plan.taken:
        click.echo("Ничего не изменено." + ("" if reason else " Чтобы взять обмен назад, добавьте --reason."))
        return
    if not yes:
        if not sys.stdin.isatty():
            raise ConfigurationError("Без терминала подтвердите это параметром --yes.")
        click.confirm(f"Вернуть к отправке счетов: {len(plan.taken)}?", abort=True)
    done = taking_back.take_back(bridge, name, reason=reason, since=moment, session_id=session_id)
    click.echo(f"Снова к отправке: {len(done.taken)}. Оставлено: {len(done.left)}.")


def _say(plan: Plan) -> None:
    rows = [(one.printed, one.number, f"{one.date:%d.%m.%Y}" if one.date else "", "уйдёт снова") for one in plan.taken]
    rows += [
        (one.row.printed, one.row.number, f"{one.row.date:%d.%m.%Y}" if one.row.date else "", f"останется: {one.why}")
        for one in plan.left
    ]
    if rows:
        echo_table(("счёт", "номер в 1С", "дата", "что будет"), rows)
    click.echo(f"Сеансов: {len(plan.sessions)}, уйдут снова: {len(plan.taken)}, останутся: {len(plan.left)}.")
