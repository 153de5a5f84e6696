"""What becomes of a returned file as an accountant sees it: standing, numbers of payments, what Bitrix24 is told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from commerceml_bridge.db.rows import NodeRow
from commerceml_bridge.domain.invoices import Invoice
from tests.integration.office import Office, file_of, returned

OPEN = {"Проведен": "true", "Отменен": "false"}


def payment(key: str, amount: str, *, paid: str = "true", posted: str = "true") -> str:
    """A payment document of the Bitrix module, bound to invoice 101."""
    named = {"Проведен": posted, "Отменен": "false", "Оплачен": paid, "Номер оплаты по 1С": f"ПП-{key}"}
    values = "".join(
        f"<ЗначениеРеквизита><Наименование>{name}</Наименование><Значение>{value}</Значение></ЗначениеРеквизита>"
        for name, value in named.items()
    )
    return (
        f"<Документ><Ид>{key}</Ид><Номер></Номер><Номер1С>{key}</Номер1С><Дата>0001-01-01</Дата>"
        "<Дата1С>2026-03-06</Дата1С><ХозОперация>Выплата безналичных денег</ХозОперация><Валюта>643</Валюта>"
        f"<Сумма>{amount}</Сумма><Основание>p-si-101</Основание>"
        f"<ЗначенияРеквизитов>{values}</ЗначенияРеквизитов></Документ>"
    )


def container(*documents: str, at: str = "2026-03-06T12:00:00") -> bytes:
    return file_of("<Контейнер>", *documents, "</Контейнер>", formed_at=at)


@pytest.fixture
def node(office: Office) -> NodeRow:
    return office.node()


@pytest.fixture
def bill(office: Office, node: NodeRow) -> Invoice:
    """Invoice 101 of 1200.00, delivered."""
    made = office.bill("101")
    office.exchange(node)
    return made


def told(office: Office) -> list[str]:
    """What is said in the timeline, oldest first."""
    with office.bridge.db.read() as uow:
        rows = uow.connection.exec_driver_sql("SELECT payload FROM job WHERE kind = 'comment' ORDER BY id")
        return [str(json.loads(row[0])["text"]) for row in rows]


def written(office: Office) -> dict[str, Any]:
    """What the newest write-back is to do."""
    with office.bridge.db.read() as uow:
        rows = uow.connection.exec_driver_sql("SELECT payload FROM job WHERE kind = 'writeback' ORDER BY id DESC")
        found: dict[str, Any] = json.loads(rows.scalars().first() or "{}")
        return found


@pytest.mark.parametrize(("paid", "posted"), [("false", "true"), ("true", "false")])
def test_a_payment_that_is_only_planned_is_no_withdrawal(
    office: Office, node: NodeRow, bill: Invoice, paid: str, posted: str
) -> None:
    planned = container(returned("101", requisites=OPEN), payment("a", "1200.00", paid=paid, posted=posted))
    assert office.post(node, planned).ok
    assert office.consignment(node, bill).payment == ""
    assert [one for one in told(office) if "отозвана" in one] == []


def test_a_payment_that_counted_and_counts_no_more_is_withdrawn(office: Office, node: NodeRow, bill: Invoice) -> None:
    order = returned("101", requisites=OPEN)
    office.post(node, container(order, payment("a", "1200.00")))
    assert office.consignment(node, bill).payment == "paid"
    office.post(node, container(order, payment("a", "1200.00", posted="false"), at="2026-03-06T13:00:00"))
    row = office.consignment(node, bill)
    assert (row.payment, row.paid_amount) == ("withdrawn", None)


def test_the_number_of_the_order_is_never_told_as_that_of_a_payment(
    office: Office, node: NodeRow, bill: Invoice
) -> None:
    office.post(node, file_of(returned("101", requisites={"Оплачен": "true"})))
    row = office.consignment(node, bill)
    assert (row.payment, row.voucher_number, row.onec_number) == ("paid", "", "УТ-101")
    assert [one for one in told(office) if "оплата" in one] == ["1С («base»): оплата 1200.00 RUB. Оплачено полностью."]
