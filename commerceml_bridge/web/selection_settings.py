"""``/nodes/ID/selection``: which invoices a node takes. How many that means is said before it is kept."""

from __future__ import annotations

import dataclasses
import hashlib
from typing import Any

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from commerceml_bridge.db.rows import NodeRow, PortalRow
from commerceml_bridge.domain.selection import OnLeave, Selection
from commerceml_bridge.services import choosing, nodes, option_texts, portals
from commerceml_bridge.services.choosing import Wanted
from commerceml_bridge.web import option_labels
from commerceml_bridge.web.current import bridge
from commerceml_bridge.web.forms import REFUSALS, Field, Form, saved, sheet, shown, text
from commerceml_bridge.web.node_settings import crumbs, node_by_id
from commerceml_bridge.web.pages import View, page
from commerceml_bridge.web.settings import blueprint


@page(blueprint, "/nodes/<int:node_id>/selection")
def selection(node_id: int) -> View:
    """Show what a node chooses and what there is to choose."""
    return _view(node_by_id(node_id))


def _view(node: NodeRow, counted: str = "") -> View:
    chosen = node.options.selection
    since = Field("from_date", _("Счета с даты"), "date", node.options.from_date.isoformat(), required=True)
    leave = Field(
        "on_leave",
        _("Если счёт вышел из отбора, а в 1С он уже есть"),
        "choice",
        node.options.on_leave.value,
        choices=list(option_labels.ON_LEAVE.items()),
    )
    here = url_for("settings.change_selection", node_id=node.id)
    hint = _("Ничего не отмечено — берутся все. Оплаченный счёт, который уже передан, из отбора по стадии не выходит.")
    count = _("Посчитать ещё раз") if counted else _("Посчитать")
    form = Form(
        "selection",
        _("Отбор счетов"),
        here,
        count,
        (since, *selection_fields(portals.by_name(bridge(), node.portal_name), chosen), leave),
        hint,
        more=[("save", _("Сохранить этот отбор"))] if counted else (),
        hidden=(("agreed", counted),),
    )
    data = {
        "node": {"id": node.id, "name": node.name},
        "selection": chosen.chosen(),
        "from_date": node.options.from_date,
        "on_leave": node.options.on_leave.value,
    }
    title = _("Отбор счетов узла %(name)s", name=node.name)
    return sheet(title, [form], data, crumbs=crumbs(node))


def selection_fields(portal: PortalRow, chosen: Selection) -> list[Field]:
    """Return a field for every part of a selection."""
    return [
        Field(
            one.field,
            option_labels.SELECTION[one.field],
            "many",
            chosen=one.chosen,
            choices=[(value, _words(one.field, value, name)) for value, name in one.options],
        )
        for one in choosing.offers(bridge(), portal, chosen)
    ]


def _words(field: str, value: str, name: str) -> Any:
    """Return what stands beside a tick: our own word for a kind, else the portal's name with its id."""
    if field == "kinds":
        return option_labels.SELECTED_KINDS.get(value, value)
    return f"{name} ({value})" if name else value


def typed_selection(portal: PortalRow, before: Selection) -> Selection:
    """Return the selection that was ticked. Raises ``ConfigurationError`` and ``PortalError``."""
    wanted = Wanted({name: tuple(request.form.getlist(name)) or ("",) for name in option_labels.SELECTION})
    return choosing.resolve(bridge(), portal, wanted, before)


def fingerprint(*parts: Any) -> str:
    """Return what tells this choice from any other: only what was counted may be kept."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


@blueprint.post("/nodes/<int:node_id>/selection")
def change_selection(node_id: int) -> ResponseReturnValue:
    """Count what a selection means; keep it when exactly this one was counted before."""
    node = node_by_id(node_id)
    portal = portals.by_name(bridge(), node.portal_name)
    leave = OnLeave(text("on_leave")) if text("on_leave") in set(OnLeave) else node.options.on_leave
    try:
        chosen = typed_selection(portal, node.options.selection)
        since = option_texts.date(text("from_date")) if text("from_date") else node.options.from_date
        options = dataclasses.replace(node.options, selection=chosen, from_date=since, on_leave=leave)
        mark = fingerprint(chosen.chosen(), since, leave)
        if text("do") != "save" or text("agreed") != mark:
            flash(choosing.say_count(bridge(), portal, options, node), "count")
            return shown(_view(node, mark))
    except REFUSALS as error:
        flash(error.message, "error")
        return shown(_view(node), 400)

    def work() -> object:
        nodes.set_options(bridge(), node.name, selection=chosen, from_date=since, on_leave=leave)
        return _("Отбор сохранён.")

    return saved(work, lambda: _view(node), url_for("settings.selection", node_id=node.id))
