"""Selections on the whole way: what goes where, what happens when an invoice leaves, and when it comes back."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from typing import Any

import pytest

from commerceml_bridge.db.rows import NodeRow
from commerceml_bridge.domain.invoices import StageSemantics
from commerceml_bridge.domain.nodes import ClientFamily
from commerceml_bridge.domain.selection import OnLeave, Selection
from commerceml_bridge.services import nodes, operations
from commerceml_bridge.services.rechecking import mark_gone
from commerceml_bridge.services.selecting import LEFT_AFTER_PAYMENT
from tests.integration.office import PAID, Office, file_of, returned
from tests.unit.domain import samples

DRAFT, SENT = "DT31_2:N", "DT31_2:S"
FROM_SENT = Selection(from_stages=frozenset({SENT}))
CANCEL = "<Наименование>Отменен</Наименование>\n<Значение>true</Значение>"
PLACES = {
    DRAFT: [2, 100, "Новый", "open"],
    SENT: [2, 110, "Отправлен", "open"],
    "DT31_2:P": [2, 130, "Оплачен", "success"],
    "DT31_2:D": [2, 140, "Не оплачен", "failure"],
}


@pytest.fixture
def staged(office: Office) -> Office:
    """An office whose portal's stages are known."""
    with office.bridge.db.write() as uow:
        uow.portals.update(office.portal.id, info=json.dumps({"places": PLACES}))
    return office


def events(office: Office, kind: str) -> list[str]:
    with office.bridge.db.read() as uow:
        rows = uow.connection.exec_driver_sql(f"SELECT text FROM event WHERE kind = '{kind}' ORDER BY id")
        return [str(row[0]) for row in rows]


def seller(company: int) -> object:
    return dataclasses.replace(samples.SELLER, entity_id=company)


def test_a_draft_stays_home_and_goes_when_it_is_sent(staged: Office) -> None:
    node = staged.node(selection=FROM_SENT)
    staged.bill("101")
    assert staged.exchange(node).documents == 0
    staged.bill("101", stage_id=SENT)
    assert staged.exchange(node).numbers == ["101"]
    staged.bill("101", stage_id="DT31_2:P", stage_semantics=StageSemantics.SUCCESS)
    assert staged.exchange(node).documents == 0


def test_several_nodes_share_a_portal_by_seller(office: Office) -> None:
    first = office.node("first", selection=Selection(sellers=frozenset({1})))
    second = office.node("second", selection=Selection(sellers=frozenset({2, 3})))
    for number, company in (("11", 1), ("12", 2), ("13", 3), ("14", 4)):
        office.bill(number, seller=seller(company))
    assert office.exchange(first).numbers == ["11"]
    assert office.exchange(second).numbers == ["12", "13"]
    office.bill("14", seller=seller(1))
    assert office.exchange(first).numbers == ["14"]


def test_what_was_not_delivered_is_simply_not_sent(staged: Office) -> None:
    node = staged.node(selection=FROM_SENT, on_leave=OnLeave.CANCEL)
    staged.bill("101", stage_id=SENT)
    staged.bill("102", stage_id=SENT)
    staged.bill("101", stage_id=DRAFT)
    assert staged.exchange(node).numbers == ["102"]
    assert len(events(staged, "left")) == 1


def test_leave_lets_the_document_be_and_says_so(staged: Office) -> None:
    node = staged.node(selection=FROM_SENT)
    staged.bill("101", stage_id=SENT)
    staged.exchange(node)
    invoice = staged.bill("101", stage_id=DRAFT, currency="USD")
    assert staged.exchange(node).documents == 0
    assert "«Новый»" in staged.consignment(node, invoice).outside
    assert ["остаётся как есть" in text for text in events(staged, "left")] == [True]
    staged.bill("101", stage_id=SENT, currency="USD")
    assert staged.exchange(node).documents == 1
    assert len(events(staged, "entered")) == 1


def test_cancel_sends_the_document_once_more_as_cancelled_and_back_again(staged: Office) -> None:
    node = staged.node(selection=FROM_SENT, on_leave=OnLeave.CANCEL)
    staged.bill("101", stage_id=SENT)
    first = staged.exchange(node)
    assert CANCEL not in first.text
    staged.bill("101", stage_id=DRAFT)
    unconfirmed = staged.query(staged.session(node))
    again = staged.exchange(node)
    assert again.body == unconfirmed.body
    assert again.text.count(CANCEL) == 1
    assert again.text.replace("\n", "").count("<Товар>") == first.text.count("<Товар>")
    assert again.numbers == first.numbers
    assert staged.exchange(node).documents == 0
    staged.bill("101", stage_id=DRAFT, currency="USD")
    assert staged.exchange(node).documents == 0, "what is cancelled in 1C is cancelled once"
    staged.bill("101", stage_id=SENT)
    back = staged.exchange(node)
    assert (back.documents, CANCEL in back.text) == (1, False)
    assert staged.exchange(node).documents == 0


def test_what_was_served_without_success_may_have_arrived_and_is_cancelled(staged: Office) -> None:
    node = staged.node(selection=FROM_SENT, on_leave=OnLeave.CANCEL)
    staged.bill("101", stage_id=SENT)
    staged.query(staged.session(node))
    staged.bill("101", stage_id=DRAFT)
    assert CANCEL in staged.exchange(node).text
    assert staged.exchange(node).documents == 0


def test_a_late_success_for_the_uncancelled_document_does_not_hide_the_cancellation(staged: Office) -> None:
    node = staged.node(selection=FROM_SENT, on_leave=OnLeave.CANCEL)
    staged.bill("101", stage_id=SENT)
    caller = staged.session(node)
    staged.query(caller)
    staged.bill("101", stage_id=DRAFT)
    staged.success(caller)
    assert CANCEL in staged.exchange(node).text


@pytest.mark.parametrize("versions", [{}, {"cml_version": "2.10"}, {"version": "3.1"}])
def test_a_cancellation_is_valid_in_every_form(staged: Office, versions: dict[str, str]) -> None:
    node = staged.node(selection=FROM_SENT, on_leave=OnLeave.CANCEL)
    invoice = staged.bill("101", stage_id=SENT)
    caller = staged.session(node, **versions)
    assert CANCEL not in staged.query(caller).text
    staged.success(caller)
    staged.bill("101", stage_id=DRAFT)
    caller = staged.session(node, **versions)
    assert CANCEL in staged.query(caller).text
    staged.success(caller)
    row = staged.consignment(node, invoice)
    assert (row.due, row.held_code, row.cancelled) == (False, "", True)


def test_a_cancellation_waits_for_a_person_at_an_accounting_base(staged: Office) -> None:
    node = staged.node(selection=FROM_SENT, on_leave=OnLeave.CANCEL, client=ClientFamily.BP3)
    invoice = staged.bill("101", stage_id=SENT)
    staged.exchange(node)
    staged.bill("101", stage_id=DRAFT)
    assert staged.exchange(node).documents == 0
    row = staged.consignment(node, invoice)
    assert "отмените документ в 1С вручную" in row.held_reason
    operations.release(staged.bridge, row.id, operator="anna", reason="отменяем")
    assert CANCEL in staged.exchange(node).text
    assert staged.exchange(node).documents == 0


@pytest.mark.parametrize("failure", [True, False])
def test_a_failure_stage_or_another_seller_cancel_too(staged: Office, failure: bool) -> None:
    node = staged.node(selection=Selection(sellers=frozenset({1})), on_leave=OnLeave.CANCEL)
    staged.bill("101")
    staged.exchange(node)
    if failure:
        staged.bill("101", stage_id="DT31_2:D", stage_semantics=StageSemantics.FAILURE)
    else:
        staged.bill("101", seller=seller(2))
    assert CANCEL in staged.exchange(node).text


@pytest.mark.parametrize("rule", list(OnLeave))
def test_an_invoice_deleted_in_bitrix24_follows_the_rule_of_the_node(office: Office, rule: OnLeave) -> None:
    node = office.node(on_leave=rule)
    invoice = office.bill("101")
    office.exchange(node)
    with office.bridge.db.write() as uow:
        mark_gone(uow, office.portal.id, uow.nodes.all(), invoice.key, office.clock())
    taken = office.exchange(node)
    assert (CANCEL in taken.text) is (rule is OnLeave.CANCEL)
    assert office.exchange(node).documents == 0
    office.bill("101")
    assert office.exchange(node).documents == (1 if rule is OnLeave.CANCEL else 0)


@pytest.mark.parametrize("by_1c", [True, False])
def test_an_invoice_with_a_known_payment_waits_for_a_person(staged: Office, by_1c: bool) -> None:
    node = staged.node(selection=Selection(sellers=frozenset({1})), on_leave=OnLeave.CANCEL)
    staged.bill("101")
    staged.exchange(node)
    paid: dict[str, Any] = {} if by_1c else {"stage_id": "DT31_2:P", "stage_semantics": StageSemantics.SUCCESS}
    if by_1c:
        staged.post(node, file_of(returned("101", requisites=PAID)))
    invoice = staged.bill("101", seller=seller(2), **paid)
    assert staged.exchange(node).documents == 0
    row = staged.consignment(node, invoice)
    assert row.held_code == LEFT_AFTER_PAYMENT
    operations.release(staged.bridge, row.id, operator="anna", reason="отменяем и в 1С")
    assert CANCEL in staged.exchange(node).text
    assert staged.exchange(node).documents == 0
    assert staged.consignment(node, invoice).held_code == ""


def test_coming_back_lifts_the_wait_of_a_paid_invoice(staged: Office) -> None:
    node = staged.node(selection=Selection(sellers=frozenset({1})), on_leave=OnLeave.CANCEL)
    staged.bill("101")
    staged.exchange(node)
    staged.post(node, file_of(returned("101", requisites=PAID)))
    staged.bill("101", seller=seller(2))
    invoice = staged.bill("101")
    row = staged.consignment(node, invoice)
    assert (row.held_code, row.due, row.outside, row.cancelled) == ("", False, "", False)


def test_a_later_from_date_neither_sends_nor_cancels_what_was_delivered(office: Office) -> None:
    node = office.node(on_leave=OnLeave.CANCEL)
    invoice = office.bill("101")
    office.exchange(node)
    office.bill("102")
    nodes.set_options(office.bridge, "base", from_date=dt.date(2027, 1, 1))
    assert office.exchange(node).documents == 0
    assert office.consignment(node, invoice).outside == ""


def test_a_changed_selection_reaches_every_invoice_in_slices(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nodes, "SLICE", 2)
    node = office.node()
    for number in range(1, 8):
        office.bill(str(number), seller=seller(1 + number % 2))
    narrowed = nodes.set_options(office.bridge, "base", selection=Selection(sellers=frozenset({2})))
    assert office.exchange(narrowed).numbers == ["1", "3", "5", "7"]
    nodes.set_options(office.bridge, "base", selection=Selection())
    assert office.exchange(node).numbers == ["2", "4", "6"]


def test_a_settlement_that_was_killed_is_finished_by_the_worker(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nodes, "SLICE", 2)
    node = office.node()
    for number in range(1, 6):
        office.bill(str(number))
    with office.bridge.db.write() as uow:
        uow.nodes.set_options(node.id, dataclasses.replace(node.options, selection=Selection(kinds=frozenset({"old"}))))
        uow.nodes.update(node.id, settled_to=0)
    assert nodes.settle_some(office.bridge, node.id)
    assert nodes.unsettled(office.bridge) == [node.id]
    nodes.settle(office.bridge, node.id)
    assert nodes.unsettled(office.bridge) == []
    assert office.exchange(node).documents == 0


def test_a_selection_survives_storing(office: Office) -> None:
    selection = Selection(
        kinds=frozenset({"smart"}),
        categories=frozenset({5, 0}),
        stages=frozenset({DRAFT}),
        from_stages=frozenset({SENT}),
        sellers=frozenset({0, 7}),
        currencies=frozenset({"RUB"}),
        responsible=frozenset({4}),
    )
    node: NodeRow = office.node(selection=selection, on_leave=OnLeave.CANCEL)
    stored = nodes.by_name(office.bridge, node.name).options
    assert (stored.selection, stored.on_leave) == (selection, OnLeave.CANCEL)


def test_invoices_stored_by_an_earlier_release_are_chosen_by_their_revision(office: Office) -> None:
    office.bill("101", seller=seller(2))
    with office.bridge.db.write() as uow:
        uow.connection.exec_driver_sql("UPDATE invoice SET category_id = NULL, seller_id = NULL, responsible_id = NULL")
    first = office.node("first", selection=Selection(sellers=frozenset({1})))
    second = office.node("second", selection=Selection(sellers=frozenset({2}), categories=frozenset({2})))
    assert office.exchange(first).documents == 0
    assert office.exchange(second).numbers == ["101"]
