"""``/operators``: who may see and do what. For administrators only (blueprint ``settings``)."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from commerceml_bridge.domain.roles import Role
from commerceml_bridge.errors import ConfigurationError, NotFound
from commerceml_bridge.services import operators
from commerceml_bridge.web import csvs
from commerceml_bridge.web.accounts import operator_login
from commerceml_bridge.web.current import bridge
from commerceml_bridge.web.pages import View, page
from commerceml_bridge.web.settings import blueprint

SHORTEST_PASSWORD = 10


@page(blueprint, "/operators")
def people() -> View:
    """List people with their roles."""
    rows = [{"login": row.login, "role": row.role, "created_at": row.created_at} for row in operators.listed(bridge())]
    return View("operators.html", {"operators": rows}, {"roles": list(Role), "me": operator_login()})


@csvs.table(blueprint, "/operators.csv", "login", "role", "created_at")
def people_csv() -> csvs.Rows:
    """List people with their roles."""
    return lambda uow: uow.operators.all()


@blueprint.post("/operators")
def add() -> ResponseReturnValue:
    """Add a person."""
    login, password = request.form.get("login", "").strip(), request.form.get("password", "")
    if len(password) < SHORTEST_PASSWORD:
        flash(_("Пароль короче %(count)s знаков.", count=SHORTEST_PASSWORD), "error")
        return _back()
    return _done(lambda: operators.add(bridge(), login, password, _role()), _("Человек добавлен."))


@blueprint.post("/operators/<login>/role")
def change_role(login: str) -> ResponseReturnValue:
    """Change what a person may do; nobody takes their own rights away by mistake."""
    if login == operator_login():
        flash(_("Свою роль здесь не меняют: попросите другого администратора."), "error")
        return _back()
    return _done(lambda: operators.set_role(bridge(), login, _role()), _("Роль изменена."))


@blueprint.post("/operators/<login>/password")
def change_password(login: str) -> ResponseReturnValue:
    """Give a person a new password; their sessions end."""
    password = request.form.get("password", "")
    if len(password) < SHORTEST_PASSWORD:
        flash(_("Пароль короче %(count)s знаков.", count=SHORTEST_PASSWORD), "error")
        return _back()
    return _done(lambda: operators.set_password(bridge(), login, password), _("Пароль сменён."))


@blueprint.post("/operators/<login>/remove")
def remove(login: str) -> ResponseReturnValue:
    """Remove a person, but never oneself: somebody must be left to undo it."""
    if login == operator_login():
        flash(_("Себя удалить нельзя: попросите другого администратора."), "error")
        return _back()
    return _done(lambda: operators.remove(bridge(), login), _("Человек удалён."))


def _role() -> Role:
    wanted = request.form.get("role", "")
    return Role(wanted) if wanted in set(Role) else Role.VIEWER


def _done(work: Callable[[], None], said: str) -> ResponseReturnValue:
    try:
        work()
    except (ConfigurationError, NotFound) as error:
        flash(error.message, "error")
    else:
        flash(said, "done")
    return _back()


def _back() -> ResponseReturnValue:
    return redirect(url_for("settings.people"))
