"""Single deviations from a full invoice: the verdict of every version, and a plain sentence for each refusal."""

from __future__ import annotations

import io
import re

import pytest

from commerceml_bridge.commerceml.schemas import Profile
from commerceml_bridge.commerceml.validation import validate_file
from tests.corpus.mutations import ROWS, VERSIONS, Row, base

_FOREIGN = re.compile(r"[A-Za-z]{2,}")
_LITERAL = re.compile(r"«[^»]*»|SWIFT|ICQ")


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_version_gives_the_verdict_of_the_table(row: Row) -> None:
    body = row.change(base()).encode()
    reports = {version: validate_file(io.BytesIO(body), Profile(version)) for version in VERSIONS}
    assert {version for version, report in reports.items() if report.status == 0} == row.valid


@pytest.mark.parametrize("row", [row for row in ROWS if row.valid != set(VERSIONS)], ids=lambda row: row.name)
def test_every_refusal_is_a_russian_sentence_with_line_and_path(row: Row) -> None:
    body = row.change(base()).encode()
    for version in sorted(set(VERSIONS) - row.valid):
        report = validate_file(io.BytesIO(body), Profile(version))
        assert report.problems
        for problem in report.problems:
            assert problem.line > 0
            assert problem.path.startswith("/КоммерческаяИнформация")
            assert problem.message.endswith(".")
            assert not _FOREIGN.search(_LITERAL.sub("", problem.message)), problem.message
            assert "не соответствует схеме" not in problem.message, "no better words than that"
            assert ".frame" not in problem.message + problem.path
