"""People who may see the pages: add, list, change, remove; each with a role."""

from __future__ import annotations

import re

from commerceml_bridge.db.rows import OperatorRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.domain.roles import Role
from commerceml_bridge.errors import ConfigurationError, NotFound
from commerceml_bridge.services import auditing, secrets
from commerceml_bridge.services.bridge import Bridge

_GOOD_LOGIN = re.compile(r"(?![. ])[^/:#?%\\]{1,60}(?<! )")
"""Stands in addresses of pages, and before the colon of HTTP Basic."""


def add(bridge: Bridge, login: str, password: str, role: Role = Role.ADMINISTRATOR) -> None:
    """Register a person. Raises ``ConfigurationError`` for a bad or a taken login and for an empty password."""
    if not login.strip() or not password:
        raise ConfigurationError("Оператору нужны логин и пароль.")
    if not _GOOD_LOGIN.fullmatch(login) or not login.isprintable():
        raise ConfigurationError("Логин оператора: до 60 знаков без пробелов по краям, «/», «:», «#», «?» и «%».")
    with bridge.db.write() as uow:
        if uow.operators.by_login(login):
            raise ConfigurationError(f"Оператор «{login}» уже есть. Сменить пароль: operator set {login}.")
        uow.operators.add(login, secrets.hash_password(password), role.value, bridge.clock())
        auditing.note(uow, bridge, "operator.add", login, {"role": ("", role.value)})


def set_password(bridge: Bridge, login: str, password: str) -> None:
    """Replace a password; sessions opened with the old one end. Raises ``NotFound`` and ``ConfigurationError``."""
    if not password:
        raise ConfigurationError("Пароль оператора пуст.")
    with bridge.db.write() as uow:
        uow.operators.set_password(_must(uow, login).id, secrets.hash_password(password))
        auditing.note(uow, bridge, "operator.password", login, {"password": ("", auditing.CHANGED)})


def set_role(bridge: Bridge, login: str, role: Role) -> None:
    """Change what a person may do. Raises ``NotFound``."""
    with bridge.db.write() as uow:
        row = _must(uow, login)
        uow.operators.set_role(row.id, role.value)
        auditing.note(uow, bridge, "operator.role", login, {"role": (row.role, role.value)})


def remove(bridge: Bridge, login: str) -> None:
    """Remove a person. Raises ``NotFound``."""
    with bridge.db.write() as uow:
        uow.operators.remove(_must(uow, login).id)
        auditing.note(uow, bridge, "operator.remove", login)


def listed(bridge: Bridge) -> list[OperatorRow]:
    """Return everybody by login."""
    with bridge.db.read() as uow:
        return uow.operators.all()


def _must(uow: UnitOfWork, login: str) -> OperatorRow:
    row = uow.operators.by_login(login)
    if row is None:
        raise NotFound(f"Оператора «{login}» нет. Список: commerceml-bridge operator list.")
    return row
