"""``python -m benchmarks``: seeds, serves, measures and prints one table per database. See ``README.md``."""

from __future__ import annotations

import argparse
import dataclasses
import json
import platform
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from benchmarks.measuring import HANDSHAKES, Line, measure
from tests.postgres import PostgresUnavailable, fresh_database, running_postgres

_HEADER = f"{'':<12}{'':<18}{'count':>8}{'s':>9}{'per s':>9}{'1st byte':>10}{'MB':>8}{'peak MB':>9}{'ratio':>8}  limit"


def main(arguments: Sequence[str] | None = None) -> list[Line]:
    """Run what the command line asks for; return the figures."""
    options = _parser().parse_args(arguments)
    print(machine())
    lines: list[Line] = []
    for database in options.databases.split(","):
        try:
            lines += _measured(database, options)
        except PostgresUnavailable as error:
            print(f"{database}: not measured: {error}")
    if options.json:
        text = json.dumps([_plain(line) for line in lines], ensure_ascii=False, indent=1)
        options.json.write_text(text + "\n", encoding="utf-8")
    return lines


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--documents", type=int, default=10_000, help="invoices and returned documents")
    parser.add_argument("--items", type=int, default=10_000, help="items of the catalogue")
    parser.add_argument("--databases", default="sqlite,postgresql", help="comma separated")
    parser.add_argument("--workers", type=int, default=1, help="gunicorn workers")
    parser.add_argument("--handshakes", type=int, default=HANDSHAKES, help="init requests")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    return parser


def _measured(database: str, options: argparse.Namespace) -> list[Line]:
    lines = []
    print(_HEADER)
    with tempfile.TemporaryDirectory(prefix="cmlb-bench-") as name, database_of(database, Path(name)) as url:
        sizes = {"documents": options.documents, "workers": options.workers, "handshakes": options.handshakes}
        sizes["items"] = options.items
        for line in measure(database, url, Path(name), **sizes):
            print(_row(line), flush=True)
            lines.append(line)
    return lines


@contextmanager
def database_of(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'bench.sqlite3'}"
        return
    with running_postgres(durable=True) as server, fresh_database(server) as url:
        yield url


def _row(line: Line) -> str:
    cells = (
        f"{line.database:<12}{line.what:<18}{line.count:>8}{line.seconds:>9.3f}{line.rate:>9.0f}",
        f"{'' if line.first_byte is None else f'{line.first_byte * 1000:.0f} ms':>10}",
        f"{'' if line.megabytes is None else f'{line.megabytes:.1f}':>8}",
        f"{'' if line.peak_mb is None else f'{line.peak_mb:.0f}':>9}",
        f"{'' if line.ratio is None else f'{line.ratio:.1f}':>8}  {line.limit}",
    )
    return "".join(cells)


def _plain(line: Line) -> dict[str, object]:
    return dataclasses.asdict(line) | {"rate": line.rate, "ratio": line.ratio}


def machine() -> str:
    memory = psutil.virtual_memory().total / 2**30
    return f"{platform.machine()}, {psutil.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}"


if __name__ == "__main__":
    main()
