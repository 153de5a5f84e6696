"""The outbox seen from the use cases: what is queued, and that it is queued once."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping

from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.errors import NotFound
from commerceml_bridge.services.bridge import Bridge

WRITEBACK = "writeback"
COMMENT = "comment"
NOTIFY = "notify"
OUTGOING = (WRITEBACK, COMMENT, NOTIFY)
"""What goes to Bitrix24."""
FETCH = "fetch"


def writeback_payload(
    stage: str, voucher_number: str, voucher_date: dt.date | None, more: Mapping[str, object] | None = None
) -> str:
    """Return what a write-back is to do, in one spelling, so that two can be compared.

    ``more``: ``situation`` (other than paid), ``deal_stage``, ``fields``; empty ones are left out.
    """
    what: dict[str, object] = {
        "stage": stage,
        "voucher_number": voucher_number,
        "voucher_date": voucher_date.isoformat() if voucher_date else "",
    }
    what |= {name: value for name, value in (more or {}).items() if value}
    return json.dumps(what, sort_keys=True, ensure_ascii=False)


def wake_fetch(bridge: Bridge, portal_name: str) -> None:
    """Queue a look at Bitrix24 right now; a burst of calls folds into one. Raises ``NotFound``."""
    with bridge.db.write() as uow:
        portal = uow.portals.by_name(portal_name)
        if portal is None:
            raise NotFound(f"Портала «{portal_name}» нет.")
        wake_in(uow, portal.id, bridge.clock())


def wake_in(uow: UnitOfWork, portal_id: int, now: dt.datetime) -> None:
    """Queue a look within a transaction, unless one waits already."""
    if uow.jobs.pending_of(portal_id, FETCH) is None:
        uow.jobs.add(kind=FETCH, portal_id=portal_id, run_after=now, created_at=now)
