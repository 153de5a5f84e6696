"""Stages and statuses: ``crm.status.*``, ``crm.category.list``, ``crm.stagehistory.list``.

Follows facts: bitrix24-rest §1.4, §3.3, §3.5 (which directories exist).
"""

from __future__ import annotations

from typing import Any

from commerceml_bridge.simulators.portal import paging, php, query, values
from commerceml_bridge.simulators.portal.answers import Answer, Call, RestError, not_found
from commerceml_bridge.simulators.portal.registry import rest_method
from commerceml_bridge.simulators.portal.schemas import STAGE_HISTORY
from commerceml_bridge.simulators.portal.settings import OLD, SMART, SMART_INVOICE_TYPE, Settings, Stage
from commerceml_bridge.simulators.portal.store import Store

INVOICE_STATUS = "INVOICE_STATUS"
_COLORS = {"S": "#7bd500", "F": "#ff5752", None: "#39a8ef"}
_SOURCES = (Stage("CALL", "Звонок", 10, system=True), Stage("WEB", "Веб-сайт", 20))


def _directories(settings: Settings) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = {"SOURCE": _status_rows("SOURCE", _SOURCES, 10, "", None)}
    if SMART in settings.kinds:
        name, prefix = settings.stage_directory, f"{settings.stage_prefix}:"
        rows[name] = _status_rows(name, settings.stages, 200, prefix, settings.category_id)
    rows["DEAL_STAGE"] = _status_rows("DEAL_STAGE", settings.deal_stages, 300, "", None)
    rows[INVOICE_STATUS] = _status_rows(INVOICE_STATUS, settings.statuses, 100, "", None)
    return rows


def _status_rows(
    entity: str, stages: tuple[Stage, ...], first_id: int, prefix: str, category: int | None
) -> list[dict[str, Any]]:
    return [
        {
            "ID": str(first_id + 2 * position),
            "ENTITY_ID": entity,
            "STATUS_ID": prefix + stage.code,
            "NAME": stage.name,
            "NAME_INIT": stage.name if stage.system else "",
            "SORT": str(stage.sort),
            "SYSTEM": "Y" if stage.system else "N",
            "CATEGORY_ID": None if category is None else str(category),
            "COLOR": _COLORS.get(stage.semantics),
            "SEMANTICS": stage.semantics,
        }
        for position, stage in enumerate(stages)
    ]


@rest_method("crm.status.list", "crm")
def status_list(call: Call) -> Answer:
    """List a directory, all rows at once; ``select`` is ignored, an unknown ENTITY_ID gives an empty list (§1.4)."""
    wanted = php.as_map(call.any_case("filter"))
    entity = wanted.get("ENTITY_ID", wanted.get("=ENTITY_ID"))
    if isinstance(entity, list | dict):
        raise RestError("", "Filter by ENTITY_ID must be a string")
    directories = _directories(call.portal.settings)
    rows = [row for name, found in directories.items() if entity in (None, name) for row in found]
    for key, direction in reversed(php.as_map(call.any_case("order")).items()):
        name = key.upper()
        rows.sort(key=lambda row: _order_value(row, name), reverse=str(direction).upper() == "DESC")
    return Answer(rows, total=len(rows))


def _order_value(row: dict[str, Any], name: str) -> tuple[int, str]:
    value = row.get(name)
    return (int(value), "") if name in ("ID", "SORT") and value else (0, str(value or ""))


@rest_method("crm.invoice.status.list", "crm")
def invoice_status_list(call: Call) -> Answer:
    """List the statuses of old invoices (§3.3)."""
    rows = _directories(call.portal.settings)[INVOICE_STATUS]
    return Answer(rows, total=len(rows))


@rest_method("crm.status.entity.types", "crm")
def entity_types(call: Call) -> Answer:
    """List the directories; this tells which kinds of invoices a portal uses (§3.5)."""
    settings = call.portal.settings
    found: list[dict[str, Any]] = [{"ID": "SOURCE", "NAME": "Источники", "SEMANTIC_INFO": []}]
    if OLD in settings.kinds:
        found.append({"ID": INVOICE_STATUS, "NAME": "Статусы счета (старая версия)", "SEMANTIC_INFO": []})
    if SMART in settings.kinds:
        found.append(
            {
                "ID": settings.stage_directory,
                "NAME": "Стадии счета",
                "SEMANTIC_INFO": [],
                "PREFIX": settings.stage_prefix,
                "FIELD_ATTRIBUTE_SCOPE": f"category_{settings.category_id}",
                "ENTITY_TYPE_ID": SMART_INVOICE_TYPE,
                "IS_ENABLED": True,
                "CATEGORY_ID": settings.category_id,
            }
        )
    return Answer(found)


@rest_method("crm.category.list", "crm")
def category_list(call: Call) -> Answer:
    """List the pipelines: one for smart invoices."""
    settings = call.portal.settings
    kind = php.to_int(call.required("entityTypeId"))
    if kind != SMART_INVOICE_TYPE or SMART not in settings.kinds:
        raise not_found("Смарт-процесс не найден")
    category = {"id": settings.category_id, "name": "Общая", "sort": 500, "entityTypeId": kind, "isDefault": "Y"}
    return Answer({"categories": [{**category, "originId": "", "originatorId": ""}]}, total=1)


@rest_method("crm.stagehistory.list", "crm")
def stage_history(call: Call) -> Answer:
    """List the moves of smart invoices through their stages."""
    kind = php.to_int(call.required("entityTypeId"))
    if kind != SMART_INVOICE_TYPE:
        raise RestError("ENTITY_TYPE_NOT_SUPPORTED", "Тип сущности не поддерживается")
    found = query.matching(call.portal.stage_history, query.parse_filter(call.arg("filter"), _dialect(call.portal)))
    order = query.parse_order(call.arg("order"), _dialect(call.portal))
    ordered = query.ordered(found, order, "ID")
    records, total, following = paging.page(ordered, call.arg("start"), paging.Family.NEW)
    zone = call.portal.zone
    items = [{name: values.typed(record.get(name), zone) for name in STAGE_HISTORY} for record in records]
    return Answer({"items": items}, total, following)


def _dialect(store: Store) -> query.Dialect:
    return query.Dialect(STAGE_HISTORY, store.zone, lambda name: name if name in STAGE_HISTORY else None, strict=False)
