"""URL, authorisation, envelope, faults, limits and events. Follows facts: bitrix24-rest §6, §7."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests

from commerceml_bridge.simulators.portal import FaultKind, LeakyBucket, PortalServer, Row, Settings, serve_forever
from tests.simulators.portal_client import Client
from tests.simulators.portal_tls import certificate


@pytest.fixture
def server() -> Iterator[PortalServer]:
    with PortalServer() as running:
        running.portal.add_smart_invoice(rows=[Row("x", 1)])
        yield running


@pytest.fixture
def client(server: PortalServer) -> Client:
    return Client(server)


def get(url: str, **params: str) -> requests.Response:
    return requests.get(url, params=params, timeout=5, allow_redirects=False)


# --- address, encodings, authorisation --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["crm.item.List", "CRM.ITEM.LIST", "crm.item.list.json"])
def test_method_names_are_case_insensitive_with_an_optional_suffix(client: Client, name: str) -> None:
    assert client.call(name, entityTypeId=31).status == 200


def test_get_form_and_json_mean_the_same(server: PortalServer) -> None:
    url = server.webhook_url + "crm.item.list"
    flat = {"entityTypeId": "31", "filter[>=id]": "1", "select[]": "id"}
    answers = (
        get(url, **flat),
        requests.post(url, data=flat, timeout=5),
        requests.post(url, json={"entityTypeId": 31, "filter": {">=id": 1}, "select": ["id"]}, timeout=5),
        requests.post(url + "?entityTypeId=31", json={"filter": {">=id": 1}, "select": ["id"]}, timeout=5),
    )
    assert [answer.json()["result"]["items"] for answer in answers] == [[{"id": 1}]] * 4


def test_an_unknown_method_is_404_before_authorisation(server: PortalServer) -> None:
    answer = get(f"{server.base_url}/rest/1/wrong-code/no.such")
    assert (answer.status_code, answer.json()["error"]) == (404, "ERROR_METHOD_NOT_FOUND")


@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_webhook_and_a_missing_scope_answer_with_the_chosen_status(status: int) -> None:
    with PortalServer(Settings(auth_error_status=status, scopes=frozenset({"crm"}))) as server:
        wrong = get(f"{server.base_url}/rest/1/wrong-code/scope")
        assert (wrong.status_code, wrong.json()["error"]) == (status, "INVALID_CREDENTIALS")
        closed = get(server.webhook_url + "catalog.catalog.list")
        assert (closed.status_code, closed.json()["error"]) == (status, "insufficient_scope")
        inner = Client(server).batch(a="catalog.catalog.list", b="crm.item.list?entityTypeId=31")
        assert inner["result_error"]["a"]["error"] == "insufficient_scope"
        assert get(server.webhook_url + "scope").json()["result"] == ["crm"]


def test_no_credentials_at_all_are_401(server: PortalServer) -> None:
    assert get(f"{server.base_url}/rest/scope").json()["error"] == "NO_AUTH_FOUND"
    assert get(f"{server.base_url}/rest/scope", auth="token").json()["error"] == "invalid_token"


def test_the_time_block_has_an_integer_or_a_float_start(server: PortalServer, client: Client) -> None:
    block = client.call("server.time").body["time"]
    assert isinstance(block["start"], int)
    assert block["processing"] == 0
    assert block["date_start"].endswith("+03:00")
    with PortalServer(Settings(integer_time_start=False)) as other:
        assert isinstance(Client(other).call("server.time").body["time"]["start"], float)


def test_the_clock_is_injectable_and_can_be_advanced() -> None:
    noon = datetime(2026, 1, 1, 9, tzinfo=UTC)
    with PortalServer(clock=lambda: noon) as server:
        server.portal.advance_clock(90)
        assert Client(server).call("server.time").result == "2026-01-01T12:01:30+03:00"


def test_service_methods_answer(client: Client) -> None:
    assert client.call("method.get", name="crm.item.list").result == {"isExisting": True, "isAvailable": True}
    assert client.call("method.get", name="no.such").result == {"isExisting": False, "isAvailable": False}
    assert "crm.invoice.update" in client.call("methods").result
    assert client.call("profile").result["ID"] == "1"
    assert client.call("user.current").result["LAST_NAME"] == "Орлова"
    assert [user["ID"] for user in client.call("user.get", FILTER={"ID": [2]}).result] == ["2"]


def test_the_brief_user_scope_has_no_mail() -> None:
    with PortalServer(Settings(scopes=frozenset({"user_brief"}))) as server:
        assert "EMAIL" not in Client(server).call("user.current").result


def test_a_connection_is_kept_alive_and_closed_with_the_server() -> None:
    session = requests.Session()
    with PortalServer() as server:
        url = server.webhook_url + "server.time"
        assert session.get(url, timeout=5).headers.get("Connection") is None
    with pytest.raises(requests.ConnectionError):
        session.get(url, timeout=5)


def test_many_threads_write_without_losing_anything(server: PortalServer) -> None:
    def work() -> None:
        client = Client(server)
        for _ in range(10):
            client.call("crm.item.add", entityTypeId=31, fields={"title": "x"})

    threads = [threading.Thread(target=work) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Client(server).call("crm.item.list", entityTypeId=31).body["total"] == 51


# --- faults -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "options", "status", "code"),
    [
        (FaultKind.QUERY_LIMIT, {}, 503, "QUERY_LIMIT_EXCEEDED"),
        (FaultKind.OPERATION_TIME, {}, 429, "OPERATION_TIME_LIMIT"),
        (FaultKind.OVERLOAD, {}, 503, "OVERLOAD_LIMIT"),
        (FaultKind.OVERLOAD, {"status": 401}, 401, "OVERLOAD_LIMIT"),
        (FaultKind.INTERNAL, {}, 500, "INTERNAL_SERVER_ERROR"),
        (FaultKind.EMPTY_CODE, {}, 400, ""),
        (FaultKind.REST, {"code": 0, "description": "error"}, 400, 0),
        (FaultKind.WRONG_ENCODING, {}, 200, "WRONG_ENCODING"),
    ],
)
def test_an_ordered_error_comes_once_and_then_all_is_well(
    server: PortalServer, client: Client, kind: FaultKind, options: dict[str, Any], status: int, code: Any
) -> None:
    server.faults.add(kind, **options)
    reply = client.call("server.time")
    assert (reply.status, reply.body["error"]) == (status, code)
    assert "error_description" in reply.body
    assert client.call("server.time").status == 200
    assert [entry.status for entry in server.journal.entries()] == [status, 200]


def test_the_operation_limit_tells_when_it_ends(server: PortalServer, client: Client) -> None:
    server.faults.add(FaultKind.OPERATION_TIME, seconds=120)
    reset = client.call("server.time").body["time"]["operating_reset_at"]
    assert 110 < reset - datetime.now(UTC).timestamp() <= 120


def test_a_fault_can_wait_for_its_method_and_come_several_times(server: PortalServer, client: Client) -> None:
    server.faults.add(FaultKind.QUERY_LIMIT, times=2, methods=["crm.item.Get"])
    assert client.call("server.time").status == 200
    statuses = [client.call("crm.item.get", entityTypeId=31, id=1).status for _ in range(3)]
    assert statuses == [503, 503, 200]


def test_cleared_faults_do_not_come(server: PortalServer, client: Client) -> None:
    server.faults.add(FaultKind.INTERNAL, times=9)
    server.faults.clear()
    assert client.call("server.time").status == 200


def test_an_error_can_come_although_the_write_was_done(server: PortalServer, client: Client) -> None:
    server.faults.add(FaultKind.INTERNAL, executed=True)
    assert client.update(1, comments="done").status == 500
    assert server.portal.smart_invoice(1)["comments"] == "done"


def test_html_comes_with_any_status(server: PortalServer) -> None:
    for status in (200, 403, 502, 504):
        server.faults.add(FaultKind.HTML, status=status)
        answer = get(server.webhook_url + "server.time")
        assert answer.status_code == status
        assert answer.headers["Content-Type"].startswith("text/html")


def test_a_slow_answer_is_late(server: PortalServer) -> None:
    server.faults.add(FaultKind.SLOW, seconds=0.5)
    with pytest.raises(requests.ReadTimeout):
        requests.get(server.webhook_url + "server.time", timeout=0.2)


def test_a_dropped_connection_before_execution_changes_nothing(server: PortalServer, client: Client) -> None:
    server.faults.add(FaultKind.DROP_BEFORE)
    with pytest.raises(requests.ConnectionError):
        client.update(1, comments="lost")
    assert server.portal.smart_invoice(1)["comments"] == ""
    assert server.journal.entries()[-1].status == 0


def test_a_dropped_connection_after_execution_leaves_the_write(server: PortalServer, client: Client) -> None:
    server.faults.add(FaultKind.DROP_AFTER)
    with pytest.raises(requests.ConnectionError):
        client.update(1, comments="done")
    assert server.portal.smart_invoice(1)["comments"] == "done"


def test_a_truncated_answer_is_broken_json_or_a_short_body(server: PortalServer) -> None:
    server.faults.add(FaultKind.TRUNCATED)
    with pytest.raises(json.JSONDecodeError):
        json.loads(get(server.webhook_url + "server.time").text)
    server.faults.add(FaultKind.TRUNCATED, declared=True)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        get(server.webhook_url + "server.time")


def test_a_renamed_portal_redirects_with_the_whole_path(server: PortalServer) -> None:
    server.faults.add(FaultKind.REDIRECT, location="http://127.0.0.1:9/")
    answer = get(server.webhook_url + "crm.item.list", entityTypeId="31")
    assert answer.status_code == 302
    path = server.webhook_url.removeprefix(server.base_url)
    assert answer.headers["Location"] == f"http://127.0.0.1:9{path}crm.item.list?entityTypeId=31"


def test_the_leaky_bucket_refuses_above_its_burst_and_leaks() -> None:
    moment = [0.0]
    with PortalServer(bucket=LeakyBucket(rate=2, burst=3, clock=lambda: moment[0])) as server:
        client = Client(server)
        assert [client.call("server.time").status for _ in range(4)] == [200, 200, 200, 503]
        moment[0] = 1.0
        replies = [client.call("batch", cmd={"a": "server.time", "b": "server.time"}) for _ in range(3)]
        assert [reply.status for reply in replies] == [200, 200, 503]
        assert replies[2].body["error"] == "QUERY_LIMIT_EXCEEDED"


# --- events -----------------------------------------------------------------------------------------------------------


class Receiver(HTTPServer):
    """Keeps the form bodies it was sent."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, list[str]]] = []
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Receiver)
        assert self.headers["Content-Type"] == "application/x-www-form-urlencoded"
        self.server.bodies.append(parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - named by http.server
        pass


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    running = Receiver()
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield running
    running.shutdown()
    thread.join()
    running.server_close()


def test_writes_send_ids_only_to_the_registered_handler(
    server: PortalServer, client: Client, receiver: Receiver
) -> None:
    server.events.register(f"http://127.0.0.1:{receiver.server_port}/hook", "app-token")
    client.update(1, comments="x")
    server.portal.delete_invoice(1)
    assert server.events.flush()
    first = {key: value[0] for key, value in receiver.bodies[0].items()}
    assert first.pop("ts").isdigit()
    assert first.pop("event_handler_id").isdigit()
    assert first.pop("auth[member_id]")
    assert first.pop("auth[server_endpoint]").startswith("https://")
    assert first.pop("auth[client_endpoint]").endswith("/rest/")
    assert first == {
        "event": "ONCRMDYNAMICITEMUPDATE",
        "data[FIELDS][ID]": "1",
        "data[FIELDS][ENTITY_TYPE_ID]": "31",
        "auth[domain]": f"127.0.0.1:{server.port}",
        "auth[application_token]": "app-token",
    }
    assert [body["event"][0] for body in receiver.bodies] == ["ONCRMDYNAMICITEMUPDATE", "ONCRMDYNAMICITEMDELETE"]
    assert [delivery.status for delivery in server.events.deliveries()] == [200, 200]


def test_a_handler_gets_only_what_it_asked_for(server: PortalServer, client: Client, receiver: Receiver) -> None:
    url = f"http://127.0.0.1:{receiver.server_port}/hook"
    server.events.register(url, "t", ["ONCRMDYNAMICITEMUPDATE_31", "ONCRMINVOICESETSTATUS", "ONCRMCOMPANYUPDATE"])
    company = server.portal.add_company("ООО")
    invoice = server.portal.add_old_invoice(company_id=company, rows=[Row("x", 1)])
    client.call("crm.invoice.update", id=invoice, fields={"STATUS_ID": "P"})
    client.call("crm.company.update", id=company, fields={"TITLE": "АО"})
    client.update(1, comments="x")
    assert server.events.flush()
    assert [body["event"][0] for body in receiver.bodies] == [
        "ONCRMINVOICESETSTATUS",
        "ONCRMCOMPANYUPDATE",
        "ONCRMDYNAMICITEMUPDATE_31",
    ]


def test_a_deaf_handler_is_not_asked_twice(server: PortalServer, client: Client) -> None:
    server.events.register("http://127.0.0.1:9/", "t")
    client.update(1, comments="x")
    assert server.events.flush()
    assert [delivery.status for delivery in server.events.deliveries()] == [0]


def test_secrets_are_in_no_repr(server: PortalServer) -> None:
    server.events.register("http://127.0.0.1:9/", "very-secret-token")
    code = server.portal.settings.code
    shown = repr(vars(server)) + repr(vars(server.events)) + repr(server.portal.settings)
    assert "very-secret-token" not in shown
    assert code not in shown


# --- TLS and standing alone -------------------------------------------------------------------------------------------


def test_tls_is_spoken_on_request(tmp_path: Path) -> None:
    pem, context = certificate(tmp_path)
    with PortalServer(host="localhost", ssl_context=context) as server:
        assert server.webhook_url.startswith("https://localhost:")
        answer = requests.get(server.webhook_url + "server.time", timeout=5, verify=str(pem))
        assert answer.status_code == 200


def test_a_standalone_portal_says_its_webhook_address() -> None:
    said: list[str] = []
    thread = threading.Thread(target=serve_forever, kwargs={"port": 0, "say": said.append}, daemon=True)
    thread.start()
    end = time.monotonic() + 5
    while not said and time.monotonic() < end:
        time.sleep(0.01)
    answer = requests.post(said[0] + "crm.item.list", json={"entityTypeId": 31}, timeout=5)
    assert answer.json()["total"] == 5


@pytest.mark.parametrize("method", ["crm.item.add", "crm.company.add", "crm.company.list", "crm.invoice.update"])
def test_containers_where_text_belongs_never_break_the_portal(server: PortalServer, method: str) -> None:
    client = Client(server)
    odd: dict[str, Any] = {"stageId": {"a": 1}, "TITLE": ["a"], "title": [["a"]], "STATUS_ID": {}, "companyId": ["x"]}
    reply = client.call(method, id=1, entityTypeId=31, fields=odd, filter=odd, order=odd)
    assert reply.status in (200, 400)
    assert client.call("crm.company.list", filter={"TITLE": "a"}).status == 200
