"""batch of the portal simulator. Follows facts: bitrix24-rest §6.5."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from commerceml_bridge.simulators.portal import FaultKind, PortalServer, Row, Settings
from tests.simulators.portal_client import Client

LIST = "crm.item.list?entityTypeId=31&select[]=id&order[id]=ASC"


@pytest.fixture
def server() -> Iterator[PortalServer]:
    with PortalServer() as running:
        for number in range(1, 4):
            running.portal.add_smart_invoice(title=f"a+b #{number} & c", rows=[Row("x", number)])
        yield running


@pytest.fixture
def client(server: PortalServer) -> Client:
    return Client(server)


def test_named_commands_answer_by_name_and_empty_parts_are_lists(client: Client) -> None:
    parts = client.batch(a=LIST, b="crm.item.get?entityTypeId=31&id=2")
    assert parts["result"]["a"]["items"] == [{"id": 1}, {"id": 2}, {"id": 3}]
    assert parts["result"]["b"]["item"]["id"] == 2
    assert parts["result_error"] == []
    assert parts["result_next"] == []
    assert parts["result_total"] == {"a": 3}
    assert set(parts["result_time"]) == {"a", "b"}


def test_keys_that_count_from_zero_turn_the_parts_into_lists(client: Client) -> None:
    cmd = {"0": "crm.item.get?entityTypeId=31&id=99", "1": "crm.item.get?entityTypeId=31&id=1"}
    parts = client.call("batch", cmd=cmd).result
    assert isinstance(parts["result"], dict)
    assert list(parts["result"]) == ["1"]
    assert isinstance(parts["result_error"], list)
    assert parts["result_error"][0]["error"] == "NOT_FOUND"
    listed = client.call("batch", cmd=[LIST, LIST]).result
    assert isinstance(listed["result"], list)


def test_values_are_read_as_a_url_query(client: Client) -> None:
    parts = client.batch(
        encoded="crm.item.list?entityTypeId=31&select[]=id&filter[title]=a%2Bb%20%231%20%26%20c",
        plus="crm.item.list?entityTypeId=31&select[]=id&filter[title]=a+b",
        fragment="crm.item.list?entityTypeId=31&select[]=id#&filter[title]=nothing",
        operator="crm.item.list?entityTypeId=31&select[]=id&filter[%3Eid]=2",
    )
    found = {key: [item["id"] for item in part["items"]] for key, part in parts["result"].items()}
    assert found == {"encoded": [1], "plus": [], "fragment": [1, 2, 3], "operator": [3]}


def test_an_equals_sign_in_a_key_must_be_encoded(client: Client) -> None:
    method = "crm.item.productrow.list"
    parts = client.batch(
        raw=f"{method}?filter[=ownerType]=SI&filter[=ownerId]=1",
        encoded=f"{method}?filter[%3DownerType]=SI&filter[%3DownerId]=1",
    )
    assert list(parts["result"]) == ["encoded"]
    assert parts["result_error"]["raw"]["error"] == "REQUIRED_ARG_MISSING"


def test_next_is_reported_for_each_list(server: PortalServer, client: Client) -> None:
    for _ in range(60):
        server.portal.add_smart_invoice()
    parts = client.batch(a=LIST, b=LIST + "&start=50", c=LIST + "&start=-1")
    assert parts["result_next"] == {"a": 50}
    assert parts["result_total"] == {"a": 63, "b": 63}


def test_a_whole_reference_takes_the_typed_value_and_an_inner_one_a_scalar(client: Client) -> None:
    parts = client.batch(
        a=LIST,
        b="crm.item.get?entityTypeId=31&id=$result[a][items][1][id]",
        c="crm.item.update?entityTypeId=31&id=3&fields[comments]=n%20$total[a]%20of%20$result[a]",
    )
    assert parts["result"]["b"]["item"]["id"] == 2
    assert parts["result"]["c"]["item"]["comments"] == "n 3 of $result[a]"


def test_a_dangling_reference_resolves_to_the_deepest_container(server: PortalServer, client: Client) -> None:
    chain = LIST + "&filter[>id]=$result[a][items][49][id]&start=-1"
    ids = [item["id"] for item in client.batch(a=LIST, b=chain)["result"]["b"]["items"]]
    assert ids == [1, 2, 3]
    with PortalServer(Settings(dangling="error"), portal=None) as strict:
        strict.portal.add_smart_invoice()
        parts = Client(strict).batch(a=LIST, b=chain)
        assert parts["result_error"]["b"]["error"] == "INVALID_ARG_VALUE"


def test_a_chain_of_pages_works(server: PortalServer, client: Client) -> None:
    for _ in range(60):
        server.portal.add_smart_invoice()
    parts = client.batch(a=LIST + "&start=-1", b=LIST + "&filter[>id]=$result[a][items][49][id]&start=-1")
    assert [item["id"] for item in parts["result"]["b"]["items"]] == list(range(51, 64))


@pytest.mark.parametrize(
    ("halt", "executed"), [(0, True), ("0", True), ("", True), (False, True), (1, False), ("false", False)]
)
def test_halt_is_php_truth_and_later_keys_are_missing(client: Client, halt: Any, executed: bool) -> None:
    parts = client.batch(halt, bad="crm.item.get?entityTypeId=31&id=99", good=LIST)
    assert parts["result_error"]["bad"]["error"] == "NOT_FOUND"
    assert ("good" in parts["result"]) is executed
    assert "good" not in parts["result_error"]


def test_commands_beyond_fifty_fail_one_by_one(client: Client) -> None:
    parts = client.batch(**{f"k{number}": "crm.item.get?entityTypeId=31&id=1" for number in range(53)})
    assert len(parts["result"]) == 50
    assert {error["error"] for error in parts["result_error"].values()} == {"ERROR_BATCH_LENGTH_EXCEEDED"}
    assert set(parts["result_error"]) == {"k50", "k51", "k52"}


def test_a_batch_in_a_batch_and_unknown_methods_fail_inside(client: Client) -> None:
    parts = client.batch(nested="batch?cmd[a]=scope", down="download?x=1", none="no.such.method")
    errors = {key: error["error"] for key, error in parts["result_error"].items()}
    assert errors == {
        "nested": "ERROR_BATCH_METHOD_NOT_ALLOWED",
        "down": "ERROR_BATCH_METHOD_NOT_ALLOWED",
        "none": "ERROR_METHOD_NOT_FOUND",
    }


def test_commands_that_are_no_strings_are_skipped(client: Client) -> None:
    reply = client.call("batch", cmd={"object": {"method": "scope"}, "text": "scope"})
    assert list(reply.result["result"]) == ["text"]
    assert reply.result["result_error"] == []


def test_an_answer_of_null_keeps_its_key(client: Client) -> None:
    assert client.batch(gone="crm.item.productrow.delete?id=1")["result"] == {"gone": None}


def test_an_empty_batch_has_only_empty_lists(client: Client) -> None:
    assert set(map(str, client.batch().values())) == {"[]"}


def test_a_form_body_carries_a_batch_too(server: PortalServer) -> None:
    form = {"halt": "0", "cmd[a]": LIST + "&filter[>id]=1", "cmd[b]": "server.time"}
    body = requests.post(server.webhook_url + "batch.json", data=form, timeout=5).json()
    assert [item["id"] for item in body["result"]["result"]["a"]["items"]] == [2, 3]


def test_an_inner_fault_hits_one_command(server: PortalServer, client: Client) -> None:
    server.faults.add(FaultKind.OPERATION_TIME, methods=["crm.item.get"], inner=True, seconds=30)
    parts = client.batch(a="crm.item.get?entityTypeId=31&id=1", b="crm.item.get?entityTypeId=31&id=1", c=LIST)
    assert parts["result_error"]["a"]["error"] == "OPERATION_TIME_LIMIT"
    assert list(parts["result"]) == ["b", "c"]
    with pytest.raises(ValueError, match="DROP_AFTER"):
        server.faults.add(FaultKind.DROP_AFTER, inner=True)


def test_the_journal_counts_requests_and_commands(server: PortalServer, client: Client) -> None:
    client.batch(a=LIST, b=LIST, c="server.time")
    client.call("crm.item.list", entityTypeId=31)
    assert server.journal.count() == 2
    assert server.journal.count("BATCH") == 1
    assert server.journal.count_commands("crm.item.list") == 3
    entry = server.journal.entries()[0]
    assert (entry.method, entry.commands, entry.status) == (
        "batch",
        ("crm.item.list", "crm.item.list", "server.time"),
        200,
    )
