"""Outgoing webhooks of the portal: what an event says, and what it can mean for us.

Follows facts bitrix24-rest §7: a form (percent-encoded, ``data[FIELDS][ID]``) or the same as JSON; ids only; never
repeated, may be lost or forged, no order. An event is a hint where to look: nothing is taken from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from commerceml_bridge.bitrix24.parties import COMPANY, CONTACT
from commerceml_bridge.bitrix24.portal_info import SMART_TYPE
from commerceml_bridge.domain.invoices import InvoiceKey, InvoiceKind
from commerceml_bridge.domain.refs import Ref, RefKind

_REQUISITE = 8
_OWNERS = {COMPANY: RefKind.COMPANY, CONTACT: RefKind.CONTACT, _REQUISITE: RefKind.REQUISITE}
_DYNAMIC = re.compile(r"ONCRMDYNAMICITEM(ADD|UPDATE|DELETE)(?:_(\d{1,9}))?")
_INVOICE = re.compile(r"ONCRMINVOICE(ADD|UPDATE|DELETE|SETSTATUS)")
_PARTY = re.compile(r"ONCRM(COMPANY|CONTACT|REQUISITE)(ADD|UPDATE|DELETE)")
_BANK = re.compile(r"ONCRMBANKDETAIL(ADD|UPDATE|DELETE)")
_ADDRESS = re.compile(r"ONCRMADDRESS(REGISTER|UNREGISTER)")
_PRODUCT = re.compile(r"ONCRMPRODUCT(ADD|UPDATE)|CATALOG\.PRODUCT\.ON\.(ADD|UPDATE)")

OTHER_TYPE = "другой смарт-процесс"
NO_ID = "без номера"
UNKNOWN = "событие моста не касается"
LARGEST_ID = 2**63 - 1


class Does(Enum):
    """What an event may have done."""

    CHANGED = "changed"
    """an invoice was made or changed"""
    DELETED = "deleted"
    """an invoice was deleted"""
    AROUND = "around"
    """something invoices are made of was changed"""
    LOOK = "look"
    """something around invoices changed, and only a look by date tells what"""
    NOTHING = "nothing"


@dataclass(frozen=True)
class Event:
    """One event: ``key`` for invoices, ``ref`` for what is around them, ``why`` it concerns nobody (Russian)."""

    name: str
    does: Does
    key: InvoiceKey | None = None
    ref: Ref | None = None
    why: str = ""
    is_change: bool = False
    """an existing invoice was changed, perhaps by ourselves"""


def verbs_seen(names: Iterable[str], kind: InvoiceKind) -> set[str]:
    """Return what events of these names tell of invoices of a kind: ``ADD``, ``UPDATE``, ``DELETE``."""
    pattern = _DYNAMIC if kind is InvoiceKind.SMART else _INVOICE
    seen = {found[1] for name in names if (found := pattern.fullmatch(name))}
    return {"UPDATE" if verb == "SETSTATUS" else verb for verb in seen}


def token_of(body: Mapping[str, Any]) -> str:
    """Return the application token of a form or a JSON body, ``""`` if there is none."""
    return _text(body, "auth", "application_token")


def parse(body: Mapping[str, Any]) -> Event:
    """Return what a form or a JSON body says. Never raises: whatever makes no sense does nothing."""
    # JSON may hold half a character, which no database takes
    name = _text(body, "event").upper()[:60].encode("utf-8", "replace").decode()
    number = _number(body, "ID")
    if found := _DYNAMIC.fullmatch(name):
        entity_type = _number(body, "ENTITY_TYPE_ID") or int(found[2] or 0)
        if entity_type not in (SMART_TYPE, 0):  # 0: untold, so it may be ours
            return Event(name, Does.NOTHING, why=OTHER_TYPE)
        return _invoice(name, InvoiceKind.SMART, found[1], number)
    if found := _INVOICE.fullmatch(name):
        return _invoice(name, InvoiceKind.OLD, found[1], number)
    return _around(name, number, body)


def _invoice(name: str, kind: InvoiceKind, verb: str, number: int) -> Event:
    if not number:
        return Event(name, Does.NOTHING, why=NO_ID)
    does = Does.DELETED if verb == "DELETE" else Does.CHANGED
    return Event(name, does, key=InvoiceKey(kind, number), is_change=verb in ("UPDATE", "SETSTATUS"))


def _around(name: str, number: int, body: Mapping[str, Any]) -> Event:
    if found := _PARTY.fullmatch(name):
        if found[2] == "ADD":  # nothing refers to it yet, but a new requisite may be somebody's first
            return Event(name, Does.LOOK)
        return _of(name, RefKind(found[1].lower()), number)
    if _BANK.fullmatch(name):
        return Event(name, Does.LOOK)
    if _ADDRESS.fullmatch(name):
        owner = _OWNERS.get(_number(body, "ENTITY_TYPE_ID") or _REQUISITE)
        return _of(name, owner, _number(body, "ENTITY_ID"))
    if _PRODUCT.fullmatch(name):
        return _of(name, RefKind.PRODUCT, number)
    return Event(name, Does.NOTHING, why=UNKNOWN)


def _of(name: str, kind: RefKind | None, number: int) -> Event:
    if kind is None or not number:
        return Event(name, Does.NOTHING, why=NO_ID)
    return Event(name, Does.AROUND, ref=Ref(kind, number))


def _number(body: Mapping[str, Any], field: str) -> int:
    text = _text(body, "data", "FIELDS", field)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 and int(text) <= LARGEST_ID else 0


def _text(body: Mapping[str, Any], *path: str) -> str:
    """Return a value by its path, from nested JSON or from a flat form (``data[FIELDS][ID]``)."""
    flat = path[0] + "".join(f"[{step}]" for step in path[1:])
    value: Any = body.get(flat)
    if value is None:
        value = body
        for step in path:
            value = value.get(step) if isinstance(value, Mapping) else None
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value)
