"""The connection wizard in a browser: from a clean machine to the first payment returned, every typed value counted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from commerceml_bridge.cli.processes import ready, running, until
from commerceml_bridge.domain.nodes import ClientFamily
from commerceml_bridge.services import nodes
from commerceml_bridge.simulators.onec import OneCClient, connect
from commerceml_bridge.simulators.portal import PortalServer, seed_demo
from tests.stand import Stand, standing

pytestmark = pytest.mark.browser
PASSWORD = "a-long-enough-word"
COMMANDS, VALUES = 3, 12
"""What the wizard promises; docs/connect.md says the same."""
KNOWN_RATES = ("0", "5", "7", "10", "18", "20", "22")
"""Of the release the person names."""
SUMMARY = (
    r"1С подключилась, счетов доставлено и сверено: [1-9]\d*( \(подтверждено загрузкой: \d+\))?, оплат вернулось: 1\."
)


@pytest.fixture
def server() -> Iterator[PortalServer]:
    """A portal with invoices."""
    with PortalServer() as portal:
        seed_demo(portal.portal)
        yield portal


@pytest.fixture
def clean(tmp_path: Path, server: PortalServer) -> Iterator[Stand]:
    """A machine where nothing was done yet."""
    with standing(tmp_path, f"sqlite:///{tmp_path / 'new.sqlite3'}", server) as stand:
        yield stand


class Person:
    """Somebody who connects, and what they type."""

    def __init__(self, page: Page, stand: Stand) -> None:
        self.page = page
        self.stand = stand
        self.commands = 0
        self.values: list[str] = []
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda message: self.complaints.append(f"{message.type}: {message.text}"))

    def types(self, selector: str, value: str) -> None:
        self.values.append(selector)
        self.page.fill(selector, value)

    def sends(self, words: str) -> None:
        self.page.click(f"main form.settings button:has-text('{words}')")

    def main(self) -> str:
        return self.page.inner_text("main")

    def makes_an_operator(self) -> None:
        self.commands += 1
        self.values += ["operator add LOGIN", "its password"]
        self.stand.command("operator", "add", "admin", "--password-stdin", stdin=PASSWORD)

    def logs_in(self) -> None:
        self.page.goto(self.stand.address + "login")
        self.types("#login", "admin")
        self.types("#password", PASSWORD)
        self.page.click("main button[type=submit]")

    def adds_the_portal(self, webhook: str) -> None:
        self.page.click("text=Подключить по шагам")
        self.types("#portal-webhook", webhook)
        self.sends("Дальше")
        self.page.wait_for_url("**/connect/portals/*")

    def adds_the_node(self) -> None:
        self.page.select_option("#node-client", ClientFamily.UT11.value)
        self.types("#node-from_date", "2020-01-01")
        self.sends("Посчитать")
        assert re.search(r"(в отборе|в Битрикс24): [1-9]", self.main())
        assert self.page.input_value("#node-from_date") == "2020-01-01"
        self.types("#node-password", PASSWORD)
        self.sends("Добавить узел")
        self.page.wait_for_url("**/connect/nodes/*")

    def says_the_rates(self) -> None:
        self.types("#rates-onec_release", "11.5.20.56")
        for rate in ("5", "7", "22"):
            self.page.check(f"input[name=vat_rates][value='{rate}']")
        self.sends("Сохранить")
        self.page.wait_for_selector("text=Ставки сохранены")

    def fills_1c(self) -> OneCClient:
        address, login = (self.page.inner_text(f"code.copy >> nth={number}") for number in (0, 1))
        assert address == self.stand.address + "bitrix/admin/1c_exchange.php"
        self.values += ["address in 1C", "login in 1C", "password in 1C"]
        return connect("ut11", address=address, login=login, password=PASSWORD, vat_rates=KNOWN_RATES)

    def sees(self, step: str) -> None:
        """Wait until the page says by itself that a step is done."""
        self.page.wait_for_selector(f"#steps li:has(.result-success):has-text('{step}')", timeout=60_000)


def test_from_a_clean_machine_to_the_first_payment(chromium: Browser, clean: Stand, server: PortalServer) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, locale="ru")
    person = Person(context.new_page(), clean)
    person.commands += 1  # make serve
    with running(clean.environment, clean.folder, "up", "--bind", clean.bind, "--workers", "1"):
        until("сервер готов", lambda: ready(clean.bind))
        person.makes_an_operator()
        person.logs_in()
        person.adds_the_portal(server.webhook_url)
        assert "Обмену ничто не мешает" in person.main()
        person.adds_the_node()
        assert "номер заказа на сайте" in person.main()
        assert "1С ещё не подключалась" in person.main()
        person.says_the_rates()
        person.sees("Счета получены из Битрикс24")
        onec = person.fills_1c()
        onec.load()
        person.sees("Счета загружены и подтверждены")
        assert "Проведите в 1С оплату одного счёта" in person.main()
        onec.base.pay(min(onec.base.orders))
        onec.upload()
        person.page.wait_for_selector("text=Готово: к узлу", timeout=60_000)
        summary = person.page.inner_text("#steps strong")
        assert re.fullmatch(SUMMARY, summary), summary
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert person.page.evaluate(wide) <= 0
    (node,) = nodes.all_nodes(clean.bridge)
    assert node.options.client is ClientFamily.UT11
    assert node.options.vat_rates == {"0", "5", "7", "10", "20", "22"}
    assert node.options.onec_release == "11.5.20.56"
    assert person.complaints == []
    assert person.commands <= COMMANDS
    assert len(person.values) <= VALUES, person.values
    context.close()


def test_the_documentation_promises_what_is_counted() -> None:
    told = (Path(__file__).parents[2] / "docs" / "connect.md").read_text(encoding="utf-8")
    assert f"не больше {COMMANDS} команд и {VALUES} значений" in told
