"""Administrators change everything on pages: through the services, into the log, secrets write-only, typing kept."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest
import requests

from commerceml_bridge.db.rows import NodeRow
from commerceml_bridge.domain.nodes import ClientFamily
from commerceml_bridge.domain.roles import Role
from commerceml_bridge.domain.selection import OnLeave
from commerceml_bridge.services import nodes, notifying, odata_sources, operators, portals, secrets
from tests.web.conftest import Site, csrf_token
from tests.web.firm import LOGIN, PASSWORD
from tests.web.test_roles import logged_in

SECRET = "a-very-secret-word"


class Desk:
    """An administrator with a page open."""

    def __init__(self, site: Site, browser: requests.Session) -> None:
        self.site = site
        self.browser = browser
        self.token = csrf_token(browser.get(site.url("/"), timeout=10).text)

    def send(self, path: str, form: str, **fields: object) -> requests.Response:
        data = {"csrf_token": self.token, "form": form, **fields}
        return self.browser.post(self.site.url(path), data=data, timeout=20)

    def page(self, path: str) -> str:
        answer = self.browser.get(self.site.url(path), timeout=20)
        assert answer.status_code == 200, path
        return answer.text

    def options(self, path: str) -> dict[str, str]:
        """What the first form of a page would send as it stands."""
        html = self.page(path).split("<form", 3)[-1 if "settings" not in path else 3]
        found = dict(re.findall(r'<input id="[^"]+" name="([^"]+)" type="[^"]+" value="([^"]*)"', html))
        chosen = re.findall(r'<select id="[^"]+" name="([^"]+)"[^>]*>(.*?)</select>', html, re.DOTALL)
        for name, inside in chosen:
            found[name] = next(iter(re.findall(r'value="([^"]*)" selected', inside)), "")
        ticked = re.findall(r'type="checkbox" id="[^"]+" name="([^"]+)" value="1" checked', html)
        return found | dict.fromkeys(ticked, "1")


@pytest.fixture
def desk(fresh_site: Site) -> Iterator[Desk]:
    with logged_in(fresh_site, LOGIN) as browser:
        yield Desk(fresh_site, browser)


def node(desk: Desk, name: str = "Торговля") -> NodeRow:
    return nodes.by_name(desk.site.bridge, name)


def logged(desk: Desk, subject: str) -> tuple[str, str, str]:
    with desk.site.bridge.db.read() as uow:
        row = uow.audit.listed(subject=subject, limit=1)[0]
    return row.actor, row.action, row.changes


def test_a_portal_is_added_and_its_webhook_is_shown_nowhere(desk: Desk) -> None:
    hook = f"https://firma.example/rest/1/{SECRET}/"
    answer = desk.send("/portals/new", "portal", name="firma", webhook=hook, application_token=SECRET)
    assert "добавлен" in answer.text
    row = portals.by_name(desk.site.bridge, "firma")
    assert secrets.unseal(desk.site.bridge, row.webhook_sealed) == hook
    assert logged(desk, "firma")[:2] == (LOGIN, "portal.add")
    for path in ("/portals", f"/portals/{row.id}/settings", f"/portals/{row.id}/settings.json", "/audit"):
        assert SECRET not in desk.page(path)


def test_a_refused_portal_keeps_what_was_typed_but_no_secret(desk: Desk) -> None:
    answer = desk.send("/portals/new", "portal", name="Моя фирма", webhook=f"ftp://x/{SECRET}")
    assert answer.status_code == 400
    assert 'value="Моя фирма"' in answer.text
    assert SECRET not in answer.text
    assert "notice error" in answer.text


def test_a_portal_is_changed_and_without_history_removed(desk: Desk) -> None:
    row = portals.add(desk.site.bridge, "firma", "https://firma.example/rest/1/abc/")
    desk.send(f"/portals/{row.id}/settings", "portal", limits="5/250", webhook="", application_token=SECRET)
    changed = portals.by_name(desk.site.bridge, "firma")
    assert (changed.rate_per_second, changed.rate_capacity) == (5.0, 250)
    assert changed.webhook_sealed == row.webhook_sealed
    assert SECRET not in logged(desk, "firma")[2]
    desk.send(f"/portals/{row.id}/remove", "remove")
    assert [one.name for one in portals.all_portals(desk.site.bridge)] == ["romashka"]


def test_a_portal_with_history_is_not_removed(desk: Desk) -> None:
    answer = desk.send(f"/portals/{desk.site.seeded.ids['portal']}/remove", "remove")
    assert "есть история обмена" in answer.text


NEW = {"name": "Склад", "portal": "romashka", "client": "unf", "from_date": "2026-01-01", "prefix": "Б"}


def test_a_node_is_added_and_1c_can_log_in(desk: Desk) -> None:
    answer = desk.send("/nodes/new", "node", **NEW, login="1c-sklad", password=SECRET)
    assert "добавлен" in answer.text
    row = node(desk, "Склад")
    assert (row.options.client, row.options.prefix, row.options.from_date.year) == (ClientFamily.UNF, "Б", 2026)
    assert secrets.password_fits(SECRET, row.password_hash)
    assert SECRET not in answer.text + desk.page("/audit")


def test_a_refused_node_keeps_everything_but_the_password(desk: Desk) -> None:
    answer = desk.send("/nodes/new", "node", **NEW, login="1c-ut11", password=SECRET)
    assert "уже занят" in answer.text
    assert 'value="Склад"' in answer.text
    assert 'value="2026-01-01"' in answer.text
    assert '<option value="unf" selected' in answer.text
    assert SECRET not in answer.text


def test_options_are_changed_one_by_one_and_noted(desk: Desk) -> None:
    path = f"/nodes/{node(desk).id}/settings"
    as_it_is = desk.options(path)
    assert "Ничего не изменено" in desk.send(path, "options", **as_it_is).text
    typed = as_it_is | {"vat_rates": "0, 5, 20", "document_cap": "7", "hold_bad_inn": "1"}
    assert "изменены" in desk.send(path, "options", **typed).text
    options = node(desk).options
    assert (options.vat_rates, options.document_cap, options.hold_bad_inn) == (frozenset({"0", "5", "20"}), 7, True)
    actor, action, changes = logged(desk, "Торговля")
    assert (actor, action) == (LOGIN, "node.set")
    assert {one[0] for one in json.loads(changes)} == {"vat_rates", "document_cap", "hold_bad_inn"}


def test_the_log_of_changes_names_each_option_in_words_and_on_its_own_line(desk: Desk) -> None:
    row = node(desk)
    nodes.set_options(desk.site.bridge, row.name, document_cap=7, unseen_days=4)
    portal = portals.by_name(desk.site.bridge, row.portal_name)
    portals.set_portal(desk.site.bridge, portal.name, webhook=f"https://{portal.host}/rest/1/another1234/")
    page = desk.page("/audit")
    lines = [re.sub(r"<[^>]+>", "", one) for one in re.findall(r"<li>(.*?)</li>", page, re.DOTALL)]
    assert "Документов в одном ответе, не больше (0 — без предела): 500 → 7" in lines
    assert "Дней до напоминания о счёте, которого 1С не вернула: 3 → 4" in lines
    assert logged(desk, portal.name)[2] == json.dumps([["webhook", "", "изменён"]], ensure_ascii=False)


def test_a_wrong_option_is_refused_by_its_russian_name_and_stays_in_the_form(desk: Desk) -> None:
    path = f"/nodes/{node(desk).id}/settings"
    answer = desk.send(path, "options", **(desk.options(path) | {"number_digits": "много", "prefix": "Ж"}))
    assert "Значащих цифр в номере, не больше: нужно целое число" in answer.text
    assert 'value="Ж"' in answer.text
    assert node(desk).options.prefix == ""


@pytest.mark.parametrize("moment", ["0001-01-01T00:00", "завтра", "2026-11-27"])
def test_a_moment_to_take_back_from_is_understood_or_explained(desk: Desk, moment: str) -> None:
    answer = desk.browser.get(desk.site.url(f"/nodes/{node(desk).id}/take-back"), params={"since": moment}, timeout=10)
    assert answer.status_code == 200
    assert ("Момент нужен в виде" in answer.text) is (moment != "2026-11-27")


@pytest.mark.parametrize(
    ("option", "slip"),
    [
        ("document_cap", "9" * 30),
        ("unseen_days", "99999999999"),
        ("burst_changes", "-5"),
        ("burst_unpaid", "9" * 10),
        ("vat_rates", ""),
        ("onec_release", "1" * 201),
    ],
)
def test_a_slip_of_the_keyboard_that_would_stop_the_exchange_is_refused(desk: Desk, option: str, slip: str) -> None:
    path, before = f"/nodes/{node(desk).id}/settings", node(desk).options
    answer = desk.send(path, "options", **(desk.options(path) | {option: slip}))
    assert answer.status_code == 400
    assert slip in answer.text
    assert node(desk).options == before


def test_a_password_is_changed_and_a_node_removed_by_its_name_only(desk: Desk) -> None:
    row = node(desk)
    desk.send(f"/nodes/{row.id}/password", "password", password=SECRET)
    assert secrets.password_fits(SECRET, node(desk).password_hash)
    assert "впишите его имя" in desk.send(f"/nodes/{row.id}/remove", "remove", confirm="торговля?").text
    desk.send(f"/nodes/{row.id}/remove", "remove", confirm="Торговля")
    assert [one.name for one in nodes.all_nodes(desk.site.bridge)] == ["Бухгалтерия"]


def test_a_selection_is_counted_before_it_is_kept(desk: Desk) -> None:
    row = node(desk)
    path = f"/nodes/{row.id}/selection"
    fields = {"kinds": ["old"], "on_leave": "cancel", "from_date": "2024-02-03"}
    counted = desk.send(path, "selection", **fields, do="save")  # nobody has seen the count yet
    assert "В мосте счетов портала" in counted.text
    assert "будут отменены в 1С" in counted.text
    assert not node(desk).options.selection
    mark = re.search(r'name="agreed" value="([0-9a-f]+)"', counted.text)
    assert mark is not None
    for another in ({"kinds": ["smart"]}, {"from_date": "2024-02-04"}):
        other = desk.send(path, "selection", **fields | another, do="save", agreed=mark.group(1))
        assert "В мосте счетов портала" in other.text
    kept = desk.send(path, "selection", **fields, do="save", agreed=mark.group(1))
    assert "Отбор сохранён" in kept.text
    options = node(desk).options
    assert (options.selection.kinds, options.on_leave) == (frozenset({"old"}), OnLeave.CANCEL)
    assert options.from_date.isoformat() == "2024-02-03"


def test_the_date_is_not_changed_without_a_count(desk: Desk) -> None:
    row = node(desk)
    desk.send(f"/nodes/{row.id}/settings", "options", from_date="2020-01-01")
    assert node(desk).options.from_date == row.options.from_date


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ru", ["новые счета (смарт-счета)", "старые счета"]),
        ("en", ["new invoices (smart invoices)", "old invoices"]),
    ],
)
def test_the_kinds_to_choose_from_are_told_in_words(desk: Desk, language: str, words: list[str]) -> None:
    row = node(desk)
    for path in (f"/nodes/{row.id}/selection", f"/connect/portals/{row.portal_id}"):
        ticks = re.findall(r'name="kinds" value="(\w+)"[^>]*> ([^<]+)</label>', desk.page(f"{path}?lang={language}"))
        assert ticks == list(zip(["smart", "old"], words, strict=True)), path


def test_the_call_to_1c_is_set_up_and_switched_off(desk: Desk) -> None:
    path = f"/nodes/{node(desk).id}/notifier"
    url = "https://1c.example/base/hs/cmlb/exchange"
    answer = desk.send(path, "notifier", url=url, login="robot", password=SECRET, method="GET", debounce="5")
    assert "настроен" in answer.text
    state, _answers = notifying.state(desk.site.bridge, node(desk).id)
    assert state is not None
    assert (state.url, state.login, state.method, state.debounce) == (url, "robot", "GET", 5)
    assert SECRET not in desk.page(path) + desk.page(path + ".json")
    desk.send(path, "notifier", url=url, login="", password="", method="GET", debounce="7")
    with desk.site.bridge.db.read() as uow:
        stored = uow.notifiers.of(node(desk).id)
    assert stored is not None
    assert secrets.unseal(desk.site.bridge, stored.password_sealed) == SECRET
    refused = desk.send(path, "notifier", url="http://1c.example/x", login="", password=SECRET, debounce="7")
    assert "нужен https://" in refused.text
    assert 'value="http://1c.example/x"' in refused.text
    desk.send(path, "notifier", do="off")
    assert notifying.state(desk.site.bridge, node(desk).id)[0] is None


def test_asking_over_odata_is_set_up_and_neither_login_nor_password_is_shown(desk: Desk) -> None:
    path = f"/nodes/{node(desk).id}/odata"
    fields = {"url": "https://1c.example/base", "login": "odata-reader", "password": SECRET}
    answer = desk.send(path, "odata", **fields, prefix="00БС", organization="", minutes="30")
    assert "Опрос настроен" in answer.text
    row = odata_sources.of_node(desk.site.bridge, "Торговля")
    assert row is not None
    assert (row.prefix, row.every_seconds) == ("00БС", 1800)
    shown = desk.page(path) + desk.page(path + ".json") + desk.page("/audit")
    assert SECRET not in shown
    assert "odata-reader" not in shown
    assert logged(desk, "Торговля")[:2] == (LOGIN, "node.odata")
    desk.send(path, "odata", do="off")
    assert odata_sources.of_node(desk.site.bridge, "Торговля") is None


def test_a_row_of_the_policy_is_returned_to_the_default_and_a_silent_portal_is_said(desk: Desk) -> None:
    path = f"/nodes/{node(desk).id}/policy/edit"
    assert "узнать не удалось" in desk.page(f"{path}?situation=paid")
    answer = desk.send(path, "policy", situation="paid", comment="1", out_of_failure="1")
    assert answer.status_code == 400
    for flag in ("comment", "out_of_failure"):
        assert f'name="{flag}" value="1" checked' in answer.text
    assert "молчания 1С" in desk.page(f"{path}?situation=withdrawn")
    assert "молчания 1С" not in desk.page(f"{path}?situation=paid")
    assert "Строка как по умолчанию" in desk.send(path, "policy", situation="paid", do="reset").text
    assert logged(desk, "Торговля")[1] == "node.policy"


def test_a_test_exchange_is_looked_at_and_taken_back(desk: Desk) -> None:
    session = desk.site.seeded.ids["session-first"]
    path = f"/nodes/{node(desk).id}/take-back"
    page = desk.page(f"{path}?session={session}")
    assert "Оплата по счёту известна" in page
    assert "уйдёт снова" in page
    twin = json.loads(desk.page(f"{path}.json?session={session}"))
    assert (twin["plan"]["taken"], twin["plan"]["left"]) == (1, 1)
    assert desk.send(path, "", session=session, reason="").status_code == 400
    assert "Снова к отправке: 1" in desk.send(path, "", session=session, reason="не та база").text
    history = desk.page(f"/invoices/{desk.site.seeded.invoices['acknowledged']}")
    assert "не та база" in history
    assert "Обмен взят назад" in history


ADMINISTRATION = ["portals/new", "portals/{portal}/settings", "nodes/new", "nodes/{node}/settings"] + [
    f"nodes/{{node}}/{name}" for name in ("selection", "notifier", "odata", "policy/edit", "take-back")
]


@pytest.mark.parametrize("path", ADMINISTRATION)
def test_an_operator_opens_no_settings_and_changes_none(fresh_site: Site, path: str) -> None:
    operators.add(fresh_site.bridge, "person", PASSWORD, Role.OPERATOR)
    ids = {"portal": fresh_site.seeded.ids["portal"], "node": fresh_site.seeded.ids["Торговля"]}
    with logged_in(fresh_site, "person") as browser:
        address = fresh_site.url("/" + path.format(**ids))
        token = csrf_token(browser.get(fresh_site.url("/"), timeout=10).text)
        assert browser.get(address, timeout=10).status_code == 403
        assert browser.get(address + ".json", timeout=10).status_code == 403
        assert browser.post(address, data={"csrf_token": token}, timeout=10).status_code == 403


def test_extra_requisites_are_typed_one_a_line_and_what_would_break_the_exchange_is_refused(desk: Desk) -> None:
    path = f"/nodes/{node(desk).id}/settings"
    whole = desk.options(path) | {
        "contact_types": "joined",
        "send_paid": "1",
        "extra_requisites": "Источник=Битрикс24\r\n\r\nНомер счета={number}\r\n",
    }
    assert desk.send(path, "options", **whole).status_code == 200
    options = node(desk).options
    assert [str(one) for one in options.extra_requisites] == ["Источник=Битрикс24", "Номер счета={number}"]
    assert (options.contact_types.value, options.send_paid, options.send_stage) == ("joined", True, False)
    assert "Источник=Битрикс24\nНомер счета={number}</textarea>" in desk.page(path)
    assert "Источник = Битрикс24; Номер счета = {number}" in desk.page(f"/nodes/{node(desk).id}")
    refused = desk.send(path, "options", **whole | {"extra_requisites": "Заказ оплачен=true"})
    assert (refused.status_code, "занят обменом" in refused.text) == (400, True)
    assert "Заказ оплачен=true</textarea>" in refused.text, "what was typed is kept"
    assert desk.send(path, "options", **whole | {"extra_requisites": ""}).status_code == 200
    assert node(desk).options.extra_requisites == ()
