"""The wizard without a browser: each family's words, refusals that keep what was typed, progress that asks on."""

from __future__ import annotations

import re

import pytest

from commerceml_bridge.domain.nodes import ClientFamily
from commerceml_bridge.services import nodes, portals
from tests.web.conftest import Site
from tests.web.firm import LOGIN
from tests.web.test_roles import logged_in
from tests.web.test_settings_pages import SECRET, Desk, desk  # noqa: F401 - the fixture

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
    assert "1С подключилась" in piece.text


def test_no_rate_at_all_is_refused(desk: Desk) -> None:  # noqa: F811 - the fixture
    path = f"/connect/nodes/{desk.site.seeded.ids['Торговля']}"
    assert "хотя бы одну ставку" in desk.send(path, "rates", onec_release="11.5").text
    assert "Ставки сохранены" in desk.send(path, "rates", onec_release="11.5", vat_rates=["0", "20"]).text
    assert nodes.by_name(desk.site.bridge, "Торговля").options.vat_rates == {"0", "20"}
