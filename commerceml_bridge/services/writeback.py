"""Outbox → Bitrix24: mark an invoice as paid and prove that it moved (facts: bitrix24-rest §1.3–1.4, §3.4).

Comments and notes are jobs of their own (``services.telling``): a missing right for them never stops a stage.

Transient errors are repeated with growing pauses, permanent ones parked with the reason for the operator; a defect of
our own is repeated as well and then parked, so that one job never stops the others. Jobs are claimed one at a time: a
claim is a lease of minutes, and a portal that times out uses up minutes with each of them.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from commerceml_bridge.bitrix24.effects import Written, fields_of, move_deal, write_fields
from commerceml_bridge.bitrix24.write import Proof, set_paid, set_stage
from commerceml_bridge.db.rows import InvoiceRow, JobRow, PortalRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.domain.invoices import InvoiceKey, InvoiceKind
from commerceml_bridge.domain.policy import Situation
from commerceml_bridge.errors import BridgeError, DatabaseUnavailable, PortalError, PortalRefused, PortalUnavailable
from commerceml_bridge.services import portals, telling
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.jobs import OUTGOING, WRITEBACK

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
    told: int = 0
    """comments and notes"""


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
            bridge.clock(), kinds=OUTGOING, limit=1, portal_id=portal.id if portal else None, but_portals=silent
        )
    return claimed[0] if claimed else None


def _spare(bridge: Bridge, portal_id: int, error: PortalUnavailable) -> None:
    """Put off the portal's other jobs, but no longer than the first pause: one bad invoice must not hold them up."""
    pause = max(float(PAUSES[0]), error.retry_after or 0.0)
    with bridge.db.write() as uow:
        for kind in OUTGOING:
            uow.jobs.postpone(portal_id, kind, bridge.clock() + dt.timedelta(seconds=pause))


def perform(bridge: Bridge, job: JobRow, report: WritebackReport) -> None:
    """Do one claimed write-back and store its outcome. Raises ``PortalUnavailable`` (stored too) for the caller."""
    try:
        if job.kind == WRITEBACK:
            _done(bridge, job, *_write(bridge, job), report)
        else:
            report.told += telling.perform(bridge, job)
    except DatabaseUnavailable:
        raise  # nothing can be stored; the lease gives the job to somebody else
    except BridgeError as error:
        _failed(bridge, job, error, report)
        if isinstance(error, PortalUnavailable):
            raise
    except Exception as error:
        log.exception("запись в Битрикс24, задание %d: внутренняя ошибка", job.id)
        _failed(bridge, job, _Defect(error), report)


@dataclass(frozen=True)
class _Effects:
    """What was read before and after each effect of one write-back."""

    stage: Proof | None
    fields: Written | None
    deal: Written | None
    refused: PortalRefused | None = None
    """why an effect beside the stage was not written; it keeps none of the others back"""

    @property
    def written(self) -> bool:
        return any(one is not None and one.written for one in (self.stage, self.fields, self.deal))

    @property
    def proof(self) -> dict[str, object]:
        """As ever the stage's states at the top, the other effects beside them."""
        found: dict[str, object] = asdict(self.stage) if self.stage else {}
        return found | {name: asdict(one) for name, one in (("fields", self.fields), ("deal", self.deal)) if one}


def _write(bridge: Bridge, job: JobRow) -> tuple[InvoiceRow, _Effects]:
    with bridge.db.read() as uow:
        invoice = uow.invoices.by_id(job.invoice_id or 0)
        portal = uow.portals.by_id(job.portal_id)
        left = uow.jobs.left_at(job.invoice_id or 0, WRITEBACK)
    assert invoice is not None  # noqa: S101 - a write-back always names an invoice
    payload = json.loads(job.payload)
    connection = portals.connect(bridge, portal)
    key = InvoiceKey(InvoiceKind(invoice.kind), invoice.b24_id)
    fields = fields_of(key, payload.get("fields") or {})
    deal_stage, anywhere = str(payload.get("deal_stage") or ""), bool(payload.get("out_of_failure"))
    refusals: list[PortalRefused] = []

    def beside(effect: Callable[[], Written | None]) -> Written | None:
        try:
            return effect()
        except PortalRefused as error:
            refusals.append(error)  # a payment that is not marked is worse than a field that is empty
            return None

    def put_fields() -> Written | None:
        return write_fields(connection.client, key, fields) if fields else None

    # of an old invoice first: any later update would un-pay it and pay it again (bitrix24-rest §3.1)
    written = beside(put_fields) if key.kind is InvoiceKind.OLD else None
    stage = _stage(connection, key, payload, left)
    written = beside(put_fields) if key.kind is InvoiceKind.SMART else written
    deal = (
        beside(lambda: move_deal(connection.client, key, deal_stage, out_of_failure=anywhere)) if deal_stage else None
    )
    return invoice, _Effects(stage, written, deal, refusals[0] if refusals else None)


def _stage(connection: portals.Connection, key: InvoiceKey, payload: Mapping[str, Any], left: str) -> Proof | None:
    stage = str(payload.get("stage") or "")
    if payload.get("situation") in (None, "", Situation.OVERPAID):
        if payload.get("no_stage"):
            return None
        voucher_date = payload.get("voucher_date")
        return set_paid(
            connection.client,
            connection.info,
            key,
            stage_id=stage or None,
            voucher_number=payload.get("voucher_number") or None,
            voucher_date=dt.date.fromisoformat(voucher_date) if voucher_date else None,
            out_of_failure=bool(payload.get("out_of_failure")),
        )
    if not stage:
        return None
    before = json.loads(left).get("after") if left else None
    left_at = str(before.get("stage_id") or "") if isinstance(before, dict) else ""
    return set_stage(
        connection.client,
        connection.info,
        key,
        stage_id=stage,
        left_at=left_at,
        out_of_failure=bool(payload.get("out_of_failure")),
    )


def _done(bridge: Bridge, job: JobRow, invoice: InvoiceRow, effects: _Effects, report: WritebackReport) -> None:
    now = bridge.clock()
    proof = effects.proof
    outcome = {
        "state": "parked" if effects.refused else "done",
        "error": effects.refused.message if effects.refused else "",
        "proof": json.dumps(proof, ensure_ascii=False, default=str) if proof or not effects.refused else "",
    }
    with bridge.db.write() as uow:
        held = uow.jobs.settle(job, finished_at=now, **outcome)
        if held or effects.written:  # what was written is told even if the job is somebody else's by now
            if effects.stage is not None:
                after = effects.stage.after
                uow.invoices.update(invoice.id, stage_id=after.stage_id, stage_semantics=after.semantics.value)
            if proof or not effects.refused:
                uow.journal.add_event(now, invoice.id, "written", _words(job, effects), job_id=job.id)
        if held and effects.refused:
            _note_parked(uow, bridge, job, effects.refused)
    if not held:
        _lost(job)
    if effects.written:
        report.written += 1
    elif not effects.refused:
        report.already += held
    report.parked += held and effects.refused is not None


def _words(job: JobRow, effects: _Effects) -> str:
    paid = "situation" not in json.loads(job.payload)
    said = []
    if effects.stage is not None and effects.stage.written:
        what = "Оплата отмечена в Битрикс24" if paid else "Записано в Битрикс24"
        said.append(f"{what}: стадия {effects.stage.before.stage_id} → {effects.stage.after.stage_id}.")
    elif effects.stage is not None:
        said.append(f"В Битрикс24 счёт уже на стадии {effects.stage.after.stage_id}: запись не понадобилась.")
    if effects.fields is not None:
        said.append("Поля: " + ", ".join(f"{name} = {value}" for name, value in effects.fields.after.items()) + ".")
    if effects.deal is not None and not effects.deal.written:
        said.append(f"Сделка осталась на стадии {effects.deal.after['stageId']}.")
    elif effects.deal is not None:
        said.append(f"Сделка: стадия {effects.deal.before['stageId']} → {effects.deal.after['stageId']}.")
    return " ".join(said) or "В Битрикс24 записывать нечего."


def _note_parked(uow: UnitOfWork, bridge: Bridge, job: JobRow, error: BridgeError) -> None:
    portals.forget_info(uow.portals.by_id(job.portal_id))  # stages may have been renamed: look them up again
    uow.journal.add_event(bridge.clock(), job.invoice_id, "parked", error.message, job_id=job.id)


def _failed(bridge: Bridge, job: JobRow, error: BridgeError, report: WritebackReport) -> None:
    now = bridge.clock()
    parked = error.permanent or job.attempts >= TRIES
    with bridge.db.write() as uow:
        if parked:
            held = uow.jobs.settle(job, state="parked", error=error.message, finished_at=now)
        else:
            held = uow.jobs.settle(job, state="pending", error=error.message, run_after=now + _pause(job, error))
        if held and parked:
            _note_parked(uow, bridge, job, error)
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
