"""Every stored invoice looked for by its id: what was deleted in Bitrix24, and what came back.

No list shows deleted items and events may be lost (facts: bitrix24-rest §7). Ids are asked fifty to a command and fifty
commands to a request, so that 10,000 invoices cost four requests. Absence proves nothing by itself (§1.2): what is
missing is only marked, and ``rechecking`` asks ``get`` for each. Where much is missing at once a lost right is likelier
than a deletion, and a person decides.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from commerceml_bridge.bitrix24.by_id import FilterIgnored, present
from commerceml_bridge.domain.invoices import InvoiceKey, InvoiceKind
from commerceml_bridge.services import portals, turns
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.jobs import wake_in

SLICE = 2500
"""ids in one request"""
REREAD = dt.timedelta(hours=24)
"""open invoices are read again after that whatever happened: addresses have no date, and events may be lost"""
SUSPICIOUS = 20
"""so many missing invoices are believed whatever share they are"""
SHARE = 10
"""one in so many may be missing"""


@dataclass
class SweepReport:
    """What a sweep found."""

    looked: int = 0
    missing: list[InvoiceKey] = field(default_factory=list)
    returned: list[InvoiceKey] = field(default_factory=list)
    note: str = ""


def due(bridge: Bridge) -> Iterable[int]:
    """Return the portals whose first load is over and whose last sweep is long ago."""
    now = bridge.clock()
    with bridge.db.read() as uow:
        known = uow.portals.all()
    pause = dt.timedelta(hours=bridge.settings.sweep_hours)
    return [row.id for row in known if row.fetched_at and (row.swept_at is None or now - row.swept_at >= pause)]


def sweep_in_turn(bridge: Bridge, portal_id: int) -> None:
    """Sweep unless another worker does. Raises ``PortalError``."""
    with turns.turn(bridge, portal_id, turns.SWEEPING, every=0.0, at_once=True) as turn:
        if turn.mine and portal_id in due(bridge):
            sweep(bridge, portal_id)


def sweep(bridge: Bridge, portal_id: int, *, confirmed: bool = False) -> SweepReport:
    """Look for every stored invoice of a portal. ``confirmed``: a person says that many were deleted.

    Only a look that came to its end declares anything. Raises ``PortalError``.
    """
    with bridge.db.read() as uow:
        portal = uow.portals.by_id(portal_id)
    connection = portals.connect(bridge, portal)
    report = SweepReport()
    for kind in InvoiceKind:
        if kind in connection.info.kinds:
            _look(bridge, connection, kind, report)
    believed = confirmed or len(report.missing) <= max(SUSPICIOUS, report.looked // SHARE)
    if not believed:
        report.note = (
            f"При сверке по номерам портал не показал {len(report.missing)} счетов из {report.looked}. Похоже, вебхук "
            "потерял право читать их, а не счета удалены: ничего не изменено. Проверьте права владельца вебхука "
            f"(commerceml-bridge portal check {portal.name}). Если счета действительно удалены: commerceml-bridge "
            f"portal sweep {portal.name} --confirm."
        )
    _store(bridge, portal_id, [*(report.missing if believed else ()), *report.returned], report.note)
    return report


def _look(bridge: Bridge, connection: portals.Connection, kind: InvoiceKind, report: SweepReport) -> None:
    after = 0
    missing: list[InvoiceKey] = []
    while True:
        with bridge.db.read() as uow:
            stored = uow.staleness.slice(connection.portal.id, kind, after, SLICE)
        if not stored:
            break
        try:
            listed = present(connection.client, kind, sorted(one.b24_id for one in stored))
        except FilterIgnored as error:
            report.note = f"Сверка счетов по номерам не удалась: {error.message}"
            return
        after = stored[-1].row_id
        report.looked += sum(not one.gone for one in stored)
        missing += [InvoiceKey(kind, one.b24_id) for one in stored if not one.gone and one.b24_id not in listed]
        report.returned += [InvoiceKey(kind, one.b24_id) for one in stored if one.gone and one.b24_id in listed]
    report.missing += missing


def _store(bridge: Bridge, portal_id: int, marked: list[InvoiceKey], note: str) -> None:
    now = bridge.clock()
    with bridge.db.write() as uow:
        count = uow.staleness.mark(portal_id, marked) + uow.staleness.mark_open(portal_id, read_before=now - REREAD)
        uow.portals.update(portal_id, swept_at=now, sweep_note=note)
        if count:
            wake_in(uow, portal_id, now)
