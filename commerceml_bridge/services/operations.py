"""What an operator does by hand: send, hold, try again, set aside as settled. Each leaves who did it and why.

The trace is an event: of the invoice where one is concerned, else of the file, the document or the job.
"""

from __future__ import annotations

from commerceml_bridge.db.rows import ConsignmentRow, InvoiceRow, NodeRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.errors import BadInput, NotFound
from commerceml_bridge.services.applying import DOUBTFUL
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.consigning import HELD_BY_OPERATOR, consign
from commerceml_bridge.services.settling import CONFLICT

RESOLVED = "resolved"
"""State of an upload whose quarantine a person has ended."""


def release(bridge: Bridge, consignment_id: int, *, operator: str, reason: str) -> str:
    """Lift what holds an invoice at a node; return what still holds it, ``""`` if it goes out with the next query.

    Raises ``NotFound``, and ``BadInput`` if nothing holds it.
    """
    with bridge.db.write() as uow:
        row, node, invoice = _consignment(uow, consignment_id)
        if not row.held_code:
            raise BadInput("Этот счёт ничто не задерживает: обновите страницу.")
        return _let_go(uow, bridge, (row, node, invoice), "released", _note("Отпущен", operator, reason))


def resend(bridge: Bridge, consignment_id: int, *, operator: str, reason: str) -> str:
    """Have an invoice sent to a node (again), whether or not 1C has it; return what holds it, ``""`` if nothing.

    Raises ``NotFound``, and ``BadInput`` for an invoice that never goes to 1C.
    """
    with bridge.db.write() as uow:
        row, node, invoice = _consignment(uow, consignment_id)
        if row.adopted_at is not None:
            raise BadInput("Счёт связан с документом, введённым в 1С вручную. Сначала снимите связь.")
        if invoice.never:
            raise BadInput(f"Этот счёт не передаётся в 1С: {invoice.never}")
        return _let_go(uow, bridge, (row, node, invoice), "resend", _note("Отправить снова", operator, reason))


def hold(bridge: Bridge, consignment_id: int, *, operator: str, reason: str) -> None:
    """Keep an invoice from going to a node until somebody releases it. Raises ``NotFound``."""
    with bridge.db.write() as uow:
        row, node, invoice = _consignment(uow, consignment_id)
        note = _note("Задержан", operator, reason)
        uow.consignments.update(row.id, held_code=HELD_BY_OPERATOR, held_reason=note, resend=False)
        uow.journal.add_event(bridge.clock(), invoice.id, "held", note, node_id=node.id)


def retry_job(bridge: Bridge, job_id: int, *, operator: str, reason: str) -> None:
    """Give a parked job back to the worker. Raises ``NotFound``, and ``BadInput`` if it is not parked."""
    now = bridge.clock()
    with bridge.db.write() as uow:
        row = uow.jobs.by_id(job_id)
        if row is None:
            raise NotFound(f"Нет задания № {job_id}.")
        if row.state != "parked":
            raise BadInput("Задание не остановлено: повторять нечего, обновите страницу.")
        uow.jobs.update(job_id, state="pending", attempts=0, run_after=now, claimed_until=None, finished_at=None)
        uow.journal.add_event(
            now, row.invoice_id, "retried", _note("Повторить задание", operator, reason), job_id=job_id
        )


def resolve_returned(bridge: Bridge, returned_id: int, *, operator: str, reason: str) -> None:
    """Mark a quarantined or contradicting document as settled, nothing else. Raises ``NotFound`` and ``BadInput``."""
    now = bridge.clock()
    with bridge.db.write() as uow:
        row = uow.browse.returned_by_id(returned_id)
        if row is None:
            raise NotFound(f"Нет документа № {returned_id}.")
        waits = row.state == "quarantined" or row.code in {CONFLICT, DOUBTFUL}
        if not waits or row.resolved_at is not None:
            raise BadInput("Этот документ уже разобран: обновите страницу.")
        note = _note("Разобран", operator, reason)
        uow.returned.update(returned_id, resolved_at=now, reason=f"{row.reason}\n{note}".strip())
        uow.journal.add_event(now, row.invoice_id, "resolved", note, returned_id=returned_id)


def resolve_upload(bridge: Bridge, upload_id: int, *, operator: str, reason: str) -> None:
    """Mark a quarantined file as settled; its bytes stay. Raises ``NotFound`` and ``BadInput``."""
    with bridge.db.write() as uow:
        row = uow.uploads.by_id(upload_id)
        if row is None:
            raise NotFound(f"Нет файла № {upload_id}.")
        if row.state != "quarantined":
            raise BadInput("Этот файл уже разобран: обновите страницу.")
        note = _note("Разобран", operator, reason)
        now = bridge.clock()
        uow.uploads.update(upload_id, state=RESOLVED, error=f"{row.error}\n{note}".strip(), changed_at=now)
        uow.journal.add_event(now, None, "resolved", note, node_id=row.node_id, upload_id=upload_id)


def _consignment(uow: UnitOfWork, consignment_id: int) -> tuple[ConsignmentRow, NodeRow, InvoiceRow]:
    row = uow.consignments.by_id(consignment_id)
    node = uow.nodes.by_id(row.node_id) if row else None
    invoice = uow.invoices.by_id(row.invoice_id) if row else None
    if row is None or node is None or invoice is None:
        raise NotFound("Этого счёта на этом узле нет (или узел снят с обмена).")
    uow.portals.lock(node.portal_id)
    return uow.consignments.by_id(consignment_id) or row, node, invoice


def _let_go(
    uow: UnitOfWork, bridge: Bridge, about: tuple[ConsignmentRow, NodeRow, InvoiceRow], kind: str, note: str
) -> str:
    """Clear the hold, remember that a person lifted it, and settle the state anew: another cause may hold it still."""
    row, node, invoice = about
    now = bridge.clock()
    lifted = dict.fromkeys(code for code in (*row.released.split(","), row.held_code) if code)
    uow.consignments.update(
        row.id, held_code="", held_reason="", suspect=False, due=True, resend=True, released=",".join(lifted)
    )
    uow.journal.add_event(now, invoice.id, kind, note, node_id=node.id)
    settled = consign(uow, node, invoice, now)
    return settled.held_reason if settled else ""


def _note(what: str, operator: str, reason: str) -> str:
    return f"{what}: {operator}. Причина: {reason.strip()}"
