"""``python -m tests.browser.take_screenshots``: the pictures of the README, from a live installation after the demo's
journey. Run it when the pages change."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, FloatRect, Page, sync_playwright

from commerceml_bridge.cli.demo import RATES
from commerceml_bridge.simulators.portal import PortalServer, seed_demo
from tests.stand import PASSWORD, standing

IMAGES = Path(__file__).resolve().parents[2] / "docs/images"
TALLEST = 1100
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
        page = _logged_in(browser, address, locale="ru-RU", width=1100)
        for name, path in (
            ("overview", ""),
            ("invoices", "invoices"),
            ("session", "sessions/1"),
            ("connect", "connect/nodes/1"),
        ):
            page.goto(f"{address}{path}")
            page.screenshot(path=IMAGES / f"{name}.png", full_page=True, clip=_beginning(page))
        _invoice(page, address, "11", "invoice")
        english = _logged_in(browser, address, locale="en", width=1100)
        _invoice(english, address, "11", "invoice-en")
        phone = _logged_in(browser, address, locale="ru-RU", width=390, color_scheme="dark")
        _invoice(phone, address, "13", "invoice-phone")
        browser.close()


def _logged_in(browser: Browser, address: str, *, width: int, **options: Any) -> Page:
    page = browser.new_page(viewport={"width": width, "height": 844}, **options)
    page.goto(f"{address}login")
    page.fill("input[name=login]", "anna")
    page.fill("input[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    return page


def _invoice(page: Page, address: str, number: str, name: str) -> None:
    page.goto(f"{address}invoices?q={number}")
    page.click(f"main td.head a:text-is('{number}')")
    page.wait_for_selector("h1")
    page.screenshot(path=IMAGES / f"{name}.png", full_page=True, clip=_beginning(page))


def _beginning(page: Page) -> FloatRect:
    """Return the part of a page that a reader of the README wants to see."""
    size = page.viewport_size or {"width": 1100, "height": 844}
    height = page.evaluate("document.documentElement.scrollHeight")
    return {"x": 0, "y": 0, "width": size["width"], "height": min(height, TALLEST)}


if __name__ == "__main__":
    main()
