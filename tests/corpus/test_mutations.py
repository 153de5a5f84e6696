"""The table of single deviations: our verdict, the table's and the official text's are one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.corpus.mutations import ROWS, VERSIONS, Row, base
from tests.corpus.test_verdicts import official_verdict

pytestmark = pytest.mark.corpus


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_official_texts_say_what_the_table_says(shared: Path, row: Row) -> None:
    body = row.change(base()).encode()
    assert {version for version in VERSIONS if official_verdict(shared, version, body)} == row.valid
