"""Statements, the check of a node and the reconciliation, as a person meets them in a browser."""

from __future__ import annotations

import csv
import datetime as dt
from decimal import Decimal
from io import BytesIO, StringIO

import pytest
import requests
import sqlalchemy as sa

from commerceml_bridge.db import tables
from commerceml_bridge.services import odata_sources
from commerceml_bridge.simulators.odata import OnecODataServer
from tests.integration.bank import file, payment
from tests.web.conftest import Site, csrf_token
from tests.web.firm import XSS

DATE = "21.11.2025"


@pytest.fixture
def shop(fresh_site: Site) -> int:
    """The node that has delivered invoice 1042 of 12 000, dated as its number."""
    node: int = fresh_site.seeded.ids["Торговля"]
    with fresh_site.bridge.db.write() as uow:
        uow.connection.execute(
            sa.update(tables.consignment)
            .where(tables.consignment.c.id == fresh_site.seeded.consignments["acknowledged"])
            .values(date=dt.date(2025, 11, 20))
        )
    return node


def page(site: Site, node: int) -> str:
    return site.url(f"/nodes/{node}/statements")


def upload(site: Site, browser: requests.Session, node: int, body: bytes) -> str:
    """Choose a file and press the button; return the page that follows."""
    token = csrf_token(browser.get(page(site, node), timeout=10).text)
    sent = browser.post(
        page(site, node), data={"csrf_token": token}, files={"file": ("kl_to_1c.txt", BytesIO(body))}, timeout=20
    )
    assert sent.status_code == 200
    return sent.text


def test_a_statement_is_uploaded_and_a_payment_decided(fresh_site: Site, shop: int) -> None:
    browser = fresh_site.operator()
    text = upload(fresh_site, browser, shop, file(payment("7", "13000.00", f"счет 1042 {XSS}", date=DATE)))
    assert "ждут решения 1" in text
    assert "больше остатка" in text
    assert XSS not in text
    waiting = browser.get(page(fresh_site, shop) + ".json", timeout=10).json()["waiting"]
    (item,) = waiting
    form = {
        "csrf_token": csrf_token(text),
        "node": shop,
        "share": item["shares"][0]["id"],
        "reason": "звонили",
    }
    accept = fresh_site.url(f"/payments/{item['document']['id']}/accept")
    assert "Платёж 7 учтён: счёт 1042" in browser.post(accept, data=form, timeout=10).text
    assert "уже разобран" in browser.post(accept, data=form, timeout=10).text
    invoice = fresh_site.seeded.invoices["acknowledged"]
    with fresh_site.bridge.db.read() as uow:
        (row,) = uow.consignments.of_invoice(invoice)
    assert (row.payment, row.paid_amount) == ("paid", Decimal("13000.00"))


def test_a_payment_can_be_declined_and_leaves_the_problems(fresh_site: Site, shop: int) -> None:
    browser = fresh_site.operator()
    text = upload(fresh_site, browser, shop, file(payment("7", "13000.00", "счет 1042", date=DATE)))
    assert "Платёж из выписки ждёт решения" in browser.get(fresh_site.url("/problems"), timeout=10).text
    (item,) = browser.get(page(fresh_site, shop) + ".json", timeout=10).json()["waiting"]
    decline = fresh_site.url(f"/payments/{item['document']['id']}/decline")
    browser.post(decline, data={"csrf_token": csrf_token(text), "node": shop}, timeout=10)
    assert "Платёж из выписки ждёт решения" not in browser.get(fresh_site.url("/problems"), timeout=10).text


def test_a_broken_file_is_told_with_its_line(fresh_site: Site, shop: int) -> None:
    browser = fresh_site.operator()
    assert "Строка 1: Это не выписка" in upload(fresh_site, browser, shop, b"%PDF-1.4")
    token = csrf_token(browser.get(page(fresh_site, shop), timeout=10).text)
    empty = browser.post(page(fresh_site, shop), data={"csrf_token": token}, timeout=10)
    assert "Выберите файл выписки" in empty.text


def test_a_large_statement_is_taken_and_other_forms_stay_small(fresh_site: Site, shop: int) -> None:
    browser = fresh_site.operator()
    many = [payment(str(number), "1.00", "за товар " + "x" * 100, date=DATE, inn="1") for number in range(300)]
    assert "не к счетам 300" in upload(fresh_site, browser, shop, file(*many))
    token = csrf_token(browser.get(page(fresh_site, shop), timeout=10).text)
    form = {"csrf_token": token, "node": shop, "reason": "x" * 100_000}
    assert browser.post(fresh_site.url("/payments/1/decline"), data=form, timeout=10).status_code == 413


def test_a_forged_upload_is_refused(fresh_site: Site, shop: int) -> None:
    browser = fresh_site.operator()
    sent = browser.post(page(fresh_site, shop), files={"file": ("x.txt", BytesIO(file()))}, timeout=10)
    assert sent.status_code == 400


def test_the_check_page_names_what_is_missing_in_1c(fresh_site: Site) -> None:
    node = fresh_site.seeded.ids["Бухгалтерия"]
    with OnecODataServer() as interface:
        odata_sources.set_source(
            fresh_site.bridge, "Бухгалтерия", url=interface.url, login=interface.login, password=interface.password
        )
        interface.publication.composition.discard("InformationRegister_СтатусыДокументов")
        browser = fresh_site.operator()
        text = browser.get(fresh_site.url(f"/nodes/{node}/check"), timeout=30).text
        assert "Регистр сведений «Статусы документов» (СтатусыДокументов)" in text
        assert "Настройки стандартного интерфейса OData" in text
        assert interface.password not in text
        assert interface.password not in browser.get(fresh_site.url(f"/nodes/{node}"), timeout=10).text


def test_the_reconciliation_as_page_json_and_csv(fresh_site: Site, shop: int) -> None:
    browser = fresh_site.operator()
    query = f"?node={shop}&since=2025-01-01&until=2025-12-31"
    found = browser.get(fresh_site.url(f"/reconciliation.json{query}"), timeout=10).json()
    (totals,) = found["totals"]
    assert totals["invoices"] > 5
    assert {row["line"]["number"] for row in found["rows"]} >= {"1043", "1046"}
    assert all(one["action"] for row in found["rows"] for one in row["differences"])
    assert "Итого" in browser.get(fresh_site.url(f"/reconciliation{query}"), timeout=10).text
    sent = browser.get(fresh_site.url(f"/reconciliation.csv{query}"), timeout=10)
    assert sent.headers["Content-Type"].startswith("text/csv")
    rows = list(csv.reader(StringIO(sent.content.decode("utf-8-sig")), delimiter=";"))
    assert len(rows) == totals["invoices"] + 2
    assert requests.get(fresh_site.url("/reconciliation.csv"), timeout=10).status_code == 401
