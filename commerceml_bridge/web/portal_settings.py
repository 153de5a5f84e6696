"""``/portals/new`` and ``/portals/ID/settings``: portals are added, changed and removed. For administrators only."""

from __future__ import annotations

from flask import abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from commerceml_bridge.db.rows import PortalRow
from commerceml_bridge.services import portals
from commerceml_bridge.web.current import bridge
from commerceml_bridge.web.forms import Field, Form, saved, secret, sheet, text
from commerceml_bridge.web.pages import View, page
from commerceml_bridge.web.settings import blueprint


def webhook_field(*, required: bool) -> Field:
    """Return the field for the address Bitrix24 gave."""
    return Field(
        "webhook",
        _("Входящий вебхук"),
        "secret",
        hint=_("Адрес вида https://портал.bitrix24.ru/rest/1/код/. Хранится зашифрованным и больше не показывается."),
        required=required,
    )


def _token_field() -> Field:
    hint = _("Токен приложения исходящего вебхука: с ним мост узнаёт об изменениях сразу. Тоже не показывается.")
    return Field("application_token", _("Токен исходящего вебхука"), "secret", hint=hint)


@page(blueprint, "/portals/new")
def new_portal() -> View:
    """Ask for a portal."""
    name = Field("name", _("Имя портала в мосте"), required=True)
    form = Form(
        "portal",
        _("Новый портал"),
        url_for("settings.add_portal"),
        _("Добавить портал"),
        (name, webhook_field(required=True), _token_field()),
        _("В Битрикс24: «Разработчикам» → «Другое» → «Входящий вебхук», право CRM."),
    )
    return sheet(_("Новый портал"), [form], {"portal": None}, crumbs=_crumbs())


@blueprint.post("/portals/new")
def add_portal() -> ResponseReturnValue:
    """Add a portal."""

    def work() -> object:
        row = portals.add(bridge(), text("name"), text("webhook"), text("application_token"))
        return _("Портал «%(name)s» добавлен. Теперь проверьте его.", name=row.name)

    return saved(work, new_portal, url_for("parties.portals"))


@page(blueprint, "/portals/<int:portal_id>/settings")
def portal_settings(portal_id: int) -> View:
    """Show what may be changed of a portal."""
    return _portal_view(portal_by_id(portal_id))


def _portal_view(portal: PortalRow) -> View:
    here = url_for("settings.change_portal", portal_id=portal.id)
    limits = f"{portal.rate_per_second:g}/{portal.rate_capacity}"
    renamed = _("Отметьте, только если портал точно переименован, а прежние счета по новому адресу не читаются.")
    fields = (
        webhook_field(required=False),
        Field("renamed", _("Принять новый адрес без проверки"), "flag", hint=renamed),
        _token_field(),
        Field(
            "limits",
            _("Лимит запросов тарифа"),
            value=limits,
            hint=_("standard, enterprise или свои числа: в секунду/всплеск, например 5/250."),
        ),
    )
    change = Form("portal", _("Изменить"), here, _("Сохранить"), fields, _("Пустое поле ничего не меняет."))
    gone = Form(
        "remove",
        _("Удалить портал"),
        url_for("settings.remove_portal", portal_id=portal.id),
        _("Удалить портал"),
        hint=_("Удаляется только портал без истории: счетов и узлов у него никогда не было."),
        folded=True,
    )
    data = {"portal": {"id": portal.id, "name": portal.name, "host": portal.host, "limits": limits}}
    links = [(url_for("checks.portal_check", portal_id=portal.id), _("Проверить портал"))]
    title = _("Настройки портала %(name)s", name=portal.name)
    return sheet(title, [change, gone], data, crumbs=_crumbs(), links=links)


@blueprint.post("/portals/<int:portal_id>/settings")
def change_portal(portal_id: int) -> ResponseReturnValue:
    """Change a portal; an empty field changes nothing."""
    portal = portal_by_id(portal_id)
    before = f"{portal.rate_per_second:g}/{portal.rate_capacity}"

    def work() -> object:
        limits = text("limits")
        given = {
            "webhook": secret("webhook"),
            "application_token": secret("application_token"),
            "limits": limits if limits not in {"", before} else None,
        }
        if all(value is None for value in given.values()):
            return _("Ничего не изменено.")
        renamed = request.form.get("renamed") == "1"
        portals.set_portal(bridge(), portal.name, renamed=renamed, **given)
        return _("Портал изменён.")

    return saved(work, lambda: _portal_view(portal), url_for("settings.portal_settings", portal_id=portal_id))


@blueprint.post("/portals/<int:portal_id>/remove")
def remove_portal(portal_id: int) -> ResponseReturnValue:
    """Remove a portal that has no history."""
    portal = portal_by_id(portal_id)

    def work() -> object:
        portals.remove(bridge(), portal.name)
        return _("Портал удалён.")

    return saved(work, lambda: _portal_view(portal), url_for("parties.portals"))


def portal_by_id(portal_id: int) -> PortalRow:
    """Return a portal or answer 404."""
    found = next((one for one in portals.all_portals(bridge()) if one.id == portal_id), None)
    return found or abort(404)


def _crumbs() -> list[tuple[str, str]]:
    return [(url_for("parties.portals"), _("Порталы"))]
