"""``preflight`` says what the next exchange brings, word for word, and changes nothing."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any

import pytest
from click.testing import CliRunner

from commerceml_bridge.cli import preflight as command
from commerceml_bridge.db.rows import NodeRow
from commerceml_bridge.domain.invoices import BankAccount
from commerceml_bridge.services import nodes
from commerceml_bridge.services.preflight import Flight, flights
from tests.integration.office import Office
from tests.unit.domain import samples


def look(office: Office, node: NodeRow, **wanted: Any) -> list[Flight]:
    return list(flights(office.bridge, nodes.by_name(office.bridge, node.name), **wanted))


def contents(office: Office) -> list[tuple[object, ...]]:
    """Everything that a look could change."""
    with office.bridge.db.read() as uow:
        run = uow.connection.exec_driver_sql
        rows = run(
            "SELECT id, number, digits, held_code, held_reason, due, first_served_at FROM consignment ORDER BY id"
        )
        counts = run("SELECT (SELECT count(*) FROM rendering), (SELECT count(*) FROM event)")
        return [tuple(row) for row in (*rows, *counts)]


def test_it_says_what_goes_and_why_the_rest_is_held_and_changes_nothing(office: Office) -> None:
    node = office.node()
    office.bill("101")
    office.bill("СЧ-1234567", 102)
    office.bill("103", rows=(samples.row("1000.00"),), is_manual_total=True)  # the total stays 1200.00
    office.bill("104", tax=Decimal("90.00"))
    before = contents(office)
    first, second, third, fourth = look(office, node)
    assert (first.number, first.total, first.tax, first.lines) == ("101", Decimal("1200.00"), Decimal("200.00"), 1)
    assert (first.held, first.counterparty, first.inn) == ("", "Ромашка", "7707083893")
    assert second.number == "900001"
    assert any("СЧ-1234567" in warning for warning in second.warnings)
    assert (third.held, fourth.held) == ("manual-total", "vat-differs")
    assert "введена вручную" in third.reason
    assert contents(office) == before
    assert office.exchange(node).numbers == [first.number, second.number]


def test_it_names_the_bank_accounts_that_do_not_fit_the_format(office: Office) -> None:
    node = office.node()
    short = BankAccount("4070281090000000777", "АО Второй", "044525225")
    no_bank = BankAccount("40702810900000000002", "АО Третий")
    office.bill("101", buyer=dataclasses.replace(samples.BUYER, other_accounts=(short, no_bank)))
    office.bill("102")
    first, second = look(office, node)
    (warning,) = set(first.warnings) - set(second.warnings)
    assert "4070281090000000777, 40702810900000000002" in warning


def test_it_looks_in_the_form_and_with_the_options_of_now_and_finds_one_invoice(office: Office) -> None:
    node = office.node()
    office.bill("101")
    office.bill("102")
    with office.bridge.db.write() as uow:
        uow.nodes.update(node.id, last_form="container", last_version="3.1")
    before = contents(office)
    assert [(one.number, one.held) for one in look(office, node, number="102")] == [("102", "")]
    assert contents(office) == before


def test_a_document_1c_refuses_is_told_with_that_reason(office: Office) -> None:
    node = office.node()
    invoice = office.bill("101")
    row = office.consignment(node, invoice)
    with office.bridge.db.write() as uow:
        uow.consignments.update(row.id, held_code="1c-refuses", held_reason="Так нельзя.")
    (one,) = look(office, node)
    assert (one.held, one.reason) == ("1c-refuses", "Так нельзя.")


def test_the_command_tells_by_its_status_whether_anything_is_held(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "open_bridge", lambda: office.bridge)
    office.node()
    office.bill("101")
    shown = CliRunner().invoke(command.preflight, ["base"])
    assert shown.exit_code == 0
    assert "уйдёт счетов 1, удержано 0" in shown.output
    office.bill("102", total=Decimal("1.00"))
    told = CliRunner().invoke(command.preflight, ["--json", "--invoice", "102"])
    assert told.exit_code == 1
    assert '"held": "manual-total"' in told.output
    assert told.output.count("\n") == 1
