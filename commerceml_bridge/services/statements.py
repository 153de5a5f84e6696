"""Bank statements: a file is kept, its documents counted once, what is certain applied, the rest proposed to a person.

The rule of certainty is ``domain.bank_matching``. The same document of the bank in another file is the same document;
one that nobody has decided on is weighed again. Feeds the ledger with the source "statement"; what 1C itself
has told of an invoice is weighed there.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from commerceml_bridge.db.rows import NodeRow
from commerceml_bridge.db.statements import DocumentRow, PayableRow, ShareRow, StatementRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.domain import bank_matching
from commerceml_bridge.domain.bank_file import BankDocument, BankStatement, read_statement
from commerceml_bridge.domain.bank_matching import Open, Outcome, currency_of, words_of
from commerceml_bridge.domain.facts import Fact, FactKind, Report, Source
from commerceml_bridge.domain.money import ZERO
from commerceml_bridge.domain.numbering import significant_digits
from commerceml_bridge.errors import BadInput, NotFound, StatementInvalid
from commerceml_bridge.services import auditing, ledger
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.bursts import guarded

LARGEST_FILE = 20 * 1024 * 1024
SLICE = 50
"""Documents weighed in one transaction."""
APPLIED, PROPOSED, UNMATCHED, DECLINED, IGNORED = "applied", "proposed", "unmatched", "declined", "ignored"
_OPEN = frozenset({PROPOSED, UNMATCHED})
"""Weighed again when the document comes again: its invoice may be known by now."""


@dataclass
class LoadReport:
    """What became of a file."""

    statement_id: int
    applied: int = 0
    proposed: int = 0
    unmatched: int = 0
    ignored: int = 0
    repeated: int = 0
    problems: tuple[tuple[int, str], ...] = ()
    burst_id: int | None = None


def load(bridge: Bridge, node: NodeRow, filename: str, body: bytes) -> LoadReport:
    """Take a statement; one that cannot be read is kept with its error. Raises ``StatementInvalid``, ``BadInput``."""
    if len(body) > LARGEST_FILE:
        raise BadInput(f"Файл больше {LARGEST_FILE // 1024 // 1024} МБ: это не выписка за день или месяц.")
    common = {"node_id": node.id, "filename": filename[:200], "body": body, "uploaded_by": auditing.actor()}
    try:
        found = read_statement(body)
    except StatementInvalid as error:
        with bridge.db.write() as uow:
            uow.statements.add(**common, state="refused", error=error.message, created_at=bridge.clock())
        raise
    with bridge.db.write() as uow:
        made = uow.statements.add(**common, **_about(found), state="read", created_at=bridge.clock())
    report = LoadReport(made, problems=found.problems)
    unique = list({one.fingerprint: one for one in found.documents}.values())
    with guarded(bridge, node, f"выписка {filename[:100]}") as report.burst_id:
        for start in range(0, len(unique), SLICE):
            with bridge.db.write() as uow:
                uow.portals.lock(node.portal_id)
                _take(uow, bridge, node, unique[start : start + SLICE], report)
    report.repeated += len(found.documents) - len(unique)
    with bridge.db.write() as uow:
        uow.statements.update(made, repeated=report.repeated)
    return report


def _about(found: BankStatement) -> dict[str, object]:
    return {
        "code_page": found.code_page,
        "since": found.since,
        "until": found.until,
        "documents": len(found.documents),
        "problems": json.dumps(found.problems, ensure_ascii=False),
    }


def _take(
    uow: UnitOfWork, bridge: Bridge, node: NodeRow, documents: Sequence[BankDocument], report: LoadReport
) -> None:
    known = uow.statements.known(node.id, [one.fingerprint for one in documents])
    for document in documents:
        before = known.get(document.fingerprint)
        if before is not None and before.state not in _OPEN:
            report.repeated += 1
            continue
        outcome = bank_matching.match(document, _payable(uow, node, document))
        state = _state(outcome)
        if before is not None and before.state == state:
            report.repeated += 1
            continue
        _keep(uow, bridge, node, document, outcome, before, report)
        setattr(report, state, getattr(report, state) + 1)


def _payable(uow: UnitOfWork, node: NodeRow, document: BankDocument) -> list[Open]:
    words = words_of(document)
    digits = {number for word in words if (number := significant_digits(word.rpartition("-")[2])) and number < 10**12}
    spelled = words | {word.upper() for word in words}
    inns = {document.payer_inn, document.payee_inn} - {""}
    return [_open(row) for row in uow.statements.payable(node.id, words=spelled, digits=digits, inns=inns)]


def _open(row: PayableRow) -> Open:
    """What is left is counted by statements alone: the ledger weighs what 1C has told of the same money."""
    rest = max(row.total - row.paid, ZERO)
    return Open(row.consignment_id, row.number, row.printed, row.date, row.inn, row.total, rest, row.currency)


def _state(outcome: Outcome) -> str:
    if outcome.certain:
        return APPLIED
    if outcome.shares:
        return PROPOSED
    return IGNORED if outcome.foreign else UNMATCHED


def _keep(
    uow: UnitOfWork,
    bridge: Bridge,
    node: NodeRow,
    document: BankDocument,
    outcome: Outcome,
    before: DocumentRow | None,
    report: LoadReport,
) -> None:
    state, now = _state(outcome), bridge.clock()
    values: dict[str, object] = {"state": state, "reason": outcome.reason, "refund": outcome.refund}
    if state == APPLIED:
        values |= {"decided_by": "", "decided_at": now}
    shares = [
        {
            "consignment_id": one.consignment_id,
            "amount": one.amount,
            "reasons": "; ".join(one.reasons),
            "confidence": one.confidence,
            "state": state,
        }
        for one in outcome.shares
    ]
    if before is None:
        made = uow.statements.add_document(
            shares, **values, **_columns(document, node, report.statement_id), created_at=now
        )
    else:
        made = before.id
        uow.statements.retry_document(made, shares, **values)
    if state == APPLIED:
        row = uow.statements.document(made)
        assert row is not None  # noqa: S101 - just written
        _record(uow, bridge, node, row, uow.statements.shares([made])[made], report.burst_id)


def _columns(document: BankDocument, node: NodeRow, statement_id: int) -> dict[str, object]:
    return {
        "statement_id": statement_id,
        "node_id": node.id,
        "fingerprint": document.fingerprint,
        "line": document.line,
        "kind": document.kind,
        "number": document.number,
        "date": document.date,
        "booked_on": document.booked_on,
        "amount": document.amount,
        "currency": currency_of(document.own_account) or "RUB",
        "direction": str(document.direction),
        "payer": document.payer,
        "payer_inn": document.payer_inn,
        "payer_account": document.payer_account,
        "payee": document.payee,
        "payee_inn": document.payee_inn,
        "payee_account": document.payee_account,
        "purpose": document.purpose,
    }


def _record(
    uow: UnitOfWork,
    bridge: Bridge,
    node: NodeRow,
    document: DocumentRow,
    shares: Sequence[ShareRow],
    burst_id: int | None = None,
) -> None:
    """Tell the ledger of one document, once for every invoice it pays; ``burst_id`` as in ``ledger.record``."""
    what = "Возврат" if document.refund else "Платёж"
    by = f", подтвердил {document.decided_by}" if document.decided_by else ""
    for share in shares:
        fact = Fact(
            kind=FactKind.REFUND if document.refund else FactKind.PAYMENT,
            key=f"bank:{document.fingerprint}",
            number=document.number,
            date=document.booked_on or document.date,
            amount=share.amount,
            currency=document.currency,
            certain=True,
            text=f"{what} {share.amount} по выписке банка, п/п {document.number} от {document.date:%d.%m.%Y}{by}.",
        )
        report = Report(
            Source.STATEMENT, bridge.clock().isoformat(), (fact,), payments_complete=False, about_order=False
        )
        evidence = f"выписка {document.statement_id}, строка {document.line}"
        ledger.record(uow, bridge, node, share.consignment_id, report, evidence=evidence, burst_id=burst_id)


def accept(bridge: Bridge, document_id: int, share_ids: Sequence[int] = (), *, reason: str = "") -> str:
    """Say yes to a proposal: to these shares, or to the only one (of several invoices in one payment: to all).

    Returns what was done, in Russian. Raises ``NotFound`` and ``BadInput``.
    """
    with bridge.db.write() as uow:
        document, node = _waiting(uow, document_id)
        uow.portals.lock(node.portal_id)
        every = uow.statements.shares([document_id])[document_id]
        chosen = _chosen(document, every, share_ids)
        uow.statements.set_shares(document_id, DECLINED)
        uow.statements.set_shares(document_id, APPLIED, only=[one.id for one in chosen])
        _decide(uow, bridge, document, APPLIED, reason)
        row = uow.statements.document(document_id)
        assert row is not None  # noqa: S101 - read above
        _record(uow, bridge, node, row, chosen)
    return f"Платёж {document.number} учтён: счёт {', '.join(one.invoice_number for one in chosen)}."


def decline(bridge: Bridge, document_id: int, *, reason: str = "") -> str:
    """Say no to a proposal: the payment concerns none of these invoices. Raises ``NotFound`` and ``BadInput``."""
    with bridge.db.write() as uow:
        document, _node = _waiting(uow, document_id)
        uow.statements.set_shares(document_id, DECLINED)
        _decide(uow, bridge, document, DECLINED, reason)
    return f"Платёж {document.number} к счетам узла не относится."


def _waiting(uow: UnitOfWork, document_id: int) -> tuple[DocumentRow, NodeRow]:
    document = uow.statements.document(document_id)
    if document is None:
        raise NotFound(f"Платежа {document_id} нет.")
    node = uow.nodes.by_id(document.node_id)
    if node is None:
        raise NotFound("Узел этого платежа снят.")
    if document.state != PROPOSED:
        raise BadInput("Этот платёж уже разобран: решать больше нечего.")
    return document, node


def _chosen(document: DocumentRow, every: Sequence[ShareRow], share_ids: Sequence[int]) -> list[ShareRow]:
    chosen = [one for one in every if one.id in set(share_ids)] if share_ids else list(every)
    if not chosen or len(chosen) < len(set(share_ids)):
        raise BadInput("Такого счёта среди предложенных нет.")
    if sum((one.amount for one in chosen), Decimal(0)) > document.amount:
        raise BadInput("Платёж меньше суммы выбранных счетов: выберите один из них.")
    return chosen


def _decide(uow: UnitOfWork, bridge: Bridge, document: DocumentRow, state: str, reason: str) -> None:
    who = auditing.actor()
    said = f"{document.reason} {reason}".strip() if reason else document.reason
    uow.statements.decide(document.id, state=state, reason=said, decided_by=who, decided_at=bridge.clock())
    subject = f"платёж {document.number} от {document.date:%d.%m.%Y}"
    auditing.note(uow, bridge, f"statement.{state}", subject, {"сумма": ("", document.amount)}, reason=reason)


@dataclass(frozen=True)
class Item:
    """A document with what it is taken for."""

    document: DocumentRow
    shares: tuple[ShareRow, ...]


def items(bridge: Bridge, node_id: int, *, states: Sequence[str] = (), statement_id: int | None = None) -> list[Item]:
    """Return documents of a node, newest first."""
    with bridge.db.read() as uow:
        documents = uow.statements.documents(node_id, states=states, statement_id=statement_id)
        shares = uow.statements.shares([one.id for one in documents])
    return [Item(one, tuple(shares.get(one.id, ()))) for one in documents]


def files(bridge: Bridge, node_id: int) -> list[StatementRow]:
    """Return the newest files of a node."""
    with bridge.db.read() as uow:
        return uow.statements.of_node(node_id)
