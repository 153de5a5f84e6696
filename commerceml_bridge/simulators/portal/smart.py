"""Smart invoices and their product rows: adding, changing, deleting, with all that follows from it.

Follows facts: bitrix24-rest §1.1 (defaults), §1.3 (pitfalls of update), §1.4 (stages, history), §2.1. Raises RestError
where the portal refuses. The caller holds the store's lock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from commerceml_bridge.simulators.portal import names, rows, values
from commerceml_bridge.simulators.portal.answers import RestError
from commerceml_bridge.simulators.portal.rows import Row
from commerceml_bridge.simulators.portal.schemas import PRODUCT_ROW
from commerceml_bridge.simulators.portal.settings import SMART_INVOICE_TYPE
from commerceml_bridge.simulators.portal.store import Store
from commerceml_bridge.simulators.portal.table import Record

CREATED, MOVED, FINISHED = 1, 2, 3
AnyRow = Row | Mapping[str, Any]


def field_key(store: Store, name: str) -> str | None:
    """Return the JSON key of a field named in camelCase, UPPER_SNAKE or by its UF_ name; None when unknown."""
    if name in store.item_schema:
        return name
    if name.startswith("UF_"):
        return store.custom_names.get(name)
    key = names.camel(name)
    return key if name.isupper() and key in store.item_schema else None


def read_fields(store: Store, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Read writable fields; unknown and read-only ones and unreadable dates are left out silently (§1.3)."""
    result: dict[str, Any] = {}
    for name, value in raw.items():
        key = field_key(store, name)
        if key is None or store.item_schema[key].read_only:
            continue
        described = store.item_schema[key]
        if described.kind in ("date", "datetime"):
            moment = values.read(described.kind, value, store.zone)
            if moment is not None or value in (None, ""):
                result[key] = moment
        elif described.kind == "ints":
            result[key] = tuple(values.read("ints", value, store.zone))
        elif value is None and described.default is None:
            result[key] = None
        else:
            result[key] = values.read(described.kind, value, store.zone)
    return result


def add(store: Store, raw: Mapping[str, Any], lines: Iterable[AnyRow] = ()) -> Record:
    """Create a smart invoice with its rows; ``raw`` as in ``crm.item.add`` (an ``id`` above all others is honoured)."""
    fields = read_fields(store, raw)
    now = store.now()
    _check_number(store, fields, None)
    _bind_contacts(fields, None)
    created = _initial(store, fields)
    created.update(dict.fromkeys(("createdTime", "updatedTime", "movedTime", "lastActivityTime"), now))
    if raw.get("id"):
        created["id"] = int(raw["id"])
    record = store.items.insert(created)
    number = str(record["id"])
    own = {"title": record.get("title") or f"Счет #{number}", "accountNumber": record.get("accountNumber") or number}
    store.items.change(record, own)
    for position, line in enumerate(lines, start=1):
        _insert_row(store, record["id"], line, position * 10)
    recalculate(store, record)
    _remember_stage(store, record, CREATED)
    _emit(store, "ADD", record)
    return record


def _initial(store: Store, fields: dict[str, Any]) -> dict[str, Any]:
    settings = store.settings
    begin = fields.get("begindate") or store.today()
    mine = store.companies.where("IS_MY_COMPANY", ("Y",))
    initial: dict[str, Any] = {
        "begindate": begin,
        "closedate": begin + timedelta(days=7),
        "mycompanyId": mine[0]["ID"] if mine else 0,
    }
    initial.update(fields)
    initial["categoryId"] = settings.category_id
    if settings.stage(initial.get("stageId", "")) is None:
        initial["stageId"] = settings.stage_id(settings.stages[0].code)
    return initial


def update(store: Store, record: Record, raw: Mapping[str, Any]) -> bool:
    """Change a smart invoice as ``crm.item.update`` does; return whether anything changed (§1.3)."""
    if not store.settings.may_update:
        raise RestError("ACCESS_DENIED", "Доступ запрещен")
    if not store.settings.tariff_allows_update:
        raise RestError("UPDATE_DYNAMIC_ITEM_RESTRICTED", "Изменение элементов недоступно на вашем тарифе")
    fields = read_fields(store, raw)
    _keep_valid_stage(store, fields)
    _check_number(store, fields, record)
    _bind_contacts(fields, record)
    if fields.get("isManualOpportunity", record["isManualOpportunity"]) != "Y":
        fields.pop("opportunity", None)
        fields.pop("taxValue", None)
    changes = {key: value for key, value in fields.items() if record.get(key) != value}
    if not changes:
        return False
    moved = "stageId" in changes
    if moved:
        _allow_move(store, record, changes)
        changes.update(previousStageId=record["stageId"], movedTime=store.now())
    store.items.change(record, changes)
    if "isManualOpportunity" in changes:
        recalculate(store, record)
    if moved:
        _remember_stage(store, record, MOVED)
    touch(store, record)
    return True


def touch(store: Store, record: Record) -> None:
    """Move ``updatedTime`` and tell the listeners."""
    store.items.change(record, {"updatedTime": store.now(), "updatedBy": store.settings.user_id})
    _emit(store, "UPDATE", record)


def delete(store: Store, invoice_id: int) -> bool:
    """Delete an invoice with its rows and requisite link; return whether it existed."""
    record = store.items.delete(invoice_id)
    if record is None:
        return False
    for row in store.item_rows.where("ownerId", (invoice_id,)):
        store.item_rows.delete(row["id"])
    for link in store.links.where("ENTITY_ID", (invoice_id,)):
        if link["ENTITY_TYPE_ID"] == SMART_INVOICE_TYPE:
            store.links.delete(link["#"])
    _emit(store, "DELETE", record)
    return True


def _keep_valid_stage(store: Store, fields: dict[str, Any]) -> None:
    if "stageId" in fields and store.settings.stage(fields["stageId"]) is None:
        del fields["stageId"]  # fact 4: an unknown stage is ignored and success is answered
    fields.pop("categoryId", None)


def _allow_move(store: Store, record: Record, changes: Mapping[str, Any]) -> None:
    if not store.settings.may_change_stage:
        raise RestError("", "Недостаточно прав для смены стадии")
    for name in store.settings.required_on_stage_change:
        if not changes.get(name, record.get(name)):
            raise RestError("CRM_FIELD_ERROR_REQUIRED", f'Обязательное поле "{name}" не заполнено')


def _check_number(store: Store, fields: dict[str, Any], record: Record | None) -> None:
    number = fields.get("accountNumber")
    if number is None:
        return
    if number == "":
        fields["accountNumber"] = str(record["id"]) if record else ""
        return
    holders = store.items.where("accountNumber", (number,))
    if any(record is None or holder["id"] != record["id"] for holder in holders):
        raise RestError("CRM_FIELD_ERROR_VALUE_NOT_UNIQUE", 'Значение поля "Номер" должно быть уникальным')


def _bind_contacts(fields: dict[str, Any], record: Record | None) -> None:
    if "contactIds" in fields:
        fields["contactId"] = fields["contactIds"][0] if fields["contactIds"] else 0
    elif "contactId" in fields:
        primary = fields["contactId"]
        before = record["contactIds"] if record else ()
        others = tuple(one for one in before if one not in (primary, record["contactId"] if record else 0))
        fields["contactIds"] = (primary, *others) if primary else others


def _remember_stage(store: Store, record: Record, kind: int) -> None:
    stage = store.settings.stage(record["stageId"])
    semantics = (stage.semantics if stage else None) or "P"
    store.stage_history.insert(
        {
            "TYPE_ID": FINISHED if kind == MOVED and semantics != "P" else kind,
            "OWNER_ID": record["id"],
            "CREATED_TIME": store.now(),
            "CATEGORY_ID": record["categoryId"],
            "STAGE_SEMANTIC_ID": semantics,
            "STAGE_ID": record["stageId"],
        }
    )


def _emit(store: Store, verb: str, record: Record) -> None:
    store.emit(f"ONCRMDYNAMICITEM{verb}", ID=record["id"], ENTITY_TYPE_ID=SMART_INVOICE_TYPE)


# --- product rows -----------------------------------------------------------------------------------------------------


def _insert_row(store: Store, owner_id: int, line: AnyRow, sort: int) -> Record:
    own = line.values() if isinstance(line, Row) else read_row(store, line)
    return store.item_rows.insert({"sort": sort, **own, "ownerId": owner_id, "ownerType": "SI"})


def read_row(store: Store, raw: Mapping[str, Any], before: Record | None = None) -> dict[str, Any]:
    """Read a row as REST sends it, over the row before, and fill its derived prices (§2.1)."""
    row = before.as_dict() if before else dict(store.item_rows.defaults)
    for name in ("id", "ownerId", "ownerType") + (("sort",) if before is None else ()):
        row.pop(name, None)
    for name, value in raw.items():
        key = name if name in PRODUCT_ROW else names.camel(name)
        described = PRODUCT_ROW.get(key)
        if described is None or described.read_only or described.immutable:
            continue
        nothing = value is None or (key == "taxRate" and value == "")
        row[key] = described.default if nothing else values.read(described.kind, value, store.zone)
    _name_from_catalog(store, row, raw)
    return rows.complete(row)


def _name_from_catalog(store: Store, row: dict[str, Any], raw: Mapping[str, Any]) -> None:
    product = store.products.get(row["productId"])
    if product and not row["productName"]:
        row["productName"] = product["name"]
    if product and "productId" in raw:
        row["type"] = product["type"]


def set_rows(store: Store, record: Record, lines: Iterable[AnyRow]) -> list[Record]:
    """Replace all rows of an invoice; the new rows get new ids."""
    prepared = [(line if isinstance(line, Row) else dict(line)) for line in lines]
    for row in store.item_rows.where("ownerId", (record["id"],)):
        store.item_rows.delete(row["id"])
    added = [_insert_row(store, record["id"], line, 10 * position) for position, line in enumerate(prepared, 1)]
    rows_changed(store, record)
    return added


def add_row(store: Store, record: Record, line: AnyRow) -> Record:
    """Append one row to an invoice."""
    row = _insert_row(store, record["id"], line, 10 * (1 + len(rows_of(store, record["id"]))))
    rows_changed(store, record)
    return row


def rows_of(store: Store, owner_id: int) -> list[Record]:
    """Return the rows of an invoice, ascending by id."""
    return store.item_rows.where("ownerId", (owner_id,))


def rows_changed(store: Store, record: Record) -> None:
    """Recalculate the totals of an invoice and move its ``updatedTime``."""
    recalculate(store, record)
    touch(store, record)


def recalculate(store: Store, record: Record) -> None:
    """Set ``opportunity`` and ``taxValue`` from the rows unless the amount is manual (§1.1)."""
    if record["isManualOpportunity"] == "Y":
        return
    total, tax = rows.totals(row.as_dict() for row in rows_of(store, record["id"]))
    store.items.change(record, {"opportunity": total, "taxValue": tax})


def wire_day(value: date | str | None) -> str:
    """Write a date of the Python API as REST would send it."""
    return value.isoformat() if isinstance(value, date) else value or ""
