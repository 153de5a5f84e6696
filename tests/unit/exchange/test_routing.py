"""The table, and that nothing in it runs for a stranger."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import pytest

from commerceml_bridge.config import Settings
from commerceml_bridge.db.database import Database
from commerceml_bridge.db.migrations import upgrade
from commerceml_bridge.domain.nodes import NodeOptions
from commerceml_bridge.errors import PortalUnavailable
from commerceml_bridge.exchange import protocol, routing
from commerceml_bridge.exchange.answers import Answer, success
from commerceml_bridge.exchange.body import RequestBody
from commerceml_bridge.exchange.request import ExchangeRequest
from commerceml_bridge.services import nodes, portals
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.sessions import Caller

LOGIN = ("node", "Pass-word-1")


@pytest.fixture
def bridge(tmp_path: Path) -> Bridge:
    url = f"sqlite:///{tmp_path / 'x.sqlite3'}"
    made = Bridge(Database(url), Settings(url, "k" * 40))
    upgrade(made.db.engine)
    portals.add(made, "P", "https://p.bitrix24.ru/rest/1/abcdef12345/")
    nodes.add(made, "N", "P", *LOGIN, NodeOptions(from_date=date(2026, 1, 1)))
    return made


def request(
    exchange_type: str,
    mode: str,
    *,
    method: str = "GET",
    credentials: tuple[str, str] | None = LOGIN,
    cookie: str | None = None,
    body: bytes = b"",
    **parameters: str,
) -> ExchangeRequest:
    return ExchangeRequest(
        method=method,
        path="/",
        query="",
        parameters={protocol.TYPE: exchange_type, protocol.MODE: mode, **parameters},
        headers={},
        remote="127.0.0.1",
        body=RequestBody(io.BytesIO(body), length=len(body), limit=1000),
        credentials=credentials,
        cookie=cookie,
    )


def text(answer: Answer) -> str:
    assert answer.body is not None
    return answer.body.decode("cp1251")


@pytest.mark.parametrize(("exchange_type", "mode"), sorted(routing.ROUTES))
def test_no_mode_runs_without_a_caller(
    exchange_type: str, mode: str, bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> Answer:
        raise AssertionError("the handler ran")

    monkeypatch.setitem(routing.ROUTES, (exchange_type, mode), never)
    for stranger in (None, ("node", "wrong-password"), ("nobody", "Pass-word-1")):
        answer = routing.respond(request(exchange_type, mode, credentials=stranger, cookie="f" * 32), bridge)
        assert (answer.result, answer.code) == ("failure", "auth-failed")
        assert text(answer).startswith("failure\nОшибка авторизации.")


@pytest.mark.parametrize("exchange_type", ["sale", "catalog", "reference"])
def test_checkauth_opens_a_session_for_each_type(exchange_type: str, bridge: Bridge) -> None:
    answer = routing.respond(request(exchange_type, "checkauth"), bridge)
    lines = text(answer).split("\n")
    assert lines[:2] == ["success", "cmlb_session"]
    assert lines[3].startswith("sessid=")
    assert len(lines) == (6 if exchange_type == "catalog" else 5)
    assert answer.about.session_id is not None
    assert answer.about.node_id is not None


def test_the_handler_gets_the_caller_and_its_answer_gets_the_ids(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    callers: list[Caller] = []

    def handler(_request: ExchangeRequest, _bridge: Bridge, caller: Caller) -> Answer:
        callers.append(caller)
        return success()

    monkeypatch.setitem(routing.ROUTES, ("sale", "query"), handler)
    lines = text(routing.respond(request("sale", "checkauth"), bridge)).split("\n")
    answer = routing.respond(request("sale", "query", credentials=None, cookie=lines[2]), bridge)
    assert callers[0].node.login == "node"
    assert (answer.about.node_id, answer.about.session_id) == (callers[0].node.id, callers[0].session.id)


def test_an_error_of_the_tree_becomes_failure_with_its_text_for_1c(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch
) -> None:
    def handler(*_: object) -> Answer:
        raise PortalUnavailable("для оператора", portal_code="X")

    monkeypatch.setitem(routing.ROUTES, ("sale", "query"), handler)
    answer = routing.respond(request("sale", "query"), bridge)
    assert text(answer) == "failure\nдля оператора\n"
    assert (answer.code, answer.error) == ("portal-unavailable", "для оператора")
    assert answer.about.node_id is not None


def test_any_other_error_becomes_a_neutral_failure_and_is_logged_under_its_id(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def handler(*_: object) -> Answer:
        raise KeyError("internals")

    monkeypatch.setitem(routing.ROUTES, ("sale", "query"), handler)
    answer = routing.respond(request("sale", "query"), bridge)
    assert text(answer).startswith("failure\nВнутренняя ошибка")
    assert "internals" not in text(answer)
    assert answer.code == "internal"
    assert answer.error in text(answer)
    assert answer.error in caplog.text
    assert "KeyError" in caplog.text


@pytest.mark.parametrize(
    ("exchange_type", "mode", "expected"),
    [
        ("act", "query", protocol.UNKNOWN_TYPE),
        ("", "query", protocol.UNKNOWN_TYPE),
        ("sale", "nonsense", protocol.UNKNOWN_MODE),
        ("sale", "", protocol.UNKNOWN_MODE),
        ("sale", "deactivate", protocol.UNKNOWN_MODE),
        ("catalog", "query", protocol.UNKNOWN_MODE),
        ("", "", protocol.NO_COMMAND),
        ("get_catalog", "checkauth", protocol.NOT_OFFERED["get_catalog"]),
        ("crm", "checkauth", protocol.NOT_OFFERED["crm"]),
        ("listen", "", protocol.NOT_OFFERED["listen"]),
    ],
)
def test_what_the_table_does_not_hold_is_refused_in_words(
    exchange_type: str, mode: str, expected: str, bridge: Bridge
) -> None:
    answer = routing.respond(request(exchange_type, mode), bridge)
    assert text(answer) == f"failure\n{expected}\n"
    assert answer.code == "unknown-command"


def test_versions_are_noted_by_init_only_if_they_are_numbers(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, str]] = []

    def handler(_request: ExchangeRequest, _bridge: Bridge, caller: Caller) -> Answer:
        seen.append((caller.session.version, caller.session.cml_version))
        return success()

    monkeypatch.setitem(routing.ROUTES, ("sale", "query"), handler)
    for version, cml_version in (("nan", "9" * 40), ("3.1", "2.10"), ("inf", '"><x')):
        routing.respond(request("sale", "init", version=version, cmlversion=cml_version), bridge)
        routing.respond(request("sale", "query"), bridge)
    assert seen == [("", ""), ("3.1", "2.10"), ("3.1", "2.10")]


def test_every_text_for_1c_fits_windows_1251_and_the_length_1c_shows() -> None:
    texts = [value for name, value in vars(protocol).items() if name.isupper() and isinstance(value, str)]
    texts += protocol.NOT_OFFERED.values()
    assert len(texts) > 40
    for value in texts:
        assert value.encode("cp1251")
        assert len(value) < 240
