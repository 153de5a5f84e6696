"""Lists 1C loads from the site for its settings: the stages of the portal's invoices, as last fetched."""

from __future__ import annotations

import json

from commerceml_bridge.bitrix24.portal_info import PortalInfo
from commerceml_bridge.domain.directories import InfoLists
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.sessions import Caller

BY_INVOICE = ("invoice", "Оплата по счёту")
"""The one way to pay what this site sends: every document of it is an invoice."""


def info_json(info: PortalInfo) -> str:
    """Return what the portal keeps: kinds of invoices, pipelines, stages by (id, name) and their places."""
    kept = {
        "kinds": sorted(info.kinds),
        "categories": [[category.id, category.name] for category in info.categories],
        "stages": [[stage.id, stage.name] for stage in info.stages],
        "places": {
            stage.id: [stage.category_id, stage.sort, stage.name, stage.semantics.value] for stage in info.stages
        },
    }
    return json.dumps(kept, ensure_ascii=False)


def info(bridge: Bridge, caller: Caller) -> InfoLists:
    """Return what is known; nothing before the first fetch. Asks no portal: 1C does not wait for Bitrix24."""
    with bridge.db.read() as uow:
        stored = uow.portals.by_id(caller.node.portal_id).info
    known = json.loads(stored or "{}")
    both = len(known.get("kinds", [])) > 1
    statuses = tuple((stage_id, _named(stage_id, name, both=both)) for stage_id, name in known.get("stages", []))
    return InfoLists(statuses, payment_systems=(BY_INVOICE,))


def _named(stage_id: str, name: str, *, both: bool) -> str:
    """Tell stages of the two kinds apart where a portal has both: their names are often the same."""
    return f"{name} (старый счёт)" if both and ":" not in stage_id else name
