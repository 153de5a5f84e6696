"""What a portal has that a policy may name: stages of invoices and deals, custom fields, the right to notify."""

from __future__ import annotations

from typing import Any

from commerceml_bridge.bitrix24.client import BitrixClient
from commerceml_bridge.bitrix24.effects import OLD_FIELD
from commerceml_bridge.bitrix24.portal_info import SMART_TYPE, PortalInfo
from commerceml_bridge.bitrix24.refusals import lacks_method
from commerceml_bridge.domain.invoices import InvoiceKind
from commerceml_bridge.domain.policy import Existing
from commerceml_bridge.errors import PortalRefused

_DEAL_STAGES = "DEAL_STAGE"
_OLD_LINKS = frozenset({"UF_COMPANY_ID", "UF_CONTACT_ID", "UF_MYCOMPANY_ID", "UF_DEAL_ID", "UF_QUOTE_ID"})
"""Fields of old invoices that look like custom ones and are none (bitrix24-rest §3.2)."""


def existing(client: BitrixClient, info: PortalInfo) -> Existing:
    """Ask the portal. Raises ``PortalError``."""
    return Existing(
        stages={one.id: one.name for one in info.stages},
        deal_stages=_deal_stages(client),
        fields=_custom_fields(client) | (_old_fields(client) if InvoiceKind.OLD in info.kinds else {}),
        may_notify=_may_notify(client),
    )


def _may_notify(client: BitrixClient) -> bool:
    """Tell whether the webhook has the scope ``im``; a portal that lists no scopes is believed to have given it."""
    try:
        return "im" in {str(one) for one in client.call("scope") or ()}
    except PortalRefused as error:
        if lacks_method(error):
            return True
        raise


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


def _old_fields(client: BitrixClient) -> dict[str, str]:
    described = client.call("crm.invoice.fields")
    if not isinstance(described, dict):
        return {}
    custom = {name: one for name, one in described.items() if name.startswith(OLD_FIELD) and name not in _OLD_LINKS}
    return {name: _title(name, one) for name, one in custom.items() if isinstance(one, dict)}


def _title(name: str, described: dict[str, Any]) -> str:
    """Old descriptions call the words a person reads ``formLabel`` or ``listLabel``."""
    return str(described.get("formLabel") or described.get("listLabel") or described.get("title") or name)
