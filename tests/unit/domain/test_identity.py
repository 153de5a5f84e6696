import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commerceml_bridge.domain.identity import (
    goods_id,
    invoice_id,
    onec_goods_id,
    other_person,
    parse_invoice_id,
    party_id,
)
from commerceml_bridge.domain.invoices import InvoiceKey, InvoiceKind, Party, PartyKind
from tests.unit.domain.samples import BUYER, row

GUID = "6b1f0a3e-9a35-11e9-8c1d-0050569a4f9f"
OTHER = "7b1f0a3e-9a35-11e9-8c1d-0050569a4f9f"
SLUGS = st.from_regex(r"[a-z0-9][a-z0-9-]{0,15}", fullmatch=True)
KEYS = st.builds(InvoiceKey, kind=st.sampled_from(InvoiceKind), id=st.integers(1, 2**63 - 1))


def test_ids_are_named_by_portal_and_kind() -> None:
    assert invoice_id("acme", InvoiceKey(InvoiceKind.SMART, 101)) == "acme-si-101"
    assert invoice_id("acme", InvoiceKey(InvoiceKind.OLD, 12)) == "acme-inv-12"
    assert party_id("acme", BUYER) == "acme-co-7"
    assert party_id("acme", dataclasses.replace(BUYER, entity="contact", entity_id=3)) == "acme-ct-3"


def test_another_firm_under_the_same_card_has_an_id_of_its_own() -> None:
    assert party_id("acme", dataclasses.replace(BUYER, apart="62")) == "acme-co-7-62"
    other = dataclasses.replace(BUYER, entity_id=12_345_678, apart=other_person("7736050003", ""))
    assert len(party_id("p" * 16, other)) <= 40


@given(SLUGS, KEYS)
def test_an_id_of_ours_is_read_back_and_has_at_most_40_characters(portal: str, key: InvoiceKey) -> None:
    text = invoice_id(portal, key)
    assert len(text) <= 40
    assert parse_invoice_id(text) == (portal, key)
    assert parse_invoice_id(f" {text} ") == (portal, key)


@pytest.mark.parametrize(
    "text", ["", GUID, "acme-co-7", "acme-si-", "acme-si-0", "acme-si-1x", "-si-1", "seventeenletters1-si-1", "101"]
)
def test_anything_else_is_not_an_id_of_ours(text: str) -> None:
    assert parse_invoice_id(text) is None


def test_renaming_a_client_does_not_change_its_id() -> None:
    assert party_id("acme", dataclasses.replace(BUYER, name="Лютик")) == party_id("acme", BUYER)


def test_payers_without_a_crm_object_are_told_apart_by_requisites() -> None:
    first = Party(entity="", entity_id=0, kind=PartyKind.LEGAL, name="Ромашка", inn="7707083893")
    same = dataclasses.replace(first, name="РОМАШКА ")
    other = dataclasses.replace(first, inn="7736050003")
    assert party_id("acme", first) == party_id("acme", same) != party_id("acme", other)
    assert len(party_id("p" * 16, first)) <= 40


@pytest.mark.parametrize(
    ("xml_id", "expected"),
    [
        (GUID, GUID),
        (f" {GUID} ", GUID),
        (GUID.upper(), GUID.upper()),
        (f"{GUID}#{OTHER}", f"{GUID}#{OTHER}"),
        (f"{GUID}#{GUID}", GUID),
        ("00000000-0000-0000-0000-000000000000", None),
        (f"{GUID}#", None),
        (f"{GUID}#{OTHER}#{GUID}", None),
        ("1243", None),
        ("sale_basket_8147", None),
        ("", None),
    ],
)
def test_only_a_1c_guid_is_a_1c_id(xml_id: str, expected: str | None) -> None:
    assert onec_goods_id(xml_id) == expected
    assert goods_id("acme", row("1", product_xml_id=xml_id)) == (expected or "acme-p-55")


def test_free_text_is_one_item_however_it_is_spaced_or_cased() -> None:
    ids = {goods_id("acme", row("1", product_id=0, name=name)) for name in ("Стул дубовый", "стул  ДУБОВЫЙ ")}
    (only,) = ids
    assert only.startswith("acme-t-")
    assert len(only) == len("acme-t-") + 12
    assert goods_id("acme", row("1", product_id=0, name="Стул дубовый", unit_code="166")) != only
    assert goods_id("other", row("1", product_id=0, name="Стул дубовый")) != only
