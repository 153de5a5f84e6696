"""One returned document that was matched: what it says about its invoice at this node, as values to be stored.

Nothing is written here: ``taking`` stores the outcomes of a hundred documents at once, ``settling`` weighs invoices.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from commerceml_bridge.db.consignments import CandidateRow
from commerceml_bridge.db.rows import ConsignmentRow
from commerceml_bridge.domain import matching, reconciliation
from commerceml_bridge.domain.doubts import doubt
from commerceml_bridge.domain.identity import parse_invoice_id
from commerceml_bridge.domain.reconciliation import Decision, DecisionKind
from commerceml_bridge.domain.returned import ReturnedDocument

DOUBTFUL = "doubtful"
OLDER_FILE = "older-file"
_SILENT = frozenset({DecisionKind.NOTHING, DecisionKind.UNCLEAR})
"""Decisions that leave the known payment state as it is: absence of a fact changes nothing."""


@dataclass
class Outcome:
    """What becomes of one document: columns of its row, changes of its consignment, a line in the invoice's history."""

    returned: dict[str, Any]
    consignment: ConsignmentRow | None = None
    invoice_id: int | None = None
    changes: dict[str, Any] = field(default_factory=dict)
    event: str = ""
    speaks: bool = False
    """the document changes what is known of the payment"""


def apply(
    document: ReturnedDocument,
    found: matching.Match,
    candidate: CandidateRow,
    row: ConsignmentRow,
    *,
    formed_at: str,
    now: dt.datetime,
) -> Outcome:
    """Decide what a matched document means. ``formed_at``: ДатаФормирования of its file, ``""`` if it has none."""
    known = {"consignment_id": row.id, "matched_by": str(found.by)}
    if formed_at and formed_at < row.formed_at:
        reason = "Файл сформирован раньше, чем уже обработанный: его сведения не применены."
        return Outcome(known | {"state": "set-aside", "code": OLDER_FILE, "reason": reason}, row, candidate.invoice_id)
    decision = reconciliation.decide(
        document,
        invoice_total=candidate.total,
        currency=candidate.currency,
        sent_pay_before=candidate.pay_before,
    )
    doubtful = _doubt(document, found, candidate, decision, now) if decision.kind not in _SILENT else ""
    reason = f"{decision.reason} {doubtful} Сведения не применены, проверьте документ." if doubtful else decision.reason
    changes = _facts(document, candidate, row, formed_at, now) | ({} if doubtful else _payment(decision, row))
    code = DOUBTFUL if doubtful else ""
    return Outcome(
        known | {"state": "applied", "decision": str(decision.kind), "reason": reason, "code": code},
        dataclasses.replace(row, **changes),
        candidate.invoice_id,
        changes,
        reason,
        speaks=not doubtful and decision.kind not in _SILENT,
    )


def _doubt(
    document: ReturnedDocument,
    found: matching.Match,
    candidate: CandidateRow,
    decision: Decision,
    now: dt.datetime,
) -> str:
    if decision.voucher_date is not None and decision.voucher_date > now.date() + dt.timedelta(days=1):
        return f"Дата оплаты {decision.voucher_date:%d.%m.%Y} в будущем."
    return doubt(
        document,
        by_number_alone=found.flagged,
        served=candidate.served,
        sent_date=candidate.date,
        sent_inn=candidate.inn,
        sent_total=candidate.total,
    )


def _facts(
    document: ReturnedDocument, candidate: CandidateRow, row: ConsignmentRow, formed_at: str, now: dt.datetime
) -> dict[str, Any]:
    facts: dict[str, Any] = {"seen_at": now, "formed_at": formed_at or row.formed_at}
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


def _onec_id(document: ReturnedDocument, candidate: CandidateRow) -> str:
    """Return 1C's own id of the document; some states of the Bitrix module return the site's instead."""
    foreign = parse_invoice_id(document.id) is None and document.id != candidate.number
    return document.id if foreign else ""


def _payment(decision: Decision, row: ConsignmentRow) -> dict[str, Any]:
    """Return the columns a decision changes."""
    if decision.kind is DecisionKind.NOTHING:
        return {}
    if decision.kind is DecisionKind.UNCLEAR:
        return {} if row.payment else {"payment_reason": decision.reason}  # what is known keeps its own reason
    return {
        "payment": str(decision.kind),
        "payment_certain": decision.certain,
        "paid_amount": reconciliation.in_kopecks(decision.paid_amount),
        "payment_reason": decision.reason,
        "voucher_number": decision.voucher_number or "",
        "voucher_date": decision.voucher_date,
    }
