"""Which item of 1C a line is: by hand, external code, article, exact name; a doubtful hit is none and says so."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json

import pytest

from commerceml_bridge.domain import goods
from commerceml_bridge.domain.catalogue import Item
from commerceml_bridge.domain.goods import Mapped, Nomenclature, Source, resolve
from commerceml_bridge.domain.identity import goods_key
from commerceml_bridge.domain.invoices import InvoiceRow
from commerceml_bridge.domain.nodes import ClientFamily, NodeOptions, UnmappedGoods
from commerceml_bridge.domain.totals import totals
from commerceml_bridge.errors import CannotRender
from tests.unit.domain import samples

A, B = "bd72d910-55bc-11d9-848a-000000000001", "bd72d910-55bc-11d9-848a-000000000002"
TRAIT = "90c55447-d3a8-11e4-9423-e0cb4ed5eed4"
OPTIONS = NodeOptions(from_date=dt.date(2026, 1, 1))


def row(**changes: object) -> InvoiceRow:
    plain = samples.row("1200.00")
    return dataclasses.replace(plain, product_id=55, name="Болт М6", **changes)  # type: ignore[arg-type]  # of a row


def known(*items: Item, **more: object) -> Nomenclature:
    by_article: dict[str, list[Item]] = {}
    by_name: dict[str, list[Item]] = {}
    for item in items:
        by_article.setdefault(item.article.casefold(), []).append(item)
        by_name.setdefault(item.name.casefold(), []).append(item)
    by_article.pop("", None)
    return Nomenclature(True, {item.item_id: item for item in items}, by_article, by_name, **more)  # type: ignore[arg-type]


BOLT = Item(A, "Болт М6", article="А-1", unit_code="796", unit_name="шт", is_service=False)


@pytest.mark.parametrize(
    ("line", "nomenclature", "source", "item_id"),
    [
        pytest.param(row(product_xml_id=B), known(BOLT, chosen={"p-55": A}), Source.MANUAL, A, id="by hand wins"),
        pytest.param(row(product_xml_id=A, article="x"), known(BOLT), Source.XML_ID, A, id="external code"),
        pytest.param(row(product_xml_id=f"{A}#{A}"), known(BOLT), Source.XML_ID, A, id="doubled"),
        pytest.param(row(product_xml_id=f"{A}#{TRAIT}"), known(BOLT), Source.XML_ID, f"{A}#{TRAIT}", id="untold trait"),
        pytest.param(row(product_xml_id="005"), known(Item("005", "Болт")), Source.XML_ID, "005", id="not a GUID"),
        pytest.param(row(article=" а-1"), known(BOLT), Source.ARTICLE, A, id="article"),
        pytest.param(row(product_xml_id=B, article="А-1"), known(BOLT), Source.ARTICLE, A, id="foreign id"),
        pytest.param(row(), known(BOLT), Source.NAME, A, id="name"),
        pytest.param(row(product_xml_id=B), Nomenclature(), Source.XML_ID, B, id="nothing known against it"),
    ],
)
def test_the_item_of_a_line(line: InvoiceRow, nomenclature: Nomenclature, source: Source, item_id: str) -> None:
    mapped = resolve(line, nomenclature, match_names=True)
    assert (mapped.source, mapped.item and mapped.item.item_id) == (source, item_id)


def test_names_are_matched_only_where_the_node_allows_it() -> None:
    assert resolve(row(), known(BOLT)) == Mapped(Source.NONE)


def test_characteristics_of_one_item_are_not_doubtful() -> None:
    red = dataclasses.replace(BOLT, item_id=f"{A}#{TRAIT}", name="Болт М6 (красный)")
    assert resolve(row(article="А-1"), known(BOLT, red)).item == BOLT


@pytest.mark.parametrize(
    ("line", "nomenclature", "said"),
    [
        (row(article="А-1"), known(BOLT, dataclasses.replace(BOLT, item_id=B)), "у нескольких позиций"),
        (row(article="А-1"), known(dataclasses.replace(BOLT, usable=False)), "помечена на удаление"),
        (row(product_xml_id=A), known(dataclasses.replace(BOLT, usable=False)), "помечена на удаление"),
    ],
)
def test_a_doubtful_or_dead_hit_is_none_and_says_so(line: InvoiceRow, nomenclature: Nomenclature, said: str) -> None:
    mapped = resolve(line, nomenclature)
    assert mapped.source in {Source.NONE, Source.FOREIGN}
    assert mapped.item is None
    assert said in mapped.note


def test_a_characteristic_of_a_dead_item_is_dead() -> None:
    dead = dataclasses.replace(BOLT, usable=False)
    red = dataclasses.replace(BOLT, item_id=f"{A}#{TRAIT}")
    assert resolve(row(product_xml_id=red.item_id), known(dead, red)).item is None
    assert resolve(row(article="А-1"), known(dead, red)).item is None


def test_an_id_of_another_base_is_not_mapped_once_the_items_are_known() -> None:
    mapped = resolve(row(product_xml_id=B), known(BOLT))
    assert (mapped.source, mapped.item) == (Source.FOREIGN, None)
    assert "нет среди позиций" in mapped.note


def settled(policy: UnmappedGoods, mapped: Mapped, released: tuple[str, ...] = ()) -> Mapped:
    line = row()
    options = dataclasses.replace(OPTIONS, unmapped=policy, service_item="Прочее")
    return goods.settle({line: mapped}, options, goods.service_item(options, None), released)[line]


def test_the_node_decides_about_lines_that_are_no_items() -> None:
    none = Mapped(Source.NONE, note="артикул «А» у нескольких позиций 1С")
    assert settled(UnmappedGoods.SEND, none) == none
    assert settled(UnmappedGoods.HOLD, none, ("unmapped-goods",)) == none
    with pytest.raises(CannotRender, match=r"«Болт М6» \(артикул «А» у нескольких") as caught:
        settled(UnmappedGoods.HOLD, none)
    assert caught.value.code == "unmapped-goods"
    service = settled(UnmappedGoods.SERVICE, none)
    assert service.source is Source.SERVICE_ITEM
    assert service.item is not None
    assert (service.item.name, service.item.is_service) == ("Прочее", True)
    mapped = Mapped(Source.ARTICLE, BOLT)
    for policy in UnmappedGoods:
        assert settled(policy, mapped) == mapped


def test_the_document_carries_id_article_and_kind_of_1c_and_the_unit_of_the_invoice() -> None:
    line = row(unit_code="778", unit_name="упак", article="site-1", is_service=True)
    invoice = samples.invoice(line)
    mapped = {line: Mapped(Source.MANUAL, dataclasses.replace(BOLT, item_id=f"{A}#{TRAIT}"))}
    (written,) = totals(invoice, portal_code="p", vat_rates=["20"], goods=mapped, options=OPTIONS).lines
    assert (written.id, written.article, written.is_service) == (f"{A}#{TRAIT}", "А-1", False)
    assert (written.name, written.unit.code, written.unit.name) == ("Болт М6", "778", "упак")


def test_1cs_unit_is_taken_where_the_invoice_names_none() -> None:
    line = row(unit_code="", unit_name="")
    kilograms = dataclasses.replace(BOLT, unit_code="166", unit_name="кг")
    mapped = {line: Mapped(Source.ARTICLE, kilograms)}
    (written,) = totals(samples.invoice(line), portal_code="p", vat_rates=["20"], goods=mapped, options=OPTIONS).lines
    assert (written.unit.code, written.unit.name) == ("166", "кг")


def test_accounting_gets_the_full_name_where_there_is_no_article_to_look_up() -> None:
    line = row()
    item = dataclasses.replace(BOLT, article="", full_name="Болт М6 оцинкованный")
    for client, name in ((ClientFamily.BP3, "Болт М6 оцинкованный"), (ClientFamily.UT11, "Болт М6")):
        options = dataclasses.replace(OPTIONS, client=client)
        mapped = {line: Mapped(Source.XML_ID, item)}
        (written,) = totals(
            samples.invoice(line), portal_code="p", vat_rates=["20"], goods=mapped, options=options
        ).lines
        assert written.name == name


def test_how_each_line_was_mapped_is_kept() -> None:
    (kept,) = json.loads(goods.record({row(): Mapped(Source.ARTICLE, BOLT)}))
    assert kept == {"key": "p-55", "name": "Болт М6", "source": "article", "item": A, "item_name": "Болт М6"}


def test_products_and_texts_have_keys_of_their_own() -> None:
    assert goods_key(row()) == "p-55"
    text = dataclasses.replace(row(), product_id=0)
    assert goods_key(text).startswith("t-")
    assert goods_key(dataclasses.replace(text, name="  болт м6 ")) == goods_key(text)
