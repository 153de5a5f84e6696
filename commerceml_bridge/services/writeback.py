"""Outbox → Bitrix24: mark an invoice as paid and prove that it moved (facts: bitrix24-rest §1.3–1.4, §3.4).

Transient errors are repeated with growing pauses, permanent ones parked with the reason for the operator; a defect of
our own is repeated as well and then parked, so that one job never stops the others. Jobs are claimed one at a time: a
claim is a lease of minutes, and a portal that times out uses up minutes with each of them.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass

from commerceml_bridge.bitrix24.write import Proof, set_paid
from commerceml_bridge.db.rows import InvoiceRow, JobRow, PortalRow
from commerceml_bridge.domain.invoices import InvoiceKey, InvoiceKind
from commerceml_bridge.errors import BridgeError, DatabaseUnavailable, PortalError, PortalUnavailable
from commerceml_bridge.services import portals
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.jobs import WRITEBACK

log = logging.getLogger(__name__)
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


class _Defect(BridgeError):
    """An error nobody foresaw: repeated, since it may be the weather, and told to the operator in the end."""

    permanent = False
    code = "internal"

    def __init__(self, error: Exception) -> None:
        super().__init__(f"Внутренняя ошибка: {type(error).__name__}")


def deliver_pending(
    bridge: Bridge, portal: PortalRow | None = None, *, stopped: Callable[[], bool] = lambda: False
) -> WritebackReport:
    """Perform due write-backs until none is left (of one portal, if given) or ``stopped`` says so.

    A portal that is not available is asked once in a pass; its other jobs wait without counting as tried. Raises
    ``DatabaseUnavailable``.
    """
    report = WritebackReport()
    silent: set[int] = set()
    while not stopped() and (job := _claim(bridge, portal, silent)):
        try:
            perform(bridge, job, report)
        except PortalUnavailable as error:
            silent.add(job.portal_id)
            _spare(bridge, job.portal_id, error)
    return report


def _claim(bridge: Bridge, portal: PortalRow | None, silent: set[int]) -> JobRow | None:
    with bridge.db.write() as uow:
        claimed = uow.jobs.claim(
            bridge.clock(), kinds=(WRITEBACK,), limit=1, portal_id=portal.id if portal else None, but_portals=silent
        )
    return claimed[0] if claimed else None


def _spare(bridge: Bridge, portal_id: int, error: PortalUnavailable) -> None:
    """Put off the portal's other jobs, but no longer than the first pause: one bad invoice must not hold them up."""
    pause = max(float(PAUSES[0]), error.retry_after or 0.0)
    with bridge.db.write() as uow:
        uow.jobs.postpone(portal_id, WRITEBACK, bridge.clock() + dt.timedelta(seconds=pause))


def perform(bridge: Bridge, job: JobRow, report: WritebackReport) -> None:
    """Do one claimed write-back and store its outcome. Raises ``PortalUnavailable`` (stored too) for the caller."""
    try:
        _done(bridge, job, *_write(bridge, job), report)
    except DatabaseUnavailable:
        raise  # nothing can be stored; the lease gives the job to somebody else
    except BridgeError as error:
        _failed(bridge, job, error, report)
        if isinstance(error, PortalUnavailable):
            raise
    except Exception as error:
        log.exception("запись оплаты, задание %d: внутренняя ошибка", job.id)
        _failed(bridge, job, _Defect(error), report)


def _write(bridge: Bridge, job: JobRow) -> tuple[InvoiceRow, Proof]:
    with bridge.db.read() as uow:
        invoice = uow.invoices.by_id(job.invoice_id or 0)
        portal = uow.portals.by_id(job.portal_id)
    assert invoice is not None  # noqa: S101 - a write-back always names an invoice
    payload: dict[str, str] = json.loads(job.payload)
    connection = portals.connect(bridge, portal)
    voucher_date = payload.get("voucher_date")
    proof = set_paid(
        connection.client,
        connection.info,
        InvoiceKey(InvoiceKind(invoice.kind), invoice.b24_id),
        stage_id=payload.get("stage") or None,
        voucher_number=payload.get("voucher_number") or None,
        voucher_date=dt.date.fromisoformat(voucher_date) if voucher_date else None,
    )
    return invoice, proof


def _done(bridge: Bridge, job: JobRow, invoice: InvoiceRow, proof: Proof, report: WritebackReport) -> None:
    now = bridge.clock()
    text = (
        f"Оплата отмечена в Битрикс24: стадия {proof.before.stage_id} → {proof.after.stage_id}."
        if proof.written
        else f"В Битрикс24 счёт уже на стадии {proof.after.stage_id}: запись не понадобилась."
    )
    stored = json.dumps(asdict(proof), ensure_ascii=False, default=str)
    with bridge.db.write() as uow:
        held = uow.jobs.settle(job, state="done", error="", finished_at=now, proof=stored)
        if held or proof.written:  # what was written is told even if the job is somebody else's by now
            uow.invoices.update(invoice.id, stage_id=proof.after.stage_id, stage_semantics=proof.after.semantics.value)
            uow.journal.add_event(now, invoice.id, "written", text, job_id=job.id)
    if not held:
        _lost(job)
    if proof.written:
        report.written += 1
    else:
        report.already += held


def _failed(bridge: Bridge, job: JobRow, error: BridgeError, report: WritebackReport) -> None:
    now = bridge.clock()
    parked = error.permanent or job.attempts >= TRIES
    with bridge.db.write() as uow:
        if parked:
            held = uow.jobs.settle(job, state="parked", error=error.message, finished_at=now)
            portals.forget_info(uow.portals.by_id(job.portal_id))  # stages may have been renamed: look them up again
        else:
            held = uow.jobs.settle(job, state="pending", error=error.message, run_after=now + _pause(job, error))
        if held and parked:
            uow.journal.add_event(now, job.invoice_id, "parked", error.message, job_id=job.id)
    if not held:
        _lost(job)
    elif parked:
        report.parked += 1
    else:
        report.retried += 1


def _pause(job: JobRow, error: BridgeError) -> dt.timedelta:
    pause = float(PAUSES[min(job.attempts, len(PAUSES)) - 1])
    if isinstance(error, PortalError) and error.retry_after:
        pause = max(pause, error.retry_after)
    return dt.timedelta(seconds=pause)


def _lost(job: JobRow) -> None:
    log.warning("запись оплаты, задание %d: длилась дольше срока, им занят другой обработчик", job.id)
