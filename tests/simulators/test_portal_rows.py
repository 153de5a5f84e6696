"""Product rows of the portal simulator. Follows facts: bitrix24-rest §2.1, §2.2."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from commerceml_bridge.simulators.portal import PortalServer, Row, Settings
from commerceml_bridge.simulators.portal.rows import complete
from tests.simulators.portal_client import Client


@pytest.fixture
def server() -> Iterator[PortalServer]:
    with PortalServer() as running:
        yield running


@pytest.fixture
def client(server: PortalServer) -> Client:
    return Client(server)


def rows_of(client: Client, *owners: int, **more: Any) -> list[dict[str, Any]]:
    wanted = {"=ownerType": "SI", "=ownerId": list(owners)}
    return list(
        client.call("crm.item.productrow.list", filter=wanted, order={"id": "ASC"}, **more).result["productRows"]
    )


def test_the_check_row_of_the_documentation_is_reproduced() -> None:
    row = Row("iphone 14", 90000, 3, 10, discount_percent=10).values()
    assert (row["priceExclusive"], row["priceNetto"]) == (Decimal("81818.18"), Decimal("90909.09"))
    assert (row["priceBrutto"], row["discountSum"]) == (Decimal("100000.00"), Decimal("9090.91"))


def test_the_second_documented_row_is_reproduced() -> None:
    row = complete({"price": Decimal(80000), "taxRate": Decimal(20), "discountTypeId": 2, "discountRate": Decimal(20)})
    assert (row["priceExclusive"], row["priceNetto"]) == (Decimal("66666.67"), Decimal("83333.34"))
    assert (row["priceBrutto"], row["discountSum"]) == (Decimal("100000.01"), Decimal("16666.67"))


def test_an_absolute_discount_is_net_of_tax_and_gets_its_rate() -> None:
    row = Row("x", 120, 1, 20, discount_sum=25).values()
    assert (row["priceNetto"], row["discountRate"], row["discountTypeId"]) == (Decimal(125), Decimal(20), 1)


def test_a_net_price_becomes_gross() -> None:
    row = Row("x", 100, 1, 22, tax_included=False, price_is_net=True).values()
    assert (row["price"], row["priceExclusive"], row["taxIncluded"]) == (Decimal(122), Decimal(100), "N")


def test_no_vat_and_vat_zero_differ_on_the_wire(server: PortalServer, client: Client) -> None:
    server.portal.add_smart_invoice(rows=[Row("без НДС", 1), Row("0 %", 1, tax_rate=0)])
    assert [row["taxRate"] for row in rows_of(client, 1)] == [None, 0]


def test_several_owners_are_asked_for_at_once(server: PortalServer, client: Client) -> None:
    for price in (1, 2, 3):
        server.portal.add_smart_invoice(rows=[Row("x", price)])
    assert [row["ownerId"] for row in rows_of(client, 1, 3)] == [1, 3]


def test_the_owner_keys_are_mandatory_with_their_prefix(client: Client) -> None:
    for wanted in ({"ownerType": "SI", "=ownerId": 1}, {"=ownerType": "SI", "ownerId": 1}, {}):
        reply = client.call("crm.item.productrow.list", filter=wanted)
        assert (reply.status, reply.body["error"]) == (400, "REQUIRED_ARG_MISSING")


def test_an_array_of_owners_checks_the_rights_on_invoice_one_only() -> None:
    def ask(allowed: frozenset[int], owner: object) -> object:
        with PortalServer(Settings(readable_invoices=allowed)) as server:
            for _ in range(3):
                server.portal.add_smart_invoice(rows=[Row("x", 1)])
            wanted = {"=ownerType": "SI", "=ownerId": owner}
            return Client(server).call("crm.item.productrow.list", filter=wanted).body.get("error", "ok")

    assert ask(frozenset({2, 3}), [2, 3]) == "ACCESS_DENIED"
    assert ask(frozenset({1}), [2, 3]) == "ok"
    assert ask(frozenset({2}), 2) == "ok"


def test_rows_are_paged_by_fifty(server: PortalServer, client: Client) -> None:
    server.portal.add_smart_invoice(rows=[Row(f"r{number}", 1) for number in range(60)])
    wanted = {"=ownerType": "SI", "=ownerId": 1}
    reply = client.call("crm.item.productrow.list", filter=wanted, order={"id": "ASC"})
    assert (len(reply.result["productRows"]), reply.body["next"], reply.body["total"]) == (50, 50, 60)
    assert len(rows_of(client, 1, start=50)) == 10
    assert "total" not in client.call("crm.item.productrow.list", filter=wanted, start=-1).body


def test_set_replaces_the_rows_and_the_totals(server: PortalServer, client: Client) -> None:
    server.portal.add_smart_invoice(rows=[Row("a", 1), Row("b", 2)])
    server.portal.advance_clock(10)
    before = server.portal.smart_invoice(1)["updatedTime"]
    lines = [{"productName": "c", "price": "120", "quantity": 3, "taxRate": 20, "taxIncluded": "Y"}]
    reply = client.call("crm.item.productrow.set", ownerType="SI", ownerId=1, productRows=lines)
    assert [row["priceExclusive"] for row in reply.result["productRows"]] == [100]
    invoice = server.portal.smart_invoice(1)
    assert (invoice["opportunity"], invoice["taxValue"]) == (Decimal(360), Decimal(60))
    assert invoice["updatedTime"] > before


def test_a_row_can_be_added_changed_and_deleted(server: PortalServer, client: Client) -> None:
    product = server.portal.add_product("Кабель", "guid-1")
    server.portal.add_smart_invoice()
    fields = {"ownerType": "SI", "ownerId": 1, "productId": product, "price": 10, "quantity": 2, "priceNetto": 77}
    row = client.call("crm.item.productrow.add", fields=fields).result["productRow"]
    assert (row["productName"], row["priceNetto"]) == ("Кабель", 10)
    changed = client.call("crm.item.productrow.update", id=row["id"], fields={"quantity": 5}).result["productRow"]
    assert (changed["quantity"], changed["price"]) == (5, 10)
    assert server.portal.smart_invoice(1)["opportunity"] == 50
    assert client.call("crm.item.productrow.get", id=row["id"]).result["productRow"] == changed
    assert client.call("crm.item.productrow.delete", id=row["id"]).result is None
    assert server.portal.smart_invoice(1)["opportunity"] == 0
    assert client.call("crm.item.productrow.get", id=row["id"]).body["error"] == "NOT_FOUND"


def test_an_unknown_owner_or_owner_type_is_refused(client: Client) -> None:
    missing = client.call("crm.item.productrow.set", ownerType="SI", ownerId=9, productRows=[])
    assert missing.body["error"] == "OWNER_NOT_FOUND"
    strange = client.call("crm.item.productrow.list", filter={"=ownerType": "ZZ", "=ownerId": 1})
    assert strange.body["error"] == "ENTITY_TYPE_NOT_SUPPORTED"


def test_row_fields_name_what_may_not_be_written(client: Client) -> None:
    fields = client.call("crm.item.productrow.fields").result["fields"]
    closed = {name for name, field in fields.items() if field["isReadOnly"]}
    assert closed == {"id", "priceExclusive", "priceNetto", "priceBrutto", "priceAccount", "type", "storeId"}
    assert {name for name, field in fields.items() if field["isImmutable"]} == {"ownerId", "ownerType"}
