"""Uploads in parts: whole, not yet, or never."""

from __future__ import annotations

import pytest

from commerceml_bridge.commerceml.completeness import Completeness, completeness
from tests.unit.commerceml.reading import FIXTURES

WHOLE = (FIXTURES / "2.07/incoming/002-ut11-paid.xml").read_bytes()


def test_every_beginning_of_a_file_is_incomplete_and_only_the_whole_is_complete() -> None:
    end = len(WHOLE.rstrip())
    for length in range(end):
        assert completeness([WHOLE[:length]]) is Completeness.INCOMPLETE, length
    assert completeness([WHOLE[:end]]) is Completeness.COMPLETE
    assert completeness([WHOLE[:200], WHOLE[200:]]) is Completeness.COMPLETE


@pytest.mark.parametrize(
    "name",
    ["2.05/incoming/004-utf16-with-bom", "2.05/incoming/006-windows-1251", "3.1/incoming/007-counterparties-only"],
)
def test_any_encoding_and_any_kind_can_be_complete(name: str) -> None:
    data = (FIXTURES / f"{name}.xml").read_bytes()
    assert completeness([data]) is Completeness.COMPLETE
    assert completeness([data[: len(data) // 2]]) is Completeness.INCOMPLETE


@pytest.mark.parametrize(
    "name",
    ["003-doctype-with-entities", "004-tag-never-closed", "006-another-root", "008-undefined-entity", "010-wrong-byte"],
)
def test_no_further_part_can_repair_a_malformed_file(name: str) -> None:
    assert completeness([(FIXTURES / f"invalid/{name}.xml").read_bytes()]) is Completeness.MALFORMED


def test_a_second_file_behind_the_first_is_malformed() -> None:
    assert completeness([WHOLE, WHOLE]) is Completeness.MALFORMED
