"""Makes the committed recordings anew: ``python -m tests.e2e.make_recordings``.

Simulated 1C of each family walks both journeys against a live server; ``record`` keeps what went over the wire. To
be run after a deliberate change of the wire only, and its difference read.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from commerceml_bridge.simulators.portal import PortalServer, seed_demo
from tests.stand import Stand, standing

ROOT = Path(__file__).parents[2] / "fixtures" / "recordings"
FAMILIES: list[tuple[str, dict[str, Any]]] = [
    ("ut11", {}),
    ("unf", {"subordinate": True}),
    ("bitrix", {}),
    ("ut10", {}),
]


def walk(stand: Stand, family: str, options: dict[str, Any]) -> None:
    """Load, pay one invoice in full and one in part, send back, load again."""
    stand.set_up(client=family)
    stand.start(workers=1)
    stand.sync()
    client = stand.client(family, **options)
    client.check_connection()
    client.load()
    client.base.pay("11")
    client.base.pay("13", amount=client.base.orders["13"].total / 2)
    client.upload()
    client.load()


def main() -> None:
    """Replace every recording."""
    for family, options in FAMILIES:
        folder = ROOT / family
        shutil.rmtree(folder, ignore_errors=True)
        with tempfile.TemporaryDirectory() as name, PortalServer() as server:
            seed_demo(server.portal)
            database = f"sqlite:///{name}/recorded.sqlite3"
            with standing(Path(name), database, server) as stand:
                walk(stand, family, options)
                done = stand.command("record", "base", "--last", "4", "--to", str(folder))
                sys.stdout.write(done.stdout)


if __name__ == "__main__":
    main()
