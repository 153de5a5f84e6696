"""Companies, contacts, their requisites, bank details, addresses, and the links of invoices to them.

Follows facts: bitrix24-rest §4. A change here never touches an invoice's ``updatedTime`` (§1.2). The caller holds the
store's lock.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from commerceml_bridge.simulators.portal import php, values
from commerceml_bridge.simulators.portal.answers import RestError
from commerceml_bridge.simulators.portal.fields import Schema
from commerceml_bridge.simulators.portal.party_schemas import (
    ADDRESS,
    BANK_DETAIL,
    COMPANY,
    CONTACT,
    MULTI_FIELDS,
    REQUISITE,
)
from commerceml_bridge.simulators.portal.settings import COMPANY_TYPE, CONTACT_TYPE, REQUISITE_TYPE
from commerceml_bridge.simulators.portal.store import Store
from commerceml_bridge.simulators.portal.table import Record, Table

PRESETS = {
    1: ("Организация", "#CRM_REQUISITE_PRESET_DEF_RU_COMPANY#"),
    2: ("Индивидуальный предприниматель", "#CRM_REQUISITE_PRESET_DEF_RU_INDIVIDUAL#"),
    3: ("Физическое лицо", "#CRM_REQUISITE_PRESET_DEF_RU_PERSON#"),
}
LEGAL_ADDRESS, ACTUAL_ADDRESS = 6, 1
_EVENTS = {COMPANY_TYPE: "ONCRMCOMPANY", CONTACT_TYPE: "ONCRMCONTACT"}


def read_old(store: Store, fields: Schema, raw: Mapping[str, Any]) -> dict[str, Any]:
    """Read writable fields of the old API; unknown ones are dropped, UF_ ones are kept."""
    result: dict[str, Any] = {}
    for name, value in raw.items():
        described = fields.get(name)
        if described is None:
            if name.startswith("UF_"):
                result[name] = value
        elif not described.read_only:
            result[name] = None if value is None else values.read(described.kind, value, store.zone)
    return result


def table_of(store: Store, entity_type: int) -> tuple[Table, Schema]:
    """Return the table and schema of companies (4) or contacts (3)."""
    return (store.companies, COMPANY) if entity_type == COMPANY_TYPE else (store.contacts, CONTACT)


def add_party(store: Store, entity_type: int, raw: Mapping[str, Any]) -> Record:
    """Create a company or a contact from REST fields, multi fields included."""
    table, fields = table_of(store, entity_type)
    now = store.now()
    own = read_old(store, fields, raw) | {"DATE_CREATE": now, "DATE_MODIFY": now, "LAST_ACTIVITY_TIME": now}
    record = table.insert(own | _multi_fields(store, raw))
    store.emit(f"{_EVENTS[entity_type]}ADD", ID=record["ID"])
    return record


def update_party(store: Store, entity_type: int, record: Record, raw: Mapping[str, Any]) -> None:
    """Change a company or a contact; ``DATE_MODIFY`` moves."""
    table, fields = table_of(store, entity_type)
    table.change(record, read_old(store, fields, raw) | _multi_fields(store, raw) | {"DATE_MODIFY": store.now()})
    store.emit(f"{_EVENTS[entity_type]}UPDATE", ID=record["ID"])


def _multi_fields(store: Store, raw: Mapping[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for kind in MULTI_FIELDS:
        if kind not in raw:
            continue
        entries = [_multi_field(store, kind, entry) for entry in php.as_list(raw[kind]) if isinstance(entry, dict)]
        result[kind] = entries
        if kind in ("PHONE", "EMAIL"):
            result[f"HAS_{kind}"] = "Y" if entries else "N"
    return result


def _multi_field(store: Store, kind: str, entry: Mapping[str, Any]) -> dict[str, str]:
    store.multi_field_ids += 1
    value_type = str(entry.get("VALUE_TYPE") or "WORK")
    value = str(entry.get("VALUE") or "")
    return {"ID": str(store.multi_field_ids), "VALUE_TYPE": value_type, "VALUE": value, "TYPE_ID": kind}


def add_requisite(store: Store, raw: Mapping[str, Any]) -> Record:
    """Create a requisite of a company or contact."""
    own = read_old(store, REQUISITE, raw)
    if own.get("ENTITY_TYPE_ID") not in (COMPANY_TYPE, CONTACT_TYPE):
        raise RestError("", "ENTITY_TYPE_ID is not defined or invalid.")
    table, _ = table_of(store, own["ENTITY_TYPE_ID"])
    if table.get(own.get("ENTITY_ID", 0)) is None:
        raise RestError("", "ENTITY_ID is not defined or invalid.")
    if own.get("PRESET_ID") not in PRESETS:
        raise RestError("", "PRESET_ID is not defined or invalid.")
    own.setdefault("NAME", PRESETS[own["PRESET_ID"]][0])
    record = store.requisites.insert(own | {"DATE_CREATE": store.now()})
    store.emit("ONCRMREQUISITEADD", ID=record["ID"])
    return record


def add_bank_detail(store: Store, raw: Mapping[str, Any]) -> Record:
    """Create bank details of a requisite."""
    own = read_old(store, BANK_DETAIL, raw)
    if store.requisites.get(own.get("ENTITY_ID", 0)) is None:
        raise RestError("", "ENTITY_ID is not defined or invalid.")
    own.setdefault("NAME", own.get("RQ_BANK_NAME") or "Банковские реквизиты")
    record = store.bank_details.insert(own | {"DATE_CREATE": store.now()})
    store.emit("ONCRMBANKDETAILADD", ID=record["ID"])
    return record


def put_address(store: Store, raw: Mapping[str, Any], *, create: bool) -> None:
    """Create or change the address (TYPE_ID, ENTITY_TYPE_ID, ENTITY_ID); its anchor is the requisite's owner (§4.3)."""
    own = read_old(store, ADDRESS, raw)
    requisite = store.requisites.get(own.get("ENTITY_ID", 0))
    if own.get("ENTITY_TYPE_ID") != REQUISITE_TYPE or requisite is None:
        raise RestError("", "ENTITY_ID is not defined or invalid.")
    own.update(ANCHOR_TYPE_ID=requisite["ENTITY_TYPE_ID"], ANCHOR_ID=requisite["ENTITY_ID"])
    present = find_address(store, own.get("TYPE_ID", ACTUAL_ADDRESS), own["ENTITY_ID"])
    if present:
        store.addresses.change(present, own)
    elif create:
        store.addresses.insert(own)
    else:
        raise RestError("", "TypeAddress not found.")
    store.emit("ONCRMADDRESSREGISTER", TYPE_ID=own.get("TYPE_ID", ACTUAL_ADDRESS), ENTITY_ID=own["ENTITY_ID"])


def find_address(store: Store, type_id: int, requisite_id: int) -> Record | None:
    """Return the address of this type of a requisite, or None."""
    found = store.addresses.where("ENTITY_ID", (requisite_id,))
    return next((address for address in found if address["TYPE_ID"] == type_id), None)


def requisites_of(store: Store, entity_type: int, entity_id: int) -> list[Record]:
    """Return the requisites of a company or contact, the preferred first: lowest SORT, then ID (§4.4)."""
    found = store.requisites.where("ENTITY_ID", (entity_id,))
    mine = [record for record in found if record["ENTITY_TYPE_ID"] == entity_type]
    return sorted(mine, key=lambda record: (record["SORT"], record["ID"]))


def bank_details_of(store: Store, requisite_id: int) -> list[Record]:
    """Return the bank details of a requisite, the preferred first."""
    found = store.bank_details.where("ENTITY_ID", (requisite_id,))
    return sorted(found, key=lambda record: (record["SORT"], record["ID"]))


def find_link(store: Store, entity_type: int, entity_id: int) -> Record | None:
    """Return the requisite link of an invoice, or None."""
    found = store.links.where("ENTITY_ID", (entity_id,))
    return next((link for link in found if link["ENTITY_TYPE_ID"] == entity_type), None)


def register_link(store: Store, link: Mapping[str, int]) -> None:
    """Create or replace a requisite link."""
    present = find_link(store, link["ENTITY_TYPE_ID"], link["ENTITY_ID"])
    if present:
        store.links.change(present, link)
    else:
        store.links.insert(link)


def drop_link(store: Store, entity_type: int, entity_id: int) -> None:
    """Remove a requisite link if there is one."""
    present = find_link(store, entity_type, entity_id)
    if present:
        store.links.delete(present["#"])


def link_invoice(store: Store, owner: tuple[int, int], payer: tuple[int, int], my_company: int) -> None:
    """Link an invoice (type, id) to the preferred requisites of its payer (type, id) and seller."""
    requisite, bank = _preferred(store, *payer)
    mine, my_bank = _preferred(store, COMPANY_TYPE, my_company)
    link = {"ENTITY_TYPE_ID": owner[0], "ENTITY_ID": owner[1], "REQUISITE_ID": requisite, "BANK_DETAIL_ID": bank}
    register_link(store, link | {"MC_REQUISITE_ID": mine, "MC_BANK_DETAIL_ID": my_bank})


def _preferred(store: Store, entity_type: int, entity_id: int) -> tuple[int, int]:
    found = requisites_of(store, entity_type, entity_id)
    if not found:
        return 0, 0
    banks = bank_details_of(store, found[0]["ID"])
    return found[0]["ID"], banks[0]["ID"] if banks else 0


def payer_properties(store: Store, company_id: int, contact_id: int) -> dict[str, str]:
    """Return the payer properties an old invoice is filled with: a snapshot of company or person (§3.2)."""
    company, contact = store.companies.get(company_id), store.contacts.get(contact_id)
    if company:
        return _company_properties(store, company, contact)
    if contact:
        return {"FIO": full_name(contact), **_reachable(contact)}
    return {}


def _company_properties(store: Store, company: Record, contact: Record | None) -> dict[str, str]:
    found = requisites_of(store, COMPANY_TYPE, company["ID"])
    requisite = found[0] if found else None
    name = (requisite["RQ_COMPANY_NAME"] or requisite["RQ_NAME"]) if requisite else ""
    properties = {"COMPANY": name or company["TITLE"], **_reachable(company)}
    if requisite:
        properties["INN"], properties["KPP"] = requisite["RQ_INN"] or "", requisite["RQ_KPP"] or ""
        properties["COMPANY_ADR"] = _address_line(find_address(store, LEGAL_ADDRESS, requisite["ID"]))
    if contact:
        properties["CONTACT_PERSON"] = full_name(contact)
    return properties


def full_name(contact: Record) -> str:
    """Return «Фамилия Имя Отчество»."""
    return " ".join(part for part in (contact["LAST_NAME"], contact["NAME"], contact["SECOND_NAME"]) if part)


def _reachable(record: Record) -> dict[str, str]:
    entries = ((kind, record.get(kind) or []) for kind in ("EMAIL", "PHONE"))
    return {kind: found[0]["VALUE"] for kind, found in entries if found}


def _address_line(address: Record | None) -> str:
    if address is None:
        return ""
    parts = (address[name] for name in ("POSTAL_CODE", "PROVINCE", "CITY", "ADDRESS_1", "ADDRESS_2"))
    return ", ".join(part for part in parts if part)
