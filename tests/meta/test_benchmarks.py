"""The benchmark harness still runs, measures what it says, and checks its own answers. No figure is judged here."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from benchmarks import pages as looking
from benchmarks import requests as fetching
from benchmarks.__main__ import main
from benchmarks.client import Client
from benchmarks.measuring import Line
from benchmarks.returned import write
from benchmarks.seeding import LOGIN, PASSWORD, invoices, prepare
from benchmarks.serving import environment_for, serving
from commerceml_bridge.app import create_bridge
from commerceml_bridge.db.migrations import upgrade
from commerceml_bridge.domain.snapshots import accounting_hash
from tests.conftest import cannot_run
from tests.postgres import binaries

DOCUMENTS = 50
FIGURES = [
    *("store and render", "preflight", "first login", "checkauth", "init", "query", "query again", "success"),
    *("import", "import again", "catalogue", "catalogue again"),
]


def lines_of(database: str, tmp_path: Path) -> dict[str, Line]:
    file = tmp_path / "figures.json"
    options = ["--documents", str(DOCUMENTS), "--handshakes", "20", "--items", "700"]
    options += ["--json", str(file), "--databases", database]
    lines = main(options)
    assert [line["what"] for line in json.loads(file.read_text())] == [line.what for line in lines]
    return {line.what: line for line in lines}


def check(lines: dict[str, Line]) -> None:
    assert list(lines) == FIGURES
    for what in ("query", "query again", "import", "import again"):
        line = lines[what]
        assert line.count == DOCUMENTS
        assert line.megabytes is not None
        assert 1_000 < line.megabytes * 1e6 / DOCUMENTS < 20_000
        assert line.ratio is not None
        assert line.ratio > 0
    assert lines["preflight"].count == DOCUMENTS
    assert (lines["preflight"].ratio or 0) > 0
    assert lines["query"].megabytes == lines["query again"].megabytes
    assert 20 < (lines["import"].peak_mb or 0) < 2_000


def test_the_harness_measures_on_sqlite(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check(lines_of("sqlite", tmp_path))
    printed = capsys.readouterr().out
    assert all(f" {what} " in printed for what in FIGURES)


@pytest.mark.postgres
def test_the_harness_measures_on_postgresql(tmp_path: Path) -> None:
    if binaries() is None:
        cannot_run("no PostgreSQL programs here")
    check(lines_of("postgresql", tmp_path))


def test_an_answer_that_is_a_failure_stops_the_measurement(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'bench.sqlite3'}"
    bridge = create_bridge(environment_for(url))
    upgrade(bridge.db.engine)
    prepare(bridge)
    bridge.db.close()
    with serving(url, tmp_path, workers=1) as server:
        client = Client(server.port, LOGIN, PASSWORD + "?")
        with pytest.raises(RuntimeError, match="failure"):
            client.log_in()
        client.close()


def test_a_file_whose_documents_are_set_aside_stops_the_measurement(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'bench.sqlite3'}"
    bridge = create_bridge(environment_for(url))
    upgrade(bridge.db.engine)
    prepare(bridge)
    bridge.db.close()
    write(tmp_path / "returned.xml", 3)
    file = tmp_path / "returned.xml"  # with sums that are no numbers: its documents are set aside
    file.write_text(re.sub("<Сумма>[^<]*", "<Сумма>много", file.read_text("utf-8")), "utf-8")
    with serving(url, tmp_path, workers=1) as server:
        client = Client(server.port, LOGIN, PASSWORD)
        client.log_in()
        with pytest.raises(RuntimeError, match="отложены"):
            client.upload(tmp_path / "returned.xml", "documents.xml", 10_000)
        client.close()


def test_seeded_invoices_differ_in_what_1c_sees() -> None:
    assert len({accounting_hash(invoice) for invoice in invoices(40)}) == 40


def test_the_request_counts_are_measured_and_keep_the_budget(tmp_path: Path) -> None:
    file = tmp_path / "requests.json"
    costs = fetching.main(["--counts", "10,50", "--old", "3", "--json", str(file)])
    assert [cost["requests"] for cost in json.loads(file.read_text())] == [cost.requests for cost in costs]
    assert {cost.refused for cost in costs} == {0}
    ours = [(cost.invoices, cost.requests) for cost in costs if cost.what == "ours, everything around them"]
    assert ours == [(10, 3), (50, 3)]
    assert {cost.requests for cost in costs if cost.what == "ours, idle look"} == {1}


def test_every_page_is_measured_over_a_filled_journal() -> None:
    figures = looking.main(["--steps", "500", "--databases", "sqlite"])
    assert {"/", "/invoices", "/sessions", "/problems", "/search?q=10", "/metrics"} <= {one.path for one in figures}
    assert all(one.milliseconds > 0 for one in figures)
