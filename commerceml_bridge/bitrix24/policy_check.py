"""What a portal has that a policy may name: stages of invoices and deals, custom fields, the right to notify."""

from __future__ import annotations

from commerceml_bridge.bitrix24.client import BitrixClient
from commerceml_bridge.bitrix24.portal_info import SMART_TYPE, PortalInfo
from commerceml_bridge.domain.policy import Existing

_DEAL_STAGES = "DEAL_STAGE"


def existing(client: BitrixClient, info: PortalInfo) -> Existing:
    """Ask the portal. Raises ``PortalError``."""
    return Existing(
        stages={one.id: one.name for one in info.stages},
        deal_stages=_deal_stages(client),
        fields=_custom_fields(client),
        may_notify="im" in {str(one) for one in client.call("scope") or ()},
    )


def _deal_stages(client: BitrixClient) -> dict[str, str]:
    rows = client.call("crm.status.list", {"order": {"SORT": "ASC"}})
    return {
        str(row["STATUS_ID"]): str(row["NAME"])
        for row in rows
        if isinstance(row, dict) and str(row.get("ENTITY_ID", "")).startswith(_DEAL_STAGES)
    }


def _custom_fields(client: BitrixClient) -> dict[str, str]:
    answer = client.call("crm.item.fields", {"entityTypeId": SMART_TYPE})
    described = answer.get("fields") if isinstance(answer, dict) else None
    if not isinstance(described, dict):
        return {}
    custom = {name: one for name, one in described.items() if name.startswith("uf") and isinstance(one, dict)}
    return {name: str(one.get("title") or name) for name, one in custom.items() if not one.get("isReadOnly")}
