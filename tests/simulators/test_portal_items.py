"""crm.item.* of the portal simulator. Follows facts: bitrix24-rest §1, §2, §6.4."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from commerceml_bridge.simulators.portal import Portal, PortalServer, Row, Settings, Stage
from commerceml_bridge.simulators.portal.names import camel, custom_key, upper_snake
from tests.simulators.portal_client import Client

NOON = datetime(2026, 11, 23, 12, 0, 0, 250_000, UTC)


@pytest.fixture
def server() -> Iterator[PortalServer]:
    with PortalServer(clock=lambda: NOON) as running:
        yield running


@pytest.fixture
def client(server: PortalServer) -> Client:
    return Client(server)


def seventy(portal: Portal) -> None:
    for number in range(70):
        portal.add_smart_invoice(account_number=f"A{number}", rows=[Row("x", 100 + number)])


def test_an_invoice_comes_whole_with_typed_values(server: PortalServer, client: Client) -> None:
    company = server.portal.add_company("ООО")
    invoice = server.portal.add_smart_invoice(
        account_number="12", begindate="2026-11-20", company_id=company, rows=[Row("x", "1200.50", 2, 20)]
    )
    item = client.call("crm.item.get", entityTypeId=31, id=invoice).result["item"]
    assert item["accountNumber"] == "12"
    assert item["opportunity"] == 2401
    assert isinstance(item["opportunity"], int)
    assert item["taxValue"] == 400.17
    assert item["companyId"] == company
    assert item["entityTypeId"] == 31
    assert item["stageId"] == "DT31_5:N"
    assert item["closedate"][:10] == "2026-11-27"


def test_a_date_carries_the_portals_offset_in_its_time_part(server: PortalServer, client: Client) -> None:
    invoice = server.portal.add_smart_invoice(begindate=date(2026, 11, 20))
    item = client.call("crm.item.get", entityTypeId=31, id=invoice).result["item"]
    assert item["begindate"] == "2026-11-20T03:00:00+03:00"
    assert item["createdTime"] == "2026-11-23T15:00:00+03:00"


def test_the_offset_follows_the_portals_zone() -> None:
    with PortalServer(Settings(utc_offset=300), clock=lambda: NOON) as server:
        invoice = server.portal.add_smart_invoice(begindate="2026-11-20")
        item = Client(server).call("crm.item.get", entityTypeId=31, id=invoice).result["item"]
        assert item["begindate"] == "2026-11-20T05:00:00+05:00"


@pytest.mark.parametrize(
    ("start", "first", "following"), [(0, 1, 50), (25, 1, 50), (49, 1, 50), (50, 51, None), (99, 51, None)]
)
def test_pages_begin_at_multiples_of_fifty(
    server: PortalServer, client: Client, start: int, first: int, following: int | None
) -> None:
    seventy(server.portal)
    reply = client.call("crm.item.list", entityTypeId=31, order={"id": "ASC"}, select=["id"], start=start)
    assert reply.result["items"][0] == {"id": first}
    assert reply.body["total"] == 70
    assert reply.body.get("next") == following


def test_start_minus_one_leaves_out_total_and_next(server: PortalServer, client: Client) -> None:
    seventy(server.portal)
    reply = client.call("crm.item.list", entityTypeId=31, order={"id": "ASC"}, start=-1)
    assert len(reply.result["items"]) == 50
    assert "total" not in reply.body
    assert "next" not in reply.body


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        ({">id": 3}, [4, 5]),
        ({">ID": 3}, [4, 5]),
        ({"id": [1, 5, 9]}, [1, 5]),
        ({"@id": [1, 5]}, [1, 5]),
        ({"!@id": [1, 5]}, [2, 3, 4]),
        ({"!id": 3}, [1, 2, 4, 5]),
        ({">=opportunity": "300"}, [3, 4, 5]),
        ({"<opportunity": 200}, [1]),
        ({"%title": "СРЕД"}, [2]),
        ({"!%title": "сред"}, [1, 3, 4, 5]),
        ({"%=title": "перв%"}, [1]),
        ({"ACCOUNT_NUMBER": "N4"}, [4]),
        ({"=contactIds": 1}, [5]),
        ({"0": {"logic": "OR", "0": {"id": 1}, "1": {">opportunity": 400}}}, [1, 5]),
        ({"begindate": "2026-11-02"}, [2]),
        ({"<=begindate": "2026-11-02T00:00:00+03:00"}, [1, 2]),
        ({"companyId": ""}, [1, 2, 3, 4, 5]),
    ],
)
def test_filters_know_every_prefix(
    server: PortalServer, client: Client, filter_: dict[str, object], expected: list[int]
) -> None:
    contact = server.portal.add_contact("Ольга")
    for number, title in enumerate(("Первый", "Средний", "x", "y", "Последний"), 1):
        server.portal.add_smart_invoice(
            account_number=f"N{number}",
            begindate=date(2026, 11, number),
            title=title,
            rows=[Row("r", 100 * number)],
            contact_id=contact if number == 5 else 0,
        )
    assert client.ids(**filter_) == expected


def test_an_unknown_field_in_filter_or_order_is_refused(client: Client) -> None:
    for part in ("filter", "order"):
        reply = client.call("crm.item.list", entityTypeId=31, **{part: {"noSuch": 1}})
        assert (reply.status, reply.body["error"]) == (400, "INVALID_ARG_VALUE")
        assert "noSuch" in reply.body["error_description"]


def test_an_unknown_name_in_select_is_dropped(server: PortalServer, client: Client) -> None:
    server.portal.add_smart_invoice(account_number="7")
    assert client.items(select=["id", "ACCOUNT_NUMBER", "noSuch"]) == [{"id": 1, "accountNumber": "7"}]


def test_order_takes_upper_snake_and_several_keys(server: PortalServer, client: Client) -> None:
    for price in (5, 7, 5):
        server.portal.add_smart_invoice(rows=[Row("x", price)])
    found = client.items(select=["id"], order={"OPPORTUNITY": "DESC", "ID": "DESC"})
    assert [item["id"] for item in found] == [2, 3, 1]


def test_a_time_filter_without_offset_means_the_portals_zone(server: PortalServer, client: Client) -> None:
    server.portal.add_smart_invoice()
    assert client.ids(**{">=updatedTime": "2026-11-23T15:00:00"}) == [1]
    assert client.ids(**{">updatedTime": "2026-11-23T15:00:00"}) == []
    assert client.ids(**{">=updatedTime": "2026-11-23T12:00:00+00:00"}) == [1]


def test_an_unknown_stage_is_ignored_and_success_answered(server: PortalServer, client: Client) -> None:
    server.portal.add_smart_invoice()
    reply = client.update(1, stageId="DT31_6:P")
    assert reply.status == 200
    assert reply.result["item"]["stageId"] == "DT31_5:N"
    assert server.portal.stages_of(1) == ["DT31_5:N"]


def test_a_stage_move_is_recorded_and_moves_the_times(server: PortalServer, client: Client) -> None:
    server.portal.add_smart_invoice(begindate="2026-11-20")
    server.portal.advance_clock(60)
    item = client.update(1, stageId="DT31_5:P").result["item"]
    assert (item["stageId"], item["previousStageId"]) == ("DT31_5:P", "DT31_5:N")
    assert item["movedTime"] == item["updatedTime"] == "2026-11-23T15:01:00+03:00"
    assert item["closedate"][:10] == "2026-11-27"
    history = client.call("crm.stagehistory.list", entityTypeId=31, filter={"OWNER_ID": 1}, order={"ID": "ASC"})
    assert [(row["TYPE_ID"], row["STAGE_SEMANTIC_ID"]) for row in history.result["items"]] == [(1, "P"), (3, "S")]


def test_updated_time_moves_on_a_write_but_not_when_nothing_changed(server: PortalServer, client: Client) -> None:
    server.portal.add_smart_invoice(comments="a")
    server.portal.advance_clock(5)
    assert client.update(1, comments="a", noSuch="b").result["item"]["updatedTime"] == "2026-11-23T15:00:00+03:00"
    assert client.update(1, comments="b").result["item"]["updatedTime"] == "2026-11-23T15:00:05+03:00"


def test_updated_time_does_not_move_with_the_company_or_its_requisite(server: PortalServer, client: Client) -> None:
    company = server.portal.add_company("ООО", inn="7707083893")
    server.portal.add_smart_invoice(company_id=company)
    server.portal.advance_clock(5)
    assert client.call("crm.company.update", id=company, fields={"TITLE": "АО"}).result is True
    assert client.call("crm.requisite.update", id=1, fields={"RQ_INN": "7707083894"}).result is True
    server.portal.add_company("Другая")
    assert server.portal.smart_invoice(1)["updatedTime"] == NOON.replace(microsecond=0)


def test_an_unreadable_date_is_ignored_and_an_empty_one_stored(server: PortalServer, client: Client) -> None:
    server.portal.add_smart_invoice(begindate="2026-11-20")
    assert client.update(1, begindate="завтра").result["item"]["begindate"][:10] == "2026-11-20"
    assert client.update(1, begindate="21.11.2026").result["item"]["begindate"][:10] == "2026-11-21"
    assert client.update(1, begindate="").result["item"]["begindate"] is None


@pytest.mark.parametrize(
    ("sent", "stored"), [(True, "Y"), ("true", "Y"), ("y", "Y"), ("Y", "Y"), (1, "N"), ("1", "N"), ("yes", "N")]
)
def test_a_flag_is_true_only_in_four_spellings(server: PortalServer, client: Client, sent: object, stored: str) -> None:
    server.portal.add_smart_invoice()
    client.update(1, opened="N" if stored == "Y" else "Y")
    assert client.update(1, opened=sent).result["item"]["opened"] == stored


def test_the_number_is_unique_and_falls_back_to_the_id(server: PortalServer, client: Client) -> None:
    server.portal.add_smart_invoice(account_number="7")
    server.portal.add_smart_invoice()
    assert client.update(2, accountNumber="7").body["error"] == "CRM_FIELD_ERROR_VALUE_NOT_UNIQUE"
    assert client.update(1, accountNumber="").result["item"]["accountNumber"] == "1"


def test_a_manual_amount_stays_and_an_automatic_one_follows_the_rows(server: PortalServer, client: Client) -> None:
    server.portal.add_smart_invoice(opportunity=999, rows=[Row("x", 100)])
    assert client.update(1, opportunity=500).result["item"]["opportunity"] == 500
    assert client.update(1, isManualOpportunity="N").result["item"]["opportunity"] == 100
    assert client.update(1, opportunity=500).result["item"]["opportunity"] == 100


def test_custom_fields_are_named_in_three_ways(server: PortalServer, client: Client) -> None:
    assert custom_key("UF_CRM_SMART_INVOICE_PAY_DATE") == "ufCrmSmartInvoicePayDate"
    assert custom_key("UF_CRM_11_1712074666") == "ufCrm11_1712074666"
    key = server.portal.add_custom_field("UF_CRM_SMART_INVOICE_1651114959541")
    assert key == "ufCrm_SMART_INVOICE_1651114959541"
    server.portal.add_smart_invoice()
    assert client.update(1, **{key: "п/п 5"}).result["item"][key] == "п/п 5"
    assert client.ids(**{key: "п/п 5"}) == [1]
    original = client.call("crm.item.get", entityTypeId=31, id=1, useOriginalUfNames="Y").result["item"]
    assert original["UF_CRM_SMART_INVOICE_1651114959541"] == "п/п 5"
    assert key in client.call("crm.item.get", entityTypeId=31, id=1, useOriginalUfNames=True).result["item"]


def test_names_turn_into_each_other() -> None:
    for name in ("id", "xmlId", "parentId2", "utmSource", "isManualOpportunity", "mycompanyId"):
        assert camel(upper_snake(name)) == name


def test_fields_tell_the_stage_directory_and_whether_recurring_exists(client: Client) -> None:
    fields = client.call("crm.item.fields", entityTypeId=31).result["fields"]
    assert fields["stageId"]["statusType"] == "SMART_INVOICE_STAGE_5"
    assert fields["parentId2"]["upperName"] == "PARENT_ID_2"
    assert "isRecurring" in fields


def test_recurring_templates_are_rows_of_the_same_list(server: PortalServer, client: Client) -> None:
    server.portal.add_smart_invoice()
    server.portal.add_smart_invoice(isRecurring="Y")
    assert client.ids() == [1, 2]
    assert client.ids(isRecurring="Y") == [2]


def test_an_older_portal_knows_no_recurring() -> None:
    with PortalServer(Settings(recurring=False)) as server:
        client = Client(server)
        server.portal.add_smart_invoice()
        assert "isRecurring" not in client.items()[0]
        assert client.call("crm.item.list", entityTypeId=31, filter={"isRecurring": "N"}).status == 400


def test_what_is_missing_or_unknown_is_told_in_the_controllers_words(client: Client) -> None:
    assert client.call("crm.item.get", entityTypeId=31, id=99).body["error"] == "NOT_FOUND"
    assert client.call("crm.item.list").body["error"] == "100"
    assert "{entityTypeId}" in client.call("crm.item.list").body["error_description"]
    assert client.call("crm.item.list", entityTypeId=5).body["error"] == "ENTITY_TYPE_NOT_SUPPORTED"
    assert client.call("crm.item.list", entityTypeId=1268).body["error"] == "NOT_FOUND"


def test_add_and_delete_work_over_rest(server: PortalServer, client: Client) -> None:
    mine = server.portal.add_my_company("Мы")
    item = client.call("crm.item.add", entityTypeId=31, fields={"title": "Новый"}).result["item"]
    assert (item["mycompanyId"], item["accountNumber"]) == (mine, str(item["id"]))
    assert client.call("crm.item.delete", entityTypeId=31, id=item["id"]).result == []
    assert client.ids() == []


def test_companies_contacts_and_deals_are_items_too(server: PortalServer, client: Client) -> None:
    company = server.portal.add_company("ООО", phone="+7900")
    mine = server.portal.add_my_company("Мы")
    server.portal.add_contact("Ольга", "Ветрова")
    server.portal.add_deal("Сделка", opportunity=Decimal(5))
    one = client.call("crm.item.get", entityTypeId=4, id=company).result["item"]
    assert (one["title"], one["fm"][0]["value"]) == ("ООО", "+7900")
    found = client.call("crm.item.list", entityTypeId=4, filter={"isMyCompany": "Y"}, select=["id"]).result["items"]
    assert found == [{"id": mine}]
    assert client.call("crm.item.list", entityTypeId=3).result["items"][0]["lastName"] == "Ветрова"
    assert client.call("crm.item.list", entityTypeId=2).result["items"][0]["opportunity"] == 5


def test_a_restricted_user_sees_only_his_invoices() -> None:
    with PortalServer(Settings(readable_invoices=frozenset({2}))) as server:
        client = Client(server)
        for _ in range(3):
            server.portal.add_smart_invoice(rows=[Row("x", 1)])
        assert client.ids() == [2]
        assert client.call("crm.item.get", entityTypeId=31, id=1).body["error"] == "ACCESS_DENIED"
        assert client.call("crm.item.get", entityTypeId=31, id=1).status == 400


def test_stage_changes_can_be_forbidden_bound_to_fields_or_to_the_plan() -> None:
    cases = {
        "": Settings(may_change_stage=False),
        "CRM_FIELD_ERROR_REQUIRED": Settings(required_on_stage_change=("comments",)),
        "UPDATE_DYNAMIC_ITEM_RESTRICTED": Settings(tariff_allows_update=False),
    }
    for code, settings in cases.items():
        with PortalServer(settings) as server:
            server.portal.add_smart_invoice()
            reply = Client(server).update(1, stageId="DT31_5:P")
            assert (reply.status, reply.body["error"]) == (400, code)
            assert server.portal.smart_invoice(1)["stageId"] == "DT31_5:N"


def test_stages_and_category_can_be_chosen() -> None:
    stages = (
        Stage("N", "Новый", 100, system=True),
        Stage("UC_842ODN", "Оплачен частично", 120),
        Stage("P", "Оплачен", 130, "S"),
    )
    with PortalServer(Settings(category_id=11, stages=stages)) as server:
        client = Client(server)
        listed = client.call(
            "crm.status.list", filter={"ENTITY_ID": "SMART_INVOICE_STAGE_11"}, order={"SORT": "DESC"}
        ).result
        assert [row["STATUS_ID"] for row in listed] == ["DT31_11:P", "DT31_11:UC_842ODN", "DT31_11:N"]
        assert [row["SEMANTICS"] for row in listed] == ["S", None, None]
        server.portal.add_smart_invoice(stage="UC_842ODN")
        assert server.portal.smart_invoice(1)["stageId"] == "DT31_11:UC_842ODN"
        assert client.call("crm.category.list", entityTypeId=31).result["categories"][0]["id"] == 11


def test_lists_without_an_order_may_come_in_no_useful_order() -> None:
    with PortalServer(Settings(scramble_unordered=True)) as server:
        for _ in range(9):
            server.portal.add_smart_invoice()
        found = [item["id"] for item in Client(server).items(select=["id"])]
        assert sorted(found) == list(range(1, 10))
        assert found != sorted(found)
        assert Client(server).ids() == sorted(found)


def test_status_directories_follow_the_kinds_of_invoices() -> None:
    expected = {
        frozenset({"smart"}): {"SMART_INVOICE_STAGE_5"},
        frozenset({"old"}): {"INVOICE_STATUS"},
        frozenset({"smart", "old"}): {"SMART_INVOICE_STAGE_5", "INVOICE_STATUS"},
    }
    for kinds, names in expected.items():
        with PortalServer(Settings(kinds=kinds)) as server:
            client = Client(server)
            found = {row["ID"] for row in client.call("crm.status.entity.types").result}
            assert found - {"SOURCE"} == names
            listed = client.call("crm.item.list", entityTypeId=31)
            assert listed.status == (200 if "smart" in kinds else 400)
            assert listed.body.get("error") == (None if "smart" in kinds else "NOT_FOUND")
            assert client.call("crm.invoice.list").status == 200


def test_status_list_wants_one_directory(client: Client) -> None:
    assert client.call("crm.status.list", filter={"ENTITY_ID": ["a"]}).body["error_description"] == (
        "Filter by ENTITY_ID must be a string"
    )
    assert client.call("crm.status.list", filter={"ENTITY_ID": "NO_SUCH"}).result == []
