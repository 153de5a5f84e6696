"""Invoices by the number printed on them, or by Bitrix24's own id, which many people take for the number.

Follows facts bitrix24-rest §1.2, §8: an old list drops filters it does not understand silently, so each row is checked.
"""

from __future__ import annotations

from commerceml_bridge.bitrix24.client import BitrixClient
from commerceml_bridge.bitrix24.listing import PAGE
from commerceml_bridge.bitrix24.lists import rows_of
from commerceml_bridge.bitrix24.portal_info import SMART_TYPE, PortalInfo
from commerceml_bridge.bitrix24.values import as_int, as_text
from commerceml_bridge.domain.invoices import InvoiceKey, InvoiceKind


def keys_of_number(client: BitrixClient, info: PortalInfo, number: str) -> list[InvoiceKey]:
    """Return the invoices printed as ``number``, at most a page; without any, those whose id it is.

    Raises ``PortalError``.
    """
    found = [*_smart(client, info, "accountNumber", number), *_old(client, info, "ACCOUNT_NUMBER", number)]
    if not found and number.isdecimal() and len(number) < 18:
        found = [*_smart(client, info, "id", number), *_old(client, info, "ID", number)]
    return found[:PAGE]


def _smart(client: BitrixClient, info: PortalInfo, name: str, value: str) -> list[InvoiceKey]:
    if InvoiceKind.SMART not in info.kinds:
        return []
    params = {"entityTypeId": SMART_TYPE, "select": ["id", "accountNumber"], "filter": {name: value}}
    rows = rows_of(
        client.call("crm.item.list", {**params, "order": {"id": "DESC"}, "start": -1}), "items", "crm.item.list"
    )
    return [InvoiceKey(InvoiceKind.SMART, as_int(row, "id")) for row in rows if as_text(row, name) == value]


def _old(client: BitrixClient, info: PortalInfo, name: str, value: str) -> list[InvoiceKey]:
    if InvoiceKind.OLD not in info.kinds:
        return []
    params = {"select": ["ID", "ACCOUNT_NUMBER"], "filter": {name: value}, "order": {"ID": "DESC"}, "start": -1}
    rows = rows_of(client.call("crm.invoice.list", params), "", "crm.invoice.list")
    return [InvoiceKey(InvoiceKind.OLD, as_int(row, "ID")) for row in rows if as_text(row, name) == value]
