"""``operator add|list|set|remove``."""

from __future__ import annotations

import click

from commerceml_bridge.cli.common import echo_table, new_password, open_bridge, password_stdin
from commerceml_bridge.services import nodes


@click.group()
def operator() -> None:
    """Операторы: кто видит страницы."""


@operator.command("add")
@click.argument("login")
@password_stdin
def add(login: str, password_stdin: bool) -> None:
    """Добавить оператора."""
    nodes.add_operator(open_bridge(), login, new_password())
    click.echo(f"Оператор «{login}» добавлен.")


@operator.command("list")
def list_operators() -> None:
    """Показать операторов."""
    rows = nodes.all_operators(open_bridge())
    echo_table(("логин", "добавлен"), [(row.login, f"{row.created_at:%d.%m.%Y}") for row in rows])


@operator.command("set")
@click.argument("login")
@password_stdin
def set_operator(login: str, password_stdin: bool) -> None:
    """Сменить пароль оператора."""
    nodes.set_operator_password(open_bridge(), login, new_password())
    click.echo(f"Пароль оператора «{login}» изменён.")


@operator.command("remove")
@click.argument("login")
def remove(login: str) -> None:
    """Удалить оператора."""
    nodes.remove_operator(open_bridge(), login)
    click.echo(f"Оператор «{login}» удалён.")
