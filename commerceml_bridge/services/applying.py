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
from commerceml_bridge.domain import matching, reconciliation, verification
from commerceml_bridge.domain.document_facts import report_of
from commerceml_bridge.domain.doubts import doubt
from commerceml_bridge.domain.identity import parse_invoice_id
from commerceml_bridge.domain.reconciliation import Decision, DecisionKind
from commerceml_bridge.domain.returned import ReturnedDocument
from commerceml_bridge.domain.signals import real_date
from commerceml_bridge.services.announcing import Change
from commerceml_bridge.services.ledger import Made, Pages, columns

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
    made: list[Made] = field(default_factory=list)
    """the facts it brought: to be told the document's row"""
    told: Change | None = None
    """what may be said of it in Bitrix24"""


def apply(
    document: ReturnedDocument,
    found: matching.Match,
    candidate: CandidateRow,
    row: ConsignmentRow,
    pages: Pages,
    *,
    formed_at: str,
    now: dt.datetime,
    zero_is_none: bool = False,
) -> Outcome:
    """Decide what a matched document means and put it on its ledger page.

    ``formed_at``: ДатаФормирования of its file, ``""`` if it has none; an older file adds only what no newer word
    replaced (decision 22). ``zero_is_none``: whether this 1C makes 0 % of «Без НДС» (``verification.same_rates``).
    """
    known = {"consignment_id": row.id, "matched_by": str(found.by)}
    older = bool(formed_at) and formed_at < row.formed_at
    decision = reconciliation.decide(
        document,
        invoice_total=candidate.total,
        currency=candidate.currency,
        sent_pay_before=candidate.pay_before,
    )
    doubtful = _doubt(document, found, candidate, decision, now) if decision.kind not in _SILENT else ""
    report = report_of(document, decision, currency=candidate.currency, formed_at=formed_at)
    news, made = (False, []) if doubtful else pages.tell(row.id, report)
    if older and not news:
        reason = "Файл сформирован раньше, чем уже обработанный: нового в нём нет, его сведения не применены."
        values = known | {"state": "set-aside", "code": OLDER_FILE, "reason": reason}
        return Outcome(values, row, candidate.invoice_id, made=made)
    reason = f"{decision.reason} {doubtful} Сведения не применены, проверьте документ." if doubtful else decision.reason
    changes = {} if older else _facts(document, candidate, row, formed_at, now, zero_is_none=zero_is_none)
    balance = pages.balance(row.id, candidate.total, candidate.currency)
    if not doubtful:
        changes |= columns(balance, row)
    after = dataclasses.replace(row, **changes)
    code = DOUBTFUL if doubtful else ""
    return Outcome(
        known | {"state": "applied", "decision": str(decision.kind), "reason": reason, "code": code},
        after,
        candidate.invoice_id,
        changes,
        reason,
        speaks=not doubtful and (news or decision.kind not in _SILENT or after.payment != row.payment),
        made=made,
        told=Change(row, after, pages.holds(row.id, made), balance, candidate.currency),
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
        served=candidate.served or candidate.adopted,
        sent_date=candidate.date,
        sent_inn=candidate.inn,
        sent_total=candidate.total,
    )


def _facts(
    document: ReturnedDocument,
    candidate: CandidateRow,
    row: ConsignmentRow,
    formed_at: str,
    now: dt.datetime,
    *,
    zero_is_none: bool,
) -> dict[str, Any]:
    facts: dict[str, Any] = {"seen_at": now, "formed_at": formed_at or row.formed_at}
    if document.operation in matching.OF_AN_ORDER or not document.id:
        return facts  # a payment or shipment says nothing about the order's own id and content
    compared = document
    if candidate.adopted:  # typed into 1C by hand: its number and date are its own
        compared = dataclasses.replace(document, number=candidate.number, date=candidate.date)
    sent = reconciliation.Sent(
        number=candidate.number,
        date=candidate.date,
        total=candidate.total,
        tax=candidate.tax,
        inn=candidate.inn,
        currency=candidate.currency,
        rates=candidate.rates,
    )
    difference = "; ".join(reconciliation.verify(compared, sent, zero_is_none=zero_is_none))
    return facts | {
        "onec_id": row.onec_id or _onec_id(document, candidate),
        "onec_number": document.number_1c or row.onec_number,
        "onec_date": real_date(document.date_1c) or row.onec_date,
        "difference": difference,
        "unposted": verification.why_unposted(document),
        "verified_at": None if difference else (row.verified_at or now),
    }


def _onec_id(document: ReturnedDocument, candidate: CandidateRow) -> str:
    """Return 1C's own id of the document; some states of the Bitrix module return the site's instead."""
    foreign = parse_invoice_id(document.id) is None and document.id != candidate.number
    return document.id if foreign else ""
