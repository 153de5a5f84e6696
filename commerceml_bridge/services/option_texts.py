"""Options of a node as people type them: text → value, by the kind of value the option holds, and back.

One reading for the command line and for the pages. Must not know single options: a new one in ``NodeOptions`` is read
and shown without a line here. Selection and policy are no single values and have services of their own.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from commerceml_bridge.domain.nodes import NodeOptions
from commerceml_bridge.domain.spelling import ExtraRequisite
from commerceml_bridge.errors import ConfigurationError
from commerceml_bridge.services import extra_requisites

YES = "1"
"""What a ticked box sends."""


def simple(options: NodeOptions) -> dict[str, object]:
    """Return the options that are single values, in the order of ``NodeOptions``; not those that choose invoices."""
    apart = {"selection", "from_date", "on_leave", "policy"}
    values = {one.name: getattr(options, one.name) for one in dataclasses.fields(options) if one.name not in apart}
    return {name: value for name, value in values.items() if _is_simple(value)}


def _is_simple(value: object) -> bool:
    return isinstance(value, str | int | dt.date | frozenset | tuple) or (
        isinstance(value, dict) and all(isinstance(one, str) for one in value.values())
    )


def shown(value: object) -> str:
    """Return a value as it is typed."""
    if isinstance(value, bool):
        return YES if value else ""
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, frozenset):
        return ", ".join(sorted(map(str, value), key=lambda text: (len(text), text)))
    if isinstance(value, dict):
        return ", ".join(f"{key}={one}" for key, one in sorted(value.items()))
    return "\n".join(map(str, value)) if isinstance(value, tuple) else str(value)


def changes(
    options: NodeOptions, texts: Mapping[str, str], titles: Mapping[str, object] | None = None
) -> dict[str, object]:
    """Return what texts of a whole form change. An option without a text is switched off if it is yes or no.
    ``titles``: what people call the options.

    Raises ``ConfigurationError`` that names the option.
    """
    found: dict[str, object] = {}
    for name, before in simple(options).items():
        if isinstance(before, bool):
            after: object = texts.get(name, "") == YES
        elif name in texts:
            after = read(str((titles or {}).get(name, name)), before, texts[name].strip())
        else:
            continue
        if after != before:
            found[name] = after
    return found


def read(title: str, before: object, text: str) -> object:
    """Return the value a text means for an option. Raises ``ConfigurationError``."""
    if isinstance(before, StrEnum):
        return _choice(title, type(before), text)
    if isinstance(before, int):
        if not text.removeprefix("-").isdecimal():
            raise ConfigurationError(f"{title}: нужно целое число, а не «{text}».")
        return int(text)
    if isinstance(before, dt.date):
        return date(text)
    if isinstance(before, frozenset):
        return rates(text)
    if isinstance(before, dict):
        return currencies(text.split(",")) if text else {}
    return _lines(text) if isinstance(before, tuple) else text


def _lines(text: str) -> tuple[ExtraRequisite, ...]:
    return extra_requisites.changed((), [line for line in text.splitlines() if line.strip()])


def _choice(title: str, kind: type[StrEnum], text: str) -> StrEnum:
    try:
        return kind(text)
    except ValueError:
        raise ConfigurationError(f"{title}: нужно одно из {', '.join(kind)}, а не «{text}».") from None


def date(text: str) -> dt.date:
    """Read a calendar date. Raises ``ConfigurationError``."""
    for pattern in ("%Y-%m-%d", "%d.%m.%Y"):
        try:
            return dt.datetime.strptime(text.strip(), pattern).date()  # noqa: DTZ007 - a calendar day has no zone
        except ValueError:
            continue
    raise ConfigurationError(f"Дата «{text}»: нужна в виде 2026-11-01 или 01.11.2026.")


def rates(text: str) -> frozenset[str]:
    """Read VAT rates separated by commas. Raises ``ConfigurationError``."""
    found = [one.strip().removesuffix("%").strip() for one in text.split(",") if one.strip()]
    for one in found:
        try:
            good = 0 <= Decimal(one) < 100
        except InvalidOperation:
            good = False
        if not good:
            raise ConfigurationError(f"Ставки НДС — числа через запятую, например 0, 10, 20; «{one}» — не ставка.")
    return frozenset(found)


def currencies(pairs: list[str]) -> dict[str, str]:
    """Read names of currencies: ``RUB=руб.``. Raises ``ConfigurationError``."""
    split = [pair.strip().partition("=") for pair in pairs if pair.strip()]
    names = {code.strip(): name.strip() for code, _mark, name in split}
    if not all(len(code) == 3 and name for code, name in names.items()):
        raise ConfigurationError("Валюта задаётся парой КОД=ИМЯ, например RUB=руб.")
    return names
