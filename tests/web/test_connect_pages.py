"""The wizard without a browser: each family's words, refusals that keep what was typed, progress that asks on."""

from __future__ import annotations

import json
import re

import pytest

from commerceml_bridge.domain.nodes import ClientFamily
from commerceml_bridge.services import nodes, portals, secrets
from tests.web.conftest import Site
from tests.web.firm import LOGIN
from tests.web.test_roles import logged_in
from tests.web.test_settings_pages import SECRET, Desk, desk, logged  # noqa: F401 - the fixture

WORDS = {
    "auto": "Выберите программу",
    "ut10": "«Сделка»",
    "ut11": "номер заказа на сайте",
    "unf": "обмен оплатами и отгрузками",
    "bp3": "ДатаНачалаОбмена",
    "bitrix": "выгрузка документов оплаты",
}


@pytest.mark.parametrize("client", list(ClientFamily))
def test_each_program_is_given_its_own_words_with_the_real_address_and_login(
    fresh_site: Site, client: ClientFamily
) -> None:
    row = nodes.set_options(fresh_site.bridge, "Торговля", client=client)
    with logged_in(fresh_site, LOGIN) as browser:
        page = browser.get(fresh_site.url(f"/connect/nodes/{row.id}"), timeout=20).text
    assert WORDS[client.value] in page
    assert f"{fresh_site.address}/bitrix/admin/1c_exchange.php</code>" in page
    assert f"{row.login}</code>" in page


def test_a_wrong_webhook_keeps_the_name_and_shows_no_secret(desk: Desk) -> None:  # noqa: F811 - the fixture
    answer = desk.send("/connect", "portal", name="firma", webhook=f"не адрес {SECRET}")
    assert answer.status_code == 400
    assert 'value="firma"' in answer.text
    assert SECRET not in answer.text
    assert len(portals.all_portals(desk.site.bridge)) == 1


def test_nothing_is_added_before_exactly_this_was_counted(desk: Desk) -> None:  # noqa: F811 - the fixture
    path = f"/connect/portals/{desk.site.seeded.ids['portal']}"
    typed = {"client": "unf", "from_date": "2025-01-01", "name": "1c", "login": "exchange", "password": SECRET}
    counted = desk.send(path, "node", **typed)
    assert "В мосте счетов портала: 8" in counted.text
    assert SECRET not in counted.text
    assert len(nodes.all_nodes(desk.site.bridge)) == 2
    mark = re.search(r'name="agreed" value="([0-9a-f]+)"', counted.text)
    assert mark is not None
    other = desk.send(path, "node", **(typed | {"from_date": "2025-06-01"}), agreed=mark.group(1))
    assert "В мосте счетов портала" in other.text
    added = desk.send(path, "node", **typed, agreed=mark.group(1))
    assert "Впишите в 1С" in added.text
    assert nodes.by_name(desk.site.bridge, "1c").options.client is ClientFamily.UNF


def test_progress_is_a_piece_that_asks_again(desk: Desk) -> None:  # noqa: F811 - the fixture
    path = f"/connect/nodes/{desk.site.seeded.ids['Торговля']}/progress"
    piece = desk.browser.get(desk.site.url(path), headers={"HX-Request": "true"}, timeout=10)
    assert "<html" not in piece.text
    assert "hx-get" in piece.text
    assert "1С подключилась: логин" in piece.text


def test_a_webhook_that_does_not_answer_is_mended_where_it_is_said(desk: Desk) -> None:  # noqa: F811 - the fixture
    answer = desk.send("/connect", "portal", name="firma", webhook="http://127.0.0.1:9/rest/1/wrong1234/")
    assert "Мешает обмену" in answer.text
    row = portals.by_name(desk.site.bridge, "firma")
    mended = desk.send(f"/connect/portals/{row.id}/webhook", "mend", webhook="http://127.0.0.1:9/rest/1/other5678/")
    assert "Вебхук заменён" in mended.text
    assert f"/portals/{row.id}/settings" in mended.text
    again = desk.send("/connect", "portal", name="firma2", webhook="http://127.0.0.1:9/rest/1/third9012/")
    assert "уже есть: вебхук заменён" in again.text
    stored = portals.by_name(desk.site.bridge, "firma")
    assert secrets.unseal(desk.site.bridge, stored.webhook_sealed).endswith("/rest/1/third9012/")
    assert [one.name for one in portals.all_portals(desk.site.bridge)].count("firma2") == 0


def test_a_portal_that_is_read_already_is_not_connected_a_second_time(desk: Desk) -> None:  # noqa: F811 - the fixture
    (row,) = portals.all_portals(desk.site.bridge)
    answer = desk.send("/connect", "portal", name="twin", webhook=f"https://{row.host}/rest/1/another1234/")
    assert answer.status_code == 400
    assert f"уже подключён: «{row.name}»" in answer.text
    assert portals.all_portals(desk.site.bridge) == [row]


def test_the_program_is_chosen_before_anything_is_counted(desk: Desk) -> None:  # noqa: F811 - the fixture
    path = f"/connect/portals/{desk.site.seeded.ids['portal']}"
    answer = desk.send(path, "node", client="", from_date="2025-01-01")
    assert answer.status_code == 400
    assert "Выберите программу 1С" in answer.text


def test_a_node_sent_twice_is_one_node(desk: Desk) -> None:  # noqa: F811 - the fixture
    path = f"/connect/portals/{desk.site.seeded.ids['portal']}"
    typed = {"client": "ut10", "from_date": "2025-01-01", "name": "1c", "login": "exchange", "password": SECRET}
    mark = re.search(r'name="agreed" value="([0-9a-f]+)"', desk.send(path, "node", **typed).text)
    assert mark is not None
    first, second = (desk.send(path, "node", **typed, agreed=mark.group(1)) for _time in range(2))
    assert first.url == second.url
    stranger = desk.send(path, "node", **(typed | {"password": "another word"}), agreed=mark.group(1))
    assert "уже есть" in stranger.text
    corrected = desk.send(path, "node", **(typed | {"client": "bp3"}), agreed=mark.group(1))
    assert "уже есть" in corrected.text, "another program is another node"
    assert len(nodes.all_nodes(desk.site.bridge)) == 3
    changes = json.loads(logged(desk, "1c")[2])
    noted = {one[0]: one[2] for one in changes}
    assert (noted["client"], noted["from_date"], noted["login"]) == ("ut10", "2025-01-01", "exchange")


@pytest.mark.parametrize("client", list(ClientFamily))
def test_the_ticked_rates_are_those_in_force(fresh_site: Site, client: ClientFamily) -> None:
    row = nodes.set_options(fresh_site.bridge, "Торговля", client=client, vat_rates=frozenset({"0", "22"}))
    with logged_in(fresh_site, LOGIN) as browser:
        page = browser.get(fresh_site.url(f"/connect/nodes/{row.id}"), timeout=20).text
    assert set(re.findall(r'name="vat_rates" value="(\d+)" checked', page)) == {"0", "22"}
    assert ("есть только 0, 10, 18, 20 %" in page) is (client in {"ut10", "ut11", "unf"})


def test_no_rate_at_all_is_refused(desk: Desk) -> None:  # noqa: F811 - the fixture
    path = f"/connect/nodes/{desk.site.seeded.ids['Торговля']}"
    assert "хотя бы одну ставку" in desk.send(path, "rates", onec_release="11.5").text
    assert "Ставки сохранены" in desk.send(path, "rates", onec_release="11.5", vat_rates=["0", "20"]).text
    assert nodes.by_name(desk.site.bridge, "Торговля").options.vat_rates == {"0", "20"}
