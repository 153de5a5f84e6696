"""Finding an invoice by what its lines say, on both databases; the index follows revisions."""

from __future__ import annotations

import dataclasses

from commerceml_bridge.db.browse.records import InvoiceFilter
from commerceml_bridge.domain.invoices import InvoiceRow
from commerceml_bridge.services import searching
from tests.integration.office import Office
from tests.unit.domain import samples


def found(office: Office, text: str) -> list[str]:
    with office.bridge.db.read() as uow:
        return [one.number for one in uow.browse.invoices(InvoiceFilter(q=text)).items]


def named(name: str) -> tuple[InvoiceRow, ...]:
    return (dataclasses.replace(samples.row("1200.00"), name=name),)


def test_words_of_lines_find_the_invoice_by_their_beginnings(office: Office) -> None:
    office.bill("101", rows=named("Кабель медный ВВГ"))
    office.bill("102", rows=named("Провод медный"))
    assert searching.catch_up(office.bridge) == 2
    assert searching.catch_up(office.bridge) == 0
    assert found(office, "каб") == ["101"]
    assert sorted(found(office, "Медн")) == ["101", "102"]
    assert found(office, "МЕДНЫЙ ввг") == ["101"]
    assert found(office, "вод") == [], "a product is found by the beginning of its words"


def test_a_new_revision_replaces_the_words(office: Office) -> None:
    office.bill("101", rows=named("Кабель"))
    searching.catch_up(office.bridge)
    office.bill("101", rows=named("Ёлка живая"))
    assert searching.catch_up(office.bridge) == 1
    assert found(office, "кабель") == []
    assert found(office, "елк") == ["101"]


def test_numbers_names_and_sums_are_found_as_before(office: Office) -> None:
    node = office.node()
    invoice = office.bill("101")
    office.exchange(node)
    assert invoice.buyer is not None
    for text in ("10", "101", invoice.buyer.inn[:5], "1200", "1200,00", invoice.buyer.name[2:8]):
        assert found(office, text) == ["101"], text
    assert found(office, "999") == []


def test_signs_of_patterns_are_only_signs(office: Office) -> None:
    office.bill("101")
    searching.catch_up(office.bridge)
    assert found(office, "%") == []
    assert found(office, "_") == []
