"""Every real file against every version: ``validate`` says what the official text says."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from commerceml_bridge.commerceml.schemas import Profile
from commerceml_bridge.commerceml.validation import Level, validate_file
from tests.corpus.test_files import NOT_WELL_FORMED, contents, rows
from tests.corpus.test_official_schemas import VERSIONS, schema

pytestmark = pytest.mark.corpus

ACCEPTED_AS_3_1_AGAINST_THE_MODULE_SCHEMA = 17
"""all files of the module; its own schema takes none of them (commerceml §6.3, schemas/SOURCES.md)"""
WARNED = {
    "catalog-import/rshkabko-1.xml": "ДатаФормирования: «2022-10-31UTC02:25:50» не дата",
    "catalog-import/rshkabko-2.xml": "ДатаФормирования: «2022-10-31UTC02:25:51» не дата",
}
"""files in which the tolerant schema finds something odd, and what: an invented form of a moment"""


def official_verdict(shared: Path, version: str, data: bytes) -> bool:
    official, namespace = schema(shared, version)
    root = etree.fromstring(data)
    for element in root.iter(etree.Element):
        element.tag = f"{{{namespace}}}{etree.QName(element).localname}"
    return official.validate(root)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_file_has_the_verdict_of_the_official_text(shared: Path, version: str) -> None:
    accepted = 0
    for row in rows(shared):
        report = validate_file(shared / "corpus" / row["file"], Profile(version))
        if row["file"] in NOT_WELL_FORMED:
            assert report.status == 2
            continue
        (data,) = contents(shared, row)
        official = official_verdict(shared, version, data)
        assert (report.status == 0) is official, (row["file"], report.problems[:3])
        assert official is (version in row["official_xsd_valid"].split()), row["file"]
        accepted += official
    assert accepted > 0


def test_every_file_of_the_module_is_what_we_call_3_1(shared: Path) -> None:
    found = [row for row in rows(shared) if row["schema_version"].startswith("3") or row["namespace"].endswith("_3")]
    for row in found:
        report = validate_file(shared / "corpus" / row["file"], Profile.V3_1)
        assert (report.status, report.problems) == (0, ()), row["file"]
        (data,) = contents(shared, row)
        assert not official_verdict(shared, "3-bitrix-module", data), row["file"]
    assert len(found) == ACCEPTED_AS_3_1_AGAINST_THE_MODULE_SCHEMA


def test_the_tolerant_schema_accepts_every_file_there_is(shared: Path) -> None:
    for row in rows(shared):
        if row["file"] in NOT_WELL_FORMED:
            continue
        report = validate_file(shared / "corpus" / row["file"], Profile.IN)
        told = [problem.message for problem in report.problems]
        assert told == ([WARNED[row["file"]]] if row["file"] in WARNED else []), row["file"]
        assert all(problem.level is Level.WARNING for problem in report.problems)
