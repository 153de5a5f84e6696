"""``crm.item.*``: smart invoices in full; companies, contacts and deals to list and get.

Follows facts: bitrix24-rest §1.1–§1.3, §3.5 (NOT_FOUND without smart invoices), §4.1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from commerceml_bridge.simulators.portal import fields, names, paging, party_schemas, php, query, schemas, smart, values
from commerceml_bridge.simulators.portal.answers import Answer, Call, RestError, not_found
from commerceml_bridge.simulators.portal.registry import rest_method
from commerceml_bridge.simulators.portal.settings import (
    COMPANY_TYPE,
    CONTACT_TYPE,
    DEAL_TYPE,
    OLD_INVOICE_TYPE,
    SMART,
    SMART_INVOICE_TYPE,
)
from commerceml_bridge.simulators.portal.store import Store
from commerceml_bridge.simulators.portal.table import Record, Table

_SPECIAL = {"id": "ID", "createdTime": "DATE_CREATE", "updatedTime": "DATE_MODIFY", "createdBy": "CREATED_BY_ID"}
_SPECIAL |= {"updatedBy": "MODIFY_BY_ID", "typeId": "COMPANY_TYPE"}


@dataclass(frozen=True, slots=True)
class ItemType:
    """How one entity type is stored and named on the wire; ``rename`` gives the stored name, ``keys`` wire → stored."""

    entity_type: int
    table: Table
    schema: fields.Schema
    keys: Mapping[str, str]
    rename: Callable[[str], str | None]


def item_type(call: Call) -> ItemType:
    """Return the type a call is about. Raises NOT_FOUND or ENTITY_TYPE_NOT_SUPPORTED."""
    store, number = call.portal, php.to_int(call.required("entityTypeId"))
    if number == SMART_INVOICE_TYPE:
        if SMART not in store.settings.kinds:
            raise not_found("Смарт-процесс не найден")
        keys = {key: key for key in store.item_schema}
        return ItemType(number, store.items, store.item_schema, keys, lambda name: smart.field_key(store, name))
    if number == OLD_INVOICE_TYPE:
        raise RestError("ENTITY_TYPE_NOT_SUPPORTED", "Тип сущности не поддерживается")
    plain = {DEAL_TYPE: (store.deals, schemas.DEAL), COMPANY_TYPE: (store.companies, party_schemas.COMPANY)}
    plain[CONTACT_TYPE] = (store.contacts, party_schemas.CONTACT)
    if number not in plain:
        raise not_found("Смарт-процесс не найден")
    table, schema = plain[number]
    return _plain_type(number, table, schema)


def _plain_type(number: int, table: Table, schema: fields.Schema) -> ItemType:
    keys = {name if number == DEAL_TYPE else names.camel(name): name for name in schema}
    if number != DEAL_TYPE:
        keys = {key: stored for key, stored in keys.items() if stored not in _SPECIAL.values()}
        keys |= {key: stored for key, stored in _SPECIAL.items() if stored in schema}

    def rename(name: str) -> str | None:
        return keys.get(name) or keys.get(names.camel(name) if name.isupper() else "")

    return ItemType(number, table, schema, keys, rename)


def wants_original_names(call: Call) -> bool:
    """Whether UF_ names were asked for; only the string "Y" is recognised (§1.1)."""
    return bool(call.arg("useOriginalUfNames") == "Y")


def view(call: Call, kind: ItemType, record: Record, select: list[str] | None) -> dict[str, Any]:
    """Return an item as JSON values: every field and ``entityTypeId``, or only the selected ones."""
    zone = call.portal.zone
    keys = kind.keys if select is None else {key: kind.keys[key] for key in select}
    item = {key: _typed(kind, stored, record, zone) for key, stored in keys.items()}
    if select is None:
        if kind.entity_type in (COMPANY_TYPE, CONTACT_TYPE):
            item["fm"] = _multi_fields(record)
        item["entityTypeId"] = kind.entity_type
    if wants_original_names(call) and kind.entity_type == SMART_INVOICE_TYPE:
        original = {key: name for name, key in call.portal.custom_names.items()}
        item = {original.get(key, key): value for key, value in item.items()}
    return item


def _typed(kind: ItemType, stored: str, record: Record, zone: Any) -> Any:
    value = record.get(stored)
    if stored in ("ASSIGNED_BY_ID", "CREATED_BY_ID", "MODIFY_BY_ID") and value is not None:
        return int(value)
    return values.typed(value, zone)


def _multi_fields(record: Record) -> list[dict[str, Any]]:
    found = [entry for kind in party_schemas.MULTI_FIELDS for entry in record.get(kind) or []]
    return [
        {"id": int(one["ID"]), "typeId": one["TYPE_ID"], "valueType": one["VALUE_TYPE"], "value": one["VALUE"]}
        for one in found
    ]


def selected(kind: ItemType, select: Any) -> list[str] | None:
    """Read ``select``: None for everything; unknown names are dropped (§1.2)."""
    wanted = [str(name) for name in php.as_list(select)]
    if not wanted or "*" in wanted:
        return None
    wire = {stored: key for key, stored in kind.keys.items()}
    stored = (kind.rename(name) for name in wanted)
    return list(dict.fromkeys(wire[name] for name in stored if name))


def readable(store: Store, kind: ItemType, record: Record) -> bool:
    """Whether the webhook owner may read an item."""
    allowed = store.settings.readable_invoices
    return allowed is None or kind.entity_type != SMART_INVOICE_TYPE or int(record["id"]) in allowed


def unordered(store: Store, found: Iterator[Record]) -> Iterator[Record]:
    """Return records in an order nobody should rely on, if the portal is set so (§1.2)."""
    if not store.settings.scramble_unordered:
        return found
    return iter(sorted(found, key=lambda record: (record["id"] * 2654435761) % 4294967296))


@rest_method("crm.item.list", "crm")
def item_list(call: Call) -> Answer:
    """List items with strict names (§1.2)."""
    kind = item_type(call)
    settings = call.portal.settings
    dialect = query.Dialect(kind.schema, call.portal.zone, kind.rename, strict=True, dangling=settings.dangling)
    criteria = query.parse_filter(call.arg("filter"), dialect)
    order = query.parse_order(call.arg("order"), dialect)
    found = query.matching(kind.table, criteria)
    if settings.readable_invoices is not None:
        found = (record for record in found if readable(call.portal, kind, record))
    found = query.ordered(found, order, kind.table.id_field) if order else unordered(call.portal, found)
    records, total, following = paging.page(found, call.arg("start"), paging.Family.NEW)
    select = selected(kind, call.arg("select"))
    return Answer({"items": [view(call, kind, record, select) for record in records]}, total, following)


def _one(call: Call, kind: ItemType) -> Record:
    record = kind.table.get(php.to_int(call.required("id")))
    if record is None:
        raise not_found()
    if not readable(call.portal, kind, record):
        raise RestError("ACCESS_DENIED", "Доступ запрещен")
    return record


@rest_method("crm.item.get", "crm")
def item_get(call: Call) -> Answer:
    """Return one item in full (§1.3)."""
    kind = item_type(call)
    return Answer({"item": view(call, kind, _one(call, kind), None)})


def _writable(call: Call) -> ItemType:
    kind = item_type(call)
    if kind.entity_type not in (SMART_INVOICE_TYPE, DEAL_TYPE):
        raise RestError("ENTITY_TYPE_NOT_SUPPORTED", "Портал-симулятор записывает только счета (31) и сделки (2)")
    return kind


@rest_method("crm.item.update", "crm")
def item_update(call: Call) -> Answer:
    """Change an invoice and return it whole; an unknown stage is ignored silently (§1.3)."""
    kind = _writable(call)
    record = _one(call, kind)
    if kind.entity_type == DEAL_TYPE:
        _move_deal(call.portal, record, php.as_map(call.required("fields")))
    else:
        smart.update(call.portal, record, php.as_map(call.required("fields")))
    return Answer({"item": view(call, kind, record, None)})


def _move_deal(store: Store, record: Record, fields: Mapping[str, Any]) -> None:
    """Only the stage of a deal can be changed here; an unknown one is ignored like an invoice's."""
    stage = fields.get("stageId")
    if any(one.code == stage for one in store.settings.deal_stages) and record["stageId"] != stage:
        store.deals.change(record, {"stageId": stage, "updatedTime": store.now(), "movedTime": store.now()})


@rest_method("crm.item.add", "crm")
def item_add(call: Call) -> Answer:
    """Create an invoice (§1.3)."""
    kind = _writable(call)
    given = php.as_map(call.required("fields"))
    given.pop("id", None)
    return Answer({"item": view(call, kind, smart.add(call.portal, given), None)})


@rest_method("crm.item.delete", "crm")
def item_delete(call: Call) -> Answer:
    """Delete an invoice; the result is an empty array."""
    kind = _writable(call)
    smart.delete(call.portal, _one(call, kind)["id"])
    return Answer([])


@rest_method("crm.item.fields", "crm")
def item_fields(call: Call) -> Answer:
    """Describe the fields; ``statusType`` of the stage names its directory (§1.1)."""
    kind = item_type(call)
    original = {key: name for name, key in call.portal.custom_names.items()}
    described = {}
    for key, stored in kind.keys.items():
        entry = {**kind.schema[stored].described(), "upperName": original.get(key) or names.upper_snake(key)}
        if kind.entity_type == SMART_INVOICE_TYPE and key in ("stageId", "previousStageId"):
            entry["statusType"] = call.portal.settings.stage_directory
        described[original.get(key, key) if wants_original_names(call) else key] = entry
    return Answer({"fields": described})
