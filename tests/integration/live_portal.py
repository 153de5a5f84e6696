"""A simulated portal beside the office: connected, fetched, with payments waiting to be written."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence

import pytest

from commerceml_bridge.bitrix24 import client
from commerceml_bridge.clock import utc_now
from commerceml_bridge.db.rows import JobRow, PortalRow
from commerceml_bridge.services import portals
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.fetching import fetch_portal
from commerceml_bridge.services.jobs import WRITEBACK
from commerceml_bridge.simulators.portal import PortalServer
from tests.integration.office import Office


def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Repeat at once."""
    monkeypatch.setattr(client, "FIRST_DELAY", 0.01)


def real_time(office: Office, *, poll_seconds: float = 3600.0) -> Bridge:
    """The office's bridge with the clock on the wall, as workers and threads need it."""
    settings = dataclasses.replace(office.bridge.settings, poll_seconds=poll_seconds)
    return dataclasses.replace(office.bridge, clock=utc_now, settings=settings)


def connect(bridge: Bridge, name: str, server: PortalServer, *, fetch: bool = True) -> PortalRow:
    """Add the simulated portal, and fetch it."""
    portal = portals.add(bridge, name, server.webhook_url)
    if fetch:
        fetch_portal(bridge, portal)
    return portals.by_name(bridge, name)


def pay(bridge: Bridge, portal: PortalRow, count: int, payload: str | None = None) -> list[int]:
    """Queue write-backs for the first ``count`` invoices of a portal; return the ids of the jobs."""
    plain = json.dumps({"stage": "", "voucher_number": "", "voucher_date": ""})
    now = bridge.clock()
    with bridge.db.write() as uow:
        invoices = sorted(uow.portals.sample(portal.id, 1000), key=lambda row: row.id)[:count]
        assert len(invoices) == count
        return [
            uow.jobs.add(
                kind=WRITEBACK,
                portal_id=portal.id,
                invoice_id=row.id,
                payload=payload or plain,
                run_after=now,
                created_at=now,
            )
            for row in invoices
        ]


def read_jobs(bridge: Bridge, ids: Sequence[int]) -> list[JobRow]:
    """Jobs as they are now."""
    with bridge.db.read() as uow:
        found = [uow.jobs.by_id(number) for number in ids]
    return [job for job in found if job is not None]
