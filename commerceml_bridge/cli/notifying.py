"""``node notify``: tell 1C at once that something waits for it."""

from __future__ import annotations

import click

from commerceml_bridge.cli.common import echo_table, open_bridge, secret_from_stdin
from commerceml_bridge.errors import ConfigurationError
from commerceml_bridge.services import nodes, notifying
from commerceml_bridge.services.bridge import Bridge

_ANSWERS = 10


@click.command("notify")
@click.argument("name")
@click.option("--url", help="Адрес HTTP-сервиса базы: https://сервер/база/hs/cmlb/exchange.")
@click.option("--login", help="Пользователь 1С для этого сервиса; пусто — без входа.")
@click.option("--password-stdin", is_flag=True, help="Пароль — первая строка стандартного ввода.")
@click.option("--method", type=click.Choice(notifying.METHODS), help="Метод HTTP (по умолчанию POST).")
@click.option("--debounce", type=int, metavar="СЕКУНД", help="Сколько собирать изменения в один звонок (30).")
@click.option("--off", is_flag=True, help="Больше не звонить.")
@click.option("--test", "test", is_flag=True, help="Позвонить сейчас и показать ответ.")
def notify(name: str, password_stdin: bool, off: bool, test: bool, **given: object) -> None:
    """Звонить опубликованной базе 1С, когда для неё есть счета. Без параметров — показать настройку и ответы."""
    bridge = open_bridge()
    changes = {key: value for key, value in given.items() if value is not None}
    if off and (changes or password_stdin or test):
        raise ConfigurationError("--off задаётся отдельно от других параметров.")
    if off:
        notifying.switch_off(bridge, name)
        click.echo(f"Узлу «{name}» больше не звоним: 1С забирает счета по своему расписанию.")
        return
    if password_stdin:
        changes["password"] = secret_from_stdin("Пароль")
    if changes:
        row = notifying.set_notifier(bridge, name, **changes)  # type: ignore[arg-type]  # named as the options are
        where = f"{row.method} {notifying.shown(row.url)}"
        click.echo(f"Узлу «{name}» звоним: {where}, собирая изменения {row.debounce} с.")
    if test:
        answer = notifying.test_call(bridge, name)
        click.echo(f"1С ответила: HTTP {answer.status} за {answer.milliseconds} мс. {answer.text}".rstrip())
    elif not changes:
        _show(bridge, name)


def _show(bridge: Bridge, name: str) -> None:
    state, answers = notifying.state(bridge, nodes.by_name(bridge, name).id, _ANSWERS)
    if state is None:
        click.echo(f"Узлу «{name}» не звоним: 1С забирает счета по своему расписанию. Настройка: docs/notify-1c.md.")
    else:
        who = f"пользователь {state.login}" if state.login else "без входа"
        click.echo(f"{state.method} {state.url}, {who}, изменения собираются {state.debounce} с.")
        if state.attempts and state.next_at:
            click.echo(f"Неудач подряд: {state.attempts}; следующая попытка {state.next_at:%d.%m.%Y %H:%M:%S} UTC.")
    if answers:
        echo_table(
            ("когда (UTC)", "HTTP", "мс", "попытка", "ответ"),
            [
                (f"{one.at:%d.%m.%Y %H:%M:%S}", one.status or "нет", one.milliseconds, one.attempt, one.text)
                for one in answers
            ],
        )
