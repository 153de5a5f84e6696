"""A botched test exchange is taken back: documents due again with their numbers and dates, payments untouched."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from click.testing import CliRunner

from commerceml_bridge.cli import taking_back as command
from commerceml_bridge.domain.invoices import StageSemantics
from commerceml_bridge.domain.selection import Selection
from commerceml_bridge.errors import BadInput, NotFound
from commerceml_bridge.services import auditing, nodes, operations, taking_back
from tests.integration.office import PAID, Office, file_of, returned


def take_back(office: Office, session: int) -> taking_back.Plan:
    return taking_back.take_back(office.bridge, "base", session_id=session, reason="не та база")


def test_what_was_confirmed_goes_out_again_with_its_number_and_date(office: Office) -> None:
    node = office.node()
    first = office.bill("СЧ-2026/000101", 101)
    office.bill("102")
    caller = office.session(node)
    given = office.query(caller)
    office.success(caller)
    office.post(node, file_of(returned(given.numbers[0])))
    was = office.consignment(node, first)
    assert was.onec_id
    assert office.exchange(node).documents == 0

    plan = take_back(office, caller.session.id)
    assert sorted(row.number or "" for row in plan.taken) == sorted(given.numbers)
    now = office.consignment(node, first)
    assert (now.number, now.date, now.first_served_at) == (was.number, was.date, was.first_served_at)
    assert now.due
    assert (now.acknowledged_at, now.seen_at, now.verified_at, now.onec_id) == (None, None, None, "")
    again = office.exchange(node)
    assert again.numbers == given.numbers
    assert office.exchange(node).documents == 0


def test_another_document_of_a_restored_base_is_no_contradiction(office: Office) -> None:
    node = office.node()
    bill = office.bill("101")
    caller = office.session(node)
    office.query(caller)
    office.success(caller)
    office.post(node, file_of(returned("101", guid="00000000-0000-0000-0000-00000000aaaa")))
    take_back(office, caller.session.id)
    office.exchange(node)
    new = "00000000-0000-0000-0000-00000000bbbb"
    office.post(node, file_of(returned("101", guid=new), formed_at="2026-03-07T12:00:00"))
    assert office.consignment(node, bill).onec_id == new


def test_an_invoice_with_a_known_payment_is_left_and_listed(office: Office) -> None:
    node = office.node()
    paid, open_ = office.bill("101"), office.bill("102")
    won = office.bill("103")
    caller = office.session(node)
    office.query(caller)
    office.success(caller)
    office.post(node, file_of(returned("101", requisites=PAID)))
    office.bill("103", stage_semantics=StageSemantics.SUCCESS)
    plan = take_back(office, caller.session.id)
    assert [row.printed for row in plan.taken] == ["102"]
    assert sorted((one.row.printed, "Оплата" in one.why) for one in plan.left) == [("101", True), ("103", True)]
    assert office.consignment(node, paid).acknowledged_at is not None
    assert office.consignment(node, won).acknowledged_at is not None
    assert office.exchange(node).numbers == ["102"]
    assert office.consignment(node, open_).payment == ""


def test_a_preview_changes_nothing(office: Office) -> None:
    node = office.node()
    bill = office.bill("101")
    caller = office.session(node)
    office.query(caller)
    office.success(caller)
    before = office.consignment(node, bill)
    plan = taking_back.preview(office.bridge, "base", session_id=caller.session.id)
    assert len(plan.taken) == 1
    assert office.consignment(node, bill) == before


def test_since_a_moment_takes_what_was_served_from_then_on(office: Office) -> None:
    node = office.node()
    office.bill("101")
    office.exchange(node)
    moment = office.clock()
    office.bill("102")
    office.exchange(node)
    taking_back.take_back(office.bridge, "base", since=moment, reason="проба")
    assert office.exchange(node).numbers == ["102"]


def test_what_a_later_session_confirmed_is_left(office: Office) -> None:
    node = office.node()
    office.bill("101")
    lost = office.session(node)
    office.query(lost)  # no success
    office.exchange(node)
    plan = taking_back.preview(office.bridge, "base", session_id=lost.session.id)
    assert plan.taken == ()
    assert "более позднем сеансе" in plan.left[0].why
    with pytest.raises(BadInput, match="Возвращать нечего"):
        take_back(office, lost.session.id)


def test_a_late_success_does_not_confirm_what_was_taken_back(office: Office) -> None:
    node = office.node()
    bill = office.bill("101")
    caller = office.session(node)
    office.query(caller)
    plan = take_back(office, caller.session.id)
    assert len(plan.taken) == 1
    with office.bridge.db.read() as uow:
        assert uow.sessions.by_cookie(caller.session.cookie_digest) is None
    assert office.consignment(node, bill).acknowledged_at is None
    assert office.exchange(node).numbers == ["101"]


def test_changed_options_reach_what_was_served_and_not_confirmed(office: Office) -> None:
    node = office.node()
    office.bill("101")
    caller = office.session(node)
    assert "<Валюта>RUB</Валюта>" in office.query(caller).text
    nodes.set_options(office.bridge, "base", currency_names={"RUB": "руб."})
    take_back(office, caller.session.id)
    assert "<Валюта>руб.</Валюта>" in office.exchange(node).text


def test_an_invoice_that_left_the_selection_and_one_held_by_a_person_do_not_go(office: Office) -> None:
    node = office.node()
    held = office.bill("101")
    office.bill("102", currency="USD")
    caller = office.session(node)
    office.query(caller)
    office.success(caller)
    nodes.set_options(office.bridge, "base", selection=Selection(currencies=frozenset({"RUB"})))
    operations.hold(office.bridge, office.consignment(node, held).id, operator="anna", reason="подождём")
    plan = take_back(office, caller.session.id)
    assert [row.printed for row in plan.taken] == ["101"]
    assert "вышел из отбора" in plan.left[0].why
    assert office.exchange(node).documents == 0
    assert office.consignment(node, held).held_code == "operator"


def test_reason_and_person_stand_in_the_log_and_in_the_history_of_the_invoice(office: Office) -> None:
    node = office.node()
    office.bill("101")
    caller = office.session(node)
    office.query(caller)
    with pytest.raises(BadInput, match="причину"):
        taking_back.take_back(office.bridge, "base", session_id=caller.session.id, reason=" ")
    with auditing.acting("anna"):
        take_back(office, caller.session.id)
    with office.bridge.db.read() as uow:
        logged = uow.audit.listed(subject="base", limit=1)[0]
        events = list(uow.connection.exec_driver_sql("SELECT text FROM event WHERE kind = 'taken-back'"))
    assert (logged.actor, logged.action, logged.reason) == ("anna", "node.take-back", "не та база")
    assert ["снова к отправке", "", "1"] in json.loads(logged.changes)
    assert [row[0] for row in events] == ["Пробный обмен взят назад: anna. Причина: не та база"]


def test_a_session_of_another_node_and_no_exchange_at_all_are_refused(office: Office) -> None:
    office.node()
    other = office.node("other")
    caller = office.session(other)
    with pytest.raises(NotFound):
        take_back(office, caller.session.id)
    with pytest.raises(BadInput):
        taking_back.preview(office.bridge, "base")
    with pytest.raises(BadInput):
        taking_back.preview(office.bridge, "base", since=dt.datetime.now(dt.UTC), session_id=caller.session.id)


def test_a_moment_before_all_time_is_refused_by_the_command(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.node()
    monkeypatch.setattr(command, "open_bridge", lambda: office.bridge)
    refused = CliRunner().invoke(command.take_back, ["base", "--since", "0001-01-01 00:00"])
    assert (refused.exit_code, "Такого момента не было" in refused.output) == (2, True)
    seen = CliRunner().invoke(command.take_back, ["base", "--since", "2020-01-01"])
    assert (seen.exit_code, "Ничего не изменено" in seen.output) == (0, True)
