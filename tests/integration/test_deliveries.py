"""Acknowledgement by exact ids (decisions 9–14): what goes out, what is replayed, what is never sent again."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from commerceml_bridge.domain.documents import Encoding
from commerceml_bridge.domain.invoices import StageSemantics
from commerceml_bridge.domain.nodes import ClientFamily
from commerceml_bridge.errors import ProtocolError
from tests.integration.office import PAID, Office, file_of, returned
from tests.unit.domain import samples


def test_an_acknowledged_invoice_is_never_sent_again(office: Office) -> None:
    node = office.node()
    office.bill("101")
    assert office.exchange(node).numbers == ["101"]
    assert office.exchange(node).documents == 0


def test_without_success_the_same_bytes_go_out_again(office: Office) -> None:
    node = office.node()
    office.bill("101")
    first = office.query(office.session(node))
    second = office.query(office.session(node))
    assert first.documents == 1
    assert first.body == second.body


def test_a_repeated_query_of_one_session_gives_the_same_bytes_even_if_invoices_came_meanwhile(office: Office) -> None:
    node = office.node()
    office.bill("101")
    caller = office.session(node)
    first = office.query(caller)
    office.bill("102")
    assert office.query(caller).body == first.body


def test_success_closes_only_what_its_session_was_served(office: Office) -> None:
    node = office.node()
    office.bill("101")
    caller = office.session(node)
    office.query(caller)
    office.bill("102")
    assert office.success(caller) == 1
    assert office.exchange(node).numbers == ["102"]


def test_success_without_query_is_refused(office: Office) -> None:
    node = office.node()
    office.bill("101")
    with pytest.raises(ProtocolError):
        office.success(office.session(node))
    assert office.counts(node).acknowledged == 0


def test_a_repeated_success_changes_nothing(office: Office) -> None:
    node = office.node()
    office.bill("101")
    caller = office.session(node)
    office.query(caller)
    assert office.success(caller) == office.success(caller) == 1
    assert office.counts(node).acknowledged == 1


def test_success_after_an_empty_answer_is_accepted(office: Office) -> None:
    node = office.node()
    caller = office.session(node)
    assert office.query(caller).documents == 0
    assert office.success(caller) == 0


def test_a_change_between_query_and_success_goes_out_next_time(office: Office) -> None:
    node = office.node()
    invoice = office.bill("101")
    caller = office.session(node)
    office.query(caller)
    office.bill("101", total=Decimal("2400.00"), rows=(samples.row("2400.00"),))
    office.success(caller)
    row = office.consignment(node, invoice)
    assert row.due
    assert "2400.00" in office.exchange(node).text
    assert office.exchange(node).documents == 0


def test_a_document_that_changed_is_not_replayed_with_its_old_content(office: Office) -> None:
    node = office.node()
    office.bill("101")
    office.query(office.session(node))
    office.bill("101", total=Decimal("2400.00"), rows=(samples.row("2400.00"),))
    assert "2400.00" in office.query(office.session(node)).text


def test_a_late_success_of_an_older_session_acknowledges_what_that_session_got(office: Office) -> None:
    node = office.node()
    invoice = office.bill("101")
    older, newer = office.session(node), None
    office.query(older)
    newer = office.session(node)
    office.query(newer)
    office.success(older)
    assert not office.consignment(node, invoice).due
    assert office.query(office.session(node)).documents == 0


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"stage_id": "DT31_2:P", "stage_semantics": StageSemantics.SUCCESS}, id="стадия (наша же запись)"),
        pytest.param({"buyer": dataclasses.replace(samples.BUYER, name="Ромашка и К")}, id="переименован клиент"),
        pytest.param({"responsible_id": 9, "comment": "позвонить"}, id="ответственный и комментарий"),
        pytest.param({"total": Decimal("1200")}, id="та же сумма, записанная иначе"),
    ],
)
def test_a_change_accounting_does_not_see_sends_nothing_again(office: Office, changes: dict[str, Any]) -> None:
    node = office.node()
    office.bill("101")
    office.exchange(node)
    office.bill("101", **changes)
    assert office.exchange(node).documents == 0


def test_our_own_write_back_makes_no_revision(office: Office) -> None:
    node = office.node()
    invoice = office.bill("101")
    office.exchange(node)
    office.bill("101", stage_id="DT31_2:P", stage_semantics=StageSemantics.SUCCESS)
    with office.bridge.db.read() as uow:
        row = uow.invoices.by_key(office.portal.id, invoice.key)
        assert row is not None
        assert row.stage_id == "DT31_2:P"
        revision = uow.invoices.latest_revision(row.id)
    assert revision is not None
    assert revision.number == 1


def test_a_change_after_the_first_payment_waits_for_a_person(office: Office) -> None:
    node = office.node()
    invoice = office.bill("101")
    office.exchange(node)
    office.post(node, file_of(returned("101", requisites=PAID)))
    office.bill("101", total=Decimal("2400.00"), rows=(samples.row("2400.00"),))
    assert office.consignment(node, invoice).held_code == "changed-after-payment"
    assert office.exchange(node).documents == 0
    assert office.counts(node).held == 1


def test_for_bp_every_change_after_acknowledgement_waits_for_a_person(office: Office) -> None:
    node = office.node(client=ClientFamily.BP3)
    invoice = office.bill("101")
    office.exchange(node)
    office.bill("101", total=Decimal("2400.00"), rows=(samples.row("2400.00"),))
    assert office.consignment(node, invoice).held_code == "changed-after-acknowledgement"


def test_two_bases_never_take_each_others_documents(office: Office) -> None:
    first, second = office.node("first"), office.node("second")
    office.bill("101")
    assert office.exchange(first).numbers == ["101"]
    assert office.exchange(second).numbers == ["101"]
    assert (office.counts(first).acknowledged, office.counts(second).acknowledged) == (1, 1)


def test_the_cap_leaves_the_rest_for_the_next_exchange(office: Office) -> None:
    node = office.node(document_cap=2)
    for number in ("1", "2", "3", "4", "5"):
        office.bill(number)
    seen = [office.exchange(node).numbers for _ in range(4)]
    assert seen == [["1", "2"], ["3", "4"], ["5"], []]


def test_a_module_session_pages_until_nothing_is_left_and_one_success_closes_all(office: Office) -> None:
    node = office.node(document_cap=2)
    for number in ("1", "2", "3"):
        office.bill(number)
    caller = office.session(node, version="3.1")
    pages = [office.query(caller) for _ in range(3)]
    assert [page.numbers for page in pages] == [["1", "2"], ["3"], []]
    assert "Контейнер" not in pages[2].text
    assert office.success(caller) == 3
    assert office.counts(node).acknowledged == 3


def test_unconfirmed_pages_of_a_module_session_come_again_byte_for_byte(office: Office) -> None:
    node = office.node(document_cap=2)
    for number in ("1", "2", "3"):
        office.bill(number)
    first = office.session(node, version="3.1")
    pages = [office.query(first).body for _ in range(2)]
    second = office.session(node, version="3.1")
    assert [office.query(second).body for _ in range(2)] == pages


def test_the_form_follows_the_request(office: Office) -> None:
    node = office.node()
    office.bill("101")
    bare = office.query(office.session(node)).text
    subordinate = office.query(office.session(node, cml_version="2.10")).text
    container = office.query(office.session(node, version="3.1")).text
    echoed = office.query(office.session(node, version="2.09")).text
    assert 'ВерсияСхемы="2.05"' in bare
    assert 'ВерсияСхемы="2.10"' in subordinate
    assert 'ВерсияСхемы="3.1"' in container
    assert "<Контейнер>" in container
    assert 'ВерсияСхемы="2.09"' in echoed


def test_after_three_refusals_the_culprit_is_found_and_held_and_the_rest_flows(office: Office) -> None:
    node = office.node()
    bills = [office.bill(str(number)) for number in range(1, 9)]
    culprit = "5"
    delivered: set[str] = set()
    for _ in range(20):
        caller = office.session(node)
        numbers = office.query(caller).numbers
        if culprit not in numbers:
            office.success(caller)
            delivered |= set(numbers)
    assert delivered == {"1", "2", "3", "4", "6", "7", "8"}
    held = office.consignment(node, bills[4])
    assert held.held_code == "1c-refuses"
    assert office.counts(node).held == 1


def test_a_refused_document_is_tried_again_once_its_content_changed(office: Office) -> None:
    node = office.node()
    invoice = office.bill("5")
    for _ in range(4):
        office.query(office.session(node))
    assert office.consignment(node, invoice).held_code == "1c-refuses"
    office.bill("5", total=Decimal("2400.00"), rows=(samples.row("2400.00"),))
    assert office.exchange(node).numbers == ["5"]


def test_number_and_date_stay_as_first_delivered(office: Office) -> None:
    node = office.node()
    office.bill("101", b24_id=7)
    office.exchange(node)
    changed = {"date": dt.date(2026, 4, 1), "total": Decimal("2400.00"), "rows": (samples.row("2400.00"),)}
    office.bill("909", b24_id=7, **changed)
    text = office.exchange(node).text
    assert "<Номер>101</Номер>" in text
    assert "<Дата>2026-03-05</Дата>" in text


def test_digits_taken_at_the_node_get_a_stored_substitute(office: Office) -> None:
    node = office.node()
    office.bill("СЧ-7", b24_id=1)
    office.bill("7", b24_id=2, date=dt.date(2027, 1, 9))
    office.bill("1234567", b24_id=3)
    taken = office.exchange(node)
    assert taken.numbers == ["СЧ-7", "900001", "900002"]
    assert "№ 1234567" in taken.text


def test_a_substitute_is_not_used_up_by_looking_again(office: Office) -> None:
    node = office.node()
    office.bill("1234567", b24_id=3)
    office.bill("1234567", b24_id=3, comment="ещё раз")
    assert office.exchange(node).numbers == ["900001"]


@pytest.mark.parametrize(
    "changes",
    [
        {"date": dt.date(2019, 12, 31)},
        {"stage_id": "DT31_2:D", "stage_semantics": StageSemantics.FAILURE},
        {"is_recurring_template": True},
    ],
)
def test_what_is_too_old_failed_or_a_template_never_goes(office: Office, changes: dict[str, Any]) -> None:
    node = office.node()
    office.bill("101", **changes)
    assert office.exchange(node).documents == 0


def test_an_invoice_paid_before_is_delivered_all_the_same(office: Office) -> None:
    node = office.node()
    office.bill("101", stage_id="DT31_2:P", stage_semantics=StageSemantics.SUCCESS)
    assert office.exchange(node).numbers == ["101"]


def test_an_invoice_that_cannot_be_a_document_is_held_and_the_rest_goes(office: Office) -> None:
    node = office.node()
    bad = office.bill("101", buyer=None)
    office.bill("102")
    assert office.exchange(node).numbers == ["102"]
    row = office.consignment(node, bad)
    assert (row.held_code, row.due) == ("no-counterparty", True)
    office.bill("101")
    assert office.exchange(node).numbers == ["101"]


def test_an_option_of_the_node_sends_nothing_again_and_shows_in_what_comes_next(office: Office) -> None:
    from commerceml_bridge.services import nodes

    node = office.node()
    office.bill("101")
    office.exchange(node)
    nodes.set_options(office.bridge, "base", encoding=Encoding.UTF8_BOM)
    office.bill("102")
    node = nodes.by_name(office.bridge, "base")
    body = office.exchange(node).body
    assert body.startswith(b"\xef\xbb\xbf<?xml")
    assert "<Номер>102</Номер>" in body.decode()
    assert "<Номер>101</Номер>" not in body.decode()
