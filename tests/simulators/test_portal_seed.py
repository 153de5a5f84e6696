"""Demo data, bulk data, and an outside client reading them. Follows facts: bitrix24-rest §9."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest
from fast_bitrix24 import Bitrix

from commerceml_bridge.simulators.portal import Portal, PortalServer, seed_demo, seed_many
from commerceml_bridge.simulators.portal.seed import inn


def check_digits_hold(number: str) -> bool:
    """Check an INN independently: weights written out, no shared table."""
    digits = [int(digit) for digit in number]
    if len(digits) == 10:
        total = sum(a * b for a, b in zip([2, 4, 10, 3, 5, 9, 4, 6, 8], digits, strict=False))
        return digits[9] == total % 11 % 10
    first = sum(a * b for a, b in zip([7, 2, 4, 10, 3, 5, 9, 4, 6, 8], digits, strict=False))
    second = sum(a * b for a, b in zip([3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8], digits, strict=False))
    return digits[10] == first % 11 % 10 and digits[11] == second % 11 % 10


def test_an_inn_gets_its_check_digits() -> None:
    assert inn("770708389") == "7707083893"
    assert inn("5001007322") == "500100732259"
    with pytest.raises(ValueError, match="9 or 10"):
        inn("123")


def test_the_demo_is_believable() -> None:
    portal = Portal()
    demo = seed_demo(portal)
    assert (len(demo.smart_invoices), len(demo.old_invoices)) == (5, 2)
    inns = [record["RQ_INN"] for record in portal.requisites]
    assert sorted(map(len, inns)) == [10, 10, 10, 12]
    assert all(map(check_digits_hold, inns))
    invoices = [portal.smart_invoice(number) for number in demo.smart_invoices]
    rates = {row["taxRate"] for invoice in invoices for row in invoice["rows"]}
    assert rates == {None, 0, 10, 20, 22}
    for invoice in invoices:
        assert invoice["opportunity"] == sum(row["price"] * row["quantity"] for row in invoice["rows"])
        assert invoice["mycompanyId"] == demo.my_company
    assert any(row["discountSum"] for invoice in invoices for row in invoice["rows"])
    xml_ids = {record["id"]: record["xmlId"] for record in portal.products}
    assert {len(value) for value in xml_ids.values()} == {1, 36}
    assert portal.smart_invoice(demo.smart_invoices[-1])["stageId"].endswith(":P")


def test_many_invoices_are_made_quickly_and_consistently() -> None:
    portal = Portal()
    began = time.perf_counter()
    seed_many(portal, 3000)
    assert time.perf_counter() - began < 2
    assert len(portal.items) == 3000
    sample = portal.smart_invoice(1234)
    assert sample["opportunity"] == sum((row["price"] * row["quantity"] for row in sample["rows"]), Decimal(0))
    assert all(row["ownerId"] == 1234 for row in sample["rows"])
    assert portal.smart_invoice(1)["updatedTime"] < portal.smart_invoice(3000)["updatedTime"] <= portal.now()
    assert portal.companies.get(sample["companyId"])


def test_bulk_rows_change_without_touching_their_template() -> None:
    portal = Portal()
    seed_many(portal, 81)
    first, last = portal.smart_invoice(1), portal.smart_invoice(81)
    assert [row["price"] for row in first["rows"]] == [row["price"] for row in last["rows"]]
    portal.update_invoice(1, rows=[])
    portal.touch(1)
    assert portal.smart_invoice(81) == last
    assert portal.smart_invoice(1)["opportunity"] == 0


def test_fast_bitrix24_reads_what_was_seeded() -> None:
    with PortalServer() as server:
        demo = seed_demo(server.portal)
        seed_many(server.portal, 120)
        outside = Bitrix(server.webhook_url, verbose=False)
        found = outside.get_all("crm.item.list", {"entityTypeId": 31, "select": ["id", "accountNumber", "opportunity"]})
        assert sorted(item["id"] for item in found) == list(range(1, 126))
        assert len({item["accountNumber"] for item in found}) == 125
        for item in found:
            seeded = server.portal.smart_invoice(item["id"])
            assert item["accountNumber"] == seeded["accountNumber"]
            assert Decimal(str(item["opportunity"])) == seeded["opportunity"]

        commands = {
            f"rows{number}": f"crm.item.productrow.list?filter[%3DownerType]=SI&filter[%3DownerId]={number}"
            for number in demo.smart_invoices
        }
        answer = outside.call_batch({"halt": 0, "cmd": commands})
        for number in demo.smart_invoices:
            wire = answer[f"rows{number}"]["productRows"]
            seeded_rows = server.portal.smart_invoice(number)["rows"]
            assert [row["productName"] for row in wire] == [row["productName"] for row in seeded_rows]
            assert [Decimal(str(row["price"])) for row in wire] == [row["price"] for row in seeded_rows]

        olds = outside.get_by_ID("crm.invoice.get", list(demo.old_invoices))
        assert {key: value["ACCOUNT_NUMBER"] for key, value in olds.items()} == {"1": "8", "2": "9"}
        companies = outside.get_all("crm.company.list")
        assert len(companies) == len(server.portal.companies)
