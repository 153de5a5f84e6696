"""Recorded shapes for the tests: answers of ``fixtures/bitrix24`` as the client would return them."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from commerceml_bridge.bitrix24.parties import Entity, PartyBook
from commerceml_bridge.bitrix24.portal_info import Category, PortalInfo, Stage
from commerceml_bridge.domain.invoices import InvoiceKind, StageSemantics

FOLDER = Path(__file__).parents[3] / "fixtures" / "bitrix24"


def result(method: str, name: str) -> Any:
    """Return ``result`` of one stored answer."""
    text = (FOLDER / method / f"{name}.json").read_text(encoding="utf-8")
    return json.loads(text, parse_float=Decimal)["result"]


def info() -> PortalInfo:
    """Return a portal with pipeline 6 and the old statuses."""
    meanings = {
        "N": StageSemantics.OPEN,
        "S": StageSemantics.OPEN,
        "P": StageSemantics.SUCCESS,
        "D": StageSemantics.FAILURE,
    }
    stages = [
        Stage(f"{prefix}{code}", code, meaning, category, 10)
        for prefix, category in (("DT31_6:", 6), ("", 0))
        for code, meaning in meanings.items()
    ]
    return PortalInfo(frozenset(InvoiceKind), (Category(6, "Счета"),), tuple(stages))


def book() -> PartyBook:
    """Return everything the stored answers know of counterparties."""
    found = PartyBook(
        companies={int(row["ID"]): row for row in result("crm.company.list", "buyer_and_seller")},
        contacts={int(row["ID"]): row for row in result("crm.contact.list", "two_people")},
    )
    for name in ("companies", "person"):
        for row in result("crm.requisite.list", name):
            entity = Entity(int(row["ENTITY_TYPE_ID"]), int(row["ENTITY_ID"]))
            found.requisites.setdefault(entity, []).append(row)
        for row in result("crm.address.list", name):
            found.addresses.setdefault(int(row["ENTITY_ID"]), []).append(row)
    for row in result("crm.requisite.bankdetail.list", "accounts"):
        found.bank_details.setdefault(int(row["ENTITY_ID"]), []).append(row)
    return found
