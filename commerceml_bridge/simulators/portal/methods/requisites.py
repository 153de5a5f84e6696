"""``crm.requisite.*`` (requisites, bank details, links, presets) and ``crm.address.*``.

Follows facts: bitrix24-rest §4.2–§4.4: the three requisite lists always count, addresses are a plain list.
"""

from __future__ import annotations

from typing import Any

from commerceml_bridge.simulators.portal import clients, php
from commerceml_bridge.simulators.portal.answers import Answer, Call, RestError, old_not_found
from commerceml_bridge.simulators.portal.fields import Schema
from commerceml_bridge.simulators.portal.methods.oldstyle import OldList, full_view
from commerceml_bridge.simulators.portal.methods.parties import old_fields, old_id
from commerceml_bridge.simulators.portal.paging import Family
from commerceml_bridge.simulators.portal.party_schemas import ADDRESS, BANK_DETAIL, LINK, REQUISITE
from commerceml_bridge.simulators.portal.query import split_operator
from commerceml_bridge.simulators.portal.registry import rest_method
from commerceml_bridge.simulators.portal.settings import (
    COMPANY_TYPE,
    CONTACT_TYPE,
    OLD_INVOICE_TYPE,
    SMART_INVOICE_TYPE,
)
from commerceml_bridge.simulators.portal.table import Record, Table


def _find(call: Call, table: Table, what: str) -> Record:
    number = old_id(call)
    record = table.get(number)
    if record is None:
        raise old_not_found(f"The {what} with ID '{number}' is not found")
    return record


def _update(call: Call, table: Table, schema: Schema, record: Record) -> Answer:
    given = clients.read_old(call.portal, schema, old_fields(call))
    changes = {name: value for name, value in given.items() if name not in schema or not schema[name].immutable}
    table.change(record, changes | {"DATE_MODIFY": call.portal.now(), "MODIFY_BY_ID": call.portal.settings.user_id})
    return Answer(True)


@rest_method("crm.requisite.list", "crm")
def requisite_list(call: Call) -> Answer:
    """List requisites; an empty ``select`` gives all fields."""
    return OldList(call.portal.requisites, REQUISITE, Family.COUNTED).answer(call)


@rest_method("crm.requisite.get", "crm")
def requisite_get(call: Call) -> Answer:
    """Return one requisite."""
    return Answer(full_view(_find(call, call.portal.requisites, "Requisite"), REQUISITE, call.portal.zone))


@rest_method("crm.requisite.add", "crm")
def requisite_add(call: Call) -> Answer:
    """Create a requisite; the result is its id."""
    return Answer(int(clients.add_requisite(call.portal, old_fields(call))["ID"]))


@rest_method("crm.requisite.update", "crm")
def requisite_update(call: Call) -> Answer:
    """Change a requisite; no invoice's ``updatedTime`` moves."""
    record = _find(call, call.portal.requisites, "Requisite")
    answer = _update(call, call.portal.requisites, REQUISITE, record)
    call.portal.emit("ONCRMREQUISITEUPDATE", ID=record["ID"])
    return answer


@rest_method("crm.requisite.bankdetail.list", "crm")
def bank_list(call: Call) -> Answer:
    """List bank details."""
    return OldList(call.portal.bank_details, BANK_DETAIL, Family.COUNTED).answer(call)


@rest_method("crm.requisite.bankdetail.get", "crm")
def bank_get(call: Call) -> Answer:
    """Return bank details."""
    return Answer(
        full_view(_find(call, call.portal.bank_details, "RequisiteBankDetail"), BANK_DETAIL, call.portal.zone)
    )


@rest_method("crm.requisite.bankdetail.add", "crm")
def bank_add(call: Call) -> Answer:
    """Create bank details; the result is their id."""
    return Answer(int(clients.add_bank_detail(call.portal, old_fields(call))["ID"]))


@rest_method("crm.requisite.bankdetail.update", "crm")
def bank_update(call: Call) -> Answer:
    """Change bank details."""
    record = _find(call, call.portal.bank_details, "RequisiteBankDetail")
    answer = _update(call, call.portal.bank_details, BANK_DETAIL, record)
    call.portal.emit("ONCRMBANKDETAILUPDATE", ID=record["ID"])
    return answer


@rest_method("crm.requisite.link.list", "crm")
def link_list(call: Call) -> Answer:
    """List requisite links."""
    return OldList(call.portal.links, LINK, Family.COUNTED).answer(call)


@rest_method("crm.requisite.link.get", "crm")
def link_get(call: Call) -> Answer:
    """Return one link: int ids for the owner, strings for the rest (§4.4)."""
    kind, number = (php.to_int(call.any_case(name)) for name in ("entityTypeId", "entityId"))
    link = clients.find_link(call.portal, kind, number)
    if link is None:
        raise old_not_found()
    strings = {name: str(link[name]) for name in LINK if name not in ("ENTITY_TYPE_ID", "ENTITY_ID")}
    return Answer({"ENTITY_TYPE_ID": kind, "ENTITY_ID": number, **strings})


@rest_method("crm.requisite.link.register", "crm")
def link_register(call: Call) -> Answer:
    """Create or replace the link of an invoice."""
    given = {name: php.to_int(value) for name, value in old_fields(call).items() if name in LINK}
    kind, number = given.get("ENTITY_TYPE_ID", 0), given.get("ENTITY_ID", 0)
    owners = {SMART_INVOICE_TYPE: call.portal.items, OLD_INVOICE_TYPE: call.portal.old_invoices}
    if kind not in owners:
        raise RestError("", "ENTITY_TYPE_ID is not defined or invalid.")
    if owners[kind].get(number) is None:
        raise RestError("", "Entity is not found")
    clients.register_link(call.portal, {name: given.get(name, 0) for name in LINK})
    return Answer(True)


@rest_method("crm.requisite.preset.list", "crm")
def preset_list(call: Call) -> Answer:
    """List the templates of requisites; they are told apart by XML_ID (§4.2)."""
    wanted = [str(name) for name in php.as_list(call.any_case("select"))]
    rows = [_preset(number, name, xml_id) for number, (name, xml_id) in clients.PRESETS.items()]
    if wanted and "*" not in wanted:
        rows = [{name: row[name] for name in row if name in wanted} for row in rows]
    return Answer(rows, total=len(rows))


def _preset(number: int, name: str, xml_id: str) -> dict[str, Any]:
    head = {"ID": str(number), "ENTITY_TYPE_ID": "8", "COUNTRY_ID": "1", "NAME": name, "XML_ID": xml_id}
    return {**head, "ACTIVE": "Y", "SORT": str(500 + 10 * number)}


@rest_method("crm.address.list", "crm")
def address_list(call: Call) -> Answer:
    """List addresses; ENTITY_TYPE_ID 3 or 4 in the filter means the anchor (§4.3)."""
    given = php.as_map(call.any_case("filter"))
    plain = {split_operator(key)[1]: value for key, value in given.items()}
    if php.to_int(plain.get("ENTITY_TYPE_ID")) in (COMPANY_TYPE, CONTACT_TYPE):
        given = {key.replace("ENTITY_", "ANCHOR_"): value for key, value in given.items()}
    return OldList(call.portal.addresses, ADDRESS, Family.PLAIN, filter_override=given).answer(call)


@rest_method("crm.address.add", "crm")
def address_add(call: Call) -> Answer:
    """Create or replace an address of a requisite."""
    clients.put_address(call.portal, old_fields(call), create=True)
    return Answer(True)


@rest_method("crm.address.update", "crm")
def address_update(call: Call) -> Answer:
    """Change an address of a requisite."""
    clients.put_address(call.portal, old_fields(call), create=False)
    return Answer(True)
