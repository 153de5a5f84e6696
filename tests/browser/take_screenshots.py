"""``python -m tests.browser.take_screenshots``: the pictures of the README, from a live installation after the demo's
journey. Run it when the pages change."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from commerceml_bridge.cli.demo import RATES
from commerceml_bridge.simulators.portal import PortalServer, seed_demo
from tests.stand import PASSWORD, standing

IMAGES = Path(__file__).resolve().parents[2] / "docs/images"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]


def main() -> None:
    """Walk the journey and photograph the pages."""
    with tempfile.TemporaryDirectory() as folder, PortalServer() as server:
        seed_demo(server.portal)
        with standing(Path(folder), f"sqlite:///{folder}/pictures.sqlite3", server) as stand:
            stand.set_up(client="ut11")
            stand.command("operator", "add", "anna", "--password-stdin", stdin=PASSWORD)
            stand.start(workers=1)
            stand.sync()
            client = stand.client("ut11", vat_rates=tuple(sorted(RATES)))
            client.load()
            for number in ("8", "11", "12"):
                client.base.pay(number)
            client.upload()
            stand.sync()
            _photograph(stand.address)


def _photograph(address: str) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), args=ARGUMENTS
        )
        page = browser.new_page(viewport={"width": 1100, "height": 700}, locale="ru-RU")
        page.goto(f"{address}login")
        page.fill("input[name=login]", "anna")
        page.fill("input[name=password]", PASSWORD)
        page.click("main button[type=submit]")
        for name, path in (
            ("overview", ""),
            ("invoices", "invoices"),
            ("sessions", "sessions"),
            ("session", "sessions/1"),
        ):
            page.goto(f"{address}{path}")
            page.screenshot(path=IMAGES / f"{name}.png", full_page=True)
        page.goto(f"{address}invoices?q=11")
        page.click("main table a:text-is('11'), main a:text-is('11')")
        page.screenshot(path=IMAGES / "invoice.png", full_page=True)
        browser.close()


if __name__ == "__main__":
    main()
