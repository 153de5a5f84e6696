"""What becomes of a returned document that is no invoice's: information, a proposal, or a question to a person.

``domain.strangers`` and ``domain.adoption`` judge; here only the invoices it may be are looked up.
"""

from __future__ import annotations

from commerceml_bridge.db.rows import NodeRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.domain import adoption
from commerceml_bridge.domain.adoption import Proposal
from commerceml_bridge.domain.matching import NoMatch
from commerceml_bridge.domain.returned import ReturnedDocument
from commerceml_bridge.domain.strangers import CREATED_IN_1C, Stranger, stranger
from commerceml_bridge.services.applying import Outcome

INFORMATION = "information"
"""State of a document that is none of ours: kept, shown, without effect."""


def unmatched(uow: UnitOfWork, node: NodeRow, document: ReturnedDocument, found: NoMatch) -> Outcome:
    """Decide about a document no invoice was found for."""
    foreign = stranger(document, found)
    if foreign is None:
        return quarantined(found.code, found.reason)
    proposed = typed_by_hand(uow, node, document) if foreign.code == CREATED_IN_1C else None
    return proposed or informed(foreign)


def typed_by_hand(uow: UnitOfWork, node: NodeRow, document: ReturnedDocument) -> Outcome | None:
    """Propose the invoice a document may be that was typed into 1C; ``None`` if it looks like none."""
    proposal = _proposal(uow, node, document)
    if proposal is None:
        return None
    outcome = quarantined(adoption.ADOPTABLE, proposal.reason)
    outcome.returned["proposed_id"] = proposal.invoice_id
    return outcome


def _proposal(uow: UnitOfWork, node: NodeRow, document: ReturnedDocument) -> Proposal | None:
    day = adoption.date_of(document)
    if day is None or document.deleted:
        return None
    alike = uow.adoption.undelivered(node.id, node.portal_id, day, total=document.amount, inn=document.inn)
    return adoption.propose(document, alike)


def quarantined(code: str, reason: str) -> Outcome:
    """Let a document wait for a person."""
    return Outcome({"state": "quarantined", "code": code, "reason": reason})


def informed(known: Stranger) -> Outcome:
    """Keep a document as information."""
    return Outcome({"state": INFORMATION, "code": known.code, "reason": known.reason})
