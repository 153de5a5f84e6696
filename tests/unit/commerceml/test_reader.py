"""The reader on the fixtures: what comes out, however the bytes arrive."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from commerceml_bridge.commerceml.reader import read_documents
from commerceml_bridge.domain.returned import ReturnedDocument
from commerceml_bridge.errors import NotWellFormed
from tests.unit.commerceml.reading import FIXTURES, incoming, outcome, read_all

ALL = pytest.mark.parametrize("path", incoming(), ids=lambda path: f"{path.relative_to(FIXTURES).parts[0]}-{path.stem}")


def pieces(data: bytes, seed: int) -> list[bytes]:
    """Cut at random places; some pieces are empty."""
    dice = random.Random(seed)
    cuts = sorted(dice.choices(range(len(data) + 1), k=dice.randint(1, 60)))
    return [data[start:end] for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True)]


@ALL
def test_a_fixture_gives_what_is_written_beside_it(path: Path) -> None:
    assert outcome(path.read_bytes()) == json.loads(path.with_suffix(".json").read_text("utf-8"))


@ALL
def test_bytes_one_by_one_give_the_same_as_the_whole_file(path: Path) -> None:
    data = path.read_bytes()
    whole, fault = read_all([data])
    single, other = read_all(data[at : at + 1] for at in range(len(data)))
    assert single == whole
    assert (type(fault), fault and fault.line) == (type(other), other and other.line)


@ALL
@pytest.mark.parametrize("seed", range(5))
def test_random_pieces_give_the_same_as_the_whole_file(path: Path, seed: int) -> None:
    data = path.read_bytes()
    assert read_all(pieces(data, seed))[0] == read_all([data])[0]


def test_every_fixture_has_an_expectation_and_the_other_way_round() -> None:
    expectations = {path.with_suffix(".xml") for path in FIXTURES.rglob("*.json")}
    assert expectations == set(incoming())


def test_documents_come_before_the_fault_is_raised() -> None:
    stream = read_documents([(FIXTURES / "invalid/004-tag-never-closed.xml").read_bytes()])
    first = next(stream)
    assert isinstance(first.document, ReturnedDocument)
    with pytest.raises(NotWellFormed) as fault:
        next(stream)
    assert (fault.value.line, fault.value.permanent) == (52, True)


def test_the_kept_xml_is_the_whole_element_and_parses_again() -> None:
    data = (FIXTURES / "3.1/incoming/001-order-payments-shipment.xml").read_bytes()
    (item,) = read_all([data])[0]
    assert item.xml.decode().startswith("<Контейнер xmlns=")
    assert item.xml.count("<Документ>".encode()) == 4
    assert not item.xml.startswith(b"<?xml")


def test_the_header_is_known_with_the_first_document_and_for_an_empty_file_at_its_end() -> None:
    stream = read_documents([(FIXTURES / "2.07/incoming/002-ut11-paid.xml").read_bytes()])
    next(stream)
    assert stream.header is not None
    assert (stream.header.schema_version, stream.header.namespace) == ("2.07", "urn:1C.ru:commerceml_2")
    empty = read_documents([(FIXTURES / "2.07/incoming/006-ut11-nothing-changed.xml").read_bytes()])
    assert list(empty) == []
    assert empty.header is not None
    assert str(empty.header.formed_at) == "2026-04-10 18:00:05"


@pytest.mark.parametrize(
    ("declared", "codec", "settled"),
    [
        ("UTF-8", "cp1251", "cp1251"),
        ("windows-1251", "utf-8", "utf-8"),
        ("KOI8-R", "koi8-r", "koi8-r"),
        ("UTF-16", "utf-16-le", "utf-16-le"),
        ("utf-16", "utf-16-be", "utf-16-be"),
        ("us-ascii", "utf-8", "utf-8"),
    ],
)
def test_the_bytes_of_the_root_decide_the_encoding_when_the_declaration_lies(
    declared: str, codec: str, settled: str
) -> None:
    text = f"""<?xml version='1.0' encoding='{declared}'?>
<КоммерческаяИнформация><Документ><Номер>Ж-1</Номер></Документ></КоммерческаяИнформация>"""
    stream = read_documents([text.encode(codec)])
    (item,) = stream
    assert (item.document.number, item.line) == ("Ж-1", 2)
    assert stream.header is not None
    assert stream.header.encoding == settled


def test_lines_beyond_65535_are_still_told_rightly() -> None:
    body = "<КоммерческаяИнформация>" + "\n" * 70_000 + "<Документ><Ид>1</Ид></Документ>\n<a></КоммерческаяИнформация>"
    items, fault = read_all([body.encode()])
    assert [item.line for item in items] == [70_001]
    assert fault is not None
    assert fault.line == 70_002
