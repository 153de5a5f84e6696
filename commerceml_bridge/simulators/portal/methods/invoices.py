"""``crm.invoice.*``: old invoices. They keep answering even where the portal has switched to smart ones (§3.5).

Follows facts: bitrix24-rest §3.1–§3.4.
"""

from __future__ import annotations

from typing import Any

from commerceml_bridge.simulators.portal import old, php
from commerceml_bridge.simulators.portal.answers import Answer, Call, RestError, old_not_found
from commerceml_bridge.simulators.portal.methods.oldstyle import OldList, full_view
from commerceml_bridge.simulators.portal.methods.parties import old_fields, old_id
from commerceml_bridge.simulators.portal.paging import Family
from commerceml_bridge.simulators.portal.registry import rest_method
from commerceml_bridge.simulators.portal.schemas import OLD_ROW
from commerceml_bridge.simulators.portal.table import Record
from commerceml_bridge.simulators.portal.values import stringly


def _find(call: Call) -> Record:
    record = call.portal.old_invoices.get(old_id(call))
    if record is None:
        raise old_not_found("Not found.")
    return record


def _row(call: Call, row: dict[str, Any]) -> dict[str, Any]:
    return {name: stringly(row[name], call.portal.zone, OLD_ROW[name].places) for name in OLD_ROW}


@rest_method("crm.invoice.list", "crm")
def invoice_list(call: Call) -> Answer:
    """List invoices without rows and properties, newest first by default."""
    table = call.portal.old_invoices
    return OldList(table, call.portal.old_schema, Family.INVOICE, default_order=(("ID", True),)).answer(call)


@rest_method("crm.invoice.get", "crm")
def invoice_get(call: Call) -> Answer:
    """Return one invoice; rows and properties are absent when empty."""
    record = _find(call)
    found = full_view(record, call.portal.old_schema, call.portal.zone)
    if record[old.PROPERTIES]:
        found[old.PROPERTIES] = record[old.PROPERTIES]
    if record[old.ROWS]:
        found[old.ROWS] = [_row(call, row) for row in record[old.ROWS]]
    return Answer(found)


def _given(call: Call) -> dict[str, Any]:
    given = dict(old_fields(call))
    given.pop("ID", None)
    given.pop("CURRENCY", None)
    if old.ROWS in given:
        given[old.ROWS] = [php.as_map(row) for row in php.as_list(given[old.ROWS])]
    return given


@rest_method("crm.invoice.update", "crm")
def invoice_update(call: Call) -> Answer:
    """Change an invoice; the result is its integer id (§3.1). Rights are looked at first, as far as is known."""
    if not call.portal.settings.may_update:
        raise RestError("", "Access denied.")
    record = _find(call)
    old.update(call.portal, record, _given(call))
    return Answer(int(record["ID"]))


@rest_method("crm.invoice.add", "crm")
def invoice_add(call: Call) -> Answer:
    """Create an invoice; the result is its integer id."""
    return Answer(int(old.add(call.portal, _given(call))["ID"]))


@rest_method("crm.invoice.delete", "crm")
def invoice_delete(call: Call) -> Answer:
    """Delete an invoice."""
    old.delete(call.portal, _find(call)["ID"])
    return Answer(True)


@rest_method("crm.invoice.fields", "crm")
def invoice_fields(call: Call) -> Answer:
    """Describe the fields, rows and payer properties inside ``definition`` (§3.1)."""
    described: dict[str, Any] = {name: field.described() for name, field in call.portal.old_schema.items()}
    rows = {name: field.described() for name, field in OLD_ROW.items()}
    described[old.ROWS] = {"type": "product_rows", "definition": {"row": rows}}
    names = (
        "COMPANY",
        "COMPANY_ADR",
        "INN",
        "KPP",
        "CONTACT_PERSON",
        "EMAIL",
        "PHONE",
        "FAX",
        "ZIP",
        "CITY",
        "ADDRESS",
    )
    properties = {"COMPANY": {name: {"type": "string"} for name in names}}
    described[old.PROPERTIES] = {"type": "invoice_properties", "definition": properties}
    return Answer(described)
