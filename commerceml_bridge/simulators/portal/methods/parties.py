"""``crm.company.*`` and ``crm.contact.*``.

Follows facts: bitrix24-rest §4.1.
"""

from __future__ import annotations

from typing import Any

from commerceml_bridge.simulators.portal import clients, php
from commerceml_bridge.simulators.portal.answers import Answer, Call, RestError, old_not_found
from commerceml_bridge.simulators.portal.methods.oldstyle import OldList, full_view
from commerceml_bridge.simulators.portal.registry import rest_method
from commerceml_bridge.simulators.portal.settings import COMPANY_TYPE, CONTACT_TYPE
from commerceml_bridge.simulators.portal.table import Record

_NAMES = {COMPANY_TYPE: "company", CONTACT_TYPE: "contact"}


def old_fields(call: Call) -> dict[str, Any]:
    """Return ``fields`` of an old write method. Raises the old API's error when it is no map."""
    given = call.any_case("fields")
    if not isinstance(given, dict):
        raise RestError("", "Parameter 'fields' must be array.")
    return given


def old_id(call: Call) -> int:
    """Return ``id`` of an old method. Raises the old API's error when it is missing."""
    number = php.to_int(call.any_case("id"))
    if number <= 0:
        raise RestError("", "ID is not defined or invalid.")
    return number


def _find(call: Call, kind: int, text: str = "Not found") -> Record:
    table, _ = clients.table_of(call.portal, kind)
    record = table.get(old_id(call))
    if record is None:
        raise old_not_found(text)
    return record


def _register(kind: int) -> None:
    name = _NAMES[kind]

    @rest_method(f"crm.{name}.list", "crm")
    def list_parties(call: Call) -> Answer:
        return OldList(*clients.table_of(call.portal, kind)).answer(call)

    @rest_method(f"crm.{name}.get", "crm")
    def get_party(call: Call) -> Answer:
        _, fields = clients.table_of(call.portal, kind)
        return Answer(full_view(_find(call, kind), fields, call.portal.zone))

    @rest_method(f"crm.{name}.add", "crm")
    def add_party(call: Call) -> Answer:
        return Answer(int(clients.add_party(call.portal, kind, old_fields(call))["ID"]))

    @rest_method(f"crm.{name}.update", "crm")
    def update_party(call: Call) -> Answer:
        record = _find(call, kind, f"{name.capitalize()} is not found")
        clients.update_party(call.portal, kind, record, old_fields(call))
        return Answer(True)

    @rest_method(f"crm.{name}.fields", "crm")
    def describe(call: Call) -> Answer:
        _, fields = clients.table_of(call.portal, kind)
        return Answer({key: field.described() for key, field in fields.items()})


for _kind in _NAMES:
    _register(_kind)
