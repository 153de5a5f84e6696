"""One returned document that was matched: what it means for its invoice at this node."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from commerceml_bridge.db.consignments import CandidateRow
from commerceml_bridge.db.rows import ConsignmentRow, NodeRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.domain import reconciliation
from commerceml_bridge.domain.identity import parse_invoice_id
from commerceml_bridge.domain.reconciliation import Decision, DecisionKind
from commerceml_bridge.domain.returned import ReturnedDocument
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.jobs import queue_writeback

_AGAINST = frozenset({DecisionKind.CANCELLED, DecisionKind.DELETED, DecisionKind.UNPOSTED})
"""What another 1C base may say that contradicts "paid" (decision 20)."""


@dataclass
class Application:
    """Applies documents of one file at one node."""

    uow: UnitOfWork
    bridge: Bridge
    node: NodeRow
    formed_at: str
    """ДатаФормирования of the file, ``""`` if it has none"""

    def apply(self, document: ReturnedDocument, candidate: CandidateRow, keep: Callable[..., int]) -> str:
        """Record what 1C says, decide, and queue the write-back if the invoice is certainly paid.

        ``keep`` stores the document itself and returns its id. Returns 1C's id of the invoice as now known.
        """
        row = self.uow.consignments.by_id(candidate.consignment_id)
        assert row is not None  # noqa: S101 - candidates come from the same transaction
        if self.formed_at and self.formed_at < row.formed_at:
            reason = "Файл сформирован раньше, чем уже обработанный: его сведения не применены."
            keep(consignment_id=row.id, state="set-aside", code="older-file", reason=reason)
            return row.onec_id
        decision = reconciliation.decide(
            document,
            invoice_total=candidate.total,
            currency=candidate.currency,
            sent_pay_before=candidate.pay_before,
        )
        conflict = self._conflict(candidate, decision)
        returned_id = keep(
            consignment_id=row.id,
            state="applied",
            decision=decision.kind,
            reason=conflict or decision.reason,
            code="conflict" if conflict else "",
        )
        facts = self._facts(document, candidate, row)
        self.uow.consignments.update(row.id, **facts, **_payment(decision))
        self._event(candidate, "returned", conflict or decision.reason, returned_id)
        if decision.kind is DecisionKind.PAID and decision.certain and not conflict:
            self._queue(candidate, decision, returned_id)
        return str(facts.get("onec_id", row.onec_id))

    def _conflict(self, candidate: CandidateRow, decision: Decision) -> str:
        """Return why this document contradicts another base; contradicting facts are shown and nothing is written."""
        if decision.kind is not DecisionKind.PAID:
            return ""
        for other in self.uow.consignments.of_invoice(candidate.invoice_id):
            if other.node_id != self.node.id and other.payment in _AGAINST:
                node = self.uow.nodes.by_id(other.node_id)
                name = node.name if node else "другой узел"
                return f"Эта база сообщает об оплате, а «{name}» — {other.payment_reason} Разберитесь вручную."
        return ""

    def _facts(
        self, document: ReturnedDocument, candidate: CandidateRow, row: ConsignmentRow
    ) -> dict[str, str | dt.datetime | None]:
        now = self.bridge.clock()
        facts: dict[str, str | dt.datetime | None] = {"seen_at": now}
        if self.formed_at:
            facts["formed_at"] = self.formed_at
        if document.basis or not document.id:
            return facts  # a payment or shipment says nothing about the order's own id and content
        difference = "; ".join(
            reconciliation.verify(
                document,
                sent_number=candidate.number,
                sent_date=candidate.date,
                sent_total=candidate.total,
                sent_tax=candidate.tax,
                sent_inn=candidate.inn,
            )
        )
        return facts | {
            "onec_id": row.onec_id or _onec_id(document, candidate),
            "onec_number": document.number_1c or row.onec_number,
            "difference": difference,
            "verified_at": None if difference else (row.verified_at or now),
        }

    def _queue(self, candidate: CandidateRow, decision: Decision, returned_id: int) -> None:
        queued = queue_writeback(
            self.uow,
            self.bridge,
            portal_id=self.node.portal_id,
            invoice_id=candidate.invoice_id,
            paid_stage=self.node.options.paid_stage,
            voucher_number=decision.voucher_number,
            voucher_date=decision.voucher_date,
        )
        if queued:
            self._event(candidate, "decided", f"{decision.reason} Оплата будет отмечена в Битрикс24.", returned_id)

    def _event(self, candidate: CandidateRow, kind: str, text: str, returned_id: int) -> None:
        self.uow.journal.add_event(
            self.bridge.clock(),
            candidate.invoice_id,
            kind,
            text,
            node_id=self.node.id,
            returned_id=returned_id,
        )


def _onec_id(document: ReturnedDocument, candidate: CandidateRow) -> str:
    """Return 1C's own id of the document; some states of the Bitrix module return the site's instead."""
    foreign = parse_invoice_id(document.id) is None and document.id != candidate.number
    return document.id if foreign else ""


def _payment(decision: Decision) -> dict[str, object]:
    """Return the columns a decision changes: absence of a fact changes nothing."""
    if decision.kind is DecisionKind.NOTHING:
        return {}
    if decision.kind is DecisionKind.UNCLEAR:
        return {"payment_reason": decision.reason}
    return {"payment": decision.kind, "paid_amount": decision.paid_amount, "payment_reason": decision.reason}
