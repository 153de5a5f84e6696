"""What no list of changed invoices shows: changed counterparties and goods, deleted invoices, those that return."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from commerceml_bridge.db.rows import InvoiceRow, PortalRow
from commerceml_bridge.domain.invoices import InvoiceKey, InvoiceKind
from commerceml_bridge.domain.nodes import NodeOptions
from commerceml_bridge.errors import PortalNotFound
from commerceml_bridge.services import fetching, nodes, portals, rechecking, sweeping
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.fetching import FetchReport, fetch_portal
from commerceml_bridge.simulators.portal import FaultKind, PortalServer, Row, Settings, seed_many
from tests.integration.live_portal import connect, impatient
from tests.integration.office import PASSWORD, Office

START = dt.datetime(2026, 3, 6, 8, 0, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    impatient(monkeypatch)


class Shop:
    """A portal with two invoices of a company, fetched; and a node that takes them."""

    def __init__(self, office: Office, server: PortalServer) -> None:
        self.office, self.server, self.bridge = office, server, office.bridge
        crm = server.portal
        self.seller = crm.add_my_company("Мы", inn="7700000029", kpp="770101001")
        self.goods = crm.add_product("Плита", "0aa00000-0000-0000-0000-000000000001")
        self.company = crm.add_company("Покупатель", inn="7700000011", kpp="770101001", bank={"RQ_ACC_NUM": "1"})
        self.person = crm.add_contact("Пётр", "Кровлин")
        rows = [Row("Плита", 10, 1, product_id=self.goods)]
        for number in ("1", "2"):
            crm.add_smart_invoice(account_number=number, company_id=self.company, rows=rows)
        crm.add_smart_invoice(account_number="3", contact_id=self.person, rows=rows)
        self.portal = connect(self.bridge, "q", server, fetch=False)
        self.node = nodes.add(self.bridge, "base", "q", "base", PASSWORD, NodeOptions(from_date=dt.date(2020, 1, 1)))
        self.later(60)
        self.fetch()

    def later(self, seconds: float) -> None:
        self.office.now += dt.timedelta(seconds=seconds)
        self.server.portal.advance_clock(seconds)

    def fetch(self) -> FetchReport:
        self.server.journal.clear()
        return fetch_portal(self.bridge, self.row)

    @property
    def row(self) -> PortalRow:
        return portals.by_name(self.bridge, "q")

    def invoice(self, number: int) -> InvoiceRow:
        with self.bridge.db.read() as uow:
            row = uow.invoices.by_key(self.portal.id, InvoiceKey(InvoiceKind.SMART, number))
        assert row is not None
        return row

    def sweep(self, **arguments: Any) -> sweeping.SweepReport:
        return sweeping.sweep(self.bridge, self.portal.id, **arguments)

    def rest(self, method: str, **params: Any) -> Any:
        """What a person does in the portal."""
        return requests.post(self.server.webhook_url + method, json=params, timeout=10).json()["result"]

    def due(self, number: int) -> bool | None:
        with self.bridge.db.read() as uow:
            at = uow.consignments.of(self.node.id, self.invoice(number).id)
        return at.due if at else None


@pytest.fixture
def shop(office: Office) -> Iterator[Shop]:
    with PortalServer(Settings(kinds=frozenset({"smart"})), clock=lambda: START) as server:
        yield Shop(office, server)


# --- counterparties and goods -----------------------------------------------------------------------------------------


def change_company(shop: Shop) -> None:
    shop.server.portal.update_company(shop.company, TITLE="Переименован")


def change_inn(shop: Shop) -> None:
    (found,) = shop.rest("crm.requisite.list", filter={"ENTITY_TYPE_ID": 4, "ENTITY_ID": shop.company})
    shop.rest("crm.requisite.update", id=found["ID"], fields={"RQ_INN": "7700000050"})


def change_bank(shop: Shop) -> None:
    found = shop.rest("crm.requisite.bankdetail.list", filter={})[-1]
    shop.rest("crm.requisite.bankdetail.update", id=found["ID"], fields={"RQ_ACC_NUM": "2"})


def change_contact(shop: Shop) -> None:
    shop.rest("crm.contact.update", id=shop.person, fields={"LAST_NAME": "Стропилин"})


@pytest.mark.parametrize(
    ("change", "affected", "again"),
    [
        (change_company, {1, 2}, False),
        (change_inn, {1, 2}, True),
        (change_bank, {1, 2}, False),
        (change_contact, {3}, False),
    ],
)
def test_a_changed_counterparty_is_read_again_for_its_open_invoices_only(
    shop: Shop, change: Any, affected: set[int], again: bool
) -> None:
    for _ in range(3):
        shop.office.exchange(shop.node)
    shop.later(600)
    change(shop)
    shop.later(60)
    report = shop.fetch()
    assert report.invoices == len(affected)
    assert report.revisions == len(affected)
    assert {number for number in (1, 2, 3) if shop.due(number)} == (affected if again else set())
    shop.later(600)
    assert shop.fetch() == FetchReport()
    assert shop.server.journal.count() == 1


def test_goods_that_got_their_code_in_1c_are_read_again(shop: Shop) -> None:
    shop.later(600)
    product = shop.server.portal.products.records[shop.goods]
    shop.server.portal.products.change(
        product, {"xmlId": "0aa00000-0000-0000-0000-000000000002", "timestampX": shop.server.portal.now()}
    )
    assert shop.fetch().revisions == 3


def test_paid_invoices_are_not_read_again(shop: Shop) -> None:
    shop.server.portal.update_invoice(1, stageId="DT31_5:P")
    shop.later(600)
    shop.fetch()
    change_company(shop)
    shop.later(600)
    assert shop.fetch().invoices == 1


def test_a_seller_of_many_invoices_is_worked_off_in_portions(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rechecking, "AT_ONCE", 50)
    with PortalServer(Settings(kinds=frozenset({"smart"})), clock=lambda: START) as server:
        seed_many(server.portal, 120)
        row = connect(office.bridge, "q", server)
        office.now += dt.timedelta(minutes=10)
        server.portal.advance_clock(600)
        seller = next(record["ID"] for record in server.portal.companies if record["IS_MY_COMPANY"] == "Y")
        server.portal.update_company(seller, TITLE="Мы по-новому")
        reports = [fetch_portal(office.bridge, portals.by_name(office.bridge, "q")) for _ in range(4)]
        assert [report.invoices for report in reports] == [50, 50, 20, 0]
        assert [report.more for report in reports] == [True, True, False, False]
        assert row.id


def test_a_list_that_ignores_the_date_is_not_believed(shop: Shop) -> None:
    shop.later(600)
    shop.server.portal.companies.records[shop.company].own["DATE_MODIFY"] = START  # older than what is asked for
    shop.later(600)
    with shop.bridge.db.write() as uow:
        assert uow.staleness.mark_changed(shop.portal.id, []) == 0
    assert shop.fetch() == FetchReport()


def test_a_mass_change_marks_every_open_invoice(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    from commerceml_bridge.bitrix24 import surrounding_changes

    monkeypatch.setattr(surrounding_changes, "_MOST_PAGES", 1)
    shop.later(600)
    for number in range(120):
        shop.server.portal.add_company(f"Новый {number}")
    assert shop.fetch().invoices == 3


def test_open_invoices_are_read_again_once_a_day_whatever_happened(shop: Shop) -> None:
    shop.later(3600)
    shop.sweep()
    assert not any(shop.invoice(number).stale for number in (1, 2, 3))
    shop.later(24 * 3600)
    shop.sweep()
    assert all(shop.invoice(number).stale for number in (1, 2, 3))
    assert shop.fetch().invoices == 3
    assert shop.fetch() == FetchReport()


# --- gone and back ----------------------------------------------------------------------------------------------------


def test_a_deleted_invoice_is_found_by_the_sweep_leaves_and_is_told(shop: Shop) -> None:
    assert shop.due(1)
    shop.server.portal.delete_invoice(1)
    shop.later(600)
    shop.server.journal.clear()
    report = shop.sweep()
    assert shop.server.journal.count() == 1
    assert (report.looked, [key.id for key in report.missing], report.note) == (3, [1], "")
    assert shop.invoice(1).gone_at is None, "absence from a list proves nothing"
    shop.fetch()
    gone = shop.invoice(1)
    assert gone.gone_at is not None
    assert gone.never == rechecking.GONE
    assert not shop.due(1)
    assert shop.due(2)
    assert shop.sweep().looked == 2
    assert fetch_portal(shop.bridge, shop.row) == FetchReport()
    assert rechecking.GONE in events(shop)


def events(shop: Shop) -> list[str]:
    with shop.bridge.db.read() as uow:
        return [str(row[0]) for row in uow.connection.exec_driver_sql("SELECT text FROM event WHERE kind = 'gone'")]


def test_an_invoice_that_may_not_be_read_any_more_is_not_gone_and_returns(shop: Shop) -> None:
    everything = shop.server.portal.settings
    shop.server.portal.settings = Settings(kinds=frozenset({"smart"}), readable_invoices=frozenset({2, 3}))
    assert [key.id for key in shop.sweep().missing] == [1]
    shop.fetch()
    assert shop.invoice(1).gone_at is None
    assert shop.due(1)
    with shop.bridge.db.read() as uow:
        reason = uow.connection.exec_driver_sql("SELECT reason FROM fetch_problem").scalar_one()
    assert "право" in str(reason)
    shop.server.portal.settings = everything
    shop.later(3600)
    assert shop.fetch().invoices == 1
    with shop.bridge.db.read() as uow:
        assert uow.connection.exec_driver_sql("SELECT count(*) FROM fetch_problem").scalar_one() == 0


def test_a_restored_invoice_is_in_service_again(shop: Shop) -> None:
    record = shop.server.portal.items.records[1]
    rows = [row for row in shop.server.portal.item_rows if row["ownerId"] == 1]
    shop.server.portal.delete_invoice(1)
    shop.sweep()
    shop.fetch()
    assert not shop.due(1)
    shop.server.portal.items.records[1] = record
    shop.server.portal.items.ids.insert(0, 1)
    for row in rows:
        shop.server.portal.item_rows.insert({"ownerId": 1}, base=row.as_dict() | {"id": 0})
    assert [key.id for key in shop.sweep().returned] == [1]
    shop.fetch()
    assert shop.invoice(1).gone_at is None
    assert shop.invoice(1).never == ""
    assert shop.due(1)
    assert "Счёт снова есть в Битрикс24." in events(shop)


def test_many_missing_invoices_are_not_believed_without_a_person(office: Office) -> None:
    with PortalServer(Settings(kinds=frozenset({"smart"})), clock=lambda: START) as server:
        seed_many(server.portal, 100)
        row = connect(office.bridge, "q", server)
        server.portal.settings = Settings(kinds=frozenset({"smart"}), readable_invoices=frozenset(range(1, 41)))
        report = sweeping.sweep(office.bridge, row.id)
        assert len(report.missing) == 60
        assert "--confirm" in report.note
        assert "60 счетов из 100" in portals.by_name(office.bridge, "q").sweep_note
        fetch_portal(office.bridge, portals.by_name(office.bridge, "q"))
        assert gone(office.bridge) == 0
        server.portal.settings = Settings(kinds=frozenset({"smart"}))
        for number in range(41, 101):
            server.portal.delete_invoice(number)
        assert sweeping.sweep(office.bridge, row.id, confirmed=True).note == ""
        fetch_portal(office.bridge, portals.by_name(office.bridge, "q"))
        assert gone(office.bridge) == 60


def gone(bridge: Bridge) -> int:
    with bridge.db.read() as uow:
        statement = "SELECT count(*) FROM invoice WHERE gone_at IS NOT NULL"
        return int(uow.connection.exec_driver_sql(statement).scalar_one())


@pytest.mark.parametrize("kind", [FaultKind.INTERNAL, FaultKind.DROP_BEFORE, FaultKind.TRUNCATED, FaultKind.HTML])
def test_a_sweep_that_breaks_off_declares_nothing(shop: Shop, kind: FaultKind) -> None:
    shop.server.portal.delete_invoice(1)
    shop.server.faults.add(kind, times=4)
    with pytest.raises(Exception, match=r"Битрикс24|порталом"):
        shop.sweep()
    assert not shop.invoice(1).stale
    assert shop.row.swept_at is None


def test_a_command_that_fails_in_the_sweep_declares_nothing(shop: Shop) -> None:
    shop.server.faults.add(
        FaultKind.REST,
        times=1,
        methods=["crm.item.list"],
        inner=True,
        code="NOT_FOUND",
        description="Смарт-процесс не найден",
    )
    with pytest.raises(Exception, match="нет того"):
        shop.sweep()
    assert not shop.invoice(1).stale


def test_old_invoices_are_swept_as_well(office: Office) -> None:
    with PortalServer(Settings(kinds=frozenset({"old"})), clock=lambda: START) as server:
        server.portal.add_my_company("Мы", inn="7700000029")
        company = server.portal.add_company("А", inn="7700000011")
        for _ in range(3):
            server.portal.add_old_invoice(company_id=company, rows=[Row("Вещь", 10, 1)])
        row = connect(office.bridge, "q", server)
        server.portal.delete_old_invoice(2)
        assert [key.id for key in sweeping.sweep(office.bridge, row.id).missing] == [2]
        fetch_portal(office.bridge, portals.by_name(office.bridge, "q"))
        assert gone(office.bridge) == 1


def test_the_sweep_is_due_after_the_first_load_and_then_at_its_hours(shop: Shop) -> None:
    assert list(sweeping.due(shop.bridge)) == [shop.portal.id]
    shop.sweep()
    assert list(sweeping.due(shop.bridge)) == []
    shop.later(6 * 3600)
    assert list(sweeping.due(shop.bridge)) == [shop.portal.id]


def test_a_deleted_invoice_asked_for_by_hand_is_gone_at_once(shop: Shop) -> None:
    shop.server.portal.delete_invoice(1)
    with pytest.raises(PortalNotFound):
        fetching.refetch(shop.bridge, shop.invoice(1))
    assert shop.invoice(1).gone_at is not None
