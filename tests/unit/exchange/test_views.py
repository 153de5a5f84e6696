"""Whatever comes over WSGI is answered with HTTP 200 and a word of the protocol."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commerceml_bridge.config import Settings
from commerceml_bridge.db.database import Database
from commerceml_bridge.db.migrations import upgrade
from commerceml_bridge.domain.nodes import NodeOptions
from commerceml_bridge.exchange import views
from commerceml_bridge.exchange.views import create_exchange_app
from commerceml_bridge.services import journal, nodes, portals
from commerceml_bridge.services.bridge import Bridge

BASIC = "Basic " + base64.b64encode(b"node:Pass-word-1").decode()


@pytest.fixture(scope="module")
def bridge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bridge]:
    folder: Path = tmp_path_factory.mktemp("views")
    url = f"sqlite:///{folder / 'x.sqlite3'}"
    made = Bridge(Database(url), Settings(url, "k" * 40, max_upload_bytes=1000))
    upgrade(made.db.engine)
    portals.add(made, "P", "https://p.bitrix24.ru/rest/1/abcdef12345/")
    nodes.add(made, "N", "P", "node", "Pass-word-1", NodeOptions(from_date=date(2026, 1, 1)))
    yield made
    made.db.close()


def call(
    bridge: Bridge, query: str, *, path: str = "/", body: bytes = b"", **environ: Any
) -> tuple[dict[str, str], bytes]:
    got: list[tuple[str, dict[str, str]]] = []

    def start(status: str, headers: list[tuple[str, str]], _exc: object = None) -> Any:
        got.append((status, dict(headers)))

    full = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": "x",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "203.0.113.7",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.input_terminated": True,
        **environ,
    }
    answer = b"".join(create_exchange_app(bridge)(full, start))
    assert [status for status, _ in got] == ["200 OK"]
    assert set(got[0][1]) == {"Content-Type", "Content-Length", "Pragma"}
    return got[0][1], answer


@settings(max_examples=60, deadline=None)
@given(
    query=st.text(st.characters(max_codepoint=255), max_size=60),
    path=st.text(st.characters(max_codepoint=255), max_size=30),
    method=st.sampled_from(["GET", "POST", "HEAD", "OPTIONS", "BREW"]),
    host=st.text(st.characters(max_codepoint=255), max_size=10),
    authorization=st.text(st.characters(max_codepoint=255), max_size=20),
    cookie=st.text(st.characters(max_codepoint=255), max_size=20),
    body=st.binary(max_size=50),
)
def test_no_request_whatever_gets_anything_but_200_and_a_word_of_the_protocol(
    bridge: Bridge, query: str, path: str, method: str, host: str, authorization: str, cookie: str, body: bytes
) -> None:
    for prefix in ("", "type=sale&mode=file&filename=", "type=sale&mode=query&"):
        headers, answer = call(
            bridge,
            prefix + query,
            path=path,
            body=body,
            REQUEST_METHOD=method,
            HTTP_HOST=host,
            HTTP_AUTHORIZATION=authorization,
            HTTP_COOKIE="cmlb_session=" + cookie,
        )
        assert headers["Content-Type"] == "text/html; charset=windows-1251"
        if method == "HEAD":
            assert answer == b""
        else:
            assert len(answer) == int(headers["Content-Length"])
            assert answer.startswith(b"failure\n")
            assert b"\r" not in answer


def test_a_journal_that_cannot_be_written_does_not_take_the_answer_away(
    bridge: Bridge, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full_disk(*_: object) -> int:
        raise OSError("no space left")

    monkeypatch.setattr(journal, "record", full_disk)
    _, answer = call(bridge, "type=sale&mode=checkauth", HTTP_AUTHORIZATION=BASIC)
    assert answer.startswith(b"success\n")
    assert "no space left" in caplog.text


def test_a_fault_in_the_views_themselves_is_a_failure_too(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    def fault(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(views, "_request", fault)
    _, answer = call(bridge, "type=sale&mode=checkauth", HTTP_AUTHORIZATION=BASIC)
    assert answer.decode("cp1251").startswith("failure\nВнутренняя ошибка")


def test_the_journal_gets_what_was_asked_and_by_whom(bridge: Bridge, monkeypatch: pytest.MonkeyPatch) -> None:
    recorded: list[journal.Exchange] = []
    monkeypatch.setattr(journal, "record", lambda _bridge, exchange: recorded.append(exchange))
    call(
        bridge,
        "type=sale&mode=checkauth&filename=\xc7\xe0 &sessid=abc",
        path="/\xd0\x90",
        HTTP_HOST="bridge.example",
        HTTP_AUTHORIZATION=BASIC,
        HTTP_X_FORWARDED_FOR="10.9.8.7",
    )
    (entry,) = recorded
    assert entry.path == "/А"
    assert entry.query == "type=sale&mode=checkauth&filename=%C7%E0%20&sessid=***"
    assert (entry.login, entry.remote) == ("node", "203.0.113.7")
    assert entry.request_headers["Host"] == "bridge.example"
    assert entry.request_headers["Authorization"] == "***"
    assert entry.response_body is not None
    assert entry.response_body.count(b"***") == 2
