"""Lists 1C loads from the site for its settings: the stages of the portal's invoices, as last fetched."""

from __future__ import annotations

import json

from commerceml_bridge.bitrix24.portal_info import PortalInfo
from commerceml_bridge.domain.directories import InfoLists
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.sessions import Caller


def info_json(info: PortalInfo) -> str:
    """Return what the portal's row keeps: kinds of invoices in use and their stages as (id, name)."""
    kept = {"kinds": sorted(info.kinds), "stages": [[stage.id, stage.name] for stage in info.stages]}
    return json.dumps(kept, ensure_ascii=False)


def info(bridge: Bridge, caller: Caller) -> InfoLists:
    """Return what is known; nothing before the first fetch. Asks no portal: 1C does not wait for Bitrix24."""
    with bridge.db.read() as uow:
        stored = uow.portals.by_id(caller.node.portal_id).info
    stages = json.loads(stored or "{}").get("stages", [])
    return InfoLists(statuses=tuple((stage_id, name) for stage_id, name in stages))
