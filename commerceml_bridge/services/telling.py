"""Comments and notes of the outbox: said once, with a proof (facts: bitrix24-rest §6.7; decision 20).

A comment carries the job's marker; a second try looks for it first. A right or scope the webhook lacks parks these jobs
with the reason; stages are jobs of their own and go on.
"""

from __future__ import annotations

import json
from dataclasses import asdict

from commerceml_bridge.bitrix24.effects import Said, comment, notify
from commerceml_bridge.db.rows import JobRow
from commerceml_bridge.domain.invoices import InvoiceKey, InvoiceKind
from commerceml_bridge.services import portals
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.jobs import COMMENT


def marker(portal_code: str, job_id: int) -> str:
    """Return what tells this comment from every other one of the portal."""
    return f"[обмен с 1С {portal_code}-{job_id}]"


def perform(bridge: Bridge, job: JobRow) -> bool:
    """Say what a claimed job is to say and store the proof; tell whether the job was still ours.

    Raises ``PortalError``.
    """
    with bridge.db.read() as uow:
        invoice = uow.invoices.by_id(job.invoice_id or 0)
        portal = uow.portals.by_id(job.portal_id)
    assert invoice is not None  # noqa: S101 - a comment always names an invoice
    text = str(json.loads(job.payload)["text"])
    client = portals.connect(bridge, portal).client
    mark = marker(portal.code, job.id)
    if job.kind == COMMENT:
        key = InvoiceKey(InvoiceKind(invoice.kind), invoice.b24_id)
        said = comment(client, key, text, mark, look_first=job.attempts > 1)
    elif invoice.responsible_id:
        said = Said(notify(client, invoice.responsible_id, f"Счёт {invoice.number}. {text}", mark), repeated=False)
    else:
        said = Said(0, repeated=False)
    now = bridge.clock()
    with bridge.db.write() as uow:
        held = uow.jobs.settle(job, state="done", error="", finished_at=now, proof=json.dumps(asdict(said)))
        if held:
            uow.journal.add_event(now, invoice.id, "told", text, job_id=job.id)
    return held
