"""Invoices read again by their ids: something around them changed, a look could not be finished, or they may be gone.

Deleted invoices are in no list, and items that may not be read are silently absent (facts: bitrix24-rest §1.2, §7), so
only ``get`` with ``NOT_FOUND`` proves that one is gone. It leaves 1C by the rule of every invoice that leaves
(``services.selecting``) and comes back as soon as the portal shows it again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from commerceml_bridge.bitrix24.by_id import Found, fetch_many
from commerceml_bridge.db.rows import NodeRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.domain.invoices import Invoice, InvoiceKey
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.consigning import consign
from commerceml_bridge.services.portals import Connection

AT_ONCE = 500
"""invoices read again in one pass: four requests; the rest follows in the next, after what is new"""
AGAIN = dt.timedelta(minutes=10)
AGAIN_AT_ONCE = 50
SLICE = 50
GONE = "Счёт удалён в Битрикс24."

Store = Callable[[UnitOfWork, list[NodeRow], Invoice, Found], None]


def recheck(bridge: Bridge, connection: Connection, asked_at: dt.datetime, store: Store) -> bool:
    """Read again what is marked, could not be read, or is held for want of a counterparty; tell whether more waits.

    A right that was granted or a requisite that was filled in does not move the invoice's own time of change, so
    nothing else would bring it. ``asked_at``: the portal's time, at most now. Raises ``PortalError``.
    """
    portal = connection.portal
    with bridge.db.read() as uow:
        marked = uow.staleness.stale(portal.id, AT_ONCE)
        again = uow.invoices.to_look_at_again(portal.id, before=bridge.clock() - AGAIN, limit=AGAIN_AT_ONCE)
    keys = list(dict.fromkeys([*marked, *again]))
    if not keys:
        return False
    found = fetch_many(connection.client, connection.info, keys, asked_at=asked_at)
    invoices = list(found.invoices.values())
    for start in range(0, len(invoices), SLICE):
        with bridge.db.write() as uow:
            nodes = _locked_nodes(uow, portal.id)
            for invoice in invoices[start : start + SLICE]:
                store(uow, nodes, invoice, found)
    _settle_rest(bridge, portal.id, found)
    return len(marked) == AT_ONCE


def _settle_rest(bridge: Bridge, portal_id: int, found: Found) -> None:
    if not found.refused and not found.gone:
        return
    with bridge.db.write() as uow:
        nodes = _locked_nodes(uow, portal_id)
        for key, error in found.refused.items():
            uow.invoices.note_problem(portal_id, key, error.message, bridge.clock())
        uow.staleness.clear(portal_id, found.refused)
        for key in found.gone:
            mark_gone(uow, portal_id, nodes, key, bridge.clock())


def mark_gone(uow: UnitOfWork, portal_id: int, nodes: Sequence[NodeRow], key: InvoiceKey, now: dt.datetime) -> None:
    """Note that the portal has an invoice no more, and let it leave every node."""
    uow.invoices.clear_problem(portal_id, key)
    row = uow.invoices.by_key(portal_id, key)
    if row is None:
        return
    if row.gone_at is not None:
        uow.invoices.update(row.id, stale=False)
        return
    uow.invoices.update(row.id, gone_at=now, stale=False, never=GONE)
    uow.staleness.set_refs(row.id, (), known=True)
    uow.journal.add_event(now, row.id, "gone", GONE)
    gone = uow.invoices.by_id(row.id)
    assert gone is not None  # noqa: S101 - just read
    for node in nodes:
        consign(uow, node, gone, now)


def _locked_nodes(uow: UnitOfWork, portal_id: int) -> list[NodeRow]:
    uow.portals.lock(portal_id)
    return uow.nodes.all(portal_id)
