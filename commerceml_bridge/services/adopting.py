"""Invoices somebody typed into 1C by hand: found when 1C returns them, linked by a person, then not sent (decision 14).

Linking keeps 1C's id and number at the consignment, so that whatever 1C says of that document later finds the invoice
by its id (decision 21). What the document says now is taken at once. Undoing it lets the invoice go out again and
retracts what 1C told of its payment through that document: it was another invoice's.
"""

from __future__ import annotations

from commerceml_bridge.commerceml.reader import read_documents
from commerceml_bridge.commerceml.vocabulary import ROOT
from commerceml_bridge.db.adoption import Proposed
from commerceml_bridge.db.rows import InvoiceRow, NodeRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.domain import adoption
from commerceml_bridge.errors import BadInput, NotFound
from commerceml_bridge.services import auditing, ledger
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.consigning import consign
from commerceml_bridge.services.taking import Batch, Summary


def adopt(bridge: Bridge, returned_id: int, *, operator: str, reason: str, invoice_id: int | None = None) -> None:
    """Link an invoice to a document typed into 1C: it is not sent to that node any more.

    ``invoice_id``: which one, if not the one proposed. Raises ``NotFound`` and ``BadInput``.
    """
    now = bridge.clock()
    with bridge.db.write() as uow:
        document, node, invoice = _about(uow, returned_id, invoice_id)
        row = uow.consignments.of(node.id, invoice.id) or uow.consignments.add(node.id, invoice.id)
        if row.first_served_at is not None:
            raise BadInput(
                f"Счёт {invoice.number} этому узлу уже передавали: в 1С теперь два документа. Оставьте там один."
            )
        number = document.number_1c or document.number
        uow.consignments.update(
            row.id,
            adopted_at=now,
            onec_id=document.document_id,
            onec_number=number,
            due=False,
            resend=False,
            held_code="",
            held_reason="",
        )
        note = f"Связан с документом 1С «{number}»: {operator}. Причина: {reason.strip()}"
        auditing.note(uow, bridge, "invoice.adopt", node.name, {invoice.number: ("", number)}, reason=reason)
        uow.returned.update(document.id, resolved_at=now, consignment_id=row.id)
        uow.journal.add_event(now, invoice.id, "adopted", note, node_id=node.id, returned_id=document.id)
        _take(uow, bridge, node, document)


def _about(uow: UnitOfWork, returned_id: int, invoice_id: int | None) -> tuple[Proposed, NodeRow, InvoiceRow]:
    document = uow.adoption.document(returned_id)
    node = uow.nodes.by_id(document.node_id) if document else None
    if document is None or node is None:
        raise NotFound(f"Нет документа № {returned_id} (или его узел снят с обмена).")
    uow.portals.lock(node.portal_id)
    if document.code not in {adoption.ADOPTABLE, "created-in-1c"}:
        raise BadInput("Этот документ уже относится к счёту: связывать нечего, обновите страницу.")
    if not document.document_id:
        raise BadInput("У документа 1С нет своего Ид: по нему нельзя будет узнать его в следующий раз.")
    wanted = invoice_id or document.proposed_id
    if wanted is None:
        raise BadInput("Документ похож на несколько счетов: commerceml-bridge parties adopt НОМЕР --invoice СЧЁТ.")
    invoice = uow.invoices.by_id(wanted)
    if invoice is None or invoice.portal_id != node.portal_id:
        raise NotFound(f"Счёта № {wanted} у портала этого узла нет.")
    if uow.adoption.linked(node.id, document.document_id) is not None:
        raise BadInput("Этот документ 1С уже связан со счётом: обновите страницу.")
    return document, node, invoice


def _take(uow: UnitOfWork, bridge: Bridge, node: NodeRow, document: Proposed) -> None:
    """Take the document again, now that it means an invoice."""
    upload = uow.uploads.by_id(document.upload_id)
    if upload is None or document.xml is None:
        return
    items = list(read_documents([f"<{ROOT}>".encode(), document.xml, f"</{ROOT}>".encode()]))
    Batch(uow, bridge, node, upload, "", Summary()).run(items)


def release(bridge: Bridge, consignment_id: int, *, operator: str, reason: str) -> str:
    """Undo the link: the invoice goes out again. Return what holds it, ``""`` if nothing. Raises like ``adopt``."""
    now = bridge.clock()
    with bridge.db.write() as uow:
        row = uow.consignments.by_id(consignment_id)
        node = uow.nodes.by_id(row.node_id) if row else None
        invoice = uow.invoices.by_id(row.invoice_id) if row else None
        if row is None or node is None or invoice is None:
            raise NotFound("Этого счёта на этом узле нет (или узел снят с обмена).")
        uow.portals.lock(node.portal_id)
        if row.adopted_at is None:
            raise BadInput("Счёт не связан с документом 1С: обновите страницу.")
        nothing = {"onec_id": "", "onec_number": "", "difference": "", "unposted": ""}
        uow.consignments.update(row.id, adopted_at=None, seen_at=None, verified_at=None, onec_date=None, **nothing)
        left = ledger.retract(uow, bridge, node, row.id)
        note = f"Связь с документом 1С «{row.onec_number}» снята: {operator}. Причина: {reason.strip()} {left}".strip()
        auditing.note(uow, bridge, "invoice.unlink", node.name, {invoice.number: (row.onec_number, "")}, reason=reason)
        uow.journal.add_event(now, invoice.id, "adopted", note, node_id=node.id)
        settled = consign(uow, node, invoice, now)
        return settled.held_reason if settled else ""
