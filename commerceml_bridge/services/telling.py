"""Comments and notes of the outbox: said once, with a proof (facts: bitrix24-rest §6.7; decision 20).

A comment carries the job's marker; a second try looks for it first. A right or scope the webhook lacks parks these jobs
with the reason; stages are jobs of their own and go on. A portal that does not know the method at all is no problem
of anybody's: nothing can be mended, so the job ends with a word in the invoice's history.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict

from commerceml_bridge.bitrix24.client import BitrixClient
from commerceml_bridge.bitrix24.effects import Said, comment, notify
from commerceml_bridge.bitrix24.refusals import lacks_method
from commerceml_bridge.db.rows import InvoiceRow, JobRow
from commerceml_bridge.domain.invoices import InvoiceKey, InvoiceKind
from commerceml_bridge.errors import PortalRefused
from commerceml_bridge.services import portals
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.jobs import COMMENT


def marker(portal_code: str, job_id: int) -> str:
    """Return what tells this comment from every other one of the portal."""
    return f"[обмен с 1С {portal_code}-{job_id}]"


def perform(bridge: Bridge, job: JobRow) -> bool:
    """Say what a claimed job is to say and store the proof; tell whether it was said.

    Raises ``PortalError``.
    """
    with bridge.db.read() as uow:
        invoice = uow.invoices.by_id(job.invoice_id or 0)
        portal = uow.portals.by_id(job.portal_id)
    assert invoice is not None  # noqa: S101 - a comment always names an invoice
    text = str(json.loads(job.payload)["text"])
    client = portals.connect(bridge, portal).client
    mark = marker(portal.code, job.id)
    try:
        said = _say(client, invoice, job, text, mark)
    except PortalRefused as error:
        if not lacks_method(error):
            raise
        words = f"Не сказано, потому что на этом портале нет такого метода REST: {text}"
        _end(bridge, job, {"state": "cancelled", "error": error.message}, words)
        return False
    proof = json.dumps(asdict(said))
    return _end(bridge, job, {"state": "done", "error": "", "proof": proof}, text)


def _say(client: BitrixClient, invoice: InvoiceRow, job: JobRow, text: str, mark: str) -> Said:
    if job.kind == COMMENT:
        key = InvoiceKey(InvoiceKind(invoice.kind), invoice.b24_id)
        return comment(client, key, text, mark, look_first=job.attempts > 1)
    if invoice.responsible_id:
        return Said(notify(client, invoice.responsible_id, f"Счёт {invoice.number}. {text}", mark), repeated=False)
    return Said(0, repeated=False)


def _end(bridge: Bridge, job: JobRow, outcome: Mapping[str, str], words: str) -> bool:
    """Settle the job and put ``words`` into the invoice's history; tell whether it was still ours."""
    now = bridge.clock()
    with bridge.db.write() as uow:
        held = uow.jobs.settle(job, finished_at=now, **outcome)
        if held:
            uow.journal.add_event(now, job.invoice_id, "told", words, job_id=job.id)
    return held
