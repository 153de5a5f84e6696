"""``/nodes/ID/notifier`` and ``/nodes/ID/odata``: how the bridge itself speaks to a 1C base. For administrators only.

Login and password of the base are write-only: what is stored is never shown.
"""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from commerceml_bridge.db.rows import NodeRow
from commerceml_bridge.errors import ConfigurationError
from commerceml_bridge.services import notifying, odata_sources
from commerceml_bridge.web.current import bridge
from commerceml_bridge.web.forms import Field, Form, saved, secret, sheet, text
from commerceml_bridge.web.node_settings import crumbs, node_by_id
from commerceml_bridge.web.pages import View, page
from commerceml_bridge.web.settings import blueprint


@page(blueprint, "/nodes/<int:node_id>/notifier")
def notifier(node_id: int) -> View:
    """Show how a base is called when something waits for it."""
    return _notifier_view(node_by_id(node_id))


def _notifier_view(node: NodeRow) -> View:
    state, _answers = notifying.state(bridge(), node.id)
    fields = (
        Field(
            "url",
            _("Адрес HTTP-сервиса базы"),
            "url",
            state.url if state else "",
            hint=_("https://сервер/база/hs/cmlb/exchange; http — только в локальной сети."),
            required=True,
        ),
        Field("login", _("Пользователь 1С для него"), "secret", hint=_kept_hint(known=state is not None)),
        Field("password", _("Его пароль"), "secret", hint=_kept_hint(known=state is not None)),
        Field(
            "method",
            _("Метод HTTP"),
            "choice",
            state.method if state else notifying.METHODS[0],
            choices=[(one, one) for one in notifying.METHODS],
        ),
        Field("debounce", _("Сколько секунд собирать изменения"), "number", str(state.debounce if state else 30)),
    )
    more = [("test", _("Позвонить сейчас")), ("off", _("Больше не звонить"))] if state else []
    here = url_for("settings.change_notifier", node_id=node.id)
    hint = _(
        "Мост зовёт опубликованную базу, когда для неё есть счета; забирает она их сама. Без этого — по расписанию."
    )
    form = Form("notifier", _("Звонок в 1С"), here, _("Сохранить"), fields, hint, more)
    data = {"node": {"id": node.id, "name": node.name}, "notifier": state}
    return sheet(_("Звонок в 1С узла %(name)s", name=node.name), [form], data, crumbs=crumbs(node))


def _kept_hint(*, known: bool) -> str:
    return _("Пусто — остаётся прежнее; сохранённое не показывается.") if known else ""


@blueprint.post("/nodes/<int:node_id>/notifier")
def change_notifier(node_id: int) -> ResponseReturnValue:
    """Set the call up, try it, or switch it off."""
    node = node_by_id(node_id)

    def work() -> object:
        if text("do") == "off":
            notifying.switch_off(bridge(), node.name)
            return _("Больше не звоним: 1С забирает счета по своему расписанию.")
        if text("do") == "test":
            answer = notifying.test_call(bridge(), node.name)
            return _("1С ответила: HTTP %(status)s за %(count)s мс.", status=answer.status, count=answer.milliseconds)
        notifying.set_notifier(
            bridge(),
            node.name,
            url=_unchanged(node, text("url")),
            login=secret("login"),
            password=secret("password"),
            method=text("method") if text("method") in notifying.METHODS else None,
            debounce=whole(_("Сколько секунд собирать изменения"), text("debounce")),
        )
        return _("Звонок в 1С настроен.")

    return saved(work, lambda: _notifier_view(node), url_for("settings.notifier", node_id=node.id))


def _unchanged(node: NodeRow, url: str) -> str | None:
    """Return a new address; ``None`` if the one shown was sent back, which may lack a secret after its ``?``."""
    state, _answers = notifying.state(bridge(), node.id)
    return None if state is not None and url == state.url else url


def whole(title: str, typed: str) -> int | None:
    """Read a whole number; ``None`` for an empty field. Raises ``ConfigurationError``."""
    if not typed:
        return None
    if not typed.isdecimal() or len(typed) > 9:
        raise ConfigurationError(f"{title}: нужно целое число, а не «{typed}».")
    return int(typed)


@page(blueprint, "/nodes/<int:node_id>/odata")
def odata(node_id: int) -> View:
    """Show how a base is asked over OData."""
    return _odata_view(node_by_id(node_id))


def _odata_view(node: NodeRow) -> View:
    row = odata_sources.of_node(bridge(), node.name)
    known: dict[str, Any] = {"url": "", "prefix": "", "organization": "", "minutes": "15"}
    if row is not None:
        minutes = f"{row.every_seconds // 60}"
        known = {"url": row.url, "prefix": row.prefix, "organization": row.organization, "minutes": minutes}
    kept = _kept_hint(known=row is not None)
    prefix = _("4 знака перед дефисом, например 00БС; пусто — узнается сам.")
    fields = (
        Field("url", _("Адрес публикации базы"), "url", known["url"], hint=_("https://сервер/база"), required=True),
        Field("login", _("Пользователь 1С с правом только просмотра"), "secret", hint=kept, required=row is None),
        Field("password", _("Его пароль"), "secret", hint=kept, required=row is None),
        Field("prefix", _("Префикс номеров в 1С"), value=known["prefix"], hint=prefix),
        Field(
            "organization",
            _("Организация"),
            value=known["organization"],
            hint=_("ИНН или название, если организаций в базе несколько."),
        ),
        Field("minutes", _("Опрос раз в столько минут"), "number", known["minutes"]),
    )
    more = [("off", _("Больше не опрашивать"))] if row else []
    here = url_for("settings.change_odata", node_id=node.id)
    hint = _(
        "Так мост узнаёт об оплатах из базы, которая сама их не возвращает (Бухгалтерия 3.0), и о частичных оплатах."
    )
    form = Form("odata", _("Опрос 1С по OData"), here, _("Сохранить"), fields, hint, more)
    data = {"node": {"id": node.id, "name": node.name}, "odata": known if row else None}
    links = [(url_for("statements.check", node_id=node.id), _("Проверить узел"))]
    return sheet(_("Опрос 1С узла %(name)s", name=node.name), [form], data, crumbs=crumbs(node), links=links)


@blueprint.post("/nodes/<int:node_id>/odata")
def change_odata(node_id: int) -> ResponseReturnValue:
    """Set asking up, or switch it off."""
    node = node_by_id(node_id)

    def work() -> object:
        if text("do") == "off":
            odata_sources.remove_source(bridge(), node.name)
            return _("База больше не опрашивается.")
        odata_sources.set_source(
            bridge(),
            node.name,
            url=text("url") or None,
            login=secret("login"),
            password=secret("password"),
            prefix=text("prefix"),
            organization=text("organization"),
            minutes=whole(_("Опрос раз в столько минут"), text("minutes")),
        )
        return _("Опрос настроен: первый начнётся сейчас же. Проверьте узел.")

    return saved(work, lambda: _odata_view(node), url_for("settings.odata", node_id=node.id))
