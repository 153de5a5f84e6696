"""``/nodes/ID/items``: search the nomenclature, take the list of unmapped lines out and in."""

from __future__ import annotations

import requests
import sqlalchemy as sa

from commerceml_bridge.db import tables
from commerceml_bridge.db.rows import NodeRow
from commerceml_bridge.domain import goods
from commerceml_bridge.domain.catalogue import Item
from commerceml_bridge.domain.goods import Mapped, Source
from tests.unit.domain import samples
from tests.web.conftest import Site, csrf_token

GUID = "bd72d910-55bc-11d9-848a-000000000001"


def node_with_items(site: Site) -> NodeRow:
    """Give the first node two items of 1C, one of them deleted."""
    with site.bridge.db.write() as uow:
        node = next(one for one in uow.nodes.all() if one.name == "Торговля")
        now = site.bridge.clock()
        rows: list[dict[str, object]] = [
            {"item_id": GUID, "name": "Болт <М6>", "name_key": "болт <м6>", "article": "А-1", "article_key": "а-1"},
            {"item_id": "005", "name": "Гайка", "name_key": "гайка", "article": "", "article_key": "", "deleted": True},
        ]
        common: dict[str, object] = {"deleted": False, "created_at": now, "changed_at": now}
        uow.catalog.add_many(node.id, [common | row for row in rows])
    return node


def test_items_are_found_and_shown_with_their_state(fresh_site: Site) -> None:
    node = node_with_items(fresh_site)
    with fresh_site.operator() as browser:
        found = browser.get(fresh_site.url(f"/nodes/{node.id}/items?q=БОЛТ"), timeout=10).text
        everything = browser.get(fresh_site.url(f"/nodes/{node.id}/items"), timeout=10).text
        twin = browser.get(fresh_site.url(f"/nodes/{node.id}/items.json"), timeout=10).json()
    assert "Болт &lt;М6&gt;" in found
    assert "Гайка" not in found
    assert "помечена на удаление" in everything
    assert (twin["size"]["items"], twin["size"]["usable"], len(twin["items"])) == (2, 1, 2)
    assert twin["unmapped_count"] == len(twin["unmapped"]) > 0


def post(browser: requests.Session, site: Site, node: NodeRow, table: bytes) -> requests.Response:
    page = browser.get(site.url(f"/nodes/{node.id}/items"), timeout=10).text
    return browser.post(
        site.url(f"/nodes/{node.id}/items/map"),
        data={"csrf_token": csrf_token(page)},
        files={"table": ("filled.csv", table)},
        timeout=10,
    )


def test_the_list_is_downloaded_filled_and_sent_back(fresh_site: Site) -> None:
    node = node_with_items(fresh_site)
    with fresh_site.operator() as browser:
        got = browser.get(fresh_site.url(f"/nodes/{node.id}/items/unmapped.csv"), timeout=10)
        assert got.content.startswith(b"\xef\xbb\xbf")
        assert got.headers["Content-Type"] == "text/csv; charset=utf-8"
        header, first, *_ = got.content.decode("utf-8-sig").splitlines()
        assert header.startswith("Ключ;Товар Битрикс24;")
        key = first.split(";")[0]
        table = f"Ключ;Ид в 1С\r\n{key};А-1\r\n".encode("utf-8-sig")
        assert "Сопоставлено: 1" in post(browser, fresh_site, node, table + b"\r\n" * 50_000).text
        with fresh_site.bridge.db.read() as uow:
            assert uow.choices.of(node.id)[key].item_id == GUID
        wrong = post(browser, fresh_site, node, f"Ключ;Ид в 1С\r\n{key};нет\r\n".encode())
        assert "Ничего не изменено" in wrong.text
        assert "строка 2" in wrong.text


def test_other_forms_stay_small(fresh_site: Site) -> None:
    with fresh_site.operator() as browser:
        token = csrf_token(browser.get(fresh_site.url("/logout"), timeout=10).text)
        answer = browser.post(fresh_site.url("/logout"), data={"csrf_token": token, "x": "x" * 100_000}, timeout=10)
    assert answer.status_code == 413


def test_a_table_needs_its_token(fresh_site: Site) -> None:
    node = node_with_items(fresh_site)
    with fresh_site.operator() as browser:
        answer = browser.post(
            fresh_site.url(f"/nodes/{node.id}/items/map"),
            files={"table": ("t.csv", b"x;y")},
            timeout=10,
        )
    assert answer.status_code == 400


def test_an_invoice_tells_of_every_line_which_item_it_is_and_what_told_so(fresh_site: Site) -> None:
    bolt, rent = samples.row("100.00", name="Болт"), samples.row("7.00", name="Аренда <зала>")
    told = goods.record({bolt: Mapped(Source.ARTICLE, Item(GUID, "Болт М6")), rent: Mapped(Source.NONE)})
    with fresh_site.bridge.db.write() as uow:
        uow.connection.execute(sa.update(tables.rendering).values(goods=told))
    with fresh_site.operator() as browser:
        found = browser.get(fresh_site.url("/invoices.json?q=1041"), timeout=10).json()["invoices"][0]
        page = browser.get(fresh_site.url(f"/invoices/{found['id']}"), timeout=10).text
        twin = browser.get(fresh_site.url(f"/invoices/{found['id']}.json"), timeout=10).json()
    shown = page.partition("Строки и позиции 1С")[2].partition("</ul>")[0]
    assert f"<li>Болт: по артикулу — Болт М6 <code>{GUID}</code></li>" in shown
    assert "<li>Аренда &lt;зала&gt;: не сопоставлена</li>" in shown
    assert [line["source"] for line in twin["goods"][0]["lines"]] == ["article", "none"]
