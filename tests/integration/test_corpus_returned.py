"""Every genuine file 1C sent: taken, and each of its documents understood or visibly set aside."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from commerceml_bridge.commerceml.reader import read_documents
from tests.integration.office import Office

pytestmark = pytest.mark.corpus


def test_genuine_documents_of_other_sites_are_information_and_change_nothing(office: Office, shared: Path) -> None:
    node = office.node()
    office.bill("101")
    office.exchange(node)
    states: Counter[tuple[str, str]] = Counter()
    documents = expected = 0
    for file in sorted((shared / "corpus/documents-from-1c").glob("*.xml")):
        expected += sum(1 for _ in read_documents([file.read_bytes()]))
        reply = office.post(node, file.read_bytes(), filename=file.name)
        assert reply.ok, file.name
        assert reply.lines == (), file.name
    with office.bridge.db.read() as uow:
        cursor = "start"
        while cursor:
            page = uow.browse.strangers(cursor="" if cursor == "start" else cursor)
            states.update((one.state, one.code) for one in page.items)
            documents += len(page.items)
            assert all(one.reason and one.has_xml for one in page.items)
            cursor = page.next
        assert uow.browse.problem_count() == 0
    assert set(states) <= {
        ("information", code) for code in ("created-in-1c", "not-our-payment", "not-our-shipment", "unknown-operation")
    }
    assert documents == expected > 0
    assert office.jobs() == []
