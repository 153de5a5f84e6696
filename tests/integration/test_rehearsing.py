"""Import in a sandbox: it says what earnest would do, and changes nothing; on both databases."""

from __future__ import annotations

from typing import Any

import pytest

from commerceml_bridge.errors import NotFound
from commerceml_bridge.services import rehearsing
from tests.integration.office import PAID, Office, file_of, returned

TABLES = ("returned", "job", "event", "consignment", "upload", "session", "payment_fact")


def everything(office: Office) -> dict[str, list[Any]]:
    """Every row a rehearsal could touch."""
    with office.bridge.db.read() as uow:
        return {
            name: [tuple(row) for row in uow.connection.exec_driver_sql(f"SELECT * FROM {name} ORDER BY id")]
            for name in TABLES
        }


def test_a_payment_is_foretold_and_nothing_is_changed(office: Office) -> None:
    node = office.node()
    invoice = office.bill("101")
    office.exchange(node)
    body = file_of(returned("101", requisites=PAID), returned("777"))
    before = everything(office)
    found = rehearsing.rehearse_file(office.bridge, node, lambda: iter([body]))
    assert everything(office) == before
    assert (found.documents, found.writes, found.error) == (2, 1, "")
    paid = next(one for one in found.listed if one.document.number == "101")
    assert ("payment", "", "paid") in paid.changes
    assert paid.writes
    office.post(node, body)
    assert office.consignment(node, invoice).payment == "paid", "earnest does what the rehearsal said"


def test_a_file_already_taken_would_change_nothing(office: Office) -> None:
    node = office.node()
    office.bill("101")
    office.exchange(node)
    reply = office.post(node, file_of(returned("101", requisites=PAID)))
    before = everything(office)
    found = rehearsing.rehearse_upload(office.bridge, reply.upload_id or 0)
    assert (found.documents, found.repeated, found.listed) == (1, 1, [])
    assert everything(office) == before


def test_a_broken_file_says_where_after_its_good_documents(office: Office) -> None:
    node = office.node()
    office.bill("101")
    office.exchange(node)
    body = file_of(returned("101", requisites=PAID)).replace("</КоммерческаяИнформация>".encode(), b"<x></y>")
    found = rehearsing.rehearse_file(office.bridge, node, lambda: iter([body]))
    assert found.documents == 1
    assert found.error


def test_a_file_that_does_not_exist_is_not_found(office: Office) -> None:
    with pytest.raises(NotFound):
        rehearsing.rehearse_upload(office.bridge, 999)
