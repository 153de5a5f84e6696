"""Values of a base as the interface knows them, and how each goes out on the wire (facts §3.2, §3.4)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

EMPTY = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True)
class Ref:
    """A reference; ``entity`` is the entity set it points into."""

    entity: str
    guid: str


@dataclass(frozen=True)
class Composite:
    """A field of several types: goes out as two fields, and never equals a bare guid."""

    value: Ref | None


@dataclass(frozen=True)
class EnumValue:
    """A value of an enumeration in a composite field."""

    enumeration: str
    name: str


@dataclass(frozen=True)
class Big:
    """A 64-bit integer: a string on the wire."""

    number: int


Value = str | bool | Decimal | dt.datetime | Ref | Composite | EnumValue | Big | None
Row = dict[str, Value]


def flat(row: Row) -> dict[str, object]:
    """Return the fields as they go out: references as guids, composite ones with their type."""
    out: dict[str, object] = {}
    for name, value in row.items():
        if isinstance(value, Composite):
            out[name] = value.value.guid if value.value else ""
            out[f"{name}_Type"] = f"StandardODATA.{value.value.entity if value.value else 'Undefined'}"
        elif isinstance(value, EnumValue):
            out[name] = value.name
            out[f"{name}_Type"] = f"UnavailableEnums.{value.enumeration}"
        elif isinstance(value, Ref):
            out[name] = value.guid
        elif isinstance(value, Big):
            out[name] = str(value.number)
        elif isinstance(value, dt.datetime):
            out[name] = f"{value:%Y-%m-%dT%H:%M:%S}"
        else:
            out[name] = value
    return out
