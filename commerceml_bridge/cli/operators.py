"""``operator add|list|set|remove``."""

from __future__ import annotations

import click

from commerceml_bridge.cli.common import echo_table, new_password, open_bridge, password_stdin
from commerceml_bridge.domain.roles import Role
from commerceml_bridge.services import operators

_role = click.Choice([role.value for role in Role])


@click.group()
def operator() -> None:
    """Операторы: кто видит страницы."""


@operator.command("add")
@click.argument("login")
@password_stdin
@click.option("--role", type=_role, default=Role.ADMINISTRATOR.value, show_default=True, help="Что ему можно.")
def add(login: str, password_stdin: bool, role: str) -> None:
    """Добавить оператора: viewer только смотрит, operator разбирает счета и проблемы, administrator настраивает."""
    operators.add(open_bridge(), login, new_password(), Role(role))
    click.echo(f"Оператор «{login}» добавлен.")


@operator.command("list")
def list_operators() -> None:
    """Показать операторов."""
    rows = operators.listed(open_bridge())
    echo_table(("логин", "роль", "добавлен"), [(row.login, row.role, f"{row.created_at:%d.%m.%Y}") for row in rows])


@operator.command("set")
@click.argument("login")
@click.option("--password-stdin", is_flag=True, help="Новый пароль — первая строка стандартного ввода.")
@click.option("--role", type=_role, help="Новая роль.")
def set_operator(login: str, password_stdin: bool, role: str | None) -> None:
    """Сменить пароль или роль оператора."""
    if not password_stdin and role is None:
        raise click.UsageError("Что изменить: --password-stdin, --role или оба.")
    bridge = open_bridge()
    if password_stdin:
        operators.set_password(bridge, login, new_password())
    if role is not None:
        operators.set_role(bridge, login, Role(role))
    click.echo(f"Оператор «{login}» изменён.")


@operator.command("remove")
@click.argument("login")
def remove(login: str) -> None:
    """Удалить оператора."""
    operators.remove(open_bridge(), login)
    click.echo(f"Оператор «{login}» удалён.")
