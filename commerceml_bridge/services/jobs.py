"""The outbox seen from the use cases: what is queued, and that it is queued once."""

from __future__ import annotations

import datetime as dt
import json

from commerceml_bridge.errors import NotFound
from commerceml_bridge.services.bridge import Bridge

WRITEBACK = "writeback"
FETCH = "fetch"


def writeback_payload(stage: str, voucher_number: str, voucher_date: dt.date | None) -> str:
    """Return what a write-back is to do, in one spelling, so that two can be compared."""
    what = {
        "stage": stage,
        "voucher_number": voucher_number,
        "voucher_date": voucher_date.isoformat() if voucher_date else "",
    }
    return json.dumps(what, sort_keys=True, ensure_ascii=False)


def wake_fetch(bridge: Bridge, portal_name: str) -> None:
    """Queue a look at Bitrix24 right now; a burst of calls folds into one. Raises ``NotFound``."""
    with bridge.db.write() as uow:
        portal = uow.portals.by_name(portal_name)
        if portal is None:
            raise NotFound(f"Портала «{portal_name}» нет.")
        if uow.jobs.pending_of(portal.id, FETCH) is None:
            now = bridge.clock()
            uow.jobs.add(kind=FETCH, portal_id=portal.id, run_after=now, created_at=now)
