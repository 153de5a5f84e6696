"""Every page judged by axe, both widths, light and dark, both languages; and the keyboard alone.

axe is run by the debugger's protocol, which the strict CSP of the pages does not concern.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import LANGUAGES, WIDTHS, Watched
from tests.web.conftest import Site
from tests.web.seed import pages

pytestmark = pytest.mark.browser

AXE = next((Path(__file__).parent / "vendor").glob("axe-*.min.js")).read_text("utf-8")
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
BAD = ("serious", "critical")
JUDGE = """async () => {
  document.querySelectorAll("details").forEach((one) => { one.open = true; });
  const found = await axe.run(document, {resultTypes: ["violations"], elementRef: false});
  return found.violations.map((one) => [one.impact, one.id, one.nodes.slice(0, 5).map((node) => node.html)]);
}"""
UNREACHABLE = """() => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, summary")]
  .filter((one) => one.tabIndex < 0 && !one.disabled).map((one) => one.outerHTML)"""
FOCUSED = """() => {
  const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
  return {tag: one.tagName, html: one.outerHTML.slice(0, 200), outline: style.outlineStyle,
    width: parseFloat(style.outlineWidth), seen: box.width > 0 && box.right > 0 && box.height > 0};
}"""
MORE = ("/logout", "/nowhere")


@pytest.fixture(params=LANGUAGES)
def tab(request: pytest.FixtureRequest, chromium: Browser, served: Site) -> Iterator[Watched]:
    context = chromium.new_context(locale=request.param)
    found = Watched(context)
    found.log_in(served)
    yield found
    context.close()


def violations(page: Page, path: str) -> list[str]:
    """Return what axe calls serious or critical at every width and in every scheme."""
    page.evaluate(AXE)
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 844})
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            judged = page.evaluate(JUDGE)
            found += [f"{path} {width} {scheme} {name}: {nodes}" for impact, name, nodes in judged if impact in BAD]
    return found


def test_axe_finds_nothing_serious_on_any_page(tab: Watched, served: Site) -> None:
    found = []
    for path in (*pages(served.seeded), *MORE, f"/portals/{served.seeded.ids['portal']}/check"):
        tab.page.goto(served.url(path))
        found += violations(tab.page, path)
    tab.page.context.clear_cookies()
    tab.page.goto(served.url("/login"))
    found += violations(tab.page, "/login")
    assert found == [], "\n".join(found)


def test_axe_would_find_something(chromium: Browser) -> None:
    page = chromium.new_page()
    page.set_content("<html><body><img src='x'><input></body></html>")
    found = " ".join(violations(page, "a bad page"))
    page.close()
    assert "image-alt" in found
    assert "label" in found


def test_every_action_is_reached_by_keyboard_and_its_focus_is_seen(chromium: Browser, served: Site) -> None:
    context = chromium.new_context(locale="ru", viewport={"width": 1280, "height": 844})
    tab = Watched(context)
    tab.log_in(served)
    for path in (f"/invoices/{served.seeded.invoices['held']}", "/problems", "/operators"):
        tab.page.goto(served.url(path))
        assert tab.page.evaluate(UNREACHABLE) == [], path
        tab.page.keyboard.press("Tab")
        assert tab.page.evaluate("document.activeElement.className") == "skip"
        for _ in range(30):
            focus = tab.page.evaluate(FOCUSED)
            assert focus["outline"] not in ("none", "hidden"), focus
            assert focus["width"] >= 2, focus
            assert focus["seen"], focus
            tab.page.keyboard.press("Tab")
            if tab.page.evaluate("document.activeElement === document.body"):
                break
    context.close()


def test_the_skip_link_leads_past_the_navigation(chromium: Browser, served: Site) -> None:
    context = chromium.new_context(locale="en", viewport={"width": 390, "height": 844})
    tab = Watched(context)
    tab.log_in(served)
    tab.page.goto(served.url("/invoices"))
    tab.page.keyboard.press("Tab")
    tab.page.keyboard.press("Enter")
    tab.page.keyboard.press("Tab")
    assert tab.page.evaluate("document.activeElement.closest('main') !== null")
    context.close()


def test_nothing_moves_for_who_asked_for_less_motion(chromium: Browser, served: Site) -> None:
    moving = """() => [...document.querySelectorAll("*")].filter((one) => {
      const style = getComputedStyle(one);
      const moves = (times) => times.split(",").some((time) => parseFloat(time) > 0);
      return moves(style.transitionDuration) || moves(style.animationDuration) || style.scrollBehavior === "smooth";
    }).length"""
    context = chromium.new_context(locale="ru", reduced_motion="reduce")
    tab = Watched(context)
    tab.log_in(served)
    tab.page.goto(served.url("/sessions"))
    assert tab.page.evaluate(moving) == 0
    tab.page.emulate_media(reduced_motion="no-preference")
    assert tab.page.evaluate(moving) == 1  # the smooth scrolling of the page itself
    context.close()
