"""Descriptions of fields: one ``Field`` serves storing, filtering, writing out and ``*.fields``.

Follows facts: bitrix24-rest §1.1 (``crm.item.fields``), §3.2, §4.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

_KINDS = {
    "integer": "int",
    "user": "int",
    "crm_company": "int",
    "crm_contact": "int",
    "crm_category": "int",
    "crm_entity": "int",
    "double": "double",
    "date": "date",
    "datetime": "datetime",
    "boolean": "bool",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its wire name and type, what it holds when untouched, and whether REST may write it."""

    name: str
    wire: str = "string"
    default: Any = None
    read_only: bool = False
    required: bool = False
    immutable: bool = False
    multiple: bool = False
    places: int = 2
    title: str = ""
    extra: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def kind(self) -> str:
        """How values are stored and compared: int, double, date, datetime, bool, ints or string."""
        kind = _KINDS.get(self.wire, "string")
        return "ints" if self.multiple and kind == "int" else kind

    def described(self) -> dict[str, Any]:
        """Return the entry of this field in a ``*.fields`` answer."""
        return {
            "type": self.wire,
            "isRequired": self.required,
            "isReadOnly": self.read_only,
            "isImmutable": self.immutable,
            "isMultiple": self.multiple,
            "isDynamic": self.name.startswith(("uf", "UF_")),
            "title": self.title or self.name,
            **self.extra,
        }


Schema = dict[str, Field]


def schema(fields: Iterable[Field]) -> Schema:
    """Index fields by name."""
    return {entry.name: entry for entry in fields}


def strings(*names: str, default: Any = None) -> list[Field]:
    """Plain text fields with one default."""
    return [Field(name, default=default) for name in names]


def defaults(fields: Schema) -> dict[str, Any]:
    """Return what a record holds for every field that was never written."""
    return {name: entry.default for name, entry in fields.items()}
