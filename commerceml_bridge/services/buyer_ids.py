"""What an invoice's buyer is called on the wire, and what is to be said about its tax numbers.

Called by ``consigning`` for every invoice at every node. The node's switch ``onec_party_ids`` sends 1C's own id of a
counterparty its files have named: УНФ looks up by it first (facts: 1c-clients §3.3). It is off by default, because the
other families do not: БП keeps the site's Ид in a register of its own, УТ 11 and УТ 10.3 look at ИНН and name, and УНФ
goes on to ИНН and КПП anyway, which we send.
"""

from __future__ import annotations

import dataclasses

from commerceml_bridge.db.rows import ConsignmentRow, InvoiceRow, NodeRow, RevisionRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.domain import snapshots
from commerceml_bridge.domain.counterparties import KnownAs, tax_warning

BAD_TAX_NUMBER = "tax-number"
"""Code of the hold at a node that wants no invoice with a wrong ИНН or КПП; a person may lift it."""


def identify(uow: UnitOfWork, row: ConsignmentRow, node: NodeRow, invoice: InvoiceRow) -> ConsignmentRow:
    """Keep under which Ид and name the buyer goes out at this node."""
    known = known_as(uow, node, invoice) or KnownAs("", "")
    if (known.id, known.name) != (row.party, row.party_name):
        uow.consignments.update(row.id, party=known.id, party_name=known.name)
    return dataclasses.replace(row, party=known.id, party_name=known.name)


def vet(uow: UnitOfWork, row: ConsignmentRow, node: NodeRow, revision: RevisionRow) -> tuple[str, str]:
    """Keep the warning about the buyer's tax numbers; return (code, text) if the node holds such invoices."""
    buyer = snapshots.from_json(revision.snapshot).buyer
    warning = tax_warning(buyer) if buyer else ""
    if warning != row.warning:
        uow.consignments.update(row.id, warning=warning)
    holds = node.options.hold_bad_inn and BAD_TAX_NUMBER not in row.released.split(",")
    return (BAD_TAX_NUMBER, warning) if warning and holds else ("", "")


def known_as(uow: UnitOfWork, node: NodeRow, invoice: InvoiceRow) -> KnownAs | None:
    """Return what an invoice's buyer goes out as at a node; ``None``: as itself."""
    row = uow.buyers.by_id(invoice.buyer_id) if invoice.buyer_id is not None else None
    if row is None:
        return None
    if node.options.onec_party_ids and len(found := uow.buyers.onec_by_inn(node.id, row.inn, row.kpp)) == 1:
        return KnownAs(found[0].onec_id, found[0].name)
    if row.joined_id is None:
        return None
    members = uow.buyers.joined(row.joined_id)
    first = uow.buyers.first_known(node.id, [one.id for one in members])
    chosen = next((one for one in members if one.wire_id == first), members[0])
    return None if chosen.id == row.id else KnownAs(chosen.wire_id, chosen.name)
