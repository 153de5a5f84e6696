"""The reconciliation report over a real database."""

from __future__ import annotations

import csv
import datetime as dt
from io import StringIO

import pytest

from commerceml_bridge.db.rows import NodeRow
from commerceml_bridge.services import reconciling, statements, tabular
from tests.integration.bank import file, payment
from tests.integration.office import Office

SINCE, UNTIL = dt.date(2026, 3, 1), dt.date(2026, 3, 31)


@pytest.fixture
def node(office: Office) -> NodeRow:
    made = office.node("buh")
    office.bill("101")
    office.exchange(made)
    statements.load(office.bridge, made, "x.txt", file(payment("7", "1200.00", "счет 101")))
    office.bill("102")
    return made


def report(office: Office, node: NodeRow) -> tuple[list[reconciling.Row], reconciling.Summary]:
    summary = reconciling.Summary()
    with office.bridge.db.read() as uow:
        rows = list(reconciling.rows(uow, office.bridge, node, SINCE, UNTIL))
    for row in rows:
        summary.add(row)
    return rows, summary


def test_every_invoice_of_the_period_has_a_line(office: Office, node: NodeRow) -> None:
    rows, summary = report(office, node)
    assert [(row.line.number, row.differences[0].code) for row in rows] == [
        ("101", "paid-but-open"),
        ("102", "not-delivered"),
    ]
    totals = summary.totals["RUB"]
    assert (totals.invoices, str(totals.invoiced), str(totals.delivered)) == (2, "2400.00", "1200.00")
    assert (str(totals.paid), totals.different) == ("1200.00", 2)


def test_another_period_and_another_node_are_another_report(office: Office, node: NodeRow) -> None:
    with office.bridge.db.read() as uow:
        later = reconciling.rows(uow, office.bridge, node, dt.date(2026, 4, 1), dt.date(2026, 4, 30))
        assert list(later) == []


def test_the_csv_is_what_excel_reads(office: Office, node: NodeRow) -> None:
    with office.bridge.db.read() as uow:
        text = "".join(reconciling.csv_lines(uow, office.bridge, node, SINCE, UNTIL))
    assert text.startswith(tabular.BOM)
    rows = list(csv.reader(StringIO(text.removeprefix(tabular.BOM)), delimiter=";"))
    assert tuple(rows[0]) == reconciling.HEADER
    assert rows[1][:7] == ["101", "05.03.2026", "101", "Ромашка", "7707083893", "RUB", "1200,00"]
    assert rows[-1][0] == "Итого счетов: 2"
    assert {len(row) for row in rows} == {len(reconciling.HEADER)}


def test_a_name_cannot_become_a_formula(office: Office, node: NodeRow) -> None:
    office.bill("103")
    with office.bridge.db.write() as uow:
        uow.connection.exec_driver_sql("UPDATE invoice SET counterparty = '=cmd()' WHERE number = '103'")
    with office.bridge.db.read() as uow:
        text = "".join(reconciling.csv_lines(uow, office.bridge, node, SINCE, UNTIL))
    assert "'=cmd()" in text
