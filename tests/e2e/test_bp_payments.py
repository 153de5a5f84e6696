"""БП 3.0 sends nothing back: its payments come by OData, or by a bank statement, and move the invoice in Bitrix24."""

from __future__ import annotations

import csv
import datetime as dt
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest

from commerceml_bridge.cli.processes import free_port
from commerceml_bridge.services import odata_sources
from commerceml_bridge.simulators.odata import Books, Fault, OnecODataServer
from commerceml_bridge.simulators.portal import PortalServer, seed_demo
from commerceml_bridge.simulators.portal.seed import Demo
from tests.integration.bank import file, payment
from tests.stand import PASSWORD, Stand

NEW, PAID = "DT31_5:N", "DT31_5:P"
TOTAL = Decimal("44200.00")


@pytest.fixture
def seeded(server: PortalServer) -> Demo:
    return seed_demo(server.portal)


@pytest.fixture
def interface(stand: Stand, server: PortalServer, seeded: Demo) -> Iterator[OnecODataServer]:
    """A БП that has loaded every invoice over the exchange and is asked over OData."""
    stand.set_up(client="bp3")
    stand.start()
    assert not stand.sync().failed
    client = stand.client("bp3")
    assert client.load().success_sent
    with OnecODataServer(Books(client.base)) as running:
        words = ("node", "odata", "base", "--url", running.url, "--login", running.login, "--password-stdin")
        stand.command(*words, stdin=running.password)
        yield running


def stage(server: PortalServer, seeded: Demo) -> str:
    """The stage of invoice 11."""
    return str(server.portal.smart_invoice(seeded.smart_invoices[0])["stageId"])


def payment_of(stand: Stand) -> tuple[str, Decimal | None]:
    """What the bridge knows of invoice 11."""
    with stand.bridge.db.read() as uow:
        row = uow.connection.exec_driver_sql("SELECT id FROM consignment WHERE number = '11'").scalar_one()
        found = uow.consignments.by_id(row)
    assert found is not None
    return found.payment, found.paid_amount


def test_everything_loaded_is_found_and_verified(stand: Stand, interface: OnecODataServer) -> None:
    report = stand.sync()
    assert not report.failed
    assert (report.polled["base"].asked, report.polled["base"].found) == (7, 7)
    with stand.bridge.db.read() as uow:
        seen, verified = uow.connection.exec_driver_sql(
            "SELECT count(seen_at), count(verified_at) FROM consignment"
        ).one()
    assert (seen, verified) == (7, 7)


def test_a_full_payment_moves_the_stage(
    stand: Stand, server: PortalServer, seeded: Demo, interface: OnecODataServer
) -> None:
    interface.books.base.pay("11")
    stand.sync()
    assert payment_of(stand) == ("paid", TOTAL)
    assert stage(server, seeded) == PAID
    assert stand.sync().delivered.written == 0
    assert interface.writes == 0


def test_partial_payments_move_it_once_they_are_enough(
    stand: Stand, server: PortalServer, seeded: Demo, interface: OnecODataServer
) -> None:
    interface.books.base.pay("11", amount=Decimal("200.00"))
    stand.sync()
    assert (payment_of(stand), stage(server, seeded)) == (("partly-paid", Decimal("200.00")), NEW)
    interface.books.base.pay("11")
    stand.sync()
    assert (payment_of(stand), stage(server, seeded)) == (("paid", TOTAL), PAID)


def test_an_overpaid_invoice_is_paid_and_the_rest_is_shown(
    stand: Stand, server: PortalServer, seeded: Demo, interface: OnecODataServer
) -> None:
    interface.books.base.pay("11", amount=TOTAL + 1)
    stand.sync()
    assert (payment_of(stand), stage(server, seeded)) == (("paid", TOTAL + 1), PAID)
    assert "overpaid" in reconciled(stand)["11"]


def test_a_status_set_by_hand_counts(
    stand: Stand, server: PortalServer, seeded: Demo, interface: OnecODataServer
) -> None:
    interface.books.set_status("11", "Оплачен")
    stand.sync()
    assert stage(server, seeded) == PAID


@pytest.mark.parametrize(("status", "known"), [("Отменен", "cancelled"), ("ОплаченЧастично", "partly-paid")])
def test_other_statuses_are_known_and_do_not_pay(
    stand: Stand, server: PortalServer, seeded: Demo, interface: OnecODataServer, status: str, known: str
) -> None:
    interface.books.set_status("11", status)
    stand.sync()
    assert payment_of(stand)[0] == known
    assert stage(server, seeded) != PAID


def test_a_deletion_mark_is_known(stand: Stand, server: PortalServer, seeded: Demo, interface: OnecODataServer) -> None:
    interface.books.base.mark_deleted("11")
    stand.sync()
    assert payment_of(stand)[0] == "deleted"
    assert stage(server, seeded) != PAID


def test_an_unposted_payment_never_unpays_by_itself(
    stand: Stand, server: PortalServer, seeded: Demo, interface: OnecODataServer
) -> None:
    interface.books.base.pay("11")
    stand.sync()
    interface.books.base.unpay("11")
    stand.sync()
    assert stage(server, seeded) == PAID  # БП leaves «Оплачен» too: indistinguishable from a status set by hand
    interface.books.forget_status("11")
    stand.sync()
    assert stage(server, seeded) == PAID
    assert payment_of(stand)[0] != "paid"
    assert "success-but-unpaid" in reconciled(stand)["11"]


def test_an_invoice_edited_in_1c_after_it_was_proven_is_a_difference(stand: Stand, interface: OnecODataServer) -> None:
    stand.sync()
    interface.books.base.orders["11"].lines[0].amount += 1
    stand.sync()
    assert "differs" in reconciled(stand)["11"]


def test_trouble_with_1c_is_told_and_payments_come_when_it_is_over(
    stand: Stand, server: PortalServer, seeded: Demo, interface: OnecODataServer
) -> None:
    interface.books.base.pay("11")
    interface.publication.composition.discard("AccumulationRegister_ОплатаСчетов_RecordType")
    interface.publication.composition.discard("AccumulationRegister_ОплатаСчетов")
    assert stand.sync().failed
    checked = stand.command("node", "check", "base", ok=False).stdout
    assert "Регистр накопления «Оплата счетов» (ОплатаСчетов)" in checked
    assert "«Администрирование – Синхронизация данных – Настройки стандартного интерфейса OData»" in checked
    assert stage(server, seeded) == NEW
    interface.publication.composition.add("AccumulationRegister_ОплатаСчетов_RecordType")
    interface.faults.add(Fault.DROP)
    assert stand.sync().failed
    assert not stand.sync().failed
    assert stage(server, seeded) == PAID


def test_the_check_of_a_node_in_order_says_so(stand: Stand, interface: OnecODataServer) -> None:
    interface.books.base.pay("12", amount=Decimal("100.00"))
    checked = stand.command("node", "check", "base").stdout
    assert "0000" in checked
    assert "✗" not in checked
    assert interface.password not in checked


def test_the_worker_polls_by_itself(stand: Stand, interface: OnecODataServer) -> None:
    from commerceml_bridge.services import polling

    source = odata_sources.of_node(stand.bridge, "base")
    assert source is not None
    assert polling.due(stand.bridge) == [source.node_id]
    polling.poll(stand.bridge, source.node_id)
    assert polling.due(stand.bridge) == []


def test_the_rehearsal_with_the_simulator_of_the_command_line(stand: Stand, server: PortalServer, seeded: Demo) -> None:
    stand.set_up(client="bp3")
    stand.start()
    stand.sync()
    port = str(free_port())
    words = ("simulate", "odata", stand.address, "--login", "base", "--password-stdin", "--pay", "11", "--port", port)
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "commerceml_bridge", *words],
        env=dict(stand.environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{PASSWORD}\n")
        process.stdin.close()
        said = dict(line.strip().split(": ", 1) for line in (process.stdout.readline() for _ in range(4)))
        try:
            login = ("--url", said["Адрес публикации"], "--login", said["Логин"], "--password-stdin")
            stand.command("node", "odata", "base", *login, stdin=said["Пароль"])
            assert "найдено в 1С 7" in stand.command("node", "odata", "base", "--now").stdout
        finally:
            process.terminate()
    stand.sync()
    assert stage(server, seeded) == PAID


@pytest.mark.parametrize(
    ("family", "register"),
    [
        ("ut11", "InformationRegister_СостоянияЗаказовКлиентов"),
        ("unf", "AccumulationRegister_ОплатаСчетовИЗаказов_RecordType"),
    ],
)
def test_partial_payments_the_exchange_hides_come_over_odata(
    stand: Stand, server: PortalServer, seeded: Demo, family: str, register: str
) -> None:
    stand.set_up(client=family)
    stand.start()
    stand.sync()
    client = stand.client(family)
    client.load()
    with OnecODataServer(Books(client.base)) as interface:
        interface.publication.composition = {register}
        words = ("node", "odata", "base", "--url", interface.url, "--login", interface.login, "--password-stdin")
        stand.command(*words, stdin=interface.password)
        client.base.pay("11", amount=Decimal("200.00"))
        client.upload()  # 1C tells its reference, not the sum
        stand.sync()
        assert (payment_of(stand), stage(server, seeded)) == (("partly-paid", Decimal("200.00")), NEW)
        client.base.pay("11")
        stand.sync()
        assert (payment_of(stand), stage(server, seeded)) == (("paid", TOTAL), PAID)
        assert "✗" not in stand.command("node", "check", "base").stdout


@pytest.fixture
def delivered(stand: Stand, server: PortalServer, seeded: Demo) -> Stand:
    """A БП that has loaded every invoice and cannot be asked."""
    stand.set_up(client="bp3")
    stand.start()
    stand.sync()
    assert stand.client("bp3").load().success_sent
    return stand


def load(stand: Stand, folder: Path, *documents: str) -> str:
    path = folder / "kl_to_1c.txt"
    path.write_bytes(file(*documents))
    return stand.command("statement", "load", "base", str(path)).stdout


def paid_by_bank(stand: Stand, amount: str, *, number: str = "457") -> str:
    """A payment for invoice 11 from the counterparty of the invoice."""
    with stand.bridge.db.read() as uow:
        inn = uow.connection.exec_driver_sql("SELECT inn FROM invoice WHERE number = '11'").scalar_one()
    date = f"{dt.date.today() + dt.timedelta(days=0):%d.%m.%Y}"  # noqa: DTZ011 - the bank's own day
    return payment(number, amount, "Оплата по счету № 11, в т.ч. НДС 20%", inn=inn, date=date)


def test_a_statement_moves_the_stage(delivered: Stand, server: PortalServer, seeded: Demo, tmp_path: Path) -> None:
    said = load(delivered, tmp_path, paid_by_bank(delivered, "44200.00"))
    assert "учтено 1" in said
    delivered.sync()
    assert (payment_of(delivered), stage(server, seeded)) == (("paid", TOTAL), PAID)


def test_two_statements_with_parts_add_up(delivered: Stand, server: PortalServer, seeded: Demo, tmp_path: Path) -> None:
    load(delivered, tmp_path, paid_by_bank(delivered, "200.00"))
    delivered.sync()
    assert (payment_of(delivered), stage(server, seeded)) == (("partly-paid", Decimal("200.00")), NEW)
    load(delivered, tmp_path, paid_by_bank(delivered, "200.00"), paid_by_bank(delivered, "44000.00", number="458"))
    delivered.sync()
    assert (payment_of(delivered), stage(server, seeded)) == (("paid", TOTAL), PAID)


def test_what_is_not_certain_waits_for_a_word(
    delivered: Stand, server: PortalServer, seeded: Demo, tmp_path: Path
) -> None:
    said = load(delivered, tmp_path, paid_by_bank(delivered, "44200.01"))
    assert "ждут решения 1" in said
    assert "больше остатка" in delivered.command("statement", "list", "base").stdout
    delivered.sync()
    assert stage(server, seeded) == NEW
    delivered.command("statement", "accept", "1", "--reason", "переплата")
    delivered.sync()
    assert stage(server, seeded) == PAID


def test_a_broken_statement_is_refused_with_its_line(delivered: Stand, tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_bytes(b"not a statement")
    refused = delivered.command("statement", "load", "base", str(tmp_path / "x.txt"), ok=False)
    assert "Строка 1" in refused.stderr


def reconciled(stand: Stand) -> dict[str, str]:
    """What ``report --csv`` says of each invoice."""
    path = stand.folder / "report.csv"
    stand.command("report", "base", "--from", "2020-01-01", "--to", "2030-01-01", "--csv", str(path))
    rows = csv.reader(StringIO(path.read_text(encoding="utf-8-sig")), delimiter=";")
    return {row[0]: row[14] for row in rows}


def test_the_report_has_a_line_for_each_invoice_and_totals(delivered: Stand, tmp_path: Path) -> None:
    load(delivered, tmp_path, paid_by_bank(delivered, "44200.00"))
    assert reconciled(delivered)["11"] == "paid-but-open"
    shown = delivered.command("report", "base", "--from", "2020-01-01", "--to", "2030-01-01").stdout
    assert "Итого RUB: счетов 7" in shown
    assert "оплачено 44200.00" in shown
