"""Looking at many invoices at once, and at documents that are rendered already, says what a look at each one says."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from commerceml_bridge.db import tables
from commerceml_bridge.db.numbers import NumbersAhead
from commerceml_bridge.db.rows import NodeRow
from commerceml_bridge.domain.catalogue import article_key, name_key
from commerceml_bridge.domain.documents import OutgoingDocument
from commerceml_bridge.domain.nodes import UnmappedGoods
from commerceml_bridge.services import consigning, nodes, preflight
from tests.integration.office import Office
from tests.unit.domain import samples

GUID = "bd72d8f9-55bc-11d9-848a-00112f43529a"


def item(office: Office, node: NodeRow, guid: str, name: str, **more: Any) -> None:
    """Let the node's 1C have an item."""
    now = office.clock()
    row = {"item_id": guid, "name": name, "name_key": name_key(name), "created_at": now, "changed_at": now}
    with office.bridge.db.write() as uow:
        uow.catalog.add_many(node.id, [row | more])


def full_office(office: Office) -> NodeRow:
    """A node with every kind of invoice: going, renumbered, held for each reason, left, served before."""
    first = office.node()
    office.bill("1234567", b24_id=1)
    office.exchange(first)
    nodes.remove(office.bridge, "base")  # its number of invoice 1 stays taken, and stays invoice 1's
    node = office.node(unmapped=UnmappedGoods.HOLD, match_names=True, hold_bad_inn=True)
    item(office, node, GUID, "Стул", article="СТ-1", article_key=article_key("СТ-1"))
    office.bill("1", b24_id=2)
    office.bill("СЧ-7", b24_id=3)
    office.bill("7", b24_id=4)
    office.bill("7654321", b24_id=5)
    office.bill("8", rows=(samples.row("1200.00", name="Не позиция", product_id=9),))
    office.bill("9", rows=(samples.row("1000.00"),))  # the total stays 1200.00
    office.bill("10", buyer=None)
    office.bill("11", buyer=dataclasses.replace(samples.BUYER, inn="7707083890"))
    office.bill("12", tax=Decimal("199.99"))
    office.bill("13", rows=(), total=Decimal("1200.00"))
    office.bill("14", rows=(), total=Decimal("0.00"))
    served = office.bill("15")
    row, cancelled = office.consignment(node, office.bill("16")), office.consignment(node, served)
    with office.bridge.db.write() as uow:
        uow.consignments.update(row.id, held_code="1c-refuses", held_reason="Так нельзя.")
        uow.consignments.update(cancelled.id, first_served_at=office.clock(), cancelled=True)
    return nodes.by_name(office.bridge, "base")


def at_once(office: Office, node: NodeRow) -> list[preflight.Flight]:
    return list(preflight.flights(office.bridge, node))


def one_by_one(office: Office, node: NodeRow) -> list[preflight.Flight | None]:
    found = []
    with office.bridge.db.read() as uow:
        for row in uow.consignments.due_after(node.id, 0, limit=1000):
            found.append(preflight.flight_of(uow, node, row))
    return found


def forget_documents(office: Office) -> None:
    with office.bridge.db.write() as uow:
        uow.connection.execute(tables.consignment.update().values(served_rendering_id=None))
        for table in (tables.delivery_item, tables.rendering):
            uow.connection.execute(table.delete())


CHANGES: dict[str, Callable[[Office, NodeRow], None]] = {
    "as it is": lambda office, node: None,
    "other form": lambda office, node: set_columns(office, node, last_form="container", last_version="3.1"),
    "other prefix": lambda office, node: set_columns(office, node, prefix="Б-"),
    "other family": lambda office, node: set_columns(office, node, client="unf"),
}


def set_columns(office: Office, node: NodeRow, **values: object) -> None:
    """Change a node and let none of its invoices know, as in the moment before they are settled."""
    with office.bridge.db.write() as uow:
        uow.nodes.update(node.id, **values)


@pytest.mark.parametrize("change", list(CHANGES))
def test_many_at_once_are_told_as_one_by_one_and_as_if_nothing_were_rendered(office: Office, change: str) -> None:
    node = full_office(office)
    CHANGES[change](office, node)
    node = nodes.by_name(office.bridge, "base")
    told = at_once(office, node)
    assert told == one_by_one(office, node)
    assert {one.held for one in told} >= {"", "unmapped-goods", "manual-total", "no-counterparty", "1c-refuses"}
    assert any(one.warnings for one in told)
    forget_documents(office)
    assert at_once(office, node) == told


def test_what_is_rendered_for_the_same_wire_is_not_held_against_the_schema_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    node = office.node()
    for number in range(1, 6):
        office.bill(str(number))
    spelled: list[str] = []
    real = consigning.spell

    def spell(document: OutgoingDocument, wire: consigning.Wire) -> bytes:
        spelled.append(document.number)
        return real(document, wire)

    monkeypatch.setattr(consigning, "spell", spell)
    assert [one.number for one in at_once(office, node)] == ["1", "2", "3", "4", "5"]
    assert spelled == []
    set_columns(office, node, last_form="container", last_version="3.1")
    at_once(office, nodes.by_name(office.bridge, "base"))
    assert spelled == ["1", "2", "3", "4", "5"]


def test_numbers_looked_up_ahead_are_those_asked_for_one_by_one(office: Office) -> None:
    node = full_office(office)
    with office.bridge.db.read() as uow:
        invoices = [row.invoice_id for row in uow.consignments.due_after(node.id, 0, limit=1000)]
        digits = [*range(20), 900_001, 900_002, 900_003, 1_234_567]
        ahead = NumbersAhead(uow.connection, node.id, invoices[1:], digits[2:])
        for invoice_id in invoices:
            assert ahead.earlier_number(node.id, invoice_id) == uow.numbers.earlier_number(node.id, invoice_id)
            for one in digits:
                expected = uow.numbers.digits_taken(node.id, one, but_invoice=invoice_id)
                assert ahead.digits_taken(node.id, one, but_invoice=invoice_id) == expected
        assert uow.numbers.earlier_number(node.id, invoices[0]) == "900001"
