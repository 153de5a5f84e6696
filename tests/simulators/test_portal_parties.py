"""Counterparties, goods and directories of the portal simulator. Follows facts: bitrix24-rest §2.3, §4, §5."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from commerceml_bridge.simulators.portal import PortalServer, Settings
from tests.simulators.portal_client import Client

PLACE = {"CITY": "Москва", "ADDRESS_1": "ул. Ленина, 1", "POSTAL_CODE": "101000"}


@pytest.fixture
def server() -> Iterator[PortalServer]:
    with PortalServer() as running:
        yield running


@pytest.fixture
def client(server: PortalServer) -> Client:
    return Client(server)


def full_company(server: PortalServer) -> int:
    return server.portal.add_company(
        "ООО", inn="6671054326", kpp="667101001", bank={"RQ_BIK": "044525999"}, addresses={6: PLACE}, phone="+7900"
    )


def test_a_company_is_strings_and_its_phone_only_comes_when_selected(server: PortalServer, client: Client) -> None:
    company = full_company(server)
    plain = client.call("crm.company.list").result[0]
    assert (plain["ID"], plain["HAS_PHONE"], plain["IS_MY_COMPANY"]) == (str(company), "Y", "N")
    assert "PHONE" not in plain
    rich = client.call("crm.company.list", select=["*", "UF_*", "PHONE", "EMAIL"]).result[0]
    assert rich["PHONE"][0]["VALUE"] == "+7900"
    assert set(rich["PHONE"][0]) == {"ID", "VALUE_TYPE", "VALUE", "TYPE_ID"}
    assert client.call("crm.company.get", id=company).result["PHONE"] == rich["PHONE"]


def test_a_change_of_a_company_moves_its_date_modify(server: PortalServer, client: Client) -> None:
    company = full_company(server)
    before = client.call("crm.company.get", id=company).result
    server.portal.advance_clock(60)
    client.call("crm.company.update", id=company, fields={"TITLE": "АО"})
    after = client.call("crm.company.get", id=company).result
    assert after["DATE_MODIFY"] > before["DATE_MODIFY"]
    assert after["DATE_CREATE"] == before["DATE_CREATE"]


def test_custom_fields_of_a_company_need_their_mask(client: Client) -> None:
    client.call("crm.company.add", fields={"TITLE": "ООО", "UF_CRM_1": "x"})
    assert "UF_CRM_1" not in client.call("crm.company.list").result[0]
    assert client.call("crm.company.list", select=["UF_*"]).result == [{"UF_CRM_1": "x"}]


def test_old_lists_filter_by_in_and_drop_what_they_do_not_know(server: PortalServer, client: Client) -> None:
    for title in "абв":
        server.portal.add_company(title)
    for wanted in ({"@ID": [1, 3]}, {"ID": ["1", "3"]}):
        assert [row["ID"] for row in client.call("crm.company.list", filter=wanted).result] == ["1", "3"]
    assert len(client.call("crm.company.list", filter={"XML_ID": "x"}).result) == 3


def test_start_minus_one_gives_old_lists_a_total_of_zero(server: PortalServer, client: Client) -> None:
    full_company(server)
    assert client.call("crm.company.list").body["total"] == 1
    body = client.call("crm.company.list", start=-1).body
    assert (body["total"], len(body["result"])) == (0, 1)


def test_requisite_lists_count_whatever_start_says(server: PortalServer, client: Client) -> None:
    for _ in range(51):
        full_company(server)
    for method in ("crm.requisite.list", "crm.requisite.bankdetail.list"):
        body = client.call(method, start=-1).body
        assert (len(body["result"]), body["total"], body["next"]) == (50, 51, 50)
    body = client.call("crm.address.list", start=-1).body
    assert len(body["result"]) == 50
    assert "total" not in body


def test_requisites_are_found_by_their_owner_and_come_in_full(server: PortalServer, client: Client) -> None:
    company = full_company(server)
    server.portal.add_contact("Ольга", inn="502512345645")
    found = client.call("crm.requisite.list", filter={"ENTITY_TYPE_ID": 4, "@ENTITY_ID": [company]}).result
    assert [(row["RQ_INN"], row["PRESET_ID"]) for row in found] == [("6671054326", "1")]
    presets = {row["ID"]: row["XML_ID"] for row in client.call("crm.requisite.preset.list").result}
    assert presets["1"] == "#CRM_REQUISITE_PRESET_DEF_RU_COMPANY#"
    person = client.call("crm.requisite.list", filter={"ENTITY_TYPE_ID": 3}).result[0]
    assert presets[person["PRESET_ID"]] == "#CRM_REQUISITE_PRESET_DEF_RU_PERSON#"


def test_requisites_and_bank_details_are_written_over_rest(client: Client) -> None:
    company = client.call("crm.company.add", fields={"TITLE": "ООО"}).result
    given = {"ENTITY_TYPE_ID": 4, "ENTITY_ID": company, "PRESET_ID": 1, "NAME": "Основной", "RQ_INN": "1"}
    requisite = client.call("crm.requisite.add", fields=given).result
    bank = client.call("crm.requisite.bankdetail.add", fields={"ENTITY_ID": requisite, "RQ_BIK": "04"}).result
    assert client.call("crm.requisite.get", id=requisite).result["RQ_INN"] == "1"
    assert client.call("crm.requisite.bankdetail.update", id=bank, fields={"RQ_BIK": "05", "ENTITY_ID": 9}).result
    assert client.call("crm.requisite.bankdetail.get", id=bank).result["RQ_BIK"] == "05"
    assert client.call("crm.requisite.bankdetail.get", id=bank).result["ENTITY_ID"] == str(requisite)
    assert client.call("crm.requisite.add", fields={"ENTITY_TYPE_ID": 7}).body["error"] == ""


def test_addresses_are_found_by_company_without_knowing_the_requisite(server: PortalServer, client: Client) -> None:
    full_company(server)
    company = full_company(server)
    wanted = (
        {"ENTITY_TYPE_ID": 8, "ANCHOR_TYPE_ID": 4, "@ANCHOR_ID": [company]},
        {"ENTITY_TYPE_ID": 4, "ENTITY_ID": company},
        {"ENTITY_TYPE_ID": 8, "ENTITY_ID": 2},
    )
    for filter_ in wanted:
        found = client.call("crm.address.list", filter=filter_).result
        assert [(row["ANCHOR_ID"], row["TYPE_ID"], row["CITY"]) for row in found] == [(str(company), "6", "Москва")]


def test_an_address_is_added_and_changed_by_its_key(server: PortalServer, client: Client) -> None:
    full_company(server)
    key = {"TYPE_ID": 1, "ENTITY_TYPE_ID": 8, "ENTITY_ID": 1}
    assert client.call("crm.address.update", fields={**key, "CITY": "Тула"}).body["error"] == ""
    assert client.call("crm.address.add", fields={**key, "CITY": "Тула"}).result is True
    assert client.call("crm.address.update", fields={**key, "CITY": "Орёл"}).result is True
    assert client.call("crm.address.list", filter=key).result[0]["CITY"] == "Орёл"


def test_a_link_has_int_owners_in_get_and_strings_in_the_list(server: PortalServer, client: Client) -> None:
    server.portal.add_my_company("Мы", inn="7707083893", bank={"RQ_BIK": "1"})
    company = full_company(server)
    invoice = server.portal.add_smart_invoice(company_id=company)
    bare = server.portal.add_smart_invoice(company_id=company, link=False)
    link = client.call("crm.requisite.link.get", entityTypeId=31, entityId=invoice).result
    assert (link["ENTITY_TYPE_ID"], link["ENTITY_ID"]) == (31, invoice)
    assert (link["REQUISITE_ID"], link["BANK_DETAIL_ID"], link["MC_REQUISITE_ID"]) == ("2", "2", "1")
    wanted = {"ENTITY_TYPE_ID": 31, "@ENTITY_ID": [invoice, bare]}
    listed = client.call("crm.requisite.link.list", filter=wanted).result
    assert [row["ENTITY_ID"] for row in listed] == [str(invoice)]
    missing = client.call("crm.requisite.link.get", entityTypeId=31, entityId=bare)
    assert (missing.status, missing.body["error"]) == (400, "")
    fields = {"ENTITY_TYPE_ID": 31, "ENTITY_ID": bare, "REQUISITE_ID": 2}
    assert client.call("crm.requisite.link.register", fields=fields).result is True
    again = client.call("crm.requisite.link.get", entityTypeId=31, entityId=bare).result
    assert (again["REQUISITE_ID"], again["BANK_DETAIL_ID"]) == ("2", "0")


def test_contacts_are_read_and_written(client: Client) -> None:
    number = client.call("crm.contact.add", fields={"NAME": "Ольга", "EMAIL": [{"VALUE": "a@b.example"}]}).result
    assert client.call("crm.contact.update", id=number, fields={"LAST_NAME": "Ветрова"}).result is True
    contact = client.call("crm.contact.get", id=number).result
    assert (contact["LAST_NAME"], contact["EMAIL"][0]["VALUE"]) == ("Ветрова", "a@b.example")
    assert client.call("crm.contact.get", id=99).body == {"error": "", "error_description": "Not found"}
    assert client.call("crm.contact.add").body["error_description"] == "Parameter 'fields' must be array."


def test_offers_are_found_only_by_the_catalog_scope(server: PortalServer, client: Client) -> None:
    parent = server.portal.add_product("Футболка", "guid-1")
    offer = server.portal.add_product("Футболка, S", "guid-1#guid-2", parent_id=parent)
    plain = server.portal.add_product("Ручная")
    old = client.call("crm.product.list", filter={"ID": [parent, offer, plain]}, select=["ID", "XML_ID"]).result
    assert old == [{"ID": "1", "XML_ID": "guid-1"}, {"ID": "3", "XML_ID": "3"}]
    catalogs = {
        row["iblockId"]: row["productIblockId"] for row in client.call("catalog.catalog.list").result["catalogs"]
    }
    offers = next(key for key, product in catalogs.items() if product)
    wanted = {"iblockId": offers, "id": [parent, offer]}
    found = client.call("catalog.product.offer.list", filter=wanted, select=["id", "iblockId", "xmlId", "parentId"])
    assert found.result["offers"][0]["xmlId"] == "guid-1#guid-2"
    assert found.result["offers"][0]["parentId"]["value"] == str(parent)
    assert client.call("catalog.product.get", id=plain).result["product"]["xmlId"] == "3"
    assert client.call("crm.product.get", id=parent).result["NAME"] == "Футболка"


def test_catalog_lists_want_one_iblock_and_two_selected_fields(server: PortalServer, client: Client) -> None:
    server.portal.add_product("x")
    for params in ({"select": ["id", "iblockId"]}, {"filter": {"iblockId": 23}}, {"filter": {"iblockId": [23]}}):
        assert client.call("catalog.product.list", **params).status == 400
    good = client.call("catalog.product.list", filter={"iblockId": 23}, select=["id", "iblockId"])
    assert good.result["products"] == [{"id": 1, "iblockId": 23}]


def test_missing_catalog_rights_answer_with_a_number() -> None:
    with PortalServer(Settings(catalog_rights=False)) as server:
        reply = Client(server).call("catalog.catalog.list")
        assert (reply.status, reply.body["error"]) == (400, 200040300010)


def test_directories_answer(client: Client) -> None:
    assert client.call("crm.currency.base.get").result == "RUB"
    assert client.call("crm.currency.list").result[0]["CURRENCY"] == "RUB"
    assert {row["code"] for row in client.call("catalog.measure.list").result["measures"]} >= {6, 112, 166, 796}
    assert {row["CODE"] for row in client.call("crm.measure.list").result} >= {"6", "112", "166", "796"}
    assert [row["rate"] for row in client.call("catalog.vat.list").result["vats"]] == [None, 0, 10, 20, 22]
    assert [row["RATE"] for row in client.call("crm.vat.list").result] == [None, "0.00", "10.00", "20.00", "22.00"]
    assert [row["NAME"] for row in client.call("crm.persontype.list").result] == ["CRM_COMPANY", "CRM_CONTACT"]
    assert client.call("crm.paysystem.list").result[0]["ID"] == "1"


def test_a_comment_is_left_without_touching_the_invoice(server: PortalServer, client: Client) -> None:
    server.portal.add_smart_invoice()
    server.portal.advance_clock(60)
    before = server.portal.smart_invoice(1)["updatedTime"]
    fields = {"ENTITY_ID": 1, "ENTITY_TYPE": "dynamic_31", "COMMENT": "Оплачено"}
    assert client.call("crm.timeline.comment.add", fields=fields).result == 1
    assert server.portal.comments_of(1) == ["Оплачено"]
    assert server.portal.smart_invoice(1)["updatedTime"] == before
    assert client.call("crm.timeline.comment.add", fields={"ENTITY_ID": 1}).status == 400
