"""Is an invoice in a node's selection, and what follows when it is not any more (decisions 11, 12, 14).

``settle`` is called by ``consigning.consign`` under the portal's lock. What was never delivered is simply not sent.
What was delivered follows the node's rule: it stays in 1C as it is, or goes once more marked as cancelled, and comes
back when the invoice does. An invoice with a known payment is never cancelled: it waits for a person.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Mapping
from functools import lru_cache

from commerceml_bridge.db.rows import ConsignmentRow, InvoiceRow, NodeRow, PortalRow, RevisionRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.domain import selection, snapshots
from commerceml_bridge.domain.invoices import StageSemantics
from commerceml_bridge.domain.selection import InvoiceFacts, OnLeave, Outside, Place
from commerceml_bridge.services.bridge import Bridge

LEFT_AFTER_PAYMENT = "left-after-payment"
TEXT_LEFT_AFTER_PAYMENT = (
    "Счёт вышел из отбора узла, а оплата по нему уже известна, поэтому 1С не получила отмену. Решите, что делать с "
    "документом в 1С: верните счёт в прежнюю стадию, отмените документ в 1С вручную или отпустите счёт — тогда отмена "
    "уйдёт."
)
TEXT_CANCELLED_BY_HAND = (
    "Счёт вышел из отбора узла, и документ в 1С следует отменить. Бухгалтерия при повторной загрузке перезаполняет "
    "счёт и снимает его с проведения: отпустите счёт, тогда отмена уйдёт, или отмените документ в 1С вручную."
)
SELECTED_BY = ("date", "never", "stage_id", "category_id", "seller_id", "responsible_id", "currency")
"""Columns of an invoice that selections look at; they may change without a new revision."""


def why_not(node: NodeRow, invoice: InvoiceRow, revision: RevisionRow) -> Outside | None:
    """Say why an invoice is not in the node's selection; ``None`` if it is."""
    options = node.options
    return selection.why_not(
        _facts(invoice, revision), options.selection, from_date=options.from_date, places=places(node.portal_info)
    )


def settle(
    uow: UnitOfWork, row: ConsignmentRow, node: NodeRow, invoice: InvoiceRow, revision: RevisionRow, now: dt.datetime
) -> ConsignmentRow:
    """Note at a consignment whether its invoice is outside and whether 1C is to cancel the document."""
    outside = why_not(node, invoice, revision)
    delivered = row.first_served_at is not None
    left = selection.has_left(outside, _facts(invoice, revision), delivered=delivered)
    text = outside.text if outside and left else ""
    cancelled = left and delivered and node.options.on_leave is OnLeave.CANCEL
    if (text, cancelled) == (row.outside, row.cancelled):
        return row
    uow.consignments.update(row.id, outside=text, cancelled=cancelled)
    changed = dataclasses.replace(row, outside=text, cancelled=cancelled)
    if row.number is not None and (kind_and_note := _note(row, changed)):
        uow.journal.add_event(now, invoice.id, *kind_and_note, node_id=node.id)
    return changed


def _note(before: ConsignmentRow, after: ConsignmentRow) -> tuple[str, str] | None:
    """Return (kind, text) of the event an operator reads."""
    if not after.outside:
        return "entered", "Счёт снова в отборе узла." + (" Отмена в 1С снимается." if before.cancelled else "")
    if after.first_served_at is None:
        what = "В 1С он не передавался и не уйдёт."
    elif after.cancelled:
        what = "Документ уйдёт в 1С ещё раз с пометкой «Отменен» (правило узла: cancel)."
    else:
        what = "Документ в 1С остаётся как есть (правило узла: leave)."
    return "left", f"Счёт вышел из отбора узла. {after.outside} {what}"


def is_paid(row: ConsignmentRow, invoice: InvoiceRow, facts: frozenset[str]) -> bool:
    """Tell whether a payment is known, from 1C (``facts``: its decisions that say so) or by the stage in Bitrix24."""
    return row.payment in facts or invoice.stage_semantics == StageSemantics.SUCCESS.value


def _facts(invoice: InvoiceRow, revision: RevisionRow) -> InvoiceFacts:
    """Return what a selection looks at; invoices stored by an earlier release have some of it in their revision."""
    if invoice.category_id is None or invoice.seller_id is None or invoice.responsible_id is None:
        stored = snapshots.from_json(revision.snapshot)
        seller = stored.seller.entity_id if stored.seller else 0
        invoice = dataclasses.replace(
            invoice, category_id=stored.category_id, seller_id=seller, responsible_id=stored.responsible_id
        )
    return facts_of(invoice)


def facts_of(invoice: InvoiceRow) -> InvoiceFacts:
    """Return what a selection looks at, 0 for what an earlier release did not store."""
    return InvoiceFacts(
        kind=invoice.kind,
        date=invoice.date,
        category_id=invoice.category_id or 0,
        stage_id=invoice.stage_id,
        stage_semantics=invoice.stage_semantics,
        seller_id=invoice.seller_id or 0,
        currency=invoice.currency,
        responsible_id=invoice.responsible_id or 0,
        never=invoice.never,
    )


@lru_cache(maxsize=64)
def places(portal_info: str) -> Mapping[str, Place]:
    """Return the stages of a portal by id, from what its row keeps (``info.info_json``)."""
    known = json.loads(portal_info or "{}").get("places", {})
    return {stage_id: Place(*values) for stage_id, values in known.items()}


def keep_info(bridge: Bridge, portal: PortalRow, info: str) -> None:
    """Keep what was detected on a portal before its invoices are stored; selections by the order of stages use it.

    Where that order changed, nodes that choose by it are settled anew (``nodes.settle_some``).
    """
    if info == portal.info:
        return
    with bridge.db.write() as uow:
        uow.portals.update(portal.id, info=info)
        if places(info) != places(portal.info):
            for node in uow.nodes.all(portal.id):
                if node.options.selection.from_stages:
                    uow.nodes.update(node.id, settled_to=0)
