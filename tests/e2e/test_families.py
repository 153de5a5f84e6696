"""Each 1C family walks both journeys against the live server, on both databases."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from commerceml_bridge.simulators.portal import PortalServer, seed_demo
from commerceml_bridge.simulators.portal.seed import Demo
from tests.stand import Stand

TWO_WAY = [
    pytest.param("ut10", {}, "ut10", id="УТ 10.3"),
    pytest.param("ut11", {}, "ut11", id="УТ 11"),
    pytest.param("ut11", {"use_sessid": True}, "auto", id="УТ 11 с sessid"),
    pytest.param("unf", {}, "unf", id="УНФ Битрикс"),
    pytest.param("unf", {"subordinate": True}, "unf", id="УНФ с подчинёнными документами"),
    pytest.param("unf16", {}, "unf", id="УНФ 1.6"),
    pytest.param("bitrix", {}, "bitrix", id="модуль Битрикс"),
]


@pytest.fixture
def seeded(server: PortalServer) -> Demo:
    return seed_demo(server.portal)


def stage(server: PortalServer, invoice_id: int) -> str:
    return str(server.portal.smart_invoice(invoice_id)["stageId"])


@pytest.mark.parametrize(("family", "options", "kind"), TWO_WAY)
def test_invoices_reach_1c_and_payments_come_back(
    stand: Stand, server: PortalServer, seeded: Demo, family: str, options: dict[str, Any], kind: str
) -> None:
    stand.set_up(client=kind)
    stand.start()
    assert not stand.sync().failed
    client = stand.client(family, **options)
    client.check_connection()

    loaded = client.load()
    assert loaded.success_sent
    assert len(client.base.orders) == len(seeded.smart_invoices) + len(seeded.old_invoices)
    counts = stand.status()["nodes"][0]
    assert (counts["due"], counts["acknowledged"], counts["held"]) == (0, 7, 0)

    assert {order.total for order in client.base.orders.values()} >= {Decimal("44200.00"), Decimal("8400.00")}
    client.base.pay("11")
    client.base.pay("8")
    client.base.pay("12", amount=Decimal("100.00"))
    client.upload()
    report = stand.sync()
    assert not report.failed
    assert report.delivered.written == 2

    first, second, *_ = seeded.smart_invoices
    assert stage(server, first) == "DT31_5:P"
    assert stage(server, second) == "DT31_5:S"
    assert server.portal.old_invoice(seeded.old_invoices[0])["STATUS_ID"] == "P"
    again = client.load()
    assert (again.created, again.updated) == (0, 0)
    counts = stand.status()["nodes"][0]
    assert counts["quarantined"] == 0


@pytest.mark.parametrize("options", [{}, {"cms": "bitrix"}, {"cms": "bitrix", "online_payments": True}])
def test_bp3_loads_and_sends_nothing_back(
    stand: Stand, server: PortalServer, seeded: Demo, options: dict[str, Any]
) -> None:
    stand.set_up(client="bp3")
    stand.start()
    stand.sync()
    client = stand.client("bp3", **options)
    client.check_connection()
    assert client.load().success_sent
    assert len(client.base.orders) == 7
    client.base.pay("11")
    assert client.upload().files == []
    assert stage(server, seeded.smart_invoices[0]) == "DT31_5:N"
