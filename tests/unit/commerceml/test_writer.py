"""The writer: envelope, spelling per dialect, texts and numbers. Order and completeness are the goldens' business."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from lxml import etree

from commerceml_bridge.commerceml.dialects import dialect_for
from commerceml_bridge.commerceml.writer import envelope, render_document
from commerceml_bridge.domain.documents import DocumentAddress, Encoding, Form, OutgoingDocument
from commerceml_bridge.errors import CannotRender
from tests.unit.commerceml.samples import COMPANY, FORMED_AT, awkward_invoice, goldens, goods, invoice, person_invoice


def rendered(document: OutgoingDocument, form: Form = Form.BARE) -> etree._Element:
    return etree.fromstring(render_document(document, dialect_for(form, None), Encoding.UTF8))


@pytest.mark.parametrize("path", sorted(goldens()), ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_a_golden_file_renders_anew_byte_for_byte(path):  # type: ignore[no-untyped-def]  # parametrised by a Path
    assert path.read_bytes() == goldens()[path]


@pytest.mark.parametrize(
    ("form", "asked", "printed"),
    [
        (Form.BARE, None, "2.05"),
        (Form.BARE, "2.08", "2.08"),
        (Form.BARE, "2.1", "2.05"),
        (Form.BARE, "nonsense", "2.05"),
        (Form.SUBORDINATE, "2.09", "2.10"),
        (Form.CONTAINER, None, "3.1"),
        (Form.CONTAINER, "3.0", "3.1"),
    ],
)
def test_the_form_decides_the_printed_version_and_the_request_only_chooses_within_it(
    form: Form, asked: str | None, printed: str
) -> None:
    head, _ = envelope(dialect_for(form, asked), Encoding.CP1251, FORMED_AT)
    assert f'ВерсияСхемы="{printed}" ДатаФормирования="2026-03-05T09:05:07">' in head.decode("cp1251")


@pytest.mark.parametrize(
    ("encoding", "start", "declared"),
    [
        (Encoding.CP1251, b"<?xml", "windows-1251"),
        (Encoding.UTF8, b"<?xml", "UTF-8"),
        (Encoding.UTF8_BOM, b"\xef\xbb\xbf<?xml", "UTF-8"),
    ],
)
def test_an_empty_answer_is_still_a_root_element_in_every_encoding(
    encoding: Encoding, start: bytes, declared: str
) -> None:
    head, tail = envelope(dialect_for(Form.BARE, None), encoding, FORMED_AT)
    assert head.startswith(start)
    assert f'encoding="{declared}"'.encode() in head
    root = etree.fromstring(head + tail)
    assert (root.tag, len(root), sorted(root.attrib)) == (
        "КоммерческаяИнформация",
        0,
        ["ВерсияСхемы", "ДатаФормирования"],
    )


@pytest.mark.parametrize("form", Form)
def test_nothing_is_empty_nothing_has_a_namespace_and_only_base_units_have_attributes(form: Form) -> None:
    for document in (invoice(), person_invoice(), awkward_invoice()):
        for element in rendered(document, form).iter():
            assert len(element) or (element.text or "").strip(), element.tag
            assert "}" not in element.tag
            assert not element.attrib or element.tag == "БазоваяЕдиница"


def test_lines_end_with_lf_only_and_characters_outside_windows_1251_are_numeric_references() -> None:
    body = render_document(awkward_invoice(), dialect_for(Form.BARE, None), Encoding.CP1251)
    assert b"\r" not in body
    assert b"&#128512;" in body
    assert b"&#9731;" in body
    assert b"\x00" not in body


def test_the_same_document_reads_alike_in_all_encodings() -> None:
    dialect = dialect_for(Form.CONTAINER, None)
    texts = {
        encoding: render_document(awkward_invoice(), dialect, encoding).decode(
            "cp1251" if encoding is Encoding.CP1251 else "utf-8"
        )
        for encoding in Encoding
    }
    trees = {etree.tostring(etree.fromstring(text), encoding="unicode") for text in texts.values()}
    assert len(trees) == 1


def test_containers_carry_the_revision_and_the_unit_as_a_structure() -> None:
    document = rendered(invoice(), Form.CONTAINER).find("Документ")
    assert document is not None
    assert document.findtext("НомерВерсии") == "3"
    assert [child.tag for child in document.find("Товары/Товар/Единица")] == ["Код", "НаименованиеПолное"]  # type: ignore[union-attr]
    assert document.findtext("Товары/Товар/Коэффициент") == "1"
    assert document.find("Товары/Товар/БазоваяЕдиница") is None
    assert document.findtext(".//Контакт[3]/Тип") == "Электронная почта"
    assert document.findtext(".//КодПоОКПО") == "12345678"


def test_bare_documents_know_no_revision_and_carry_the_unit_as_attributes() -> None:
    document = rendered(invoice())
    unit = document.find("Товары/Товар/БазоваяЕдиница")
    assert unit is not None
    assert sorted(unit.items()) == [("Код", "796"), ("МеждународноеСокращение", "PCE"), ("НаименованиеПолное", "Штука")]
    assert unit.text == "шт"
    assert document.find("НомерВерсии") is None
    assert document.findtext(".//Контакт[3]/Тип") == "Почта"


@pytest.mark.parametrize("form", Form)
def test_goods_and_services_are_told_apart_in_both_requisites(form: Form) -> None:
    lines = rendered(invoice(), form).findall(".//Товар")
    kinds = [[value.text for value in line.findall("ЗначенияРеквизитов/ЗначениеРеквизита/Значение")] for line in lines]
    assert kinds == [["Товар", "Товар"], ["Услуга", "Услуга"]]


def test_a_document_without_vat_says_so_at_both_levels() -> None:
    document = rendered(person_invoice())
    assert {rate.text for rate in document.iter("Ставка")} == {"Без НДС"}
    assert document.findtext("Налоги/Налог/УчтеноВСумме") == "true"
    assert document.findtext("Налоги/Налог/Сумма") == "0.00"


def test_texts_are_cut_to_what_every_version_allows() -> None:
    party = replace(COMPANY, name="я" * 300, full_name="ю" * 300, actual_address=DocumentAddress("а" * 300))
    document = rendered(
        invoice(
            counterparty=party,
            comment="к" * 4000,
            lines=(replace(goods(), name="н" * 300, article="ф" * 300),),
            requisites=(("р" * 300, "з" * 2000),),
        )
    )
    lengths = {
        path: len(document.findtext(path) or "")
        for path in (
            ".//Контрагент/Наименование",
            ".//ОфициальноеНаименование",
            ".//Адрес/Представление",
            "Комментарий",
            ".//Товар/Наименование",
            ".//Товар/Артикул",
            "ЗначенияРеквизитов/ЗначениеРеквизита/Наименование",
            "ЗначенияРеквизитов/ЗначениеРеквизита/Значение",
        )
    }
    assert list(lengths.values()) == [250, 250, 250, 3000, 250, 255, 250, 1000]


def test_a_contact_that_does_not_fit_is_left_out_and_not_cut() -> None:
    document = rendered(invoice(counterparty=replace(COMPANY, phones=("1" * 256, "2"), emails=())))
    assert [value.text for value in document.findall(".//Контакт/Значение")] == ["2"]


def test_an_empty_requisite_is_left_out_because_1c_would_inherit_the_one_before() -> None:
    document = rendered(invoice(requisites=(("Сайт", "acme"), ("Статус заказа", " "), ("", "x"))))
    assert [value.text for value in document.findall("ЗначенияРеквизитов/ЗначениеРеквизита/Значение")] == ["acme"]


@pytest.mark.parametrize(
    ("quantity", "printed"), [("2.5000", "2.5"), ("100", "100"), ("1E+2", "100"), ("0.0001", "0.0001"), ("10.0", "10")]
)
def test_quantities_have_no_exponent_and_no_trailing_zeros(quantity: str, printed: str) -> None:
    document = rendered(invoice(lines=(replace(goods(), quantity=Decimal(quantity)),)))
    assert document.findtext(".//Количество") == printed


@pytest.mark.parametrize(
    "changes",
    [
        {"id": ""},
        {"id": "x" * 41},
        {"number": "\x00 "},
        {"currency": ""},
        {"lines": ()},
        {"lines": (replace(goods(), name=" "),)},
        {"lines": (replace(goods(), id="x" * 81),)},
        {"lines": (replace(goods(), price=Decimal("0.001")),)},
        {"lines": (replace(goods(), quantity=Decimal("NaN")),)},
        {"amount": Decimal("Infinity")},
        {"amount": Decimal("12345678901234567.00")},
        {"counterparty": replace(COMPANY, name="")},
        {"counterparty": replace(COMPANY, id="x" * 41)},
    ],
)
def test_what_1c_cannot_do_without_is_refused_and_not_replaced(changes: dict[str, object]) -> None:
    with pytest.raises(CannotRender):
        rendered(invoice(**changes))


def test_the_time_of_an_envelope_has_two_digits_everywhere() -> None:
    head, _ = envelope(dialect_for(Form.BARE, None), Encoding.UTF8, dt.datetime(2026, 1, 2, 3, 4, 5, 999, dt.UTC))
    assert 'ДатаФормирования="2026-01-02T03:04:05"' in head.decode()
