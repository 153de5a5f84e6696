"""``node policy show|set|reset``: what is done in Bitrix24 when 1C says something."""

from __future__ import annotations

import dataclasses

import click

from commerceml_bridge.cli.common import echo_table, open_bridge
from commerceml_bridge.domain.policy import Policy, Situation, Value
from commerceml_bridge.errors import ConfigurationError, PortalError
from commerceml_bridge.services import nodes, policies
from commerceml_bridge.services.bridge import Bridge

_situation = click.argument("situation", type=click.Choice([one.value for one in Situation]))
_status = click.option("--status", default="", help="Статус заказа в 1С, ИД или имя: для строки status.")


@click.group()
def policy() -> None:
    """Что делать в Битрикс24, когда 1С что-то сообщает."""


@policy.command("show")
@click.argument("name")
def show(name: str) -> None:
    """Показать таблицу и статусы, о которых сообщала 1С; и из чего можно выбрать, если портал отвечает."""
    bridge = open_bridge()
    node = nodes.by_name(bridge, name)
    _table(node.options.policy)
    told = policies.statuses(bridge, node.id)
    if told:
        click.echo("Статусы заказов, о которых сообщала 1С:")
        echo_table(("ИД", "имя", "счетов"), [(one.status_id, one.name, one.invoices) for one in told])
    _choices(bridge, name)


def _table(shown: Policy) -> None:
    echo_table(
        ("событие", "статус 1С", "действия", ""),
        [
            (
                one.situation.value,
                one.status,
                "; ".join(f"{what}: {value}" for what, value in policies.actions(one)) or "ничего",
                "изменено" if shown.is_changed(one) else "по умолчанию",
            )
            for one in shown.table
        ],
    )


def _choices(bridge: Bridge, name: str) -> None:
    try:
        found = policies.choices(bridge, name)
    except PortalError as error:
        click.echo(f"Стадии и поля портала узнать не удалось: {error.message}", err=True)
        return
    groups = {"Стадии счетов": found.stages, "Стадии сделок": found.deal_stages, "Поля счетов": found.fields}
    for title, every in groups.items():
        click.echo(f"{title}: {', '.join(f'{one} ({words})' for one, words in every.items()) or 'нет'}.")


@policy.command("set")
@click.argument("name")
@_situation
@_status
@click.option("--stage", help="Стадия счёта: success, failure, first или её ИД; пусто — не менять.")
@click.option("--deal-stage", help="Стадия сделки счёта, ИД; пусто — не менять.")
@click.option("--field", "fields", multiple=True, metavar="ПОЛЕ=ЗНАЧЕНИЕ", help="number-1c, date-1c, paid, payments.")
@click.option("--comment/--no-comment", default=None, help="Комментарий в истории счёта.")
@click.option("--notify/--no-notify", default=None, help="Уведомить ответственного (право вебхука im).")
@click.option(
    "--out-of-failure/--keep-failure", "out_of_failure", default=None, help="Менять стадию и тогда, когда она — отказ."
)
@click.option(
    "--by-silence/--no-silence",
    "by_silence",
    default=None,
    help="Для withdrawn: 1С показала заказ снова и об оплате молчит — значит, оплата отозвана (УТ 10.3).",
)
def set_rule(name: str, situation: str, status: str, fields: tuple[str, ...], **given: str | bool | None) -> None:
    """Изменить строку таблицы: названное меняется, остальное в строке остаётся."""
    bridge = open_bridge()
    about = Situation(situation)
    rule = nodes.by_name(bridge, name).options.policy.rule(about, status, status)
    changes: dict[str, object] = {key: value for key, value in given.items() if value is not None}
    if fields:
        changes["fields"] = _fields(fields)
    changed = dataclasses.replace(rule, status=status, **changes)  # type: ignore[arg-type]  # names are ours, above
    _table(policies.set_rule(bridge, name, changed))


def _fields(pairs: tuple[str, ...]) -> dict[str, str]:
    if pairs == ("",):
        return {}
    named = dict(pair.partition("=")[::2] for pair in pairs)
    if not all(named.values()):
        raise ConfigurationError(f"Поле задаётся парой ПОЛЕ=ЗНАЧЕНИЕ; значения: {', '.join(Value)}.")
    return named


@policy.command("reset")
@click.argument("name")
@click.argument("situation", type=click.Choice([one.value for one in Situation]), required=False)
@_status
def reset(name: str, situation: str | None, status: str) -> None:
    """Вернуть строку или всю таблицу к умолчанию."""
    _table(policies.reset(open_bridge(), name, Situation(situation) if situation else None, status))
