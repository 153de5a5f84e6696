"""Real files: every one is read, with the counts of the manifest."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from commerceml_bridge.commerceml.archive import looks_like_zip, open_archive
from commerceml_bridge.commerceml.completeness import Completeness, completeness
from commerceml_bridge.commerceml.reader import read_documents
from commerceml_bridge.commerceml.schemas import Profile
from commerceml_bridge.commerceml.summary import summarise
from commerceml_bridge.commerceml.validation import validate_file
from commerceml_bridge.domain.returned import ReturnedDocument
from commerceml_bridge.errors import NotWellFormed

pytestmark = pytest.mark.corpus

NOT_WELL_FORMED = {"catalog-import/kovtunivan-1.xml", "catalog-offers/programmerbudiva-1.xml"}


def rows(shared: Path) -> list[dict[str, str]]:
    with (shared / "corpus/MANIFEST.tsv").open(encoding="utf-8", newline="") as manifest:
        return list(csv.DictReader(manifest, delimiter="\t", quoting=csv.QUOTE_NONE))


def contents(shared: Path, row: dict[str, str]) -> Iterator[bytes]:
    data = (shared / "corpus" / row["file"]).read_bytes()
    if not looks_like_zip(data):
        yield data
        return
    for _, chunks in open_archive(data):
        yield b"".join(chunks)


def test_every_file_has_the_counts_and_words_of_the_manifest(shared: Path) -> None:
    seen = 0
    for row in rows(shared):
        if row["file"] in NOT_WELL_FORMED:
            continue
        (data,) = contents(shared, row)
        summary = summarise([data])
        assert (summary.documents, summary.products, summary.offers) == (
            int(row["documents"]),
            int(row["products"]),
            int(row["offers"]),
        ), row["file"]
        assert (summary.schema_version or "-", summary.namespace or "none") == (
            row["schema_version"],
            row["namespace"],
        ), row["file"]
        encoding = {"cp1251": "windows-1251"}.get(summary.encoding, summary.encoding)
        assert encoding.startswith(row["encoding"]), row["file"]
        assert summary.warnings == () or "ДатаФормирования" in summary.warnings[0], row["file"]
        seen += 1
    assert seen == len(rows(shared)) - 2


def test_the_two_that_are_not_well_formed_say_where(shared: Path) -> None:
    for name in NOT_WELL_FORMED:
        data = (shared / "corpus" / name).read_bytes()
        with pytest.raises(NotWellFormed) as fault:
            list(read_documents([data]))
        assert fault.value.line
        assert completeness([data]) is Completeness.MALFORMED


def test_every_document_is_usable_and_pieces_of_any_size_give_the_same(shared: Path) -> None:
    total = 0
    for row in rows(shared):
        if row["file"] in NOT_WELL_FORMED:
            continue
        (data,) = contents(shared, row)
        whole = list(read_documents([data]))
        cut = list(read_documents(data[at : at + 997] for at in range(0, len(data), 997)))
        assert cut == whole, row["file"]
        for item in whole:
            assert isinstance(item.document, ReturnedDocument), row["file"]
            total += 1 + (len(item.document.children) if item.document.in_container else 0)
        assert completeness([data]) is Completeness.COMPLETE
    assert total == sum(int(row["documents"]) for row in rows(shared))


def test_what_1c_wrote_is_usable_by_the_tolerant_schema(shared: Path) -> None:
    for row in rows(shared):
        if row["category"] in ("documents-from-1c", "orders-from-site"):
            report = validate_file(shared / "corpus" / row["file"], Profile.IN)
            assert (report.status, report.problems) == (0, ()), row["file"]


def test_a_genuine_container_gives_the_order_with_its_padding_removed(shared: Path) -> None:
    data = (shared / "corpus/documents-from-1c/irpsv-1.xml").read_bytes()
    documents = [item.document for item in read_documents([data])]
    assert len(documents) == 4
    for document in documents:
        assert isinstance(document, ReturnedDocument)
        assert document.in_container
        assert document.number_1c == document.number_1c.strip() != ""
        assert document.posted is not None


def test_partial_payments_come_as_children_in_both_dialects_that_have_them(shared: Path) -> None:
    for name in ("reconstructed-1", "reconstructed-2"):
        (item,) = read_documents([(shared / f"corpus/documents-from-1c/{name}.xml").read_bytes()])
        assert isinstance(item.document, ReturnedDocument)
        kinds = [child.operation.value for child in item.document.children]
        assert kinds == ["payment", "payment", "shipment"]
        assert all(child.amount for child in item.document.children[:2])
