"""What kind of file, how much in it."""

from __future__ import annotations

import pytest

from commerceml_bridge.commerceml.summary import FileKind, summarise
from commerceml_bridge.errors import NotWellFormed, WrongRoot
from tests.unit.commerceml.reading import FIXTURES


@pytest.mark.parametrize(
    ("name", "kind", "counts"),
    [
        ("2.05/incoming/001-ut103-paid-and-shipped", FileKind.DOCUMENTS, (1, 1, 0)),
        ("2.05/incoming/013-document-beside-catalogue", FileKind.DOCUMENTS, (2, 2, 0)),
        ("2.05/incoming/014-offers-without-documents", FileKind.OFFERS, (0, 0, 2)),
        ("2.07/incoming/006-ut11-nothing-changed", FileKind.EMPTY, (0, 0, 0)),
        ("3.1/incoming/001-order-payments-shipment", FileKind.DOCUMENTS, (4, 1, 0)),
        ("3.1/incoming/007-counterparties-only", FileKind.COUNTERPARTIES, (0, 0, 0)),
    ],
)
def test_a_file_is_counted_and_named(name: str, kind: FileKind, counts: tuple[int, int, int]) -> None:
    summary = summarise([(FIXTURES / f"{name}.xml").read_bytes()])
    assert (summary.kind, (summary.documents, summary.products, summary.offers)) == (kind, counts)


@pytest.mark.parametrize(
    ("branch", "kind"),
    [
        ("Каталог", FileKind.CATALOG),
        ("Классификатор", FileKind.CLASSIFIER),
        ("ИзмененияПакетаПредложений", FileKind.OFFERS),
        ("Скидки", FileKind.OTHER),
    ],
)
def test_the_branch_of_the_root_names_the_kind(branch: str, kind: FileKind) -> None:
    text = f"<КоммерческаяИнформация><{branch}><x/></{branch}></КоммерческаяИнформация>"
    assert summarise([text.encode()]).kind is kind


def test_what_the_root_says_and_where_it_lies_is_reported() -> None:
    summary = summarise([(FIXTURES / "2.05/incoming/005-declared-windows-1251-holds-utf8.xml").read_bytes()])
    assert (summary.schema_version, summary.namespace, summary.encoding) == ("2.05", "", "utf-8")
    assert summary.warnings == ("Объявлена кодировка cp1251, на деле utf-8.",)


def test_a_broken_file_and_another_kind_of_file_have_no_summary() -> None:
    with pytest.raises(NotWellFormed):
        summarise([(FIXTURES / "invalid/004-tag-never-closed.xml").read_bytes()])
    with pytest.raises(WrongRoot, match="html"):
        summarise([(FIXTURES / "invalid/006-another-root.xml").read_bytes()])
