"""Every page in Chromium, Russian and English, desktop and phone: no error, no CSP violation, no sideways scrolling.

``CHROMIUM`` names the browser (default /usr/bin/chromium); ``CMLB_SCREENSHOTS`` a directory to keep pictures in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Dialog

from tests.browser.conftest import LANGUAGES, WIDTHS, Watched
from tests.web.conftest import Site
from tests.web.firm import XSS
from tests.web.seed import pages

pytestmark = pytest.mark.browser


@pytest.fixture
def watched(request: pytest.FixtureRequest, chromium: Browser, served: Site) -> Iterator[tuple[Watched, int, str]]:
    width, language = request.param
    scheme: Literal["dark", "light"] = "dark" if (width, language) == (390, "en") else "light"
    context = chromium.new_context(viewport={"width": width, "height": 844}, locale=language, color_scheme=scheme)
    page = Watched(context)
    page.log_in(served)
    yield page, width, language
    context.close()


def _name(path: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-") or "overview"


@pytest.mark.parametrize("watched", [(w, one) for w in WIDTHS for one in LANGUAGES], indirect=True)
def test_every_page_is_whole_in_a_browser(watched: tuple[Watched, int, str], served: Site, pictures: Path) -> None:
    tab, width, language = watched
    for path in pages(served.seeded):
        answer = tab.page.goto(served.url(path))
        assert answer is not None
        assert answer.ok, path
        assert tab.page.get_attribute("html", "lang") == language
        tab.page.screenshot(path=pictures / f"{_name(path)}-{width}-{language}.png", full_page=True)
        assert tab.complaints == [], path
        assert tab.overflow() <= 0, f"{path} is wider than {width} pixels"


@pytest.mark.parametrize("watched", [(390, "ru")], indirect=True)
def test_the_login_page_and_an_error_page_are_whole_too(
    watched: tuple[Watched, int, str], served: Site, pictures: Path
) -> None:
    tab, width, language = watched
    for path in ("/logout", "/nowhere"):
        tab.page.goto(served.url(path))
        tab.page.screenshot(path=pictures / f"{_name(path)}-{width}-{language}.png", full_page=True)
        assert tab.overflow() <= 0, path
    tab.page.context.clear_cookies()
    tab.page.goto(served.url("/login"))
    tab.page.screenshot(path=pictures / f"login-{width}-{language}.png", full_page=True)
    assert tab.overflow() <= 0
    assert [one for one in tab.complaints if "404" not in one] == []


@pytest.mark.parametrize("watched", [(1280, "ru")], indirect=True)
def test_text_from_outside_is_shown_and_never_run(watched: tuple[Watched, int, str], served: Site) -> None:
    tab, _width, _language = watched
    dialogs: list[str] = []

    def dismiss(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    tab.page.on("dialog", dismiss)
    tab.page.goto(served.url(f"/invoices/{served.seeded.invoices['xss']}"))
    assert XSS in tab.page.inner_text("main")
    tab.page.goto(served.url("/problems"))
    assert XSS in tab.page.inner_text("main")
    assert dialogs == []


@pytest.mark.parametrize("watched", [(390, "ru")], indirect=True)
def test_an_operator_finds_an_invoice_by_keyboard_and_reaches_the_exact_bytes(
    watched: tuple[Watched, int, str], served: Site
) -> None:
    tab, _width, _language = watched
    tab.page.focus("#q")
    tab.page.keyboard.type("1041")
    tab.page.keyboard.press("Enter")
    tab.page.wait_for_url("**/search?q=1041")
    tab.page.click("td.head a")
    tab.page.click("text=точные байты документа")
    assert "<Номер>1041</Номер>" in tab.page.inner_text("pre.body")
    assert tab.complaints == []


@pytest.mark.parametrize("watched", [(1280, "ru")], indirect=True)
def test_suggestions_come_as_one_types_and_are_walked_by_arrows(
    watched: tuple[Watched, int, str], served: Site
) -> None:
    tab, _width, _language = watched
    tab.page.goto(served.url("/sessions"))
    tab.page.keyboard.press("/")
    tab.page.keyboard.type("104")
    tab.page.wait_for_selector(".suggestions a")
    tab.page.keyboard.press("ArrowDown")
    tab.page.keyboard.press("Enter")
    tab.page.wait_for_url("**/invoices/*")
    tab.page.keyboard.press("/")
    tab.page.keyboard.type("zzzz")
    tab.page.wait_for_selector("text=Ничего не найдено")
    tab.page.keyboard.press("Escape")
    assert tab.page.query_selector(".suggestions") is None
    leaving: tuple[Callable[[], None], ...] = (
        lambda: tab.page.mouse.click(5, 5),
        lambda: tab.page.focus("nav a >> nth=0"),
    )
    for leave in leaving:
        tab.page.fill("[data-search]", "")
        tab.page.focus("[data-search]")
        tab.page.keyboard.type("104")
        tab.page.wait_for_selector(".suggestions a")
        leave()
        assert tab.page.query_selector(".suggestions") is None
    assert tab.complaints == []


@pytest.mark.parametrize("watched", [(1280, "ru")], indirect=True)
def test_the_key_of_the_slash_goes_to_the_search_box_in_a_russian_layout_too(
    watched: tuple[Watched, int, str], served: Site
) -> None:
    tab, _width, _language = watched
    tab.page.goto(served.url("/sessions"))
    tab.page.evaluate(
        "document.body.dispatchEvent(new KeyboardEvent('keydown', {key: '.', code: 'Slash', bubbles: true}))"
    )
    assert tab.page.evaluate("document.activeElement.matches('[data-search]')")


@pytest.mark.parametrize("watched", [(1280, "ru")], indirect=True)
def test_the_list_of_sessions_is_read_again_under_the_hands_of_a_keyboard_user(
    watched: tuple[Watched, int, str], served: Site
) -> None:
    tab, _width, _language = watched
    tab.page.goto(served.url("/sessions"))
    tab.page.focus("td.head a >> nth=1")
    focused = tab.page.evaluate("document.activeElement.id")
    with tab.page.expect_response(lambda answer: answer.url == served.url("/sessions")):
        pass
    tab.page.wait_for_function("id => document.activeElement.id === id", arg=focused)
    tab.page.focus(".chip >> nth=1")
    focused = tab.page.evaluate("document.activeElement.id")
    with tab.page.expect_response(lambda answer: answer.url == served.url("/sessions")):
        pass
    tab.page.wait_for_function("id => document.activeElement.id === id", arg=focused)
    tab.page.context.clear_cookies()
    tab.page.wait_for_url(re.compile(r"/login\?next=/sessions$"))
    assert tab.complaints == []
