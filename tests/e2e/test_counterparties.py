"""One firm with two CRM cards, joined by a person, is one counterparty in every family of 1C."""

from __future__ import annotations

import pytest

from commerceml_bridge.services import buyers
from commerceml_bridge.simulators.portal import PortalServer
from commerceml_bridge.simulators.portal.rows import Row
from tests.stand import Stand

INN, KPP = "7707083893", "770701001"


@pytest.mark.parametrize("family", ["ut10", "ut11", "unf", "bp3", "bitrix"])
def test_joined_cards_are_one_counterparty_in_1c(stand: Stand, server: PortalServer, family: str) -> None:
    portal = server.portal
    cards = [portal.add_company(f"Ромашка {mark}", inn=INN, kpp=KPP) for mark in ("новая", "старая")]
    first, second = (
        portal.add_smart_invoice(account_number=number, company_id=card, rows=[Row("Стул", 1200, 1, 20)])
        for number, card in zip(("1", "2"), cards, strict=True)
    )
    assert first != second
    stand.set_up(client=family)
    stand.start()
    assert not stand.sync().failed
    found = buyers.listed(stand.bridge, doubles_only=True)
    assert [one.double for one in found] == [True, True]
    numbers = [str(one.id) for one in found]
    said = stand.command("parties", "join", *numbers, "--reason", "одна фирма")
    assert "Ромашка новая" in said.stdout
    client = stand.client(family)
    assert client.load().success_sent
    assert len(client.base.orders) == 2
    assert len(client.base.counterparties.all("inn", INN)) == 1
    assert client.load().created == 0
    assert "объединён с" in stand.command("parties", "list").stdout
