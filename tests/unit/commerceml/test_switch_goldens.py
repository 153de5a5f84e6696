"""Every switch changes what its golden document says it changes, byte for byte, and nothing by default."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

import pytest

from commerceml_bridge.commerceml.reader import read_documents
from commerceml_bridge.commerceml.validation import Level, validate_file
from commerceml_bridge.domain.documents import Form
from commerceml_bridge.domain.returned import ReturnedDocument
from commerceml_bridge.domain.spelling import ContactTypes, ServiceMark
from commerceml_bridge.services.consigning import bare_wire, spell
from tests.unit.commerceml.switch_goldens import CASES, FIXTURES, Case, body_of, document_of, options_of


@pytest.mark.parametrize("name", CASES)
def test_a_golden_document_is_what_its_switch_makes(name: str) -> None:
    assert (FIXTURES / f"{name}.xml").read_bytes() == body_of(name), (
        "python -m tests.unit.commerceml.switch_goldens, and read the difference"
    )


@pytest.mark.parametrize("name", CASES)
def test_a_golden_document_adds_up_and_reads_back(name: str) -> None:
    (item,) = read_documents([(FIXTURES / f"{name}.xml").read_bytes()])
    meant, back = document_of(name), item.document
    assert isinstance(back, ReturnedDocument)
    assert (back.number, back.amount, back.in_container) == (
        meant.number, Decimal("7750.50"), CASES[name].form is Form.CONTAINER,
    )  # fmt: skip
    assert sum((line.amount or Decimal(0) for line in back.lines), Decimal(0)) == back.amount


@pytest.mark.parametrize("name", CASES)
def test_the_command_finds_no_error_in_a_golden_document(name: str) -> None:
    report = validate_file(FIXTURES / f"{name}.xml")
    assert [one for one in report.problems if one.level is Level.ERROR] == []
    assert report.documents == 1


def text_of(name: str) -> str:
    return (FIXTURES / f"{name}.xml").read_bytes().decode("cp1251")


def test_every_switch_differs_from_a_document_without_any() -> None:
    plain = options_of(Case())
    for name, case in CASES.items():
        if case.form is not Form.BARE or name.startswith("031"):
            continue
        document = document_of(name)
        assert spell(document, bare_wire("", options_of(case))) != spell(
            dataclasses.replace(
                document,
                stage=None,
                says_paid=None,
                requisites=(),
                currency="RUB",
                lines=tuple(dataclasses.replace(line, is_delivery=False) for line in document.lines),
            ),
            bare_wire("", plain),
        ), name


def test_a_service_in_lower_case_is_so_for_one_reader_only() -> None:
    text = text_of("035-service-lower")
    kind = "<Наименование>ВидНоменклатуры</Наименование>\n<Значение>услуга</Значение>"
    assert kind in text
    assert "<Наименование>ТипНоменклатуры</Наименование>\n<Значение>Услуга</Значение>" in text
    assert options_of(CASES["035-service-lower"]).service_mark is ServiceMark.LOWER


def test_what_the_invoice_does_not_say_is_no_requisite() -> None:
    text = text_of("039-extra-requisites")
    assert "<Наименование>Источник</Наименование>\n<Значение>Битрикс24</Значение>" in text
    assert "Срок оплаты" not in text


def test_kinds_of_contacts_that_are_nobodys_choice_are_an_error() -> None:
    name = "034-contacts-joined-long"
    assert options_of(CASES[name]).contact_types is ContactTypes.JOINED_LONG
    broken = (FIXTURES / f"{name}.xml").read_bytes().decode("cp1251").replace("ЭлектроннаяПочта", "Голубь")
    import io

    report = validate_file(io.BytesIO(broken.encode("cp1251")))
    assert any(one.level is Level.ERROR and "Голубь" in one.message for one in report.problems)
