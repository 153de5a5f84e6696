"""What the database counts for the report's page equals what the table of differences says of every single invoice."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from commerceml_bridge.cli import report as command
from commerceml_bridge.db import tables
from commerceml_bridge.db.rows import NodeRow
from commerceml_bridge.domain.differences import RULES, UNSEEN_AFTER
from commerceml_bridge.services import reconciling
from tests.integration.office import Office

SINCE, UNTIL = dt.date(2026, 3, 1), dt.date(2026, 3, 31)
COUNT = 3000


class Chance:
    """Invoices whose facts are drawn by lot, the borders of every rule among them."""

    def __init__(self, office: Office) -> None:
        self.random = random.Random(20260306)
        self.portal_id = office.portal.id
        self.now = office.now

    def invoice(self, number: int) -> dict[str, Any]:
        pick = self.random.choice
        return {
            "id": number,
            "portal_id": self.portal_id,
            "kind": "smart",
            "b24_id": number,
            "number": str(number),
            "date": SINCE - dt.timedelta(days=2) + dt.timedelta(days=self.random.randrange(35)),
            "total": pick((Decimal("0.00"), Decimal("1200.00"), Decimal("1200.01"), Decimal("99999999999.99"))),
            "currency": pick(("RUB", "RUB", "USD", "EUR")),
            "stage_id": "DT31_1:N",
            "stage_semantics": pick(("open", "success", "failure")),
            "updated_at": self.now,
            "fetched_at": self.now,
        }

    def consignment(self, number: int, node: NodeRow) -> dict[str, Any]:
        pick = self.random.choice
        around = tuple(self.now - UNSEEN_AFTER + dt.timedelta(hours=hours) for hours in (-24, 0, 1, 24))
        words = ("paid", "overpaid", "partly-paid", "cancelled", "deleted", "unposted", "")
        acknowledged = pick((None, *around))
        return {
            "id": number,
            "node_id": node.id,
            "invoice_id": number,
            "number": pick((None, str(number))),
            "held_reason": pick(("", "", "", "Нет ИНН.")),
            "first_served_at": pick((None, acknowledged, *around)),
            "acknowledged_at": acknowledged,
            "seen_at": pick((None, self.now)),
            "verified_at": pick((None, self.now)),
            "difference": pick(("", "", "", "сумма")),
            "payment": pick(words),
            "payment_note": pick(("", "", "Платежей, связанных со счётом, нет.")),
            "payment_certain": pick((True, False)),
            "paid_amount": pick((None, Decimal("0.00"), Decimal("500.00"), Decimal("1200.00"), Decimal("1200.01"))),
        }


@pytest.fixture
def node(office: Office) -> NodeRow:
    """A node with everything that can be, another with the same invoices, and doubts about some."""
    made, other = office.node("buh"), office.node("other")
    chance = Chance(office)
    numbers = range(1, COUNT + 1)
    consignments = [chance.consignment(number, made) for number in numbers]
    elsewhere = [{**one, "id": one["id"] + COUNT, "node_id": other.id, "held_reason": "Там."} for one in consignments]
    doubts = [
        {"consignment_id": number, "node_id": made.id, "doubt": "Похожий счёт." if number % 2 else "", "at": office.now}
        for number in numbers
        if number % 10 < 3
    ]
    with office.bridge.db.write() as uow:
        run = uow.connection.execute
        run(sa.insert(tables.invoice), [chance.invoice(number) for number in numbers])
        run(sa.insert(tables.consignment), consignments + elsewhere)
        run(sa.insert(tables.book_state), doubts)
    return made


@pytest.mark.parametrize("sees", [True, False])
def test_the_totals_and_lines_of_the_page_are_those_of_every_invoice(
    office: Office, node: NodeRow, sees: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    bridge = dataclasses.replace(office.bridge, clock=lambda: office.now)
    monkeypatch.setattr(reconciling, "_sees", lambda _uow, _node: sees)
    summary = reconciling.Summary()
    with office.bridge.db.read() as uow:
        every = list(reconciling.rows(uow, bridge, node, SINCE, UNTIL))
        for row in every:
            summary.add(row)
        period = (uow, bridge, node, SINCE, UNTIL)
        of_all = reconciling.report(*period, every=True, limit=50)
        of_different = reconciling.report(*period, every=False, limit=50)
        whole = reconciling.report(*period, every=False, limit=COUNT)
    assert 2000 < len(every) < COUNT
    expected = {rule.code for rule in RULES} - (set() if sees else {"unseen"})
    assert {one.code for row in every for one in row.differences} == expected
    for found in (of_all, of_different, whole):
        assert {one.currency: one for one in found.totals} == summary.totals
        assert found.by_code == summary.by_code
    different = [row for row in every if row.differences]
    assert len(different) < len(every)
    assert list(of_all.rows) == every[:50]
    assert list(of_different.rows) == different[:50]
    assert list(whole.rows) == different


def test_sums_are_exact_and_the_most_urgent_comes_first(office: Office, node: NodeRow) -> None:
    with office.bridge.db.read() as uow:
        found = reconciling.report(uow, office.bridge, node, SINCE, UNTIL, every=False, limit=1)
        lines = list(uow.reconciliations.lines(node.id, SINCE, UNTIL))
    assert [one.currency for one in found.totals] == ["EUR", "RUB", "USD"]
    rub = found.totals[1]
    assert rub.invoiced == sum((one.total for one in lines if one.currency == "RUB"), Decimal(0))
    assert rub.paid == sum((one.paid for one in lines if one.currency == "RUB"), Decimal(0))
    assert str(rub.invoiced).count(".") == 1
    order = [rule.code for rule in RULES]
    assert list(found.by_code) == sorted(found.by_code, key=order.index)


def test_the_command_prints_the_same_totals_as_its_file(
    office: Office, node: NodeRow, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setattr(command, "open_bridge", lambda: office.bridge)
    arguments = ["buh", "--from", "2026-03-01", "--to", "2026-03-31"]
    printed = CliRunner().invoke(command.report, arguments).output
    written = CliRunner().invoke(command.report, [*arguments, "--csv", str(tmp_path / "report.csv")])
    assert written.exit_code == 0
    bottom = [line.split(";") for line in (tmp_path / "report.csv").read_text("utf-8-sig").splitlines()[-3:]]
    for cells in bottom:
        currency, invoiced = cells[5], cells[6].replace(",", ".")
        count = cells[0].removeprefix("Итого счетов: ")
        assert f"Итого {currency}: счетов {count} на {invoiced};" in printed


def test_a_period_without_invoices_is_empty(office: Office, node: NodeRow) -> None:
    with office.bridge.db.read() as uow:
        found = reconciling.report(
            uow, office.bridge, node, dt.date(2030, 1, 1), dt.date(2030, 1, 2), every=True, limit=5
        )
    assert found == reconciling.Report((), {}, ())
