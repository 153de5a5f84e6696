"""Waiting invoices learn of a changed nomenclature: consigned anew, some to a transaction, under the portal's lock.

What 1C has already is not due and stays as it is (decision 11); what waits is rendered with the items known now, and
what was held for its lines goes as soon as they are mapped. A node is behind while it has changes that were not
applied; a crash in between leaves it behind.
"""

from __future__ import annotations

import datetime as dt

from commerceml_bridge.db.rows import NodeRow
from commerceml_bridge.domain.goods import UNMAPPED
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.consigning import consign

SLICE = 50
"""Invoices settled in one transaction."""
QUIET = dt.timedelta(seconds=3)
"""A file still being read changes the nomenclature again and again; it is waited for."""


def behind(bridge: Bridge) -> set[int]:
    """Return nodes whose waiting invoices do not know the newest nomenclature."""
    with bridge.db.read() as uow:
        return set(uow.catalog.to_apply(before=bridge.clock() - QUIET))


def remap(bridge: Bridge, node_id: int) -> int:
    """Settle every waiting invoice of a node anew; return how many of those held for their lines go now."""
    with bridge.db.read() as uow:
        changes = uow.catalog.to_apply().get(node_id, 0)
        node = uow.nodes.by_id(node_id)
        due = uow.consignments.of_node(node_id, due=True) if node else []
    held = {row.invoice_id for row in due if row.held_code == UNMAPPED}
    ids = sorted((row.invoice_id for row in due), key=lambda invoice_id: (invoice_id not in held, invoice_id))
    freed = 0
    for start in range(0, len(ids), SLICE):
        if node is not None:
            freed += _settle(bridge, node, ids[start : start + SLICE], held)
    with bridge.db.write() as uow:
        uow.catalog.applied(node_id, changes)
    return freed


def _settle(bridge: Bridge, node: NodeRow, invoice_ids: list[int], held: set[int]) -> int:
    freed = 0
    with bridge.db.write() as uow:
        uow.portals.lock(node.portal_id)
        for invoice_id in invoice_ids:
            invoice = uow.invoices.by_id(invoice_id)
            settled = consign(uow, node, invoice, bridge.clock()) if invoice else None
            freed += settled is not None and invoice_id in held and not settled.held_code
    return freed
