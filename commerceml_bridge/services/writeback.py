"""Outbox → Bitrix24: mark an invoice as paid and prove that it moved (facts: bitrix24-rest §1.3–1.4, §3.4).

Transient errors are repeated with growing pauses, permanent ones parked with the reason for the operator.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict, dataclass

from commerceml_bridge.bitrix24.write import Proof, set_paid
from commerceml_bridge.db.rows import InvoiceRow, JobRow, PortalRow
from commerceml_bridge.domain.invoices import InvoiceKey, InvoiceKind
from commerceml_bridge.errors import BridgeError, PortalError
from commerceml_bridge.services import portals
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.jobs import WRITEBACK

PAUSES = (10, 30, 60, 300, 900, 1800, 3600)
"""Seconds before the next try; the last one repeats."""
TRIES = 40
"""About a day and a half; then the operator is asked."""


@dataclass
class WritebackReport:
    """What became of the claimed jobs."""

    written: int = 0
    already: int = 0
    retried: int = 0
    parked: int = 0


def deliver_pending(bridge: Bridge, portal: PortalRow | None = None, *, limit: int = 50) -> WritebackReport:
    """Claim and perform due write-backs until none is left (of one portal, if given)."""
    report = WritebackReport()
    while True:
        with bridge.db.write() as uow:
            jobs = uow.jobs.claim(
                bridge.clock(), kinds=(WRITEBACK,), limit=limit, portal_id=portal.id if portal else None
            )
        if not jobs:
            return report
        for job in jobs:
            perform(bridge, job, report)


def perform(bridge: Bridge, job: JobRow, report: WritebackReport) -> None:
    """Do one claimed write-back and store its outcome."""
    with bridge.db.read() as uow:
        invoice = uow.invoices.by_id(job.invoice_id or 0)
        portal = uow.portals.by_id(job.portal_id)
    assert invoice is not None  # noqa: S101 - a write-back always names an invoice
    try:
        proof = _write(bridge, portal, invoice, json.loads(job.payload))
    except BridgeError as error:
        _failed(bridge, portal, job, invoice, error, report)
        return
    _done(bridge, job, invoice, proof, report)


def _write(bridge: Bridge, portal: PortalRow, invoice: InvoiceRow, payload: dict[str, str]) -> Proof:
    connection = portals.connect(bridge, portal)
    voucher_date = payload.get("voucher_date")
    return set_paid(
        connection.client,
        connection.info,
        InvoiceKey(InvoiceKind(invoice.kind), invoice.b24_id),
        stage_id=payload.get("stage") or None,
        voucher_number=payload.get("voucher_number") or None,
        voucher_date=dt.date.fromisoformat(voucher_date) if voucher_date else None,
    )


def _done(bridge: Bridge, job: JobRow, invoice: InvoiceRow, proof: Proof, report: WritebackReport) -> None:
    now = bridge.clock()
    text = (
        f"Оплата отмечена в Битрикс24: стадия {proof.before.stage_id} → {proof.after.stage_id}."
        if proof.written
        else f"В Битрикс24 счёт уже на стадии {proof.after.stage_id}: запись не понадобилась."
    )
    with bridge.db.write() as uow:
        uow.jobs.update(
            job.id,
            state="done",
            error="",
            finished_at=now,
            proof=json.dumps(asdict(proof), ensure_ascii=False, default=str),
        )
        uow.invoices.update(invoice.id, stage_id=proof.after.stage_id, stage_semantics=proof.after.semantics.value)
        uow.journal.add_event(now, invoice.id, "written", text, job_id=job.id)
    if proof.written:
        report.written += 1
    else:
        report.already += 1


def _failed(
    bridge: Bridge, portal: PortalRow, job: JobRow, invoice: InvoiceRow, error: BridgeError, report: WritebackReport
) -> None:
    now = bridge.clock()
    if error.permanent or job.attempts >= TRIES:
        portals.forget_info(portal)  # the stage may have been renamed: look it up again when the operator retries
        with bridge.db.write() as uow:
            uow.jobs.update(job.id, state="parked", error=error.message, finished_at=now)
            uow.journal.add_event(now, invoice.id, "parked", error.message, job_id=job.id)
        report.parked += 1
        return
    pause = float(PAUSES[min(job.attempts, len(PAUSES)) - 1])
    if isinstance(error, PortalError) and error.retry_after:
        pause = max(pause, error.retry_after)
    with bridge.db.write() as uow:
        uow.jobs.update(job.id, state="pending", error=error.message, run_after=now + dt.timedelta(seconds=pause))
    report.retried += 1
