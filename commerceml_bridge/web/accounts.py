"""Operators: login page, session, and HTTP Basic for the JSON twins. Everything is refused unless named as public."""

from __future__ import annotations

import hashlib
from typing import cast
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, flash, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import LoginManager, current_user, login_user, logout_user

from commerceml_bridge.db.rows import OperatorRow
from commerceml_bridge.domain.roles import Role
from commerceml_bridge.services import auditing, secrets
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.web.current import bridge
from commerceml_bridge.web.throttle import Throttle

PUBLIC = frozenset({"static", "login", "healthz", "readyz", "metrics", "bitrix24_hook"})
"""Endpoints a stranger may call; hooks check their own token."""
ADMINISTRATION = frozenset({"settings"})
"""Blueprints only an administrator may open, pages and JSON alike."""
PROGRAMS = (".json", ".csv")
"""Ends of addresses that programs read, with HTTP Basic."""
FILES = (".zip", ".xml", "/download")
"""Ends of addresses of exact bytes: for browsers, and for programs that send HTTP Basic."""
_EXTENSION = "commerceml_bridge.accounts"


class Operator:
    """A person who has logged in. The id changes with the password, which ends sessions opened with an older one."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, row: OperatorRow) -> None:
        self.login = row.login
        self.role = Role(row.role)
        self.id = f"{row.id}.{hashlib.sha256(row.password_hash.encode()).hexdigest()[:16]}"

    def get_id(self) -> str:
        """Return what the session keeps (Flask-Login asks for it by this name)."""
        return self.id


class Doorkeeper:
    """Checks passwords; a Basic login that was right once is remembered under a keyed fingerprint."""

    def __init__(self, the_bridge: Bridge) -> None:
        self._bridge = the_bridge
        self._throttle = Throttle()
        self._verified: set[bytes] = set()

    def admit(self, login: str, password: str, remote: str) -> Operator | None:
        """Return the operator if login and password fit and this address has not failed too often."""
        with self._bridge.db.read() as uow:
            row = uow.operators.by_login(login)
        stored = row.password_hash if row else ""
        key = secrets.cache_key(self._bridge, login, password, stored)
        if row is not None and key in self._verified:
            return Operator(row)
        now = self._bridge.clock()
        if self._throttle.refuses(login, remote, now):
            return None
        if not secrets.password_fits(password, stored) or row is None:
            self._throttle.failed(login, remote, now)
            return None
        self._throttle.succeeded(login, remote)
        self._remember(key)
        return Operator(row)

    def _remember(self, key: bytes) -> None:
        if len(self._verified) >= 1000:
            self._verified.clear()
        self._verified.add(key)


def init(app: Flask) -> None:
    """Set up the login manager, the gate and the login pages."""
    manager = LoginManager(app)
    manager.session_protection = "basic"  # "strong" would log a phone out whenever its address changes
    manager.user_loader(_load)
    app.extensions[_EXTENSION] = Doorkeeper(app.extensions["commerceml_bridge"])
    app.before_request(_gate)
    app.jinja_env.globals["may"] = may
    app.add_url_rule("/login", "login", _login, methods=["GET", "POST"])
    app.add_url_rule("/logout", "logout", _logout, methods=["GET", "POST"])


def operator_login() -> str:
    """Return the login of the operator who sent the request, ``""`` for a program that reads JSON by HTTP Basic."""
    return str(current_user.login) if current_user.is_authenticated else ""


def _doorkeeper() -> Doorkeeper:
    return cast(Doorkeeper, current_app.extensions[_EXTENSION])


def _load(user_id: str) -> Operator | None:
    number = user_id.partition(".")[0]
    if not number.isdecimal():
        return None
    with bridge().db.read() as uow:
        row = uow.operators.by_id(int(number))
    operator = Operator(row) if row else None
    return operator if operator is not None and operator.id == user_id else None


def _gate() -> ResponseReturnValue | None:
    """Let operators pass, send strangers to the login page, answer programs with 401 in JSON."""
    if request.endpoint is None or request.endpoint in PUBLIC:
        return None
    if _asked_by_a_program():
        role = _role_of_reader()
        if role is None:
            return _unauthorized()
        _let_in(role)
        return None
    if current_user.is_authenticated:
        _let_in(current_user.role)
        return None
    if request.headers.get("HX-Request") is not None:
        return "", 204, {"HX-Refresh": "true"}  # a page that asks for its next piece becomes the login page as a whole
    wanted = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("login", next=wanted if wanted != "/" else None))


def _asked_by_a_program() -> bool:
    if request.path.endswith(PROGRAMS):
        return True
    return request.path.endswith(FILES) and request.authorization is not None and not current_user.is_authenticated


def _let_in(role: Role) -> None:
    """Refuse what the role does not allow: everybody may look, who changes anything needs more (403)."""
    if current_user.is_authenticated:
        auditing.set_actor(current_user.login)
    if not role.includes(_needed()):
        abort(403)


def _needed() -> Role:
    if request.endpoint == "logout":
        return Role.VIEWER
    if request.blueprint in ADMINISTRATION:
        return Role.ADMINISTRATOR
    return Role.VIEWER if request.method in {"GET", "HEAD", "OPTIONS"} else Role.OPERATOR


def may(role: str) -> bool:
    """Tell a template whether the operator of the page may do what ``role`` may."""
    return bool(current_user.is_authenticated) and bool(current_user.role.includes(Role(role)))


def _role_of_reader() -> Role | None:
    """Return the role of who reads a JSON twin, by HTTP Basic or by the session; ``None`` for a stranger."""
    sent = request.authorization
    if sent is None:
        return current_user.role if current_user.is_authenticated else None
    if sent.type != "basic":
        return None
    operator = _doorkeeper().admit(sent.username or "", sent.password or "", request.remote_addr or "")
    return operator.role if operator else None


def _unauthorized() -> ResponseReturnValue:
    answer = jsonify({"error": "unauthorized", "message": _("Нужны логин и пароль оператора (HTTP Basic).")})
    answer.headers["WWW-Authenticate"] = 'Basic realm="commerceml-bridge", charset="UTF-8"'
    return answer, 401


def _login() -> ResponseReturnValue:
    if current_user.is_authenticated:
        return redirect(_next())
    if request.method != "POST":  # HEAD too: a watchdog is no wrong password
        return render_template("login.html", login="")
    login, password = request.form.get("login", "").strip(), request.form.get("password", "")
    operator = _doorkeeper().admit(login, password, request.remote_addr or "")
    if operator is None:
        flash(_("Логин или пароль не подходят. После многих ошибок подряд вход закрывается на пять минут."), "error")
        return render_template("login.html", login=login), 403
    session.clear()
    session.permanent = True
    login_user(operator)
    return redirect(_next())


def _next() -> str:
    """Return where to go after login: a path of ours or the overview, never another site."""
    wanted = request.args.get("next", "")
    parts = urlsplit(wanted)
    ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return wanted if ours else url_for("overview.index")


def _logout() -> ResponseReturnValue:
    if request.method != "POST":
        return render_template("logout.html")
    logout_user()
    session.clear()
    return redirect(url_for("login"))
