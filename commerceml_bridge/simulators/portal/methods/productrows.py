"""``crm.item.productrow.*``: the rows of smart invoices.

Follows facts: bitrix24-rest §2.1, §2.2 (mandatory ``=`` keys, arrays of owners and the permission cast).
"""

from __future__ import annotations

from typing import Any

from commerceml_bridge.simulators.portal import paging, php, query, smart, values
from commerceml_bridge.simulators.portal.answers import Answer, Call, RestError, not_found
from commerceml_bridge.simulators.portal.methods.items import unordered
from commerceml_bridge.simulators.portal.names import camel
from commerceml_bridge.simulators.portal.registry import rest_method
from commerceml_bridge.simulators.portal.schemas import PRODUCT_ROW
from commerceml_bridge.simulators.portal.settings import SMART
from commerceml_bridge.simulators.portal.table import Record

INVOICE_OWNER = "SI"
OTHER_OWNERS = ("L", "D", "Q")


def row_view(call: Call, row: Record) -> dict[str, Any]:
    """Return a row as JSON values, in the documented order of keys."""
    return {name: values.typed(row.get(name), call.portal.zone) for name in PRODUCT_ROW}


def _rename(name: str) -> str | None:
    key = name if name in PRODUCT_ROW else camel(name)
    return key if key in PRODUCT_ROW else None


def _check_type(call: Call, owner_type: Any) -> None:
    if owner_type in OTHER_OWNERS or (owner_type == INVOICE_OWNER and SMART in call.portal.settings.kinds):
        return
    raise RestError("ENTITY_TYPE_NOT_SUPPORTED", f"Тип сущности {owner_type} не поддерживается")


def _check_read(call: Call, owner_id: int) -> None:
    allowed = call.portal.settings.readable_invoices
    if allowed is not None and owner_id not in allowed:
        raise RestError("ACCESS_DENIED", "Доступ запрещен")


@rest_method("crm.item.productrow.list", "crm")
def row_list(call: Call) -> Answer:
    """List rows of one or several owners; ``=ownerType`` and ``=ownerId`` are mandatory with their prefix."""
    given = php.as_map(call.arg("filter"))
    for name in ("=ownerType", "=ownerId"):
        if name not in given:
            raise RestError("REQUIRED_ARG_MISSING", f"Required filter field {name} is missing")
    _check_type(call, given["=ownerType"])
    _check_read(call, php.to_int(given["=ownerId"]))  # an array casts to 1: only invoice 1 is checked (§2.2)
    dialect = query.Dialect(PRODUCT_ROW, call.portal.zone, _rename, strict=True)
    criteria = query.parse_filter(given, dialect)
    order = query.parse_order(call.arg("order"), dialect)
    found = query.matching(call.portal.item_rows, criteria)
    found = query.ordered(found, order, "id") if order else unordered(call.portal, found)
    rows, total, following = paging.page(found, call.arg("start"), paging.Family.NEW)
    return Answer({"productRows": [row_view(call, row) for row in rows]}, total, following)


def _row(call: Call) -> Record:
    row = call.portal.item_rows.get(php.to_int(call.required("id")))
    if row is None:
        raise not_found()
    _check_read(call, row["ownerId"])
    return row


def _owner(call: Call, owner_type: Any, owner_id: Any) -> Record:
    _check_type(call, owner_type)
    record = call.portal.items.get(php.to_int(owner_id)) if owner_type == INVOICE_OWNER else None
    if record is None:
        raise RestError("OWNER_NOT_FOUND", "Владелец не найден")
    _check_read(call, record["id"])
    return record


@rest_method("crm.item.productrow.get", "crm")
def row_get(call: Call) -> Answer:
    """Return one row."""
    return Answer({"productRow": row_view(call, _row(call))})


@rest_method("crm.item.productrow.set", "crm")
def row_set(call: Call) -> Answer:
    """Replace all rows of an invoice."""
    owner = _owner(call, call.required("ownerType"), call.required("ownerId"))
    rows = [php.as_map(row) for row in php.as_list(call.required("productRows"))]
    return Answer({"productRows": [row_view(call, row) for row in smart.set_rows(call.portal, owner, rows)]})


@rest_method("crm.item.productrow.add", "crm")
def row_add(call: Call) -> Answer:
    """Append a row."""
    given = php.as_map(call.required("fields"))
    owner = _owner(call, given.get("ownerType"), given.get("ownerId"))
    return Answer({"productRow": row_view(call, smart.add_row(call.portal, owner, given))})


@rest_method("crm.item.productrow.update", "crm")
def row_update(call: Call) -> Answer:
    """Change a row; the invoice's totals and ``updatedTime`` follow."""
    row = _row(call)
    changed = smart.read_row(call.portal, php.as_map(call.required("fields")), row)
    call.portal.item_rows.change(row, changed)
    smart.rows_changed(call.portal, call.portal.items.records[row["ownerId"]])
    return Answer({"productRow": row_view(call, row)})


@rest_method("crm.item.productrow.delete", "crm")
def row_delete(call: Call) -> Answer:
    """Delete a row; the result is null."""
    row = _row(call)
    call.portal.item_rows.delete(row["id"])
    smart.rows_changed(call.portal, call.portal.items.records[row["ownerId"]])
    return Answer(None)


@rest_method("crm.item.productrow.fields", "crm")
def row_fields(call: Call) -> Answer:
    """Describe the fields of a row."""
    return Answer({"fields": {name: field.described() for name, field in PRODUCT_ROW.items()}})
