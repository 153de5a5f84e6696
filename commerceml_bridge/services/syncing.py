"""One pass over portals: fetch changes, ask 1C bases, deliver pending updates. The command ``sync`` does this."""

from __future__ import annotations

from dataclasses import dataclass, field

from commerceml_bridge.db.rows import PortalRow
from commerceml_bridge.errors import BridgeError, DatabaseUnavailable
from commerceml_bridge.services import searching
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.fetching import FetchReport, fetch_portal
from commerceml_bridge.services.polling import PollReport, poll_portal
from commerceml_bridge.services.writeback import WritebackReport, deliver_pending


@dataclass
class SyncReport:
    """What a pass over one portal did; ``error`` says in Russian why it failed, if it did."""

    portal: str
    fetched: FetchReport = field(default_factory=FetchReport)
    delivered: WritebackReport = field(default_factory=WritebackReport)
    polled: dict[str, PollReport] = field(default_factory=dict)
    """by node: what its base said over OData"""
    error: str = ""

    @property
    def failed(self) -> bool:
        """Tell whether something needs another try or a person."""
        silent = any(one.error for one in self.polled.values())
        return bool(self.error or silent or self.fetched.problems or self.delivered.retried or self.delivered.parked)


def sync_portal(bridge: Bridge, portal: PortalRow) -> SyncReport:
    """Fetch, ask the bases of its nodes and deliver for one portal; an error of one does not stop the others.

    Raises ``DatabaseUnavailable``, which is not the portal's error.
    """
    report = SyncReport(portal.name)
    try:
        report.fetched = fetch_portal(bridge, portal)
    except DatabaseUnavailable:
        raise
    except BridgeError as error:
        report.error = error.message
    report.polled = poll_portal(bridge, portal.id)
    report.delivered = deliver_pending(bridge, portal)
    searching.catch_up(bridge)
    return report
