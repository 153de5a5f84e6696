"""Polling a БП base over OData: what is found is believed only when proven; trouble is shown, never guessed over."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Iterator
from decimal import Decimal
from urllib.parse import unquote

import pytest
import sqlalchemy as sa

from commerceml_bridge.db.books import SourceRow
from commerceml_bridge.db.rows import NodeRow
from commerceml_bridge.db.tables import job
from commerceml_bridge.domain.invoices import Invoice
from commerceml_bridge.domain.nodes import ClientFamily
from commerceml_bridge.errors import ConfigurationError, NotFound
from commerceml_bridge.services import odata_sources, polling, reconciling
from commerceml_bridge.simulators.odata import Fault, OnecODataServer
from tests.integration.office import Office
from tests.integration.onec_odata.base import books, order


@pytest.fixture
def interface() -> Iterator[OnecODataServer]:
    """A base that has loaded invoices 101 and 102."""
    with OnecODataServer(books(order("101"), order("102"))) as server:
        yield server


@pytest.fixture
def node(office: Office, interface: OnecODataServer) -> NodeRow:
    """A БП node that has delivered invoices 101 and 102 and may ask the base."""
    made = office.node("buh", client=ClientFamily.BP3)
    office.bill("101")
    office.bill("102")
    office.exchange(made)
    connect(office, interface)
    return made


def connect(office: Office, interface: OnecODataServer, **changes: object) -> None:
    given = {"url": interface.url, "login": interface.login, "password": interface.password, **changes}
    odata_sources.set_source(office.bridge, "buh", **given)  # type: ignore[arg-type]  # real options


def poll(office: Office) -> polling.PollReport:
    return polling.poll_by_name(office.bridge, "buh")


def source(office: Office) -> SourceRow:
    found = odata_sources.of_node(office.bridge, "buh")
    assert found is not None
    return found


def invoice(office: Office, number: str) -> Invoice:
    return office.bill(number)  # fetched again unchanged: nothing new comes of it


def test_a_document_found_is_seen_and_an_equal_one_verified(
    office: Office, node: NodeRow, interface: OnecODataServer
) -> None:
    report = poll(office)
    assert (report.asked, report.found, report.told, report.error) == (2, 2, 2, "")
    row = office.consignment(node, invoice(office, "101"))
    assert row.seen_at is not None
    assert row.verified_at is not None
    assert (row.onec_number, row.onec_id) == ("00БС-000101", interface.books.base.orders["101"].guid)


def test_the_prefix_is_learned_and_then_asked_for(office: Office, node: NodeRow, interface: OnecODataServer) -> None:
    assert poll(office).prefix == "00БС"
    assert source(office).learned_prefix == "00БС"
    interface.books.set_status("101", "НеОплачен")
    interface.asked.clear()
    poll(office)
    assert len(interface.asked) == 3
    assert "startswith" in interface.asked[0].query


def comments(office: Office) -> list[str]:
    with office.bridge.db.read() as uow:
        payloads = uow.connection.execute(sa.select(job.c.payload).where(job.c.kind == "comment").order_by(job.c.id))
        return [str(json.loads(one)["text"]) for one in payloads.scalars()]


def test_the_number_and_the_date_of_1c_are_known_and_told_once(
    office: Office, node: NodeRow, interface: OnecODataServer
) -> None:
    for _ in range(2):
        poll(office)
    assert sorted(comments(office)) == [f"1С («buh»): документ в 1С — № 00БС-000{one}." for one in ("101", "102")]
    row = office.consignment(node, invoice(office, "101"))
    assert row.onec_date == interface.books.base.orders["101"].date


def test_one_question_more_where_the_newest_is_not_in_the_books_yet(
    office: Office, node: NodeRow, interface: OnecODataServer
) -> None:
    interface.books.set_status("101", "НеОплачен")
    poll(office)
    office.bill("103")
    office.exchange(node)
    interface.asked.clear()
    poll(office)
    assert len(interface.asked) == 4
    assert source(office).learned_prefix == "00БС"


def test_what_speaks_against_a_payment_is_kept_and_reconciled(
    office: Office, node: NodeRow, interface: OnecODataServer
) -> None:
    interface.books.base.pay("101")
    poll(office)
    interface.books.base.unpay("101")  # БП leaves «Оплачен» (§1.4)
    poll(office)
    row = office.consignment(node, invoice(office, "101"))
    assert (row.payment, row.voucher_number) == ("paid", "")
    assert "больше нет" in row.payment_note
    assert "Платежей, связанных со счётом, нет" in row.payment_note
    assert any("исправлено в 1С, было 1200.00" in one for one in comments(office))
    with office.bridge.db.read() as uow:
        found = reconciling.report(
            uow, office.bridge, node, dt.date(2026, 3, 1), dt.date(2026, 3, 31), every=False, limit=9
        )
    assert "paid-by-status" in {one.code for line in found.rows for one in line.differences}


def test_only_changes_are_told(office: Office, node: NodeRow, interface: OnecODataServer) -> None:
    assert poll(office).told == 2
    assert poll(office).told == 0
    interface.books.base.pay("101", amount=Decimal(500))
    assert poll(office).told == 1


def test_an_unposted_invoice_says_so_until_it_is_posted(
    office: Office, node: NodeRow, interface: OnecODataServer
) -> None:
    poll(office)
    interface.books.base.unpost("101")
    assert poll(office).told == 1
    row = office.consignment(node, invoice(office, "101"))
    assert "номенклатуру или контрагента" in row.unposted
    assert row.verified_at is not None
    assert office.counts(node).unposted == 1
    interface.books.base.mark_deleted("101")
    poll(office)
    assert "помечен на удаление" in office.consignment(node, invoice(office, "101")).unposted
    interface.books.base.mark_deleted("101", False)
    interface.books.base.post("101")
    poll(office)
    assert office.consignment(node, invoice(office, "101")).unposted == ""


def test_an_advance_older_than_the_oldest_open_invoice_has_not_vanished(office: Office) -> None:
    office.now += dt.timedelta(days=5)
    node = office.node("buh", client=ClientFamily.BP3)
    office.bill("101", date=dt.date(2026, 3, 5))
    later = office.bill("102", date=dt.date(2026, 3, 9))
    office.exchange(node)
    with OnecODataServer(books(order("101"), order("102", date=dt.date(2026, 3, 9)))) as server:
        connect(office, server)
        server.books.base.pay("102", amount=Decimal(500), date=dt.date(2026, 3, 7))
        server.books.base.pay("101")
        poll(office)
        assert poll(office).told == 0
        assert "datetime'2026-03-09T00:00:00'" in unquote(server.asked[-1].query)
        row = office.consignment(node, later)
        assert (row.payment, row.paid_amount) == ("partly-paid", Decimal("500.00"))
        server.books.base.pay("102", amount=Decimal(700), date=dt.date(2026, 3, 10))
        poll(office)
        assert office.consignment(node, later).paid_amount == Decimal("1200.00")


def test_a_payment_withdrawn_again_is_told_again(office: Office, node: NodeRow, interface: OnecODataServer) -> None:
    for _ in range(2):
        interface.books.base.pay("101", amount=Decimal(500))
        poll(office)
        interface.books.base.unpay("101")
        interface.books.forget_status("101")
        poll(office)
        poll(office)
    with office.bridge.db.read() as uow:
        payloads = uow.connection.execute(sa.select(job.c.payload).where(job.c.kind == "comment")).scalars().all()
    assert sum("отозвана" in json.loads(one)["text"] for one in payloads) == 2


def test_another_sum_in_1c_is_not_believed_to_be_ours(
    office: Office, node: NodeRow, interface: OnecODataServer
) -> None:
    line = interface.books.base.orders["101"].lines[0]
    line.amount = Decimal("999.00")
    interface.books.base.pay("101")
    report = poll(office)
    assert (report.found, report.doubtful) == (1, 1)
    shown = odata_sources.shown(office.bridge, node.id)
    assert shown is not None
    ((_, number, why),) = shown.doubts
    assert number == "101"
    assert "999.00" in why
    assert office.consignment(node, invoice(office, "101")).seen_at is None
    line.amount = Decimal("1200.00")
    assert poll(office).doubtful == 0
    again = odata_sources.shown(office.bridge, node.id)
    assert again is not None
    assert again.doubts == ()


def test_once_proven_a_changed_sum_is_a_difference(office: Office, node: NodeRow, interface: OnecODataServer) -> None:
    poll(office)
    interface.books.base.orders["101"].lines[0].amount = Decimal("999.00")
    poll(office)
    row = office.consignment(node, invoice(office, "101"))
    assert row.verified_at is None
    assert row.difference == "сумма: отправлено 1200.00, в 1С 999.00"


def test_a_second_organisation_with_the_same_invoice_is_no_answer(
    office: Office, node: NodeRow, interface: OnecODataServer
) -> None:
    interface.books.base.add(order("101", number_1c="01БС-000101"))
    poll(office)
    shown = odata_sources.shown(office.bridge, node.id)
    assert shown is not None
    assert "--organization" in shown.doubts[0][2]


def test_the_organisation_is_found_by_its_inn(office: Office, node: NodeRow, interface: OnecODataServer) -> None:
    connect(office, interface, organization="7707083893")
    assert poll(office).found == 2
    assert source(office).organization_key == interface.books.organization.guid
    connect(office, interface, organization="ООО «Нет такой»")
    assert "ООО «Продавец» (7707083893)" in poll(office).error


def test_nothing_is_asked_while_nothing_was_delivered(office: Office, interface: OnecODataServer) -> None:
    office.node("buh", client=ClientFamily.BP3)
    office.bill("101")
    connect(office, interface)
    assert poll(office).requests == 0
    assert interface.asked == []


def test_a_failing_base_is_shown_and_asked_more_and_more_seldom(
    office: Office, node: NodeRow, interface: OnecODataServer
) -> None:
    interface.faults.add(Fault.HTML_503, times=100)
    pauses = []
    for _ in range(4):
        report = poll(office)
        assert "Опрос повторится" in report.error
        row = source(office)
        assert row.tried_at is not None
        pauses.append(round((row.next_at - row.tried_at).total_seconds() / 60))
    assert pauses == [1, 5, 15, 60]
    assert (row.failures, row.error_code) == (4, "odata-unavailable")
    interface.faults.clear()
    assert poll(office).error == ""
    assert (source(office).failures, source(office).error) == (0, "")


def test_a_refused_login_is_not_tried_again_at_once(office: Office, node: NodeRow, interface: OnecODataServer) -> None:
    connect(office, interface, password="wrong")
    poll(office)
    row = source(office)
    assert row.tried_at is not None
    assert row.next_at - row.tried_at == dt.timedelta(minutes=15)
    assert row.error_code == "odata-login"


def test_a_login_refused_three_times_is_asked_no_more_until_it_is_changed(
    office: Office, node: NodeRow, interface: OnecODataServer
) -> None:
    connect(office, interface, password="wrong")
    for _ in range(3):
        assert polling.due(office.bridge) == [node.id]
        poll(office)
        office.now += dt.timedelta(days=1)
    assert polling.due(office.bridge) == []
    assert "Опрос остановлен" in source(office).error
    connect(office, interface)
    assert polling.due(office.bridge) == [node.id]
    assert poll(office).error == ""
    assert source(office).error == ""


def test_an_answer_nobody_foresaw_is_a_failure_that_is_shown(
    office: Office, node: NodeRow, interface: OnecODataServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_given: object) -> None:
        raise KeyError("secret")

    monkeypatch.setattr(polling, "pair", broken)
    assert "Внутренняя ошибка (KeyError)" in poll(office).error
    row = source(office)
    assert (row.error_code, row.failures, row.claimed_until) == ("internal", 1, None)
    assert row.tried_at is not None
    assert row.next_at > row.tried_at


def test_half_a_poll_is_no_poll(office: Office, node: NodeRow, interface: OnecODataServer) -> None:
    interface.publication.composition.discard("AccumulationRegister_ОплатаСчетов_RecordType")
    interface.books.set_status("101", "Оплачен")
    assert "Регистр накопления «Оплата счетов»" in poll(office).error
    assert office.consignment(node, invoice(office, "101")).seen_at is None


def test_one_poll_at_a_time(office: Office, node: NodeRow) -> None:
    now = office.clock()
    with office.bridge.db.write() as uow:
        assert uow.books.claim(node.id, now, now + dt.timedelta(minutes=5))
        assert not uow.books.claim(node.id, now, now + dt.timedelta(minutes=5))
    assert poll(office) == polling.PollReport()
    assert polling.due(office.bridge) == []
    office.now += dt.timedelta(minutes=6)
    assert polling.due(office.bridge) == [node.id]


def test_a_node_without_odata_is_never_due(office: Office, interface: OnecODataServer) -> None:
    office.node("buh")
    assert polling.due(office.bridge) == []
    with pytest.raises(NotFound):
        poll(office)


def test_login_and_password_are_stored_sealed_and_shown_to_nobody(
    office: Office, node: NodeRow, interface: OnecODataServer
) -> None:
    with office.bridge.db.read() as uow:
        row = uow.connection.exec_driver_sql("SELECT * FROM odata_source").one()
        audit = uow.connection.exec_driver_sql("SELECT changes FROM audit WHERE action = 'node.odata'").scalars().all()
    for secret in (interface.password, interface.login):
        assert secret not in str(row)
        assert secret not in str(audit)
        assert secret not in repr(source(office))
    assert interface.password not in str(dataclasses.asdict(odata_sources.show(office.bridge, source(office))))


@pytest.mark.parametrize(
    "changes", [{"prefix": "123"}, {"minutes": 0}, {"url": "1c.example"}, {"login": "a:b"}, {"login": " "}]
)
def test_settings_that_cannot_work_are_refused(
    office: Office, node: NodeRow, interface: OnecODataServer, changes: dict[str, object]
) -> None:
    with pytest.raises(ConfigurationError):
        connect(office, interface, **changes)


def test_a_new_source_needs_all_three(office: Office) -> None:
    office.node("buh")
    with pytest.raises(ConfigurationError, match="--password-stdin"):
        odata_sources.set_source(office.bridge, "buh", url="https://1c.example/buh")


def test_switching_off_forgets_the_login(office: Office, node: NodeRow) -> None:
    odata_sources.remove_source(office.bridge, "buh")
    assert odata_sources.of_node(office.bridge, "buh") is None
    with pytest.raises(NotFound):
        odata_sources.remove_source(office.bridge, "buh")
