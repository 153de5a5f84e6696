"""Batches: strictness, references, paging inside."""

from typing import Any

import pytest

from commerceml_bridge import errors
from commerceml_bridge.bitrix24.batch import Batch
from commerceml_bridge.bitrix24.lists import ListCommand, run_lists
from commerceml_bridge.simulators.portal import FaultKind
from tests.integration.bitrix24.live import SMART_ONLY, Live
from tests.integration.bitrix24.scripted import Reply, Scripted, parts


def two(server: Scripted) -> Batch:
    batch = Batch(server.client())
    batch.add("one", "crm.status.list", {"filter": {"ENTITY_ID": "X"}})
    batch.add("two", "crm.company.list")
    return batch


def test_every_command_is_answered_by_a_result_or_an_error() -> None:
    with Live() as live:
        batch = Batch(live.client)
        batch.add("good", "crm.category.list", {"entityTypeId": 31})
        batch.add("bad", "crm.item.get", {"entityTypeId": 31, "id": 404})
        result = batch.run()
        assert result.get("good")["categories"][0]["id"] == 5
        assert result.total("good") == 1
        with pytest.raises(errors.PortalNotFound):
            result.get("bad")


def test_a_batch_of_errors_only_is_no_failure_of_the_batch() -> None:
    with Live() as live:
        batch = Batch(live.client)
        batch.add("bad", "crm.item.get", {"entityTypeId": 31, "id": 404})
        assert set(batch.run().errors) == {"bad"}


def test_a_command_without_an_answer_spoils_the_batch() -> None:
    with Scripted(parts({"one": []})) as server, pytest.raises(errors.PortalAnswerInvalid, match="two"):
        two(server).run()


def test_a_null_result_is_an_answer() -> None:
    with Scripted(parts({"one": None, "two": []})) as server:
        assert two(server).run().get("one") is None


def test_an_error_beats_a_result_of_the_same_command() -> None:
    failed = {"two": {"error": "ACCESS_DENIED", "error_description": ""}}
    with Scripted(parts({"one": [], "two": []}, failed)) as server:
        result = two(server).run()
    with pytest.raises(errors.PortalAccessDenied):
        result.get("two")


@pytest.mark.parametrize(
    "reply",
    [
        parts([[], []]),
        parts({"one": []}, [{"error": "", "error_description": "Not found"}]),
        parts({"one": []}, {"two": "broken"}),
        parts({"one": []}, {"two": {"description": "no error key"}}),
        Reply({"result": []}),
        Reply({"result": "text"}),
    ],
)
def test_parts_that_lost_their_names_are_refused(reply: Reply) -> None:
    with Scripted(reply) as server, pytest.raises(errors.PortalAnswerInvalid):
        two(server).run()


def test_lists_longer_than_a_page_are_followed_to_their_end() -> None:
    with Live(SMART_ONLY) as live:
        ids = [live.portal.add_company(f"К{number}", inn=f"77{number:08d}") for number in range(130)]
        live.journal.clear()
        by_page = ListCommand("companies", "crm.company.list", {"order": {"ID": "ASC"}})
        whole = ListCommand("requisites", "crm.requisite.list", {"order": {"ID": "ASC"}})
        lists = run_lists(live.client, [by_page, whole])
        assert [int(row["ID"]) for row in lists.rows("companies")] == ids
        assert len(lists.rows("requisites")) == 130
        assert live.journal.count() == 3


def test_more_commands_than_fit_take_several_requests() -> None:
    with Live(SMART_ONLY) as live:
        commands = [ListCommand(f"c{number}", "crm.company.list", {"start": -1}) for number in range(120)]
        assert len(run_lists(live.client, commands).found) == 120
        assert live.journal.count() == 3
        live.journal.clear()
        run_lists(live.client, commands[:25], batch_size=10)
        assert live.journal.count() == 3


def test_a_list_that_goes_in_circles_is_refused() -> None:
    again: dict[str, Any] = {"c": 50}
    first, second = parts({"c": [{"ID": "1"}]}, nexts=again), parts({"c": [{"ID": "2"}]}, nexts=again)
    with Scripted(first, second) as server, pytest.raises(errors.PortalAnswerInvalid, match="по кругу"):
        run_lists(server.client(), [ListCommand("c", "crm.company.list", {})])


@pytest.mark.parametrize("result", [{"rows": []}, "x", 5, ["x"], {"productRows": {"a": 1}}])
def test_an_answer_that_is_no_list_is_refused(result: Any) -> None:
    command = ListCommand("c", "crm.item.productrow.list", {}, "productRows")
    with Scripted(parts({"c": result})) as server, pytest.raises(errors.PortalAnswerInvalid):
        run_lists(server.client(), [command])


def test_a_command_that_failed_in_passing_is_repeated_alone() -> None:
    with Live(SMART_ONLY) as live:
        live.portal.add_company("А")
        live.faults.add(FaultKind.INTERNAL, times=2, methods=["crm.company.list"], inner=True)
        commands = [ListCommand("a", "crm.company.list", {}), ListCommand("b", "crm.contact.list", {})]
        assert len(run_lists(live.client, commands).rows("a")) == 1
        assert [len(entry.commands) for entry in live.journal.entries()] == [2, 1, 1]
        assert live.slept == [1.0, 2.0]


def test_a_command_that_keeps_failing_is_an_error_of_its_own() -> None:
    with Live(SMART_ONLY) as live:
        live.faults.add(FaultKind.INTERNAL, times=9, methods=["crm.company.list"], inner=True)
        commands = [ListCommand("a", "crm.company.list", {}), ListCommand("b", "crm.contact.list", {})]
        lists = run_lists(live.client, commands)
        assert lists.rows("b") == []
        with pytest.raises(errors.PortalUnavailable):
            lists.rows("a")


def test_values_arrive_as_they_were_sent() -> None:
    name = "Рога & копыта #1 + 50% = «?»"
    with Live(SMART_ONLY) as live:
        live.portal.add_company(name)
        live.portal.add_company("другая")
        lists = run_lists(live.client, [ListCommand("a", "crm.company.list", {"filter": {"=TITLE": name}})])
        assert [row["TITLE"] for row in lists.rows("a")] == [name]
