"""Frozen dataclasses as JSON and back, by their annotations: what revisions and options of nodes are stored as.

Stored text outlives releases: keys this release does not know are overlooked, fields that are missing take their
default. Decimals are plain text, dates ISO, moments UTC. Must not know any of the classes it writes.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import types
import typing
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from commerceml_bridge.domain.money import plain


@functools.singledispatch
def encode(value: Any) -> Any:
    """Turn dataclasses, collections, decimals, dates and enumerations into what JSON has; sets are sorted."""
    if dataclasses.is_dataclass(value):
        return {field.name: encode(getattr(value, field.name)) for field in dataclasses.fields(value)}
    return value


@encode.register(tuple)
@encode.register(list)
def _encode_list(value: Iterable[Any]) -> list[Any]:
    return [encode(one) for one in value]


@encode.register(frozenset)
@encode.register(set)
def _encode_set(value: Iterable[Any]) -> list[Any]:
    return [encode(one) for one in sorted(value)]


@encode.register(Mapping)
def _encode_mapping(value: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(key): encode(one) for key, one in value.items()}


@encode.register(Decimal)
def _encode_decimal(value: Decimal) -> str:
    return plain(value)


@encode.register(dt.datetime)
def _encode_moment(value: dt.datetime) -> str:
    return value.astimezone(dt.UTC).isoformat()


@encode.register(dt.date)
def _encode_date(value: dt.date) -> str:
    return value.isoformat()


@encode.register(StrEnum)
def _encode_enumeration(value: StrEnum) -> str:
    return value.value


def decode(kind: Any, value: Any) -> Any:
    """Build a value of the annotated type ``kind`` from JSON; unknown keys are overlooked, missing ones take defaults.

    Raises ValueError if the value cannot be one.
    """
    origin = typing.get_origin(kind)
    if origin in {types.UnionType, typing.Union}:
        (inner,) = (one for one in typing.get_args(kind) if one is not types.NoneType)
        return None if value is None else decode(inner, value)
    if origin in {tuple, frozenset}:
        return origin(decode(typing.get_args(kind)[0], one) for one in _expect(list, value))
    if origin in {dict, Mapping}:
        return {key: decode(typing.get_args(kind)[1], one) for key, one in _expect(dict, value).items()}
    if dataclasses.is_dataclass(kind):
        return _decode_dataclass(kind, _expect(dict, value))
    return _decode_plain(kind, value)


def _decode_dataclass(kind: Any, data: Mapping[str, Any]) -> Any:
    hints = _hints(kind)
    known = {name: decode(hints[name], value) for name, value in data.items() if name in hints}
    try:
        return kind(**known)
    except TypeError as error:
        raise ValueError(f"a snapshot lacks fields of {kind.__name__}: {error}") from error


@functools.cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _decode_plain(kind: Any, value: Any) -> Any:
    if kind is Decimal:
        return _decode_decimal(_expect(str, value))
    if kind in {dt.date, dt.datetime}:
        return kind.fromisoformat(_expect(str, value))
    if issubclass(kind, StrEnum):
        return kind(value)
    return _expect(kind, value)


def _decode_decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"a snapshot has a bad number: {text}") from error


def _expect(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise ValueError(f"a snapshot has {type(value).__name__} where {kind.__name__} belongs")
    return value
