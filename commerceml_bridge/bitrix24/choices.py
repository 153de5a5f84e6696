"""What a selection can name on a portal, and how many invoices it means there. Reads only.

Follows facts bitrix24-rest §1.2 (strict filters of smart invoices), §3.1 (old lists drop unknown filters silently, so
old invoices are counted by date and status only), §4.1, §5.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from commerceml_bridge.bitrix24.batch import Batch
from commerceml_bridge.bitrix24.client import BitrixClient
from commerceml_bridge.bitrix24.lists import ListCommand, run_lists
from commerceml_bridge.bitrix24.portal_info import SMART_TYPE, PortalInfo
from commerceml_bridge.bitrix24.values import as_int, as_text, is_yes
from commerceml_bridge.domain.invoices import InvoiceKind
from commerceml_bridge.domain.selection import Selection
from commerceml_bridge.errors import PortalAnswerInvalid

Named = list[tuple[int, str]]


def own_companies(client: BitrixClient) -> Named:
    """Return (id, title) of the portal's own companies. Raises ``PortalError``."""
    params = {"filter": {"IS_MY_COMPANY": "Y"}, "select": ["ID", "TITLE", "IS_MY_COMPANY"], "order": {"ID": "ASC"}}
    rows = run_lists(client, [ListCommand("own", "crm.company.list", params)]).rows("own")
    return [(as_int(row, "ID"), as_text(row, "TITLE")) for row in rows if is_yes(row, "IS_MY_COMPANY")]


def people(client: BitrixClient) -> Named:
    """Return (id, name) of the portal's people. Raises ``PortalAccessDenied`` without the scope ``user_brief``."""
    rows = run_lists(client, [ListCommand("people", "user.get", {"sort": "ID", "order": "ASC"})]).rows("people")
    names = ((as_int(row, "ID"), as_text(row, "NAME"), as_text(row, "LAST_NAME")) for row in rows)
    return [(number, f"{first} {last}".strip()) for number, first, last in names]


def stage_ids(info: PortalInfo, selection: Selection) -> list[str]:
    """Return every stage the selection lets through, the later ones of a pipeline written out."""
    firsts = [stage for stage in info.stages if stage.id in selection.from_stages]
    later = {
        stage.id
        for stage in info.stages
        for first in firsts
        if stage.category_id == first.category_id and stage.sort >= first.sort
    }
    return sorted(selection.stages | later)


def count_selected(client: BitrixClient, info: PortalInfo, since: dt.date, selection: Selection) -> tuple[int, bool]:
    """Return how many invoices a selection means, in one request, and whether that is exact. Raises PortalError."""
    stages = stage_ids(info, selection)
    batch = Batch(client)
    kinds = {kind for kind in info.kinds if not selection.kinds or kind.value in selection.kinds}
    if InvoiceKind.SMART in kinds:
        smart = {"entityTypeId": SMART_TYPE, "select": ["id"], "filter": _smart(since, selection, stages)}
        batch.add("smart", "crm.item.list", smart)
    if InvoiceKind.OLD in kinds and not (selection.categories and 0 not in selection.categories):
        old: dict[str, Any] = {">=DATE_BILL": since.isoformat()}
        if stages:
            old["STATUS_ID"] = stages
        batch.add("old", "crm.invoice.list", {"select": ["ID"], "filter": old})
    if not len(batch):
        return 0, True
    result = batch.run()
    counted = 0
    for key in batch.keys:
        result.get(key)
        if (total := result.total(key)) is None:
            raise PortalAnswerInvalid("Битрикс24 не сообщил число счетов.")
        counted += total
    beyond = selection.sellers or selection.currencies or selection.responsible
    return counted, not ("old" in batch.keys and beyond)


def _smart(since: dt.date, selection: Selection, stages: list[str]) -> dict[str, Any]:
    chosen = {
        "@stageId": stages,
        "@categoryId": sorted(selection.categories),
        "@mycompanyId": sorted(selection.sellers),
        "@currencyId": sorted(selection.currencies),
        "@assignedById": sorted(selection.responsible),
    }
    return {">=begindate": since.isoformat(), **{name: values for name, values in chosen.items() if values}}
