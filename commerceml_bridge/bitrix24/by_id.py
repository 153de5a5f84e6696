"""Invoices asked for by their ids: one a person wants, and those that are to be read again.

Follows facts bitrix24-rest §1.2, §1.3, §3.1: items the user may not read are silently absent from a list, so that
absence proves nothing; ``get`` tells a missing invoice (``NOT_FOUND``) from a forbidden one (``ACCESS_DENIED``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from commerceml_bridge.bitrix24.assembly import Assembled, Assembler
from commerceml_bridge.bitrix24.batch import LIMIT
from commerceml_bridge.bitrix24.client import BitrixClient
from commerceml_bridge.bitrix24.listing import SMART
from commerceml_bridge.bitrix24.lists import ListCommand, Lists, chunks, run_lists
from commerceml_bridge.bitrix24.portal_info import SMART_TYPE, PortalInfo
from commerceml_bridge.bitrix24.products import ProductCodes
from commerceml_bridge.bitrix24.values import Row, as_int
from commerceml_bridge.domain.invoices import Invoice, InvoiceKey, InvoiceKind
from commerceml_bridge.domain.refs import Ref
from commerceml_bridge.errors import PortalAnswerInvalid, PortalError, PortalNotFound, PortalRefused

_CHUNK = 50


class FilterIgnored(PortalAnswerInvalid):
    """The portal answered with other invoices than were asked for; asking again does not help."""


@dataclass
class Found:
    """What became of the invoices that were asked for: each key is in exactly one of the three."""

    invoices: dict[InvoiceKey, Invoice] = field(default_factory=dict)
    gone: set[InvoiceKey] = field(default_factory=set)
    """the portal has them no more"""
    refused: dict[InvoiceKey, PortalError] = field(default_factory=dict)
    """it has them, and they cannot be read or used"""
    refers: dict[InvoiceKey, frozenset[Ref]] = field(default_factory=dict)
    read_at: dt.datetime | None = None
    """by the portal's clock; nothing found is older"""


def fetch_one(client: BitrixClient, info: PortalInfo, key: InvoiceKey) -> Invoice:
    """Return one invoice as it is now. Raises ``PortalNotFound`` if it is gone, ``PortalRefused`` if unusable."""
    assembler = Assembler(client, info, ProductCodes(client.clock), LIMIT)
    if key.kind is InvoiceKind.OLD:
        raw = client.call("crm.invoice.get", {"id": key.id})
    else:
        answer = client.call("crm.item.get", {"entityTypeId": SMART_TYPE, "id": key.id})
        raw = answer.get("item") if isinstance(answer, dict) else None
    if not isinstance(raw, dict):
        raise PortalAnswerInvalid("Битрикс24 не вернул счёт; ничего из ответа не взято.")
    outcome = assembler.assemble(key.kind, {key: raw}, asked_at=client.clock()).outcomes[key]
    if isinstance(outcome, PortalError):
        raise outcome
    return outcome


def fetch_many(client: BitrixClient, info: PortalInfo, keys: Sequence[InvoiceKey], *, asked_at: dt.datetime) -> Found:
    """Return invoices as they are now. ``asked_at``: the portal's time, at most now. Raises ``PortalError``."""
    found = Found(read_at=asked_at)
    for kind in InvoiceKind:
        ids = sorted(key.id for key in keys if key.kind is kind)
        if ids:
            _fetch_kind(client, info, kind, ids, found)
    return found


def present(client: BitrixClient, kind: InvoiceKind, ids: Sequence[int]) -> set[int]:
    """Return which of ``ids`` the portal lists. Those that are missing may be deleted or merely not readable."""
    lists = run_lists(client, [_ids_command(kind, place, some) for place, some in enumerate(chunks(ids, _CHUNK))])
    listed = {
        as_int(row, name) for key in lists.found for row in lists.rows(key) for name in ("id", "ID") if name in row
    }
    if not listed <= set(ids):
        raise FilterIgnored("Битрикс24 не применил отбор по номерам; ничего из ответа не взято.")
    return listed


def _fetch_kind(client: BitrixClient, info: PortalInfo, kind: InvoiceKind, ids: Sequence[int], found: Found) -> None:
    raws: dict[InvoiceKey, Row] = {}
    if kind is InvoiceKind.SMART:
        commands = [_smart_command(place, some) for place, some in enumerate(chunks(ids, _CHUNK))]
        lists = run_lists(client, commands)
        rows = [row for command in commands for row in lists.rows(command.key)]
        raws = {InvoiceKey(kind, as_int(row, "id")): row for row in rows}
        if not {key.id for key in raws} <= set(ids):
            raise FilterIgnored("crm.item.list не применил отбор по номерам; ничего из ответа не взято.")
    raws |= _got_alone(
        client, [InvoiceKey(kind, number) for number in ids if InvoiceKey(kind, number) not in raws], found
    )
    assembler = Assembler(client, info, ProductCodes(client.clock), LIMIT)
    assert found.read_at is not None  # noqa: S101 - fetch_many gave it
    assembled = assembler.assemble(kind, raws, asked_at=found.read_at) if raws else Assembled()
    for key, outcome in assembled.outcomes.items():
        if isinstance(outcome, Invoice):
            found.invoices[key] = outcome
        else:
            found.refused[key] = outcome
    found.refers |= assembled.refers


def _got_alone(client: BitrixClient, keys: Sequence[InvoiceKey], found: Found) -> Mapping[InvoiceKey, Row]:
    """Ask for invoices one by one, fifty in a batch: old ones always, smart ones that no list shows."""
    lists = run_lists(client, [_get_command(key) for key in keys]) if keys else Lists()
    raws: dict[InvoiceKey, Row] = {}
    for key in keys:
        try:
            row = lists.rows(_name(key))[0]
        except PortalNotFound:
            found.gone.add(key)
        except PortalRefused as error:
            found.refused[key] = error
        else:
            raws[key] = row["item"] if key.kind is InvoiceKind.SMART and isinstance(row.get("item"), dict) else row
    return raws


def _name(key: InvoiceKey) -> str:
    return f"i{key.id}"


def _get_command(key: InvoiceKey) -> ListCommand:
    if key.kind is InvoiceKind.OLD:
        return ListCommand(_name(key), "crm.invoice.get", {"id": key.id}, single=True)
    return ListCommand(_name(key), "crm.item.get", {"entityTypeId": SMART_TYPE, "id": key.id}, single=True)


def _smart_command(place: int, ids: list[int]) -> ListCommand:
    params = {**SMART.base, "filter": {"@id": ids}, "start": -1}
    return ListCommand(f"s{place}", SMART.method, params, SMART.wrapper)


def _ids_command(kind: InvoiceKind, place: int, ids: list[int]) -> ListCommand:
    if kind is InvoiceKind.SMART:
        params = {
            "entityTypeId": SMART_TYPE,
            "select": ["id"],
            "filter": {"@id": ids},
            "order": {"id": "ASC"},
            "start": -1,
        }
        return ListCommand(f"s{place}", SMART.method, params, SMART.wrapper)
    old = {"select": ["ID"], "filter": {"@ID": ids}, "order": {"ID": "ASC"}, "start": -1}
    return ListCommand(f"s{place}", "crm.invoice.list", old)
