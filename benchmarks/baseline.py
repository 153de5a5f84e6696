"""What the machine itself can do with the same bytes, measured in the same run: the yardstick of every ratio.

``python -m benchmarks.baseline FILE`` serves FILE to every GET with the standard library and prints its port.
``parse_seconds`` parses a file with lxml and takes nothing out of it, ``json_seconds`` stored invoices with ``json``.
"""

from __future__ import annotations

import http.server
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lxml import etree

from benchmarks import seeding
from commerceml_bridge.domain import snapshots


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 64 * 1024
    disable_nagle_algorithm = True  # head and body apart would wait 40 ms for each other
    path_served: Path

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(self.path_served.stat().st_size))
        self.end_headers()
        with self.path_served.open("rb") as file:
            shutil.copyfileobj(file, self.wfile)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing: a line for each request would be measured too."""


@contextmanager
def serving(path: Path) -> Iterator[int]:
    """Keep the yardstick server running in a process of its own; yield its port."""
    command = [sys.executable, "-m", "benchmarks.baseline", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[1]) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def parse_seconds(path: Path, tag: str = "Документ") -> float:
    """Parse a file element by element, dropping each."""
    started = time.perf_counter()
    for _event, element in etree.iterparse(str(path), tag="{*}" + tag, huge_tree=True):
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]
    return time.perf_counter() - started


def json_seconds(count: int) -> float:
    """Parse as many invoices as they are stored."""
    texts = [snapshots.to_json(one) for one in seeding.invoices(count)]
    started = time.perf_counter()
    for text in texts:
        json.loads(text)
    return time.perf_counter() - started


def main() -> None:
    """Serve one file until terminated."""
    _Handler.path_served = Path(sys.argv[1])
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
