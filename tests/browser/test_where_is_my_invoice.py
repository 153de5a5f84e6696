"""«Где счёт N и почему не оплачен?» is answered in at most three actions, in ten situations, over a live server.

Pictures go to ``CMLB_SCREENSHOTS``. What the pages offer as bytes is compared with what the simulated 1C had on its
sockets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from commerceml_bridge.simulators.portal import PortalServer
from tests.browser.situations import LOGIN, NUMBERS, SAID, Scene, play, states
from tests.stand import PASSWORD, standing

pytestmark = pytest.mark.browser
MOST_ACTIONS = 3
TOLD_ON = re.compile(
    r"/(invoices|sessions|nodes|connect/nodes)/\d+|/nodes/\d+/(preflight|items)|/portals/\d+/check|/uploads/\d+/rehearsal"
)
"""pages with reasons of their own that other pages lead to"""
SAID_TO_PEOPLE = """() => {
    document.querySelectorAll("pre, select, .languages, section[aria-labelledby=words]").forEach(one => one.remove());
    return document.body.innerText.split("\\n");
}"""
"""the lines of a page without bodies, the choice of language and the words of 1C's forms"""
RUSSIAN = re.compile("[а-яё]+", re.IGNORECASE)
DATA = re.compile(
    r"«[^«»]*»"  # names in Bitrix24 and 1C: of buttons, parties, fields
    r"|Уралдеталь|Монтаж кондиционера, шт|Торговля|Отказы|Тихая|Левая и Правая|Анна Орлова|Общая"  # of the portal
    r"|Новый|Отправлен клиенту|Не оплачен|Оплачен"  # its stages
    r"|(?:НФНФ|00ПЛ)-\d+|00БС|Заказ товара|Ид\b|ВерсияСхемы|ВидНоменклатуры|УНФ|УТ|КА|БП"  # of 1C
    r"|Русский"
)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("situations")
    with PortalServer() as server, standing(folder, f"sqlite:///{folder}/s.sqlite3", server) as stand:
        yield play(stand, server)


class Person:
    """Somebody at the pages; every press or typed line counts."""

    def __init__(self, context: BrowserContext, scene: Scene) -> None:
        self.page: Page = context.new_page()
        self.address = scene.stand.address
        self.page.goto(f"{self.address}login")
        self.page.fill("#login", LOGIN)
        self.page.fill("#password", PASSWORD)
        self.page.click("main button[type=submit]")
        self.page.wait_for_url(self.address)
        self.actions = 0

    def type_number(self, number: str) -> None:
        """Type into the box of the first page and press Enter."""
        self.actions += 1
        self.page.fill("#q", number)
        self.page.press("#q", "Enter")
        self.page.wait_for_url("**/search?q=*")

    def press(self, selector: str) -> None:
        """Press a link or a button."""
        self.actions += 1
        self.page.click(selector)
        self.page.wait_for_load_state()

    def ask(self, number: str) -> None:
        """Find out where an invoice is."""
        self.type_number(number)
        hit = self.page.query_selector("td.head a")
        self.press("td.head a" if hit else "form[action$='/search/fetch'] button")

    def links(self, selector: str) -> list[str]:
        """Return the addresses the links lead to, each once."""
        found = self.page.eval_on_selector_all(selector, "all => all.map(one => one.getAttribute('href'))")
        return list(dict.fromkeys(found))

    def download(self, address: str) -> bytes:
        """Return the exact bytes of the body whose page is at an address."""
        answer = self.page.context.request.get(
            f"{self.address.rstrip('/')}{address.split('?', maxsplit=1)[0]}/download"
        )
        assert answer.ok, address
        return answer.body()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    made = chromium.new_context(viewport={"width": 1280, "height": 844}, locale="ru")
    yield made
    made.close()


@pytest.mark.parametrize("situation", list(NUMBERS))
def test_the_question_is_answered_in_three_actions(scene: Scene, context: BrowserContext, situation: str) -> None:
    person = Person(context, scene)
    person.ask(NUMBERS[situation])
    code, words = SAID[situation]
    told = person.page.inner_text(".answer .where")
    assert (person.page.get_attribute(".answer .where", "data-code"), words in told) == (code, True), told + states(
        scene.stand
    )
    assert person.actions <= MOST_ACTIONS
    assert person.page.evaluate("document.querySelector('.where').getBoundingClientRect().bottom") < 844, (
        "seen without scrolling"
    )


def test_an_invoice_that_is_not_here_says_why_it_may_be_so(scene: Scene, context: BrowserContext) -> None:
    person = Person(context, scene)
    person.type_number("99999")
    told = person.page.inner_text("main")
    assert "Портал «p» прочитан" in told
    assert "Узлы берут счета с 01.01.2020: broken, left, quiet, right, trade" in told
    person.press("form[action$='/search/fetch'] button")
    assert "В Битрикс24 нет счёта с таким номером" in person.page.inner_text("body")


@pytest.mark.parametrize("situation", list(NUMBERS))
def test_the_bytes_shown_are_those_on_the_wire(scene: Scene, context: BrowserContext, situation: str) -> None:
    person = Person(context, scene)
    number = NUMBERS[situation]
    person.ask(number)
    served = {
        address: person.download(address) for address in person.links(".kind-served a[href^='/bodies/delivery/']")
    }
    assert set(served.values()) == set(scene.wire.served.get(number, []))
    documents = [person.download(one) for one in person.links(".kind-served a[href^='/bodies/document/']")]
    assert bool(documents) is bool(served)
    for document in documents:
        assert f"<Номер>{number}</Номер>" in document.decode("windows-1251")
        assert any(document in whole for whole in served.values())
    sessions = person.links(".kind-returned a[href^='/sessions/']")
    for address, whole in served.items():
        person.page.goto(f"{person.address.rstrip('/')}{address}?view=raw")
        assert person.page.text_content("pre.body") == whole.decode("windows-1251")
    posted = []
    for session in sessions:
        person.page.goto(f"{person.address.rstrip('/')}{session}")
        posted += [person.download(one) for one in person.links("a[href^='/bodies/upload/']:not([href$=download])")]
    assert set(posted) == set(scene.wire.posted.get(number, []))


def test_what_1c_returned_and_what_bitrix24_was_told_is_one_click_away(scene: Scene, context: BrowserContext) -> None:
    person = Person(context, scene)
    number = NUMBERS["partly paid"]
    person.ask(number)
    returned = person.page.get_attribute("#returned ~ table a:text-is('показать')", "href")
    assert returned
    assert f"<Номер>{number}</Номер>".encode() in person.download(returned)
    kinds = person.page.eval_on_selector_all(".timeline li", "all => all.map(one => one.className.slice(5))")
    life = ("changed", "fetched", "rendered", "served", "acknowledged", "returned", "decided", "told")
    assert [kind for kind in dict.fromkeys(kinds) if kind in life] == list(life)
    comment = person.page.inner_text("article:has(h3:text('комментарий')) >> nth=1")
    assert "оплата 5000.00 RUB" in comment
    assert "прочитан в Битрикс24 до и после" not in comment  # nothing was read for a comment


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_answers_read_well_everywhere(
    scene: Scene, chromium: Browser, pictures: Path, width: int, language: str
) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 844}, locale=language)
    person = Person(context, scene)
    for situation, number in NUMBERS.items():
        person.page.goto(f"{person.address}search?q={number}")
        name = situation.replace(" ", "-").lower()
        if person.page.query_selector("td.head a"):
            person.page.click("td.head a")
        person.page.screenshot(path=pictures / f"where-{name}-{width}-{language}.png", full_page=True)
        overflow = person.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, (situation, width)
    person.page.goto(f"{person.address}search?q=99999")
    person.page.screenshot(path=pictures / f"where-nowhere-{width}-{language}.png", full_page=True)
    person.page.goto(f"{person.address}problems")
    person.page.screenshot(path=pictures / f"where-problems-{width}-{language}.png", full_page=True)
    context.close()


def test_no_reason_stays_russian_on_an_english_page(scene: Scene, chromium: Browser) -> None:
    """Every page a situation is told on, and those of its nodes, sessions and files: Russian is only what is data."""
    context = chromium.new_context(viewport={"width": 1280, "height": 844}, locale="en")
    page = Person(context, scene).page
    waiting = [
        "/",
        "/problems",
        "/reconciliation",
        "/refusals",
        "/audit",
        "/sessions",
        "/nodes",
        "/portals",
        "/connect",
    ]
    waiting += [f"/search?q={number}" for number in (*NUMBERS.values(), "99999")]
    seen, russian = set(waiting), []
    for address in waiting:
        page.goto(scene.stand.address.rstrip("/") + address)
        links = [link.get_attribute("href") or "" for link in page.query_selector_all("a[href]")]
        for link in dict.fromkeys(one for one in links if TOLD_ON.fullmatch(one)):
            if link not in seen:
                seen.add(link)
                waiting.append(link)
        russian += [(address, line) for line in page.evaluate(SAID_TO_PEOPLE) if RUSSIAN.search(DATA.sub("", line))]
    assert not russian
    patterns = {re.sub("[0-9]+", "N", one) for one in seen}
    assert {"/invoices/N", "/sessions/N", "/nodes/N/preflight", "/portals/N/check", "/connect/nodes/N"} <= patterns
    assert sum(one.startswith("/invoices/") for one in seen) >= len(NUMBERS) - 1
    context.close()


def test_ticked_problems_are_mended_with_one_reason(scene: Scene, context: BrowserContext) -> None:
    """Last of all: it changes the scene."""
    page = Person(context, scene).page
    page.goto(f"{scene.stand.address}problems?source=job")
    page.check(f"li:has-text('{NUMBERS['paid but parked']}') input.pick")
    page.click("details.many summary")
    page.fill("details.many input[name=reason]", "право вебхуку дали")
    page.click("details.many button:text-is('Повторить')")
    page.wait_for_load_state()
    assert "Сделано: 1 из 1." in page.inner_text("body")
    assert page.url.endswith("/problems?source=job")
    assert not scene.stand.sync().failed
    page.goto(f"{scene.stand.address}search?q={NUMBERS['paid but parked']}")
    page.click("td.head a")
    assert page.get_attribute(".answer .where", "data-code") == "written"
    assert "право вебхуку дали" in page.inner_text(".timeline")
