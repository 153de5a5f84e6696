"""crm.invoice.* of the portal simulator. Follows facts: bitrix24-rest §3."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from commerceml_bridge.simulators.portal import PortalServer, Row, Settings, Stage
from tests.simulators.portal_client import Client, Reply

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def server() -> Iterator[PortalServer]:
    with PortalServer(clock=lambda: NOON) as running:
        portal = running.portal
        portal.add_my_company("Мы", inn="7707083893")
        payer = portal.add_company("ООО", inn="6671054326", kpp="667101001", RQ_COMPANY_NAME="ООО «Ромашка»")
        product = portal.add_product("Товар", "guid-1")
        line = Row("Товар", 120, 2, 20, product_id=product)
        portal.add_old_invoice(account_number="8", date_bill="2026-11-01", company_id=payer, rows=[line])
        yield running


@pytest.fixture
def client(server: PortalServer) -> Client:
    return Client(server)


def update(client: Client, **fields: Any) -> Reply:
    return client.call("crm.invoice.update", id=1, fields=fields)


def get(client: Client) -> dict[str, Any]:
    return dict(client.call("crm.invoice.get", id=1).result)


def test_an_old_invoice_comes_as_strings_with_rows_and_properties(client: Client) -> None:
    invoice = get(client)
    rows, properties = invoice.pop("PRODUCT_ROWS"), invoice.pop("INVOICE_PROPERTIES")
    assert {type(value) for value in invoice.values()} == {str, type(None)}
    assert (invoice["PRICE"], invoice["TAX_VALUE"], invoice["PAYED"]) == ("240.00", "40.00", "N")
    assert invoice["DATE_BILL"] == "2026-11-01T03:00:00+03:00"
    assert (rows[0]["VAT_RATE"], rows[0]["PRODUCT_XML_ID"], rows[0]["QUANTITY"]) == ("0.2000", "guid-1", "2.0000")
    assert (properties["COMPANY"], properties["INN"], properties["KPP"]) == ("ООО «Ромашка»", "6671054326", "667101001")


def test_the_list_has_no_rows_and_comes_newest_first(server: PortalServer, client: Client) -> None:
    server.portal.add_old_invoice(company_id=2, rows=[Row("x", 1)])
    found = client.call("crm.invoice.list").result
    assert [invoice["ID"] for invoice in found] == ["2", "1"]
    assert "PRODUCT_ROWS" not in found[0]


def test_unknown_filters_and_unreadable_dates_are_dropped_silently(client: Client) -> None:
    for wanted in ({"NO_SUCH": 1}, {">=DATE_UPDATE": "вчера"}, {"DATE_BILL": "вчера"}, {"~ID": 5}):
        assert len(client.call("crm.invoice.list", filter=wanted).result) == 1
    assert client.call("crm.invoice.list", filter={">ID": 1}).result == []
    assert client.call("crm.invoice.list", FILTER={"STATUS_ID": "P"}).result == []


def test_start_minus_one_gives_the_size_of_the_page_as_total(client: Client) -> None:
    body = client.call("crm.invoice.list", start=-1).body
    assert body["total"] == 1
    assert "next" not in body


def test_a_missing_invoice_has_an_empty_code(client: Client) -> None:
    reply = client.call("crm.invoice.get", id=99)
    assert (reply.status, reply.body) == (400, {"error": "", "error_description": "Not found."})


def test_payment_is_written_with_its_voucher_and_the_flag_follows(client: Client) -> None:
    reply = update(client, STATUS_ID="P", PAY_VOUCHER_NUM="п/п 5", PAY_VOUCHER_DATE="2026-11-23")
    assert reply.result == 1
    invoice = get(client)
    assert (invoice["STATUS_ID"], invoice["PAYED"], invoice["PAY_VOUCHER_NUM"]) == ("P", "Y", "п/п 5")
    assert invoice["PAY_VOUCHER_DATE"] == "2026-11-23T03:00:00+03:00"
    assert invoice["DATE_PAYED"] == "2026-11-23T15:00:00+03:00"
    update(client, STATUS_ID="N")
    assert (get(client)["PAYED"], get(client)["DATE_PAYED"]) == ("N", None)


def test_the_pay_flag_cannot_be_written(client: Client) -> None:
    update(client, PAYED="Y", PRICE="1")
    assert (get(client)["PAYED"], get(client)["PRICE"]) == ("N", "240.00")


def test_the_pay_flag_follows_the_order_of_statuses() -> None:
    statuses = (Stage("N", "Новый", 10), Stage("P", "Оплачен", 20), Stage("X", "Закрыт", 25), Stage("D", "Отказ", 30))
    with PortalServer(Settings(statuses=statuses)) as server:
        company = server.portal.add_company("ООО")
        paid = {}
        for status in "NPXD":
            invoice = server.portal.add_old_invoice(company_id=company, rows=[Row("x", 1)], status=status)
            paid[status] = server.portal.old_invoice(invoice)["PAYED"]
        assert paid == {"N": "N", "P": "Y", "X": "Y", "D": "N"}


def test_an_update_moves_date_update_and_refills_the_payer(server: PortalServer, client: Client) -> None:
    server.portal.advance_clock(60)
    client.call("crm.requisite.update", id=2, fields={"RQ_COMPANY_NAME": "АО «Ромашка»"})
    assert get(client)["INVOICE_PROPERTIES"]["COMPANY"] == "ООО «Ромашка»"
    assert server.portal.old_invoice(1)["DATE_UPDATE"] == NOON
    update(client, COMMENTS="x")
    assert get(client)["INVOICE_PROPERTIES"]["COMPANY"] == "АО «Ромашка»"
    assert server.portal.old_invoice(1)["DATE_UPDATE"] == NOON + timedelta(seconds=60)


def test_an_invalid_rewrite_is_refused_with_a_text_and_an_empty_code(client: Client) -> None:
    cases: tuple[dict[str, Any], ...] = (
        {"PRODUCT_ROWS": []},
        {"UF_COMPANY_ID": 0},
        {"PAY_SYSTEM_ID": 0},
        {"STATUS_ID": "P", "PAY_VOUCHER_NUM": "1" * 21},
        {"COMMENTS": "x" * 2001},
    )
    for fields in cases:
        reply = update(client, **fields)
        assert (reply.status, reply.body["error"]) == (400, "")
        assert "<br />" in reply.body["error_description"]
    assert update(client, PAY_VOUCHER_NUM="1" * 21).status == 200


def test_vat_on_top_is_added_to_the_price(server: PortalServer) -> None:
    line = Row("x", 122, 2, 22, tax_included=False)
    invoice = server.portal.add_old_invoice(company_id=2, rows=[line])
    found = server.portal.old_invoice(invoice)
    assert (found["PRODUCT_ROWS"][0]["PRICE"], found["PRICE"], found["TAX_VALUE"]) == (100, Decimal(244), Decimal(44))


def test_add_fields_and_delete_work_over_rest(client: Client) -> None:
    rows = [{"ID": 0, "PRODUCT_ID": 0, "PRODUCT_NAME": "Услуга", "PRICE": "50", "QUANTITY": 2, "VAT_RATE": "0"}]
    fields = {"ORDER_TOPIC": "x", "UF_COMPANY_ID": 2, "PAY_SYSTEM_ID": 1, "PRODUCT_ROWS": rows}
    number = client.call("crm.invoice.add", fields=fields).result
    assert client.call("crm.invoice.get", id=number).result["PRICE"] == "100.00"
    described = client.call("crm.invoice.fields").result
    assert "VAT_RATE" in described["PRODUCT_ROWS"]["definition"]["row"]
    assert client.call("crm.invoice.delete", id=number).result is True
    assert client.call("crm.invoice.get", id=number).status == 400


def test_both_kinds_coexist_with_overlapping_ids_and_their_own_links(server: PortalServer, client: Client) -> None:
    smart = server.portal.add_smart_invoice(company_id=2, rows=[Row("x", 1)])
    assert smart == 1
    links = client.call("crm.requisite.link.list", filter={"ENTITY_ID": 1}).result
    assert sorted(link["ENTITY_TYPE_ID"] for link in links) == ["31", "5"]
    server.portal.delete_old_invoice(1)
    assert server.portal.smart_invoice(1)["companyId"] == 2


def test_the_statuses_are_listed(client: Client) -> None:
    rows = client.call("crm.invoice.status.list").result
    assert [(row["STATUS_ID"], row["SEMANTICS"]) for row in rows] == [("N", None), ("S", None), ("P", "S"), ("D", "F")]
    assert client.call("crm.status.list", filter={"ENTITY_ID": "INVOICE_STATUS"}).result == rows
