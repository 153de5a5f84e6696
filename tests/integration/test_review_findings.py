"""Defects a cold review found, each as the test that would have caught it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from commerceml_bridge.db.rows import NodeRow
from commerceml_bridge.domain.invoices import Invoice, InvoiceKey, InvoiceKind, StageSemantics
from commerceml_bridge.domain.nodes import ClientFamily
from commerceml_bridge.errors import AuthenticationFailed, ProtocolError
from commerceml_bridge.services import fetching, nodes, receiving, sessions
from commerceml_bridge.services.fetching import FetchReport
from tests.integration.office import PAID, PASSWORD, Office, file_of, returned
from tests.unit.domain import samples

LARGER: dict[str, Any] = {"total": Decimal("2400.00"), "rows": (samples.row("2400.00"),)}
MIXED: dict[str, Any] = {
    "total": Decimal("1200.00"),
    "rows": (samples.row("600.00"), samples.row("600.00", vat=None, row_id=2, product_id=56)),
}


def served(office: Office, number: str = "101") -> tuple[NodeRow, Invoice]:
    node = office.node()
    invoice = office.bill(number)
    office.exchange(node)
    return node, invoice


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(returned("101", date="2024-03-05", requisites=PAID), id="другой год"),
        pytest.param(
            returned("101", requisites=PAID).replace(
                "<Время>",
                "<Контрагенты><Контрагент><Ид>x</Ид><Наименование>Чужой</Наименование><ИНН>7736050003</ИНН>"
                "</Контрагент></Контрагенты><Время>",
            ),
            id="другой ИНН",
        ),
    ],
)
def test_a_payment_of_another_document_with_our_number_is_not_written(office: Office, document: str) -> None:
    node, invoice = served(office)
    office.post(node, file_of(document))
    assert office.jobs() == []
    assert office.consignment(node, invoice).payment == ""


def test_a_payment_for_an_invoice_the_node_was_never_given_is_not_written(office: Office) -> None:
    node = office.node()
    office.bill("101")
    office.post(node, file_of(returned("101", requisites=PAID)))
    assert office.jobs() == []


def test_numbers_of_a_removed_node_are_not_given_to_other_invoices(office: Office) -> None:
    node = office.node()
    office.bill("1234567", b24_id=1)
    office.bill("1234568", b24_id=2)
    assert office.exchange(node).numbers == ["900001", "900002"]
    nodes.remove(office.bridge, "base")
    again = office.node()
    office.bill("1234569", b24_id=3)
    assert office.exchange(again).numbers == ["900001", "900002", "900003"]


@pytest.mark.parametrize(
    "document",
    [
        pytest.param("<Документ><Ид>p-si-9999999999999999999</Ид><Номер>5</Номер></Документ>", id="огромный Ид"),
        pytest.param(returned("101", requisites=PAID, total="1200.005"), id="полкопейки"),
        pytest.param(returned("101", total="99999999999999999999999"), id="огромная сумма"),
        pytest.param("<Документ><Ид>a</Ид><Номер>" + "9" * 5000 + "</Номер></Документ>", id="длинный номер"),
    ],
)
def test_no_document_keeps_the_node_out(office: Office, document: str) -> None:
    node, _ = served(office)
    office.bill("102")
    office.exchange(node)
    assert office.post(node, file_of(document, returned("102", requisites=PAID))).ok
    office.session(node)
    assert "pending" in office.jobs()


def test_an_invoice_with_an_impossible_sum_does_not_stop_the_others(office: Office) -> None:
    office.node()
    report = FetchReport()
    bad = samples.invoice(samples.row("1.00"), total="1000000000000000000", key=InvoiceKey(InvoiceKind.SMART, 1))
    good = samples.invoice(samples.row("1.00"), key=InvoiceKey(InvoiceKind.SMART, 2), number="2")
    odd = samples.invoice(samples.row("1.00"), total="99.999", key=InvoiceKey(InvoiceKind.SMART, 3), number="3")
    with office.bridge.db.write() as uow:
        for invoice in (bad, good, odd):
            fetching._store_or_note(uow, office.bridge, office.portal, uow.nodes.all(), invoice, report)
    assert (report.invoices, report.problems) == (3, 1)
    with office.bridge.db.read() as uow:
        assert uow.invoices.count(office.portal.id) == 2


def test_changed_options_apply_to_what_was_rendered_before(office: Office) -> None:
    node = office.node(client=ClientFamily.UNF)
    office.bill("101")
    nodes.set_options(office.bridge, "base", vat_rates=frozenset({"0", "10"}))
    node = nodes.by_name(office.bridge, "base")
    assert office.exchange(node).documents == 0
    assert office.counts(node).held == 1
    nodes.set_options(office.bridge, "base", vat_rates=frozenset({"20"}), currency_names={"RUB": "руб"})
    assert "<Валюта>руб</Валюта>" in office.exchange(nodes.by_name(office.bridge, "base")).text


def test_a_mix_that_unf_takes_is_held_once_the_node_is_ut11(office: Office) -> None:
    node = office.node(client=ClientFamily.UNF)
    invoice = office.bill("101", **MIXED)
    assert office.consignment(node, invoice).held_code == ""
    nodes.set_options(office.bridge, "base", client=ClientFamily.UT11)
    assert office.consignment(node, invoice).held_code == "vat-mix"


def test_a_payment_counts_even_if_the_invoice_cannot_be_rendered_any_more(office: Office) -> None:
    node = office.node(client=ClientFamily.UT11)
    office.bill("101")
    office.query(office.session(node))
    office.bill("101", **MIXED)
    office.post(node, file_of(returned("101", requisites=PAID)))
    assert office.jobs() == ["pending"]


def test_changed_served_and_changed_back_goes_out_once_more(office: Office) -> None:
    node, _ = served(office)
    office.bill("101", **LARGER)
    office.query(office.session(node))
    office.bill("101")
    assert "1200.00" in office.exchange(node).text
    assert office.exchange(node).documents == 0


def test_a_contradiction_takes_back_what_was_not_written_yet(office: Office) -> None:
    first, _ = served(office)
    second = office.node("second")
    office.exchange(second)
    office.post(first, file_of(returned("101", requisites=PAID)))
    office.post(second, file_of(returned("101", requisites={"Отменен": "true"})))
    assert office.jobs() == ["cancelled"]
    office.post(second, file_of(returned("101", requisites=PAID), formed_at="2026-03-07T12:00:00"))
    assert office.jobs() == ["cancelled", "pending"]


def test_an_unposted_order_takes_its_own_payment_back_before_it_is_written(office: Office) -> None:
    node, _ = served(office)
    office.post(node, file_of(returned("101", requisites=PAID)))
    office.post(node, file_of(returned("101", requisites={"Проведен": "false"})))
    assert office.jobs() == ["cancelled"]


def test_a_contradicted_payment_counts_when_the_other_base_posts_its_document_again(office: Office) -> None:
    first, _ = served(office)
    second = office.node("second")
    office.exchange(second)
    office.post(second, file_of(returned("101", requisites={"Проведен": "false"})))
    paid = file_of(returned("101", requisites=PAID))
    office.post(first, paid)
    assert office.jobs() == []
    office.post(second, file_of(returned("101", requisites={"Проведен": ""}), formed_at="2026-03-07T12:00:00"))
    office.post(first, paid)
    assert office.jobs() == []  # the second base has not taken its word back by saying nothing
    office.post(second, file_of(returned("101"), formed_at="2026-03-08T12:00:00"))
    assert office.jobs() == ["pending"]


def test_a_quarantined_document_sent_again_is_one_line(office: Office) -> None:
    node, _ = served(office)
    for _attempt in range(3):
        office.post(node, file_of(returned("777", total="сто")))
    assert office.counts(node).quarantined == 1


def test_an_invoice_that_failed_before_it_was_acknowledged_does_not_go(office: Office) -> None:
    node = office.node()
    office.bill("101")
    office.query(office.session(node))
    office.bill("101", stage_id="DT31_2:D", stage_semantics=StageSemantics.FAILURE)
    assert office.exchange(node).documents == 0


def test_a_new_password_ends_the_sessions_of_the_old_one(office: Office) -> None:
    node = office.node()
    opened = sessions.open_session(office.bridge, node, exchange_type="sale", user_agent="1C", remote="127.0.0.1")
    nodes.set_password(office.bridge, "base", "another-password")
    with pytest.raises(AuthenticationFailed):
        sessions.identify(
            office.bridge,
            cookie=opened.cookie,
            sessid=None,
            credentials=None,
            remote="127.0.0.1",
            exchange_type="sale",
            user_agent="1C",
        )


def test_a_change_within_the_second_it_was_fetched_in_is_fetched_again(office: Office) -> None:
    office.node()
    invoice = office.bill("101")
    listed = [(invoice.key, invoice.updated_at)]
    with office.bridge.db.read() as uow:
        row = uow.invoices.by_key(office.portal.id, invoice.key)
        assert row is not None
        same_second = row.fetched_at - invoice.updated_at <= dt.timedelta(seconds=2)
        assert (uow.invoices.known(office.portal.id, listed) == set()) is same_second
    settled = dataclasses.replace(invoice, updated_at=invoice.updated_at - dt.timedelta(minutes=1))
    with office.bridge.db.write() as uow:
        fetching.store(uow, office.bridge, office.portal, uow.nodes.all(), settled)
    with office.bridge.db.read() as uow:
        assert uow.invoices.known(office.portal.id, [(settled.key, settled.updated_at)]) == {settled.key}


def test_a_1c_that_accepts_nothing_has_one_document_held_not_all(office: Office) -> None:
    node = office.node()
    for number in range(1, 8):
        office.bill(str(number))
    for _attempt in range(30):
        office.query(office.session(node))
    counts = office.counts(node)
    assert (counts.held, counts.due) == (1, 6)
    assert sum(office.exchange(node).documents for _recovered in range(6)) == 6


def test_two_culprits_are_both_found_while_1c_accepts_the_others(office: Office) -> None:
    node = office.node()
    for number in range(1, 9):
        office.bill(str(number))
    for _attempt in range(40):
        caller = office.session(node)
        numbers = office.query(caller).numbers
        if not {"2", "7"} & set(numbers):
            office.success(caller)
    counts = office.counts(node)
    assert (counts.held, counts.acknowledged) == (2, 6)


def test_after_success_the_next_query_of_the_same_session_goes_on(office: Office) -> None:
    node = office.node(document_cap=2)
    for number in ("1", "2", "3"):
        office.bill(number)
    caller = office.session(node)
    seen = []
    for _round in range(3):
        seen.append(office.query(caller).numbers)
        office.success(caller)
    assert seen == [["1", "2"], ["3"], []]


def test_import_of_a_file_that_was_never_sent_fails(office: Office) -> None:
    node, _ = served(office)
    caller = office.session(node)
    receive(office, caller, file_of(returned("101", requisites=PAID)))
    with pytest.raises(ProtocolError):
        receiving.report(office.bridge, caller, exchange_type="sale", filename="nope.xml")


def test_a_line_end_behind_a_complete_file_belongs_to_it(office: Office) -> None:
    node, _ = served(office)
    caller = office.session(node)
    assert receive(office, caller, file_of(returned("101", requisites=PAID))).ok
    assert receive(office, caller, b"\r\n").ok
    assert receiving.report(office.bridge, caller, exchange_type="sale", filename="orders.xml").ok
    office.session(node)
    assert office.counts(node).quarantined == 0


def test_the_right_password_passes_however_many_wrong_ones_came_before(office: Office) -> None:
    office.node()
    for _attempt in range(25):
        with pytest.raises(AuthenticationFailed):
            sessions.authenticate(office.bridge, "base", "wrong-password", "127.0.0.1")
    assert sessions.authenticate(office.bridge, "base", PASSWORD, "127.0.0.1").name == "base"


def test_a_payment_dated_in_the_future_is_not_written(office: Office) -> None:
    node, invoice = served(office)
    office.post(node, file_of(returned("101", requisites={"Дата оплаты по 1С": "2999-01-01"})))
    assert office.jobs() == []
    assert office.consignment(node, invoice).payment == ""


def test_a_weaker_report_leaves_the_reason_of_the_stronger_one(office: Office) -> None:
    node, invoice = served(office)
    office.post(node, file_of(returned("101", requisites=PAID)))
    reason = office.consignment(node, invoice).payment_reason
    later = returned("101", requisites={"Дата оплаты по 1С": "0001-01-01"})
    office.post(node, file_of(later, formed_at="2026-03-07T12:00:00"))
    row = office.consignment(node, invoice)
    assert (row.payment, row.payment_reason) == ("paid", reason)


def receive(office: Office, caller: sessions.Caller, body: bytes) -> receiving.Reply:
    return receiving.receive(office.bridge, caller, exchange_type="sale", filename="orders.xml", body=iter([body]))
