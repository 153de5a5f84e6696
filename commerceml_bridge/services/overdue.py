"""Documents 1C confirmed and never returned for days: ``success`` proves no more than that it took them (decision 13).

БП returns nothing by this exchange, so silence says nothing there (facts: 1c-clients §4); a node that does not know its
family is looked at like the others.
"""

from __future__ import annotations

import datetime as dt

from commerceml_bridge.domain.family_switches import switches
from commerceml_bridge.services.bridge import Bridge


def look(bridge: Bridge) -> int:
    """Mark what is overdue at every node and unmark the rest; return how many are."""
    with bridge.db.write() as uow:
        count = 0
        for node in uow.nodes.all():
            days = 0 if switches(node.options.client).returns_nothing else node.options.unseen_days
            count += uow.consignments.mark_unseen(node.id, bridge.clock() - dt.timedelta(days=days) if days else None)
        return count
