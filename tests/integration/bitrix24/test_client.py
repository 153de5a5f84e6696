"""Retry classes, moves and secrets, over real sockets."""

import logging
import socket
import traceback
from collections.abc import Iterator
from typing import Any

import pytest

from commerceml_bridge import errors
from commerceml_bridge.bitrix24.batch import Batch
from commerceml_bridge.bitrix24.refusals import PortalStopped, WriteUncertain
from commerceml_bridge.simulators.portal import FaultKind, PortalServer, Settings
from tests.integration.bitrix24.live import START, Live
from tests.integration.bitrix24.scripted import CODE, Reply, Scripted

READ = ("crm.item.list", {"entityTypeId": 31, "order": {"id": "ASC"}})


@pytest.fixture
def live() -> Iterator[Live]:
    with Live() as portal:
        portal.seed_seller()
        yield portal


def write(live: Live) -> dict[str, object]:
    number = live.portal.add_smart_invoice(account_number="1")
    return {"entityTypeId": 31, "id": number, "fields": {"title": "Новая тема"}}


@pytest.mark.parametrize(
    ("kind", "waits"),
    [
        (FaultKind.QUERY_LIMIT, [1.0, 2.0]),
        (FaultKind.INTERNAL, [1.0, 2.0]),
        (FaultKind.HTML, [1.0, 2.0]),
        (FaultKind.DROP_BEFORE, [1.0, 2.0]),
        (FaultKind.DROP_AFTER, [1.0, 2.0]),
        (FaultKind.TRUNCATED, [1.0, 2.0]),
    ],
)
def test_a_read_is_repeated_with_growing_pauses(live: Live, kind: FaultKind, waits: list[float]) -> None:
    live.faults.add(kind, times=2)
    assert live.client.call(*READ) == {"items": []}
    assert live.slept == pytest.approx(waits)
    assert live.journal.count() == 3


def test_a_cut_body_with_its_full_length_announced_is_repeated(live: Live) -> None:
    live.faults.add(FaultKind.TRUNCATED, declared=True)
    assert live.client.call(*READ) == {"items": []}
    assert live.journal.count() == 2


def test_a_read_is_given_up_after_four_attempts(live: Live) -> None:
    live.faults.add(FaultKind.INTERNAL, times=9)
    with pytest.raises(errors.PortalUnavailable):
        live.client.call(*READ)
    assert live.journal.count() == 4
    assert live.slept == [1.0, 2.0, 4.0]


def test_a_torn_answer_that_stays_torn_is_invalid(live: Live) -> None:
    live.faults.add(FaultKind.TRUNCATED, times=9)
    with pytest.raises(errors.PortalAnswerInvalid, match="оборван"):
        live.client.call(*READ)


def test_a_vague_refusal_of_a_read_is_tried_once_more(live: Live) -> None:
    live.faults.add(FaultKind.REST, times=9, code="ERROR_CORE", description="Что-то не так<br />", status=400)
    with pytest.raises(errors.PortalRefused, match="Что-то не так"):
        live.client.call(*READ)
    assert live.journal.count() == 2


@pytest.mark.parametrize(
    ("kind", "options", "raised"),
    [
        (FaultKind.OVERLOAD, {}, PortalStopped),
        (FaultKind.OVERLOAD, {"status": 401}, PortalStopped),
        (FaultKind.EMPTY_CODE, {}, errors.PortalAccessDenied),
        (FaultKind.WRONG_ENCODING, {}, errors.PortalAnswerInvalid),
        (FaultKind.HTML, {"status": 403}, errors.PortalAccessDenied),
        (FaultKind.HTML, {"status": 404}, errors.PortalRefused),
        (FaultKind.REST, {"code": "INVALID_ARG_VALUE"}, errors.PortalRefused),
        (FaultKind.REST, {"code": "expired_token", "status": 401}, errors.PortalAccessDenied),
    ],
)
def test_what_a_person_must_mend_is_asked_once(
    live: Live, kind: FaultKind, options: dict[str, Any], raised: type[errors.PortalError]
) -> None:
    live.faults.add(kind, times=9, **options)
    with pytest.raises(raised) as caught:
        live.client.call(*READ)
    assert type(caught.value) is raised
    assert live.journal.count() == 1
    assert live.slept == []


def test_a_blocked_method_rests_until_its_reset_and_others_do_not(live: Live) -> None:
    live.faults.add(FaultKind.OPERATION_TIME, seconds=300)
    with pytest.raises(errors.PortalUnavailable) as caught:
        live.client.call(*READ)
    assert caught.value.retry_after == 300
    with pytest.raises(errors.PortalUnavailable, match=r"crm\.item\.list"):
        live.client.call(*READ)
    batch = Batch(live.client)
    batch.add("a", READ[0], READ[1])
    with pytest.raises(errors.PortalUnavailable):
        batch.run()
    assert live.journal.count() == 1
    live.client.call("crm.category.list", {"entityTypeId": 31})
    live.portal.advance_clock(300)
    assert live.client.call(*READ) == {"items": []}


def test_a_method_blocked_inside_a_batch_rests_as_well(live: Live) -> None:
    live.faults.add(FaultKind.OPERATION_TIME, methods=["crm.item.list"], inner=True, seconds=120)
    batch = Batch(live.client)
    batch.add("a", READ[0], READ[1])
    batch.add("b", "crm.category.list", {"entityTypeId": 31})
    result = batch.run()
    assert result.get("b")["categories"]
    with pytest.raises(errors.PortalUnavailable) as caught:
        result.get("a")
    assert caught.value.retry_after == 120
    with pytest.raises(errors.PortalUnavailable):
        live.client.call(*READ)


def test_a_long_retry_after_is_handed_to_the_caller() -> None:
    with Scripted(Reply(b"busy", 503, Retry_After="600")) as server:
        client = server.client()
        with pytest.raises(errors.PortalUnavailable) as caught:
            client.call("crm.item.list")
        assert caught.value.retry_after == 600
        assert server.slept == []


# --- writes -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "options", "executed"),
    [
        (FaultKind.DROP_BEFORE, {}, False),
        (FaultKind.DROP_AFTER, {}, True),
        (FaultKind.TRUNCATED, {}, True),
        (FaultKind.INTERNAL, {}, False),
        (FaultKind.INTERNAL, {"executed": True}, True),
        (FaultKind.HTML, {}, False),
        (FaultKind.HTML, {"executed": True, "status": 504}, True),
    ],
)
def test_a_write_of_unknown_fate_is_never_repeated(
    live: Live, kind: FaultKind, options: dict[str, Any], executed: bool
) -> None:
    params = write(live)
    live.faults.add(kind, **options)
    with pytest.raises(WriteUncertain) as caught:
        live.client.call("crm.item.update", params)
    assert caught.value.may_have_happened
    assert isinstance(caught.value, errors.PortalUnavailable)
    assert live.journal.count("crm.item.update") == 1
    number = params["id"]
    assert isinstance(number, int)
    assert (live.portal.smart_invoice(number)["title"] == "Новая тема") is executed


def test_a_slow_write_is_uncertain(live: Live) -> None:
    params = write(live)
    live.faults.add(FaultKind.SLOW, seconds=0.4)
    hasty = live.new_client(timeout=0.1)
    with pytest.raises(WriteUncertain, match="вовремя"):
        hasty.call("crm.item.update", params)
    assert hasty.requests_sent == 1


def test_a_write_rejected_by_the_limit_was_not_executed_and_is_repeated(live: Live) -> None:
    params = write(live)
    live.faults.add(FaultKind.QUERY_LIMIT, times=2)
    answer = live.client.call("crm.item.update", params)
    assert answer["item"]["title"] == "Новая тема"
    assert live.journal.count("crm.item.update") == 3


def test_a_refused_write_is_simply_refused(live: Live) -> None:
    params = write(live)
    live.faults.add(FaultKind.REST, code="ERROR_CORE", description="Нельзя", status=400)
    with pytest.raises(errors.PortalRefused, match="Нельзя"):
        live.client.call("crm.item.update", params)
    assert live.journal.count("crm.item.update") == 1


def test_a_portal_nobody_listens_at_is_unavailable_and_nothing_is_uncertain() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with Live() as live:
        client = live.new_client(f"http://127.0.0.1:{port}/rest/1/{CODE}/")
        with pytest.raises(errors.PortalUnavailable) as caught:
            client.call("crm.item.update", {"id": 1})
    assert not isinstance(caught.value, WriteUncertain)
    assert "не установлено" in str(caught.value)


# --- authorisation ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_code_and_a_missing_scope_are_told_whatever_the_status(status: int) -> None:
    with Live(Settings(auth_error_status=status, scopes=frozenset({"crm"}))) as live:
        with pytest.raises(errors.PortalAccessDenied, match=r"Торговый каталог \(catalog\)"):
            live.client.call("catalog.catalog.list")
        wrong = live.new_client(live.server.webhook_url.replace(live.portal.settings.code, "wr0ngc0de"))
        with pytest.raises(errors.PortalAccessDenied, match="не принимает вебхук") as caught:
            wrong.call(*READ)
    assert caught.value.portal_code == "INVALID_CREDENTIALS"


# --- moves ------------------------------------------------------------------------------------------------------------


def test_a_renamed_portal_is_followed_by_the_same_post_and_remembered(live: Live) -> None:
    params = write(live)
    with PortalServer(clock=lambda: START, portal=live.portal) as new:
        live.faults.add(FaultKind.REDIRECT, location=new.base_url)
        answer = live.client.call("crm.item.update", params)
        assert answer["item"]["title"] == "Новая тема"
        assert live.client.moved_to is not None
        assert live.client.moved_to.secret_url == new.webhook_url
        live.client.call(*READ)
        assert (live.journal.count(), new.journal.count()) == (1, 2)


@pytest.mark.parametrize(
    "location", ["https://www.bitrix24.ru/", "http://example.com", "", "/rest/1/other/crm.item.list.json"]
)
def test_a_redirect_elsewhere_is_an_error(location: str) -> None:
    with Scripted(Reply(b"<html>", 302, Location=location)) as server:
        client = server.client()
        with pytest.raises(errors.PortalRefused, match="перенаправляет") as caught:
            client.call("crm.item.list")
        assert client.moved_to is None
        assert CODE not in str(caught.value)


def test_a_chain_of_redirects_is_not_followed() -> None:
    with Scripted(Reply(b"", 302, Location="https://elsewhere.example/")) as second:
        target = f"{second.base}/rest/1/{CODE}/crm.item.list.json"
        with Scripted(Reply(b"", 307, Location=target)) as first:
            client = first.client()
            with pytest.raises(errors.PortalRefused, match="перенаправляет"):
                client.call("crm.item.list")
            assert client.moved_to is None
            assert (len(first.asked), len(second.asked)) == (1, 1)


def test_an_address_that_answers_no_json_is_not_remembered() -> None:
    with Scripted(Reply(b"<html>parked</html>", 404)) as second:
        target = f"{second.base}/rest/1/{CODE}/crm.item.list.json"
        with Scripted(Reply(b"", 301, Location=target)) as first:
            client = first.client()
            with pytest.raises(errors.PortalRefused):
                client.call("crm.item.list")
            assert client.moved_to is None


# --- secrets ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [FaultKind.DROP_BEFORE, FaultKind.TRUNCATED, FaultKind.HTML, FaultKind.INTERNAL])
def test_neither_errors_nor_logs_show_the_code(live: Live, kind: FaultKind, caplog: pytest.LogCaptureFixture) -> None:
    live.faults.add(kind, times=9)
    code = live.portal.settings.code
    with caplog.at_level(logging.DEBUG), pytest.raises(errors.PortalError) as caught:
        live.client.call(*READ)
    shown = "".join(traceback.format_exception(caught.value, chain=True)) + caplog.text + repr(live.client)
    assert code not in shown
    assert "***" in caplog.text
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_a_portal_that_repeats_the_code_in_its_error_is_masked() -> None:
    said = {"error": "ODD", "error_description": f"no /rest/1/{CODE}/x for {CODE}"}
    with Scripted(Reply(said, 400)) as server, pytest.raises(errors.PortalRefused) as caught:
        server.client().call("crm.item.list")
    assert CODE not in str(caught.value)
