"""Reads a fixture and shows what came out as plain JSON values: only what differs from "the file does not say"."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

from commerceml_bridge.commerceml.reader import read_documents
from commerceml_bridge.domain.returned import ReturnedItem
from commerceml_bridge.errors import XmlError

FIXTURES = Path(__file__).parents[3] / "fixtures" / "commerceml"


def read_all(chunks: Iterable[bytes]) -> tuple[list[ReturnedItem], XmlError | None]:
    """Every item before the fault, and the fault if there is one."""
    items: list[ReturnedItem] = []
    try:
        for item in read_documents(chunks):
            items.append(item)
    except XmlError as error:
        return items, error
    return items, None


def outcome(data: bytes) -> dict[str, Any]:
    """The expectation beside a fixture: header, items, fault."""
    stream = read_documents([data])
    items: list[ReturnedItem] = []
    fault: dict[str, Any] | None = None
    try:
        for item in stream:
            items.append(item)
    except XmlError as error:
        fault = {"code": error.code, "line": error.line}
    shown: dict[str, Any] = {"items": [_plain_item(item) for item in items]}
    if stream.header is not None:
        shown["header"] = plain(stream.header)
    return shown if fault is None else {**shown, "fault": fault}


def _plain_item(item: ReturnedItem) -> dict[str, Any]:
    kind = type(item.document).__name__
    return {"position": item.position, "line": item.line, "kind": kind, "document": plain(item.document)}


def plain(value: Any) -> Any:
    """Dataclasses without their defaults, everything else as text or as it is."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return {name: plain(one) for name, one in fields.items() if one not in (None, "", (), {})}
    if isinstance(value, tuple | list):
        return [plain(one) for one in value]
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal | dt.date | dt.time):
        return value.isoformat() if not isinstance(value, Decimal) else str(value)
    return value


def incoming() -> list[Path]:
    """All fixtures of what 1C sends, broken ones included."""
    return sorted([*FIXTURES.glob("*/incoming/*.xml"), *FIXTURES.glob("invalid/*.xml")])
