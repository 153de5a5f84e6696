"""What commands share: the bridge, secrets from standard input, tables."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterable, Sequence

import click
from prettytable import PrettyTable, TableStyle

from commerceml_bridge.app import create_bridge
from commerceml_bridge.errors import ConfigurationError
from commerceml_bridge.services import auditing
from commerceml_bridge.services.bridge import Bridge

GOOD_LENGTH = 10


def open_bridge() -> Bridge:
    """Return the bridge of this environment. Raises ``ConfigurationError`` if the database is not migrated."""
    bridge = create_bridge()
    if not bridge.db.ready():
        raise ConfigurationError("База не готова: сначала выполните commerceml-bridge migrate.")
    auditing.set_actor(f"консоль, {_user()}")
    return bridge


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run under a number without a name
        return "без имени"


def secret_from_stdin(what: str) -> str:
    """Read a secret: the first line of standard input, or a prompt that does not show it."""
    if sys.stdin.isatty():
        return str(click.prompt(what, hide_input=True))
    value = sys.stdin.readline().rstrip("\r\n")
    if not value:
        raise ConfigurationError(f"{what}: на стандартном вводе пусто.")
    return value


def new_password() -> str:
    """Read a password somebody chooses; a short one is taken, with a word of advice."""
    password = secret_from_stdin("Пароль")
    if len(password) < GOOD_LENGTH:
        click.echo(
            f"Пароль короче {GOOD_LENGTH} символов: для адреса, открытого в интернет, выберите длиннее.", err=True
        )
    return password


def echo_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print a table people can read and paste into a letter."""
    table = PrettyTable(list(header), align="l")
    table.set_style(TableStyle.SINGLE_BORDER)
    table.add_rows([["—" if value in {None, ""} else value for value in row] for row in rows])
    click.echo(table.get_string())


password_stdin = click.option(
    "--password-stdin", is_flag=True, required=True, help="Пароль — первая строка стандартного ввода."
)
