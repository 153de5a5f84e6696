"""Every real file: how many documents, children, lines and counterparties the reader gives, and what their sums are.

The numbers were counted with another parser and checked against the manifest; ``counted_otherwise`` counts again.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from commerceml_bridge.commerceml.reader import read_documents
from commerceml_bridge.commerceml.summary import FileKind, summarise
from commerceml_bridge.domain.returned import Operation, ReturnedDocument
from tests.corpus.test_files import NOT_WELL_FORMED, contents, rows

pytestmark = pytest.mark.corpus


@dataclass(frozen=True)
class Counts:
    items: int
    children: int
    lines: int
    parties: int
    total: str
    operation: Operation = Operation.ORDER
    numbers: tuple[str, ...] = ()


EXPECTED = {
    "documents-from-1c/alexander-rakov-1.xml": Counts(1, 0, 52, 1, "22487.27", Operation.SHIPMENT),
    "documents-from-1c/argentcrusade-1.xml": Counts(2, 0, 4, 2, "12286.84"),
    "documents-from-1c/carono-1.xml": Counts(1, 0, 2, 1, "6734.47"),
    "documents-from-1c/irpsv-1.xml": Counts(4, 0, 4, 4, "4975.0"),
    "documents-from-1c/reconstructed-1.xml": Counts(1, 3, 2, 1, "1200"),
    "documents-from-1c/reconstructed-2.xml": Counts(1, 3, 2, 1, "8400"),
    "orders-from-site/carono-1.xml": Counts(1, 0, 2, 1, "6734.47"),
    "orders-from-site/carono-2.xml": Counts(1, 0, 2, 1, "9683.42"),
    "orders-from-site/carono-3.xml": Counts(1, 0, 2, 1, "9683.42"),
    # a site's empty answer
    "orders-from-site/dobromyslov-1.xml": Counts(0, 0, 0, 0, "0"),
    "orders-from-site/irpsv-1.xml": Counts(1, 0, 2, 1, "6734.47"),
    # the second and third have neither counterparty nor lines nor a sum
    "orders-from-site/irpsv-2.xml": Counts(3, 0, 2, 1, "6734.47"),
    "orders-from-site/irpsv-3.xml": Counts(3, 0, 2, 1, "6734.47"),
}
"""files with documents; no document in any of them gives a warning"""
CATALOGUES = {
    FileKind.CATALOG: 35,
    FileKind.CLASSIFIER: 1,
    FileKind.OFFERS: 34,
}
"""every other well-formed file, by its most telling branch: 36 of the folder of imports, 34 of the folder of offers"""


@pytest.mark.parametrize("name", EXPECTED)
def test_a_file_of_documents_gives_the_counts_it_holds(shared: Path, name: str) -> None:
    expected = EXPECTED[name]
    documents = []
    for item in read_documents([(shared / "corpus" / name).read_bytes()]):
        assert isinstance(item.document, ReturnedDocument)
        assert item.document.warnings == ()
        assert item.document.operation is expected.operation
        assert item.document.number or item.document.number_1c
        documents.append(item.document)
    every = [*documents, *(child for document in documents for child in document.children)]
    assert len(documents) == expected.items
    assert len(every) - len(documents) == expected.children
    assert sum(len(document.lines) for document in every) == expected.lines
    assert sum(document.counterparty is not None for document in documents) == expected.parties
    assert sum((document.amount or Decimal(0) for document in documents), Decimal(0)) == Decimal(expected.total)
    assert counted_otherwise((shared / "corpus" / name).read_bytes()) == (len(every), expected.lines)


def counted_otherwise(data: bytes) -> tuple[int, int]:
    """Documents and their lines, by the standard library."""
    found = [one for one in ET.fromstring(data).iter() if local(one) in ("Документ", "ПодчиненныйДокумент")]
    lines = [line for one in found for child in one if local(child) == "Товары" for line in child]
    return len(found), len(lines)


def local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def test_every_other_file_is_told_as_a_catalogue_and_gives_no_document(shared: Path) -> None:
    kinds = dict.fromkeys(CATALOGUES, 0)
    for row in rows(shared):
        if row["file"] in EXPECTED or row["file"] in NOT_WELL_FORMED:
            continue
        (data,) = contents(shared, row)
        assert list(read_documents([data])) == [], row["file"]
        kind = summarise([data]).kind
        kinds[kind] += 1
        assert row["category"] == ("catalog-offers" if kind is FileKind.OFFERS else "catalog-import"), row["file"]
    assert kinds == CATALOGUES
    assert sum(kinds.values()) + len(EXPECTED) + len(NOT_WELL_FORMED) == len(rows(shared))
