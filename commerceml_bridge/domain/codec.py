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
from collections.abc import Callable, Iterable, Mapping
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
    return _decoder(kind)(value)


Decoder = Callable[[Any], Any]


@functools.cache
def _decoder(kind: Any) -> Decoder:
    """Return what builds a value of this type: annotations are taken apart once, not with every value."""
    origin = typing.get_origin(kind)
    if origin in {types.UnionType, typing.Union}:
        (inner,) = (one for one in typing.get_args(kind) if one is not types.NoneType)
        return _optional(_decoder(inner))
    if origin in {tuple, frozenset}:
        return _sequence(origin, _decoder(typing.get_args(kind)[0]))
    if origin in {dict, Mapping}:
        return _mapping(_decoder(typing.get_args(kind)[1]))
    if dataclasses.is_dataclass(kind):
        return _dataclass(kind)
    return _plain(kind)


def _optional(inner: Decoder) -> Decoder:
    return lambda value: None if value is None else inner(value)


def _sequence(origin: Callable[[Iterable[Any]], Any], inner: Decoder) -> Decoder:
    return lambda value: origin([inner(one) for one in _expect(list, value)])


def _mapping(inner: Decoder) -> Decoder:
    return lambda value: {key: inner(one) for key, one in _expect(dict, value).items()}


def _dataclass(kind: Any) -> Decoder:
    decoders = {name: _decoder(hint) for name, hint in typing.get_type_hints(kind).items()}

    def build(value: Any) -> Any:
        data = _expect(dict, value)
        known = {name: decoders[name](one) for name, one in data.items() if name in decoders}
        try:
            return kind(**known)
        except TypeError as error:
            raise ValueError(f"a snapshot lacks fields of {kind.__name__}: {error}") from error

    return build


def _plain(kind: Any) -> Decoder:
    if kind is Decimal:
        return lambda value: _decode_decimal(_expect(str, value))
    if kind in {dt.date, dt.datetime}:
        return lambda value: kind.fromisoformat(_expect(str, value))
    if issubclass(kind, StrEnum):
        return typing.cast(Decoder, kind)
    return lambda value: _expect(kind, value)


def _decode_decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"a snapshot has a bad number: {text}") from error


def _expect(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise ValueError(f"a snapshot has {type(value).__name__} where {kind.__name__} belongs")
    return value
