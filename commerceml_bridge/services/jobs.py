"""The outbox seen from the use cases: what is queued, and that it is queued once."""

from __future__ import annotations

import datetime as dt
import json

from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.errors import NotFound
from commerceml_bridge.services.bridge import Bridge

WRITEBACK = "writeback"
FETCH = "fetch"


def queue_writeback(
    uow: UnitOfWork,
    bridge: Bridge,
    *,
    portal_id: int,
    invoice_id: int,
    paid_stage: str,
    voucher_number: str | None,
    voucher_date: dt.date | None,
) -> bool:
    """Queue "mark as paid" in the transaction of the decision; ``False`` if it is queued or done already."""
    payload = json.dumps(
        {
            "stage": paid_stage,
            "voucher_number": voucher_number or "",
            "voucher_date": voucher_date.isoformat() if voucher_date else "",
        },
        sort_keys=True,
    )
    last = uow.jobs.last_of(invoice_id, WRITEBACK)
    if last is not None and last.payload == payload and last.state != "parked":
        return False
    now = bridge.clock()
    if last is not None and last.state == "pending":
        uow.jobs.update(last.id, payload=payload, run_after=now)
        return True
    uow.jobs.add(
        kind=WRITEBACK, portal_id=portal_id, invoice_id=invoice_id, payload=payload, run_after=now, created_at=now
    )
    return True


def wake_fetch(bridge: Bridge, portal_name: str) -> None:
    """Queue a look at Bitrix24 right now; a burst of calls folds into one. Raises ``NotFound``."""
    with bridge.db.write() as uow:
        portal = uow.portals.by_name(portal_name)
        if portal is None:
            raise NotFound(f"Портала «{portal_name}» нет.")
        if uow.jobs.pending_of(portal.id, FETCH) is None:
            now = bridge.clock()
            uow.jobs.add(kind=FETCH, portal_id=portal.id, run_after=now, created_at=now)
