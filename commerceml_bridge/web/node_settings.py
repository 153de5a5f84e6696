"""``/nodes/new`` and ``/nodes/ID/settings``: nodes are added, changed, given a password, removed.

Every single-valued option of ``NodeOptions`` has its field here by itself (``services.option_texts``); selection with
its date, policy, the call to 1C and OData have pages of their own. For administrators only.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any

from flask import abort, flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from commerceml_bridge.db.rows import NodeRow
from commerceml_bridge.domain.nodes import ClientFamily, NodeOptions
from commerceml_bridge.errors import ConfigurationError
from commerceml_bridge.services import choosing, nodes, option_texts, portals
from commerceml_bridge.web import labels, option_labels
from commerceml_bridge.web.current import bridge
from commerceml_bridge.web.forms import Choices, Field, Form, saved, sheet, text
from commerceml_bridge.web.language import zone
from commerceml_bridge.web.pages import View, page
from commerceml_bridge.web.settings import blueprint


def family_choices() -> Choices:
    """Return the 1C families with their names."""
    return [(one.value, labels.FAMILIES[one.value]) for one in ClientFamily]


def login_field() -> Field:
    """Return the field for the login 1C will use."""
    hint = _("Латинские буквы и цифры: его впишут в 1С.")
    return Field("login", _("Логин для 1С"), hint=hint, required=True)


def password_field(*, required: bool = True) -> Field:
    """Return the field for the password 1C will use."""
    hint = _("Латинские буквы, цифры и знаки. Больше не показывается: запишите, его впишут в 1С.")
    return Field("password", _("Пароль для 1С"), "secret", hint=hint, required=required)


@page(blueprint, "/nodes/new")
def new_node() -> View:
    """Ask for a node."""
    today = bridge().clock().astimezone(zone()).date()
    choices = [(one.name, f"{one.name} ({one.host})") for one in portals.all_portals(bridge())]
    since = _("Счета с более ранней датой не уйдут никогда: так отрезают то, что уже набрано в 1С руками.")
    fields = (
        Field("name", _("Имя узла в мосте"), required=True),
        Field("portal", _("Портал"), "choice", choices=choices),
        Field("client", _("Программа"), "choice", "auto", choices=family_choices()),
        Field("from_date", _("Счета с даты"), "date", today.isoformat(), hint=since, required=True),
        Field("prefix", option_labels.OPTIONS["prefix"]),
        login_field(),
        password_field(),
    )
    form = Form("node", _("Новый узел"), url_for("settings.add_node"), _("Добавить узел"), fields)
    notes = [] if choices else [_("Сначала добавьте портал.")]
    return sheet(_("Новый узел"), [form], {"node": None}, crumbs=_crumbs(None), notes=notes)


@blueprint.post("/nodes/new")
def add_node() -> ResponseReturnValue:
    """Add a node."""

    def work() -> object:
        options = NodeOptions(from_date=option_texts.date(text("from_date")))
        given = {name: text(name) for name in ("client", "prefix")}
        changed = option_texts.changes(options, {**_texts(options), **given}, option_labels.OPTIONS)
        fields: dict[str, Any] = {**options.__dict__, **changed}
        row = nodes.add(
            bridge(),
            text("name"),
            text("portal"),
            text("login"),
            request.form.get("password", ""),
            NodeOptions(**fields),
        )
        flash(choosing.say_count(bridge(), portals.by_name(bridge(), row.portal_name), row.options), "count")
        return _(
            "Узел «%(name)s» добавлен. Проверьте отбор счетов и впишите адрес, логин и пароль в 1С.", name=row.name
        )

    return saved(work, new_node, url_for("parties.nodes"))


def _texts(options: NodeOptions) -> dict[str, str]:
    return {name: option_texts.shown(value) for name, value in option_texts.simple(options).items()}


@page(blueprint, "/nodes/<int:node_id>/settings")
def node_settings(node_id: int) -> View:
    """Show what may be changed of a node."""
    return _node_view(node_by_id(node_id))


def _node_view(node: NodeRow) -> View:
    def to(endpoint: str) -> str:
        return url_for(f"settings.{endpoint}", node_id=node.id)

    options = option_texts.simple(node.options)
    again = _("Уже доставленное заново не отправляется; то, что ждёт, составляется по новым настройкам.")
    change = Form(
        "options",
        _("Настройки"),
        to("change_node"),
        _("Сохранить"),
        tuple(option_field(name, value) for name, value in options.items()),
        again,
    )
    password = Form(
        "password",
        _("Новый пароль для 1С"),
        to("change_node_password"),
        _("Сменить пароль"),
        (password_field(),),
        _("Со старым паролем 1С больше не войдёт, начатые сеансы кончатся."),
        folded=True,
    )
    gone = Form(
        "remove",
        _("Снять узел с обмена"),
        to("remove_node"),
        _("Снять узел с обмена"),
        (Field("confirm", _("Для подтверждения впишите имя узла"), required=True),),
        _("1С больше не войдёт. История остаётся."),
        folded=True,
    )
    data = {"node": {"id": node.id, "name": node.name, "login": node.login, "options": _texts(node.options)}}
    title = _("Настройки узла %(name)s", name=node.name)
    return sheet(title, [change, password, gone], data, crumbs=_crumbs(node), links=other_pages(node))


def other_pages(node: NodeRow) -> list[tuple[str, str]]:
    """Return links to the other settings of a node."""
    named = [
        ("settings.selection", _("Отбор счетов")),
        ("parties.policy", _("Что делать в Битрикс24")),
        ("settings.notifier", _("Звонок в 1С")),
        ("settings.odata", _("Опрос 1С по OData")),
        ("settings.taking_back_page", _("Взять назад пробный обмен")),
        ("settings.connect_node", _("Подключение по шагам")),
    ]
    return [(url_for(endpoint, node_id=node.id), words) for endpoint, words in named]


def option_field(name: str, value: object) -> Field:
    """Return the field for one option, by the kind of its value."""
    title, shown = option_labels.OPTIONS.get(name, name), option_texts.shown(value)
    if isinstance(value, StrEnum):
        choices = [(one, option_labels.said(name, one)) for one in map(str, type(value))]
        return Field(name, title, "choice", shown, choices=choices)
    kinds: list[tuple[type, str]] = [(bool, "flag"), (int, "number"), (dt.date, "date"), (tuple, "lines")]
    kind = next((kind for one, kind in kinds if isinstance(value, one)), "text")
    return Field(name, title, kind, shown, hint=option_labels.OPTION_HINTS.get(name, ""))


@blueprint.post("/nodes/<int:node_id>/settings")
def change_node(node_id: int) -> ResponseReturnValue:
    """Change options of a node."""
    node = node_by_id(node_id)

    def work() -> object:
        changed = option_texts.changes(node.options, request.form, option_labels.OPTIONS)
        if not changed:
            return _("Ничего не изменено.")
        nodes.set_options(bridge(), node.name, **changed)
        return _("Настройки узла изменены.")

    return saved(work, lambda: _node_view(node), _back(node))


@blueprint.post("/nodes/<int:node_id>/password")
def change_node_password(node_id: int) -> ResponseReturnValue:
    """Give 1C a new password."""
    node = node_by_id(node_id)

    def work() -> object:
        nodes.set_password(bridge(), node.name, request.form.get("password", ""))
        return _("Пароль сменён: впишите его в 1С.")

    return saved(work, lambda: _node_view(node), _back(node))


@blueprint.post("/nodes/<int:node_id>/remove")
def remove_node(node_id: int) -> ResponseReturnValue:
    """Take a node out of service."""
    node = node_by_id(node_id)

    def work() -> object:
        if text("confirm") != node.name:
            raise ConfigurationError(_("Узел не снят: впишите его имя, чтобы подтвердить."))
        nodes.remove(bridge(), node.name)
        return _("Узел снят с обмена, его история сохранена.")

    return saved(work, lambda: _node_view(node), url_for("parties.nodes"))


def node_by_id(node_id: int) -> NodeRow:
    """Return a node or answer 404."""
    with bridge().db.read() as uow:
        found = uow.nodes.by_id(node_id)
    return found or abort(404)


def _back(node: NodeRow) -> str:
    return url_for("settings.node_settings", node_id=node.id)


def _crumbs(node: NodeRow | None) -> list[tuple[str, str]]:
    listed = [(url_for("parties.nodes"), _("Узлы"))]
    return listed if node is None else [*listed, (url_for("parties.node", node_id=node.id), node.name)]


def crumbs(node: NodeRow) -> list[tuple[str, str]]:
    """Return the way to a page of settings of a node."""
    return [*_crumbs(node), (_back(node), _("Настройки"))]
