"""``/connect``: a portal and a 1C base are connected step by step, to the first payment returned.

Portal → what it shows → which invoices, counted → login and password → the words to type into this 1C → its VAT rates →
waiting until 1C has really come, loaded, returned and told of a payment. Everything goes through the services of the
settings pages; nothing typed here is kept elsewhere. For administrators only.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from itertools import count

from flask import abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from commerceml_bridge.db.rows import NodeRow, PortalRow
from commerceml_bridge.domain.family_switches import switches
from commerceml_bridge.domain.nodes import ClientFamily, NodeOptions
from commerceml_bridge.errors import ConfigurationError
from commerceml_bridge.services import checking, choosing, connecting, nodes, option_texts, portals
from commerceml_bridge.web.current import bridge
from commerceml_bridge.web.forms import REFUSALS, Choices, Field, Form, saved, shown, text
from commerceml_bridge.web.language import zone
from commerceml_bridge.web.node_settings import family_choices, login_field, node_by_id, password_field
from commerceml_bridge.web.onec_words import RATES, WORDS, Words, typed
from commerceml_bridge.web.pages import View, page
from commerceml_bridge.web.parties import EXCHANGE_PATH
from commerceml_bridge.web.portal_settings import portal_by_id, webhook_field
from commerceml_bridge.web.selection_settings import fingerprint, selection_fields, typed_selection
from commerceml_bridge.web.settings import blueprint

_ALREADY = _l(
    "Этот портал уже подключён: «%(name)s». Ещё одну базу 1С подключают к нему по ссылке выше, новый вебхук вписывают "
    "в его настройках."
)
SCOPE = frozenset({"kinds", "from_stages"})
"""What of a selection the wizard asks; the rest is on the page of the selection."""


# --- the portal -------------------------------------------------------------------------------------------------------


@page(blueprint, "/connect")
def connect() -> View:
    """Ask for the portal; show what was begun already."""
    rows = portals.all_portals(bridge())
    taken = {one.name for one in rows}
    name = next(one for n in count(1) if (one := "main" if n == 1 else f"main{n}") not in taken)
    fields = (webhook_field(required=True), Field("name", _("Имя портала в мосте"), value=name, required=True))
    hint = _("В Битрикс24: «Разработчикам» → «Другое» → «Входящий вебхук», право CRM. Скопируйте адрес сюда.")
    title = _("Ещё один портал Битрикс24") if rows else _("Портал Битрикс24")
    form = Form("portal", title, url_for("settings.connect_add_portal"), _("Дальше"), fields, hint)
    data = {
        "portals": [{"id": one.id, "name": one.name, "host": one.host, "last_error": one.last_error} for one in rows],
        "nodes": [{"id": one.id, "name": one.name, "portal": one.portal_name} for one in nodes.all_nodes(bridge())],
    }
    return View("connect.html", data, {"form": dataclasses.replace(form, folded=bool(rows)).kept})


@blueprint.post("/connect")
def connect_add_portal() -> ResponseReturnValue:
    """Add the portal; one of the same host that never answered is given the new webhook instead."""
    found: list[PortalRow] = []

    def work() -> object:
        there = portals.at_host_of(bridge(), text("webhook"))
        if there is None:
            found.append(portals.add(bridge(), text("name"), text("webhook")))
            return _("Портал добавлен.")
        if there.fetched_at is not None:
            raise ConfigurationError(_ALREADY % {"name": there.name})
        found.append(portals.set_portal(bridge(), there.name, webhook=text("webhook")))
        return _("Портал «%(name)s» уже есть: вебхук заменён.", name=there.name)

    return saved(work, connect, lambda: url_for("settings.connect_portal", portal_id=found[0].id))


@blueprint.post("/connect/portals/<int:portal_id>/webhook")
def connect_mend_portal(portal_id: int) -> ResponseReturnValue:
    """Take another webhook for a portal that does not answer with the first."""
    portal = portal_by_id(portal_id)

    def work() -> object:
        portals.set_portal(bridge(), portal.name, webhook=text("webhook"))
        return _("Вебхук заменён.")

    return saved(work, lambda: _portal_view(portal), url_for("settings.connect_portal", portal_id=portal.id))


# --- which invoices, which 1C -----------------------------------------------------------------------------------------


@page(blueprint, "/connect/portals/<int:portal_id>")
def connect_portal(portal_id: int) -> View:
    """Show what the portal allows; ask which 1C and which invoices."""
    return _portal_view(portal_by_id(portal_id))


def _portal_view(portal: PortalRow, counted: str = "") -> View:
    report = checking.recent_report(bridge(), portal.id)
    today = bridge().clock().astimezone(zone()).date()
    since = _("Что набрано в 1С раньше руками, отрежьте этой датой: иначе в 1С будут дубли.")
    options = NodeOptions(today)
    scope: list[Field] = [
        Field("client", _("Программа 1С"), "choice", choices=_programs(), required=True),
        Field("from_date", _("Счета с даты"), "date", today.isoformat(), hint=since, required=True),
        *(one for one in selection_fields(portal, options.selection) if one.name in SCOPE),
    ]
    title, button = _("Какие счета и в какую 1С"), _("Посчитать")
    if counted:
        name = _free({one.name for one in nodes.all_nodes(bridge())}, "1c")
        login = _free({one.login for one in nodes.all_nodes(bridge())}, "exchange")
        scope += [
            password_field(),
            dataclasses.replace(login_field(), value=login),
            Field("name", _("Имя узла в мосте"), value=name, required=True),
        ]
        button = _("Добавить узел")
    form = Form(
        "node",
        title,
        url_for("settings.connect_add_node", portal_id=portal.id),
        button,
        tuple(scope),
        _("Ничего не отмечено — берутся все."),
        more=[("count", _("Посчитать ещё раз"))] if counted else (),
        hidden=(("agreed", counted),),
    )
    data = {
        "portal": {"id": portal.id, "name": portal.name, "host": portal.host},
        "stops": report.stops,
        "advice": report.advice,
        "findings": [
            {"level": one.level, "name": one.name, "what": one.what, "follows": one.follows, "mend": one.mend}
            for one in report.findings
        ],
    }
    here = url_for("settings.connect_mend_portal", portal_id=portal.id)
    mend = Form("mend", _("Другой вебхук"), here, _("Проверить его"), (webhook_field(required=True),))
    return View("connect_portal.html", data, {"form": form.kept, "mend": mend.kept if report.stops else None})


def _programs() -> Choices:
    """Return the programs, none of them chosen: the words to type into 1C follow from it."""
    return [("", _("— выберите —")), *family_choices()]


def _free(taken: set[str], stem: str) -> str:
    return next(one for n in count(1) if (one := stem if n == 1 else f"{stem}{n}") not in taken)


@blueprint.post("/connect/portals/<int:portal_id>")
def connect_add_node(portal_id: int) -> ResponseReturnValue:
    """Count what would go; add the node when exactly this was counted."""
    portal = portal_by_id(portal_id)
    try:
        options = _options(portal)
        mark = fingerprint(options.from_date, options.selection.chosen())
        if text("do") == "count" or text("agreed") != mark:
            flash(choosing.say_count(bridge(), portal, options), "count")
            return shown(_portal_view(portal, mark))
    except REFUSALS as error:
        flash(error.message, "error")
        return shown(_portal_view(portal), 400)
    found: list[NodeRow] = []

    def work() -> object:
        password = request.form.get("password", "")
        sent_before = nodes.same(bridge(), text("name"), portal, text("login"), password, options)
        found.append(sent_before or nodes.add(bridge(), text("name"), portal.name, text("login"), password, options))
        return _("Узел добавлен. Осталось вписать его в 1С.")

    return saved(
        work,
        lambda: _portal_view(portal, mark),
        lambda: url_for("settings.connect_node", node_id=found[0].id),
    )


def _options(portal: PortalRow) -> NodeOptions:
    options = NodeOptions(option_texts.date(text("from_date")))
    chosen = typed_selection(portal, options.selection)
    if text("client") not in set(ClientFamily):
        raise ConfigurationError(_("Выберите программу 1С: от неё зависят слова, которые в неё вписывают."))
    return dataclasses.replace(options, selection=chosen, client=ClientFamily(text("client")))


# --- 1C ---------------------------------------------------------------------------------------------------------------


@page(blueprint, "/connect/nodes/<int:node_id>")
def connect_node(node_id: int) -> View:
    """Show what to type into this 1C, ask its release and rates, and wait for it."""
    return _node_view(node_by_id(node_id))


def _node_view(node: NodeRow) -> View:
    words = WORDS[node.options.client]
    values = {"address": _address(), "login": node.login, "date": f"{node.options.from_date:%d.%m.%Y}"}
    rates = Field(
        "vat_rates",
        _("Ставки НДС, которые есть в её справочнике"),
        "many",
        chosen=node.options.vat_rates,
        choices=[(one, f"{one} %") for one in RATES],
        hint=" ".join(map(str, _about_rates(words))),
    )
    release = _("Номер из «О программе», вида %(release)s. Останется в настройках узла.", release=words.release)
    fields = (Field("onec_release", _("Выпуск 1С"), value=node.options.onec_release, hint=release), rates)
    form = Form(
        "rates", _("Её выпуск и ставки НДС"), url_for("settings.connect_rates", node_id=node.id), _("Сохранить"), fields
    )
    now = connecting.progress(bridge(), node)
    data = {
        "node": {"id": node.id, "name": node.name, "login": node.login, "client": node.options.client.value},
        "address": values["address"],
        "typed": [{"field": title, "value": what, "exact": exact} for title, what, exact in typed(words, values)],
        "must": [str(one) for one in words.must],
        **_told(now),
    }
    silent = switches(node.options.client).returns_nothing
    return View("connect_node.html", data, {"form": form.kept, "returns_nothing": silent})


def _about_rates(words: Words) -> Iterator[str]:
    """Say what a tick means, and which rates were read in the code of this program."""
    if words.rates:
        known = ", ".join(sorted(words.rates, key=int))
        yield _("В прочитанном выпуске %(release)s есть только %(rates)s %%.", release=words.release, rates=known)
        yield _("Сверьте со справочником и снимите отметки с тех, которых в нём нет.")
    yield _("Счёт с неотмеченной ставкой будет задержан с этой причиной, а не уйдёт с неверным налогом.")


def _told(now: connecting.Progress) -> dict[str, object]:
    steps = [{"code": one.code, "done": one.done, "text": one.text, "why": one.why} for one in now.steps]
    reached = now.reached
    counts = {"due": reached.due, "held": reached.held, "different": reached.different}
    return {**counts, "steps": steps, "done": now.done, "summary": now.summary}


def _address() -> str:
    public = bridge().settings.public_url
    return (public.rstrip("/") + "/" if public else request.host_url) + EXCHANGE_PATH


@blueprint.post("/connect/nodes/<int:node_id>")
def connect_rates(node_id: int) -> ResponseReturnValue:
    """Keep the release and the VAT rates of this 1C."""
    node = node_by_id(node_id)

    def work() -> object:
        rates = option_texts.rates(",".join(request.form.getlist("vat_rates")))
        if not rates:
            raise ConfigurationError(_("Отметьте хотя бы одну ставку НДС."))
        nodes.set_options(bridge(), node.name, vat_rates=rates, onec_release=text("onec_release"))
        return _("Ставки сохранены.")

    return saved(work, lambda: _node_view(node), url_for("settings.connect_node", node_id=node.id))


@blueprint.get("/connect/nodes/<int:node_id>/progress")
def connect_progress(node_id: int) -> ResponseReturnValue:
    """Return how far it has come as a piece of the page; it asks again until all is done."""
    node = node_by_id(node_id)
    now = connecting.progress(bridge(), node)
    if request.headers.get("HX-Request") is None and request.args.get("piece") != "1":
        abort(404)
    return render_template("connect_progress.html", node={"id": node.id, "name": node.name}, **_told(now))
