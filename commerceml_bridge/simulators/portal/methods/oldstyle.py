"""What the old list methods share: lenient filters, upper-case names, strings for every scalar.

Follows facts: bitrix24-rest §0 facts 5 and 10, §3.1, §4.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timezone
from typing import Any

from commerceml_bridge.simulators.portal import paging, php, query, values
from commerceml_bridge.simulators.portal.answers import Answer, Call
from commerceml_bridge.simulators.portal.fields import Schema
from commerceml_bridge.simulators.portal.party_schemas import MULTI_FIELDS
from commerceml_bridge.simulators.portal.table import Record, Table


@dataclass(frozen=True, slots=True)
class OldList:
    """One old list method: where it reads, how it pages, and its order when none is given."""

    table: Table
    schema: Schema
    family: paging.Family = paging.Family.OLD
    default_order: tuple[tuple[str, bool], ...] = ()
    filter_override: Mapping[str, Any] | None = None

    def answer(self, call: Call) -> Answer:
        """Run the call."""
        dialect = query.Dialect(self.schema, call.portal.zone, self._rename, strict=False)
        given = self.filter_override if self.filter_override is not None else call.any_case("filter")
        criteria = query.parse_filter(given, dialect)
        order = query.parse_order(call.any_case("order"), dialect) or list(self.default_order)
        found = query.ordered(query.matching(self.table, criteria), order, self.table.id_field)
        records, total, following = paging.page(found, call.any_case("start"), self.family)
        select = [str(name) for name in php.as_list(call.any_case("select"))]
        views = [view(record, self.schema, call.portal.zone, select or ["*"]) for record in records]
        return Answer(views, total, following)

    def _rename(self, name: str) -> str | None:
        return name if name in self.schema else None


def view(record: Record, schema: Schema, zone: timezone, select: list[str]) -> dict[str, Any]:
    """Return an object as the old API writes it; ``*`` is all but custom and multi fields, ``UF_*`` all custom ones."""
    names = list(schema) if "*" in select else [name for name in select if name in schema]
    custom = [name for name in record.own if name.startswith("UF_") and name not in schema]
    names += [name for name in custom if "UF_*" in select or name in select]
    names += [name for name in MULTI_FIELDS if name in select and record.get(name)]
    return {name: _string(record, schema, name, zone) for name in names}


def _string(record: Record, schema: Schema, name: str, zone: timezone) -> Any:
    described = schema.get(name)
    return values.stringly(record.get(name), zone, described.places if described else 2)


def full_view(record: Record, schema: Schema, zone: timezone) -> dict[str, Any]:
    """Return an object with everything it has, as ``get`` does."""
    return view(record, schema, zone, ["*", "UF_*", *MULTI_FIELDS])
