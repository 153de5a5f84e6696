"""What becomes of a returned file as an accountant sees it: standing, numbers of payments, what Bitrix24 is told."""

from __future__ import annotations

import json
from typing import Any

import pytest

from commerceml_bridge.db.browse.party_records import ProblemFilter
from commerceml_bridge.db.rows import NodeRow
from commerceml_bridge.domain.invoices import Invoice
from commerceml_bridge.domain.policy import Policy, Rule, Situation
from commerceml_bridge.services import statements
from tests.integration.bank import file
from tests.integration.bank import payment as bank_payment
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


# --- the table of the node ---

FIELD, OTHER = "ufCrmPayments", "ufCrmNumber"


def policy(*rules: Rule) -> Policy:
    return Policy(rules)


def test_a_paid_invoice_that_is_shipped_too_gets_what_both_rows_say(office: Office) -> None:
    rows = policy(
        Rule(Situation.SHIPPED, deal_stage="WON", stage="DT31_5:UC_SHIPPED", fields={OTHER: "number-1c"}),
        Rule(Situation.STATUS, status="7", fields={FIELD: "paid", OTHER: "paid"}),
    )
    node = office.node(policy=rows)
    office.bill("101")
    office.exchange(node)
    said = {"Оплачен": "true", "Отгружен": "true", "Статуса заказа ИД": "7"}
    office.post(node, file_of(returned("101", requisites=said)))
    found = written(office)
    assert (found["stage"], found["deal_stage"]) == ("", "WON")  # "": the success stage, as paid says
    assert "situation" not in found
    assert found["fields"] == {FIELD: "1200.00", OTHER: "1200.00"}  # the status comes before the shipment


def test_a_row_without_a_stage_leaves_it_to_the_next_one(office: Office) -> None:
    rows = policy(Rule(Situation.PAID), Rule(Situation.SHIPPED, stage="DT31_5:UC_SHIPPED"))
    node = office.node(policy=rows)
    office.bill("101")
    office.exchange(node)
    office.post(node, file_of(returned("101", requisites={"Оплачен": "true", "Отгружен": "true"})))
    found = written(office)
    assert (found["stage"], found["situation"]) == ("DT31_5:UC_SHIPPED", "shipped")


def test_the_numbers_of_the_payments_of_this_very_file_are_written(office: Office) -> None:
    node = office.node(policy=policy(Rule(Situation.PARTLY_PAID, fields={FIELD: "payments"})))
    office.bill("101")
    office.exchange(node)
    order = returned("101", requisites=OPEN)
    two = container(order, payment("b", "100.00"), payment("a", "200.00"))
    office.post(node, two)
    assert written(office)["fields"] == {FIELD: "ПП-a, ПП-b"}
    later = container(order, payment("b", "100.00"), payment("a", "200.00"), at="2026-03-06T13:00:00")
    office.post(node, later)
    assert len(office.jobs()) == 1  # the same again is nothing new


def test_paid_in_part_at_one_base_and_cancelled_at_another_is_a_contradiction(office: Office) -> None:
    first, second = office.node(), office.node("second")
    office.bill("101")
    office.exchange(first)
    office.exchange(second)
    office.post(first, container(returned("101", requisites=OPEN), payment("a", "200.00")))
    office.post(second, file_of(returned("101", requisites={"Отменен": "true"})))
    assert office.jobs() == []
    with office.bridge.db.read() as uow:
        assert [(one.source, one.code) for one in uow.browse.problems()] == [("document", "conflict")]


def test_a_contradiction_a_statement_brings_is_a_problem_until_it_is_gone(office: Office) -> None:
    first, second = office.node(), office.node("second")
    office.bill("101")
    office.exchange(first)
    office.exchange(second)
    office.post(second, file_of(returned("101", requisites={"Отменен": "true"})))
    bank = file(bank_payment("1", "1200.00", "Оплата по счету 101"))
    statements.load(office.bridge, first, "kl.txt", bank)
    assert office.jobs() == []
    with office.bridge.db.read() as uow:
        (group,) = uow.browse.problems(ProblemFilter(source="conflict"))
    assert (group.items[0].title, group.items[0].node) == ("101", "second")
    assert "отменён" in group.items[0].reason
    office.post(second, file_of(returned("101", requisites={"Отменен": "false"}), formed_at="2026-03-07T12:00:00"))
    with office.bridge.db.read() as uow:
        assert uow.browse.problem_count() == 0


@pytest.mark.parametrize(("by_silence", "payment"), [(False, "paid"), (True, "withdrawn")])
def test_silence_takes_a_payment_back_only_where_the_policy_says_so(
    office: Office, by_silence: bool, payment: str
) -> None:
    node = office.node(policy=policy(Rule(Situation.WITHDRAWN, stage="first", by_silence=by_silence)))
    made = office.bill("101")
    office.exchange(node)
    said = {"Номер оплаты по 1С": "ПП-7", "Дата оплаты по 1С": "2026-03-06"}
    office.post(node, file_of(returned("101", requisites=said)))
    office.post(node, file_of(returned("101"), formed_at="2026-03-07T12:00:00"))
    assert office.consignment(node, made).payment == payment
    assert (written(office).get("situation") == "withdrawn") is by_silence
    office.post(node, file_of(returned("101", requisites=said), formed_at="2026-03-08T12:00:00"))
    assert office.consignment(node, made).payment == "paid"


def test_a_corrected_sum_is_told_as_a_correction(office: Office, node: NodeRow, bill: Invoice) -> None:
    order = returned("101", requisites=OPEN)
    office.post(node, container(order, payment("a", "1500.00")))
    office.post(node, container(order, payment("a", "1200.00"), at="2026-03-06T13:00:00"))
    assert told(office)[-1] == (
        "1С («base»): исправлено в 1С, было 1500.00: оплата 1200.00 RUB № ПП-a от 06.03.2026. Оплачено полностью."
    )


def test_an_order_that_says_what_it_said_withdraws_by_silence_a_payment_told_apart_from_it(office: Office) -> None:
    node = office.node(policy=policy(Rule(Situation.WITHDRAWN, by_silence=True)))
    bill = office.bill("101")
    office.exchange(node)
    order = returned("101", requisites=OPEN)
    for hour, documents, standing in (
        (1, (order,), ""),
        (2, (order, payment("a1", "1200.00")), "paid"),
        (3, (order,), "withdrawn"),
    ):
        assert office.post(node, file_of(*documents, formed_at=f"2026-03-06T1{hour}:00:00")).ok
        assert office.consignment(node, bill).payment == standing
