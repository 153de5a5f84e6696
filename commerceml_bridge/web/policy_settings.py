"""``/nodes/ID/policy/edit``: one row of the table of what is done in Bitrix24. For administrators only."""

from __future__ import annotations

from collections.abc import Mapping

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from commerceml_bridge.db.rows import NodeRow
from commerceml_bridge.domain.policy import ONCE, Rule, Situation, Value
from commerceml_bridge.errors import ConfigurationError, PortalError
from commerceml_bridge.services import policies
from commerceml_bridge.web import option_labels
from commerceml_bridge.web.current import bridge
from commerceml_bridge.web.forms import Choices, Field, Form, saved, sheet, text
from commerceml_bridge.web.node_settings import crumbs, node_by_id
from commerceml_bridge.web.pages import View, page
from commerceml_bridge.web.reasons import told
from commerceml_bridge.web.settings import blueprint


@page(blueprint, "/nodes/<int:node_id>/policy/edit")
def policy_row(node_id: int) -> View:
    """Show one row (``?situation=&status=``) with what the portal has to choose from."""
    return _view(node_by_id(node_id))


def _situation() -> Situation:
    wanted = request.values.get("situation", "")
    return Situation(wanted) if wanted in set(Situation) else Situation.PAID


def _status() -> str:
    return request.values.get("status", "").strip()[:200]


def _view(node: NodeRow) -> View:
    situation, status = _situation(), _status()
    rule = node.options.policy.rule(situation, status, status)
    fields = [_situation_field(situation)]
    if situation is Situation.STATUS:
        hint = _("ИД или имя статуса заказа, как его называет 1С.")
        fields.append(Field("status", _("Статус 1С"), value=status, hint=hint, required=True))
    notes = []
    if situation not in ONCE:
        try:
            there = policies.choices(bridge(), node.name, impatient=True)
            stages, deals, custom = there.stages, there.deal_stages, there.fields
        except PortalError as error:
            notes.append(_("Стадии и поля портала узнать не удалось: %(why)s", why=told(error.message)))
            stages, deals, custom = {}, {}, {}
        fields += _moving(rule, stages, deals, custom)
        flag = "1" if rule.out_of_failure else ""
        fields.append(Field("out_of_failure", _("Менять стадию и тогда, когда она — отказ"), "flag", flag))
    if situation is Situation.WITHDRAWN:
        hint = _("УТ 10.3 сообщает об отменённой оплате только так: показывает заказ снова и об оплате молчит.")
        flag = "1" if rule.by_silence else ""
        fields.append(Field("by_silence", _("Считать оплату отозванной и от молчания 1С"), "flag", flag, hint=hint))
    fields.append(Field("comment", _("Комментарий в истории счёта"), "flag", "1" if rule.comment else ""))
    notify = Field("notify", _("Уведомить ответственного"), "flag", "1" if rule.notify else "")
    fields.append(notify)
    here = url_for("settings.change_policy", node_id=node.id)
    title = str(option_labels.SITUATIONS[situation.value])
    more = [("reset", _("Вернуть строку к умолчанию")), ("reset-all", _("Вернуть всю таблицу к умолчанию"))]
    form = Form("policy", title, here, _("Сохранить"), tuple(fields), more=more)
    data = {
        "node": {"id": node.id, "name": node.name},
        "rule": {
            "situation": situation.value,
            "status": status,
            "stage": rule.stage,
            "deal_stage": rule.deal_stage,
            "fields": rule.fields,
            "comment": rule.comment,
            "notify": rule.notify,
            "out_of_failure": rule.out_of_failure,
            "by_silence": rule.by_silence,
        },
    }
    others = [
        (url_for("settings.policy_row", node_id=node.id, situation=one.value), option_labels.SITUATIONS[one.value])
        for one in Situation
    ]
    way = [*crumbs(node), (_back(node), _("Правила"))]
    return sheet(_("Правило узла %(name)s", name=node.name), [form], data, crumbs=way, links=others, notes=notes)


def _situation_field(situation: Situation) -> Field:
    one = (situation.value, option_labels.SITUATIONS[situation.value])
    return Field("situation", _("Что сообщила 1С"), "choice", situation.value, choices=[one])


def _moving(rule: Rule, stages: Mapping[str, str], deals: Mapping[str, str], custom: Mapping[str, str]) -> list[Field]:
    meanings: Choices = [
        ("", _("не менять")),
        ("success", _("успешная («оплачен»)")),
        ("failure", _("отказ")),
        ("first", _("первая")),
    ]
    written: Choices = [("", _("не писать")), *((one.value, option_labels.FIELD_VALUES[one.value]) for one in Value)]
    shown = {**custom, **{name: custom.get(name, "") for name in rule.fields}}
    return [
        Field(
            "stage", _("Стадия счёта"), "choice", rule.stage, choices=_with(rule.stage, [*meanings, *_named(stages)])
        ),
        Field(
            "deal_stage",
            _("Стадия сделки"),
            "choice",
            rule.deal_stage,
            choices=_with(rule.deal_stage, [("", _("не менять")), *_named(deals)]),
        ),
        *(
            Field(f"field.{name}", f"{title or name} ({name})", "choice", rule.fields.get(name, ""), choices=written)
            for name, title in shown.items()
        ),
    ]


def _named(existing: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(one, f"{name} ({one})") for one, name in existing.items()]


def _with(current: str, choices: Choices) -> Choices:
    """Keep what is in force choosable although the portal does not show it now."""
    return choices if any(value == current for value, _words in choices) else [*choices, (current, current)]


@blueprint.post("/nodes/<int:node_id>/policy/edit")
def change_policy(node_id: int) -> ResponseReturnValue:
    """Change a row, or return it to the default."""
    node = node_by_id(node_id)
    situation, status = _situation(), _status()

    def work() -> object:
        if text("do") == "reset-all":
            policies.reset(bridge(), node.name, None)
            return _("Вся таблица как по умолчанию.")
        if text("do") == "reset":
            policies.reset(bridge(), node.name, situation, status)
            return _("Строка как по умолчанию.")
        if situation is Situation.STATUS and not status:
            raise ConfigurationError(_("Назовите статус 1С."))
        policies.set_rule(bridge(), node.name, _typed(situation, status))
        return _("Правило сохранено.")

    return saved(work, lambda: _view(node), _back(node))


def _typed(situation: Situation, status: str) -> Rule:
    fields = {
        name.removeprefix("field."): value
        for name, value in request.form.items()
        if name.startswith("field.") and value
    }
    return Rule(
        situation,
        status,
        text("stage"),
        text("deal_stage"),
        fields,
        comment=request.form.get("comment") == "1",
        notify=request.form.get("notify") == "1",
        out_of_failure=request.form.get("out_of_failure") == "1",
        by_silence=request.form.get("by_silence") == "1",
    )


def _back(node: NodeRow) -> str:
    return url_for("parties.policy", node_id=node.id)
