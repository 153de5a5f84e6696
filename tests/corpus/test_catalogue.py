"""Catalogue files of real bases: every one is read entry by entry, with the counts of the manifest."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from commerceml_bridge.commerceml.catalog_reader import read_catalog
from commerceml_bridge.domain.catalogue import EntryKind
from commerceml_bridge.errors import NotWellFormed
from tests.corpus.test_files import NOT_WELL_FORMED, contents, rows

pytestmark = pytest.mark.corpus


def in_pieces(data: bytes) -> Iterator[bytes]:
    """An awkward size: names, entities and characters are cut everywhere."""
    return (data[start : start + 4099] for start in range(0, len(data), 4099))


def test_every_file_has_as_many_items_and_offers_as_the_manifest_says(shared: Path) -> None:
    seen = 0
    for row in rows(shared):
        if not row["category"].startswith("catalog-") or row["file"] in NOT_WELL_FORMED:
            continue
        (data,) = contents(shared, row)
        stream = read_catalog(in_pieces(data))
        kinds = Counter(entry.section.kind for entry in stream)
        assert (kinds[EntryKind.ITEM], kinds[EntryKind.OFFER]) == (int(row["products"]), int(row["offers"])), row
        assert stream.skipped == 0, row["file"]
        seen += 1
    assert seen == 70


@pytest.mark.parametrize(
    ("name", "before"), [("catalog-import/kovtunivan-1", 0), ("catalog-offers/programmerbudiva-1", 2)]
)
def test_a_broken_file_gives_what_stands_before_the_fault(shared: Path, name: str, before: int) -> None:
    stream = read_catalog([(shared / "corpus" / f"{name}.xml").read_bytes()])
    found = list(itertools.islice(stream, before))
    assert len(found) == before
    with pytest.raises(NotWellFormed):
        next(stream)


def test_lines_of_documents_beside_a_catalogue_are_no_items(shared: Path) -> None:
    stream = read_catalog([(shared / "corpus/documents-from-1c/alexander-rakov-1.xml").read_bytes()])
    assert {entry.section.kind for entry in stream} <= {EntryKind.ITEM}


def test_the_names_units_and_rates_of_every_item_are_understood(shared: Path) -> None:
    named = Counter[str]()
    for row in rows(shared):
        if row["category"] != "catalog-import" or row["file"] in NOT_WELL_FORMED:
            continue
        (data,) = contents(shared, row)
        for entry in read_catalog([data]):
            named["items"] += 1
            named["names"] += bool(entry.facts.name)
            named["units"] += bool(entry.facts.unit_name or entry.facts.unit_code)
            named["padded"] += (entry.facts.unit_code or "") != (entry.facts.unit_code or "").strip()
            named["deleted"] += entry.facts.deleted is True
    assert named["items"] == named["names"]
    assert named["padded"] == 0
    assert named["units"] > named["items"] * 0.9
    assert named["deleted"] > 0
