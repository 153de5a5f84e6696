"""1C is told: a live HTTP service in place of a published base, calls folded, repeated, and never in anybody's way."""

from __future__ import annotations

import base64
import datetime as dt
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from commerceml_bridge.cli.processes import until
from commerceml_bridge.db.notifiers import KEPT, NotificationRow, NotifierRow
from commerceml_bridge.db.rows import NodeRow
from commerceml_bridge.domain.selection import Selection
from commerceml_bridge.errors import ConfigurationError, NotFound, NotificationFailed
from commerceml_bridge.services import nodes, notifying, operations
from commerceml_bridge.worker import Worker
from commerceml_bridge.worker.tasks import TASKS
from tests.integration.live_portal import real_time
from tests.integration.office import Office
from tests.simulators.portal_tls import certificate

LOGIN, PASSWORD = "Обмен", "пароль с пробелом"
MINUTE = dt.timedelta(minutes=1)


class Base:
    """A published 1C base: answers from a list, the last answer for ever; remembers what it was asked."""

    def __init__(self, *answers: tuple[int, str], context: ssl.SSLContext | None = None) -> None:
        self.answers = list(answers) or [(200, "Обмен поставлен в очередь")]
        self.asked: list[tuple[str, str, str, bytes]] = []
        self.location = ""
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        if context:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/ut/hs/cmlb/exchange"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        base = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                base.asked.append((self.command, self.path, self.headers.get("Authorization", ""), body))
                status, text = base.answers.pop(0) if len(base.answers) > 1 else base.answers[0]
                content = text.encode("utf-8-sig")
                self.send_response(status)
                if base.location:
                    self.send_header("Location", base.location)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def do_GET(self) -> None:
                self.do_POST()

            def log_message(self, *_: object) -> None:
                """Stay quiet."""

        return Handler

    def __enter__(self) -> Base:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def base() -> Iterator[Base]:
    with Base() as running:
        yield running


def told(office: Office, base: Base, **changes: object) -> NodeRow:
    """A node whose base is called, ``debounce`` 30 seconds unless told otherwise."""
    node = office.node()
    settings = {"url": base.url, "login": LOGIN, "password": PASSWORD, **changes}
    notifying.set_notifier(office.bridge, node.name, **settings)  # type: ignore[arg-type]
    return node


def row(office: Office, node: NodeRow) -> NotifierRow:
    with office.bridge.db.read() as uow:
        found = uow.notifiers.of(node.id)
    assert found is not None
    return found


def answers(office: Office, node: NodeRow) -> list[NotificationRow]:
    with office.bridge.db.read() as uow:
        return uow.notifiers.answers(node.id, 100)


def work(office: Office) -> int:
    """What the worker does at one look; returns the number of calls."""
    waiting = list(notifying.due(office.bridge))
    for node_id in waiting:
        notifying.call_due(office.bridge, node_id)
    return len(waiting)


def test_the_worker_looks_for_calls_every_second() -> None:
    task = next(task for task in TASKS if task.sort == "notify")
    assert (task.work, task.due) == (notifying.call_due, notifying.due)


def test_a_running_worker_calls_the_base(office: Office, base: Base) -> None:
    node = told(office, base, debounce=0)
    office.bill("1")
    bridge = real_time(office)
    with bridge.db.write() as uow:
        uow.portals.update(office.portal.id, fetched_at=bridge.clock())
    worker = Worker(bridge)
    worker.step()
    until("1С получила звонок", lambda: bool(base.asked))
    worker.stop()
    assert worker.wait(10.0)
    assert row(office, node).calling_since is None


def test_a_new_invoice_calls_the_base_once_its_changes_are_folded(office: Office, base: Base) -> None:
    node = told(office, base)
    for number in ("1", "2", "3"):
        office.bill(number)
    assert work(office) == 0, "changes are collected for half a minute"
    office.now += MINUTE
    assert work(office) == 1
    method, path, authorization, body = base.asked[0]
    assert (method, path) == ("POST", "/ut/hs/cmlb/exchange")
    assert base64.b64decode(authorization.removeprefix("Basic ")).decode() == f"{LOGIN}:{PASSWORD}"
    assert body == b'{"event": "invoices"}'
    (answer,) = answers(office, node)
    assert (answer.ok, answer.status, answer.text) == (True, 200, "Обмен поставлен в очередь")
    office.now += MINUTE
    assert work(office) == 0
    assert len(base.asked) == 1


def test_get_without_login_sends_neither_body_nor_credentials(office: Office, base: Base) -> None:
    told(office, base, login="", password=None, method="GET", debounce=0)
    office.bill("1")
    office.now += MINUTE
    work(office)
    assert base.asked == [("GET", "/ut/hs/cmlb/exchange", "", b"")]


def test_what_is_held_or_outside_the_selection_calls_nobody(office: Office, base: Base) -> None:
    told(office, base)
    office.bill("1", buyer=None)
    nodes.set_options(office.bridge, "base", selection=Selection(kinds=frozenset({"old"})))
    office.bill("2")
    office.now += MINUTE
    assert work(office) == 0


def test_a_release_a_resend_and_a_change_after_acknowledgement_call_again(office: Office, base: Base) -> None:
    node = told(office, base)
    invoice = office.bill("1")
    office.exchange(node)
    office.now += MINUTE
    assert work(office) == 1
    assert base.asked == [], "1C has come meanwhile: nothing waits for it"
    office.bill("1", currency="USD")
    office.now += MINUTE
    work(office)
    office.exchange(node)
    operations.resend(office.bridge, office.consignment(node, invoice).id, operator="anna", reason="снова")
    office.now += MINUTE
    work(office)
    assert len(base.asked) == 2


def test_failures_are_repeated_with_growing_pauses_until_one_succeeds(office: Office, base: Base) -> None:
    node = told(office, base, debounce=0)
    base.answers = [(500, "<html>ошибка</html>"), (401, ""), (404, "нет"), (200, "хорошо")]
    office.bill("1")
    pauses = []
    for _attempt in range(3):
        office.now += dt.timedelta(hours=2)
        assert work(office) == 1
        assert work(office) == 0, "not before its pause is over"
        waits_until = row(office, node).next_at
        assert waits_until is not None
        pauses.append(round((waits_until - office.now).total_seconds() / 10) * 10)
    assert pauses == [30, 60, 120]
    office.now += dt.timedelta(hours=2)
    assert work(office) == 1
    assert (row(office, node).attempts, row(office, node).next_at) == (0, None)
    said = [(one.attempt, one.status, one.ok) for one in reversed(answers(office, node))]
    assert said == [(1, 500, False), (2, 401, False), (3, 404, False), (4, 200, True)]
    assert "страница HTML" in answers(office, node)[3].text
    assert "логин или пароль" in answers(office, node)[2].text


def test_pauses_end_at_an_hour() -> None:
    assert notifying.pause(1) == dt.timedelta(seconds=30)
    assert notifying.pause(50) == dt.timedelta(hours=1)


def test_what_changes_during_a_call_is_called_for_after_it(office: Office, base: Base) -> None:
    node = told(office, base)
    office.bill("1")
    office.now += MINUTE
    claimed = notifying._claim(office.bridge, node.id)
    assert claimed is not None
    assert notifying._claim(office.bridge, node.id) is None, "one worker calls at a time"
    office.bill("2")
    assert row(office, node).wanted_at is not None
    office.now += notifying.LEASE
    assert work(office) == 1, "the worker that had claimed it was killed"
    office.now += MINUTE
    assert work(office) == 0, "one call for both"
    assert len(base.asked) == 1


def test_a_redirect_is_not_followed_with_the_password(office: Office, base: Base) -> None:
    with Base() as elsewhere:
        base.answers, base.location = [(302, "")], elsewhere.url
        node = told(office, base, debounce=0)
        office.bill("1")
        office.now += MINUTE
        work(office)
        assert elsewhere.asked == []
    assert "перенаправление" in answers(office, node)[0].text


def test_a_certificate_nobody_vouches_for_is_refused(office: Office, tmp_path: Path) -> None:
    _pem, context = certificate(tmp_path)
    with Base(context=context) as base:
        node = told(office, base, url=base.url.replace("http://127.0.0.1", "https://localhost"), debounce=0)
        with pytest.raises(NotificationFailed, match="Сертификат"):
            notifying.test_call(office.bridge, node.name)
        assert base.asked == []


def test_a_base_that_is_away_fails_quietly_and_the_exchange_goes_on(office: Office) -> None:
    node = office.node()
    notifying.set_notifier(office.bridge, node.name, url="http://127.0.0.1:9/x", debounce=0)
    office.bill("1")
    office.now += MINUTE
    assert work(office) == 1
    assert answers(office, node)[0].status == 0
    assert office.exchange(node).numbers == ["1"]


def test_an_answer_that_repeats_the_password_is_kept_without_it(office: Office, base: Base) -> None:
    base.answers = [(500, f"Неверный пароль: {PASSWORD}")]
    node = told(office, base)
    with pytest.raises(NotificationFailed) as caught:
        notifying.test_call(office.bridge, node.name)
    kept = answers(office, node)[0]
    assert PASSWORD not in str(caught.value) + kept.text + repr(row(office, node))
    assert "***" in kept.text
    assert PASSWORD not in row(office, node).password_sealed


def test_only_the_last_answers_are_kept(office: Office, base: Base) -> None:
    node = told(office, base)
    with office.bridge.db.write() as uow:
        for attempt in range(KEPT + 5):
            uow.notifiers.add_answer(
                node.id, at=office.now, ok=True, status=200, milliseconds=1, attempt=attempt, text=""
            )
    assert [one.attempt for one in answers(office, node)] == list(range(KEPT + 4, 4, -1))


# --- settings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://1c.firma.ru/ut/hs/x",
        "http://8.8.8.8/ut",
        "ftp://server/x",
        "https://user:pass@server/x",
        "server/ut/hs/x",
        "https://server:0/x",
        "https://server:port/x",
    ],
)
def test_an_address_a_password_must_not_go_to_is_refused(office: Office, url: str) -> None:
    office.node()
    with pytest.raises(ConfigurationError, match="https://") as caught:
        notifying.set_notifier(office.bridge, "base", url=url)
    assert "pass@" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["https://1c.firma.ru/ut", "http://server/ut", "http://192.168.1.5/ut", "http://a.local/"]
)
def test_addresses_of_bases_are_taken(url: str) -> None:
    assert notifying.address(f" {url} ") == url


def test_a_new_server_does_not_get_the_old_password(office: Office, base: Base) -> None:
    node = told(office, base)
    notifying.set_notifier(office.bridge, node.name, url="https://other.firma.ru/x")
    assert (row(office, node).login, row(office, node).password_sealed) == ("", "")
    notifying.set_notifier(office.bridge, node.name, debounce=5)
    assert row(office, node).debounce == 5
    notifying.switch_off(office.bridge, node.name)
    with office.bridge.db.read() as uow:
        assert uow.notifiers.of(node.id) is None


def test_settings_that_cannot_be_are_refused(office: Office) -> None:
    office.node()
    with pytest.raises(ConfigurationError, match="--url"):
        notifying.set_notifier(office.bridge, "base", debounce=5)
    with pytest.raises(ConfigurationError, match="--debounce"):
        notifying.set_notifier(office.bridge, "base", url="https://s/x", debounce=-1)
    with pytest.raises(NotFound):
        notifying.set_notifier(office.bridge, "nobody", url="https://s/x")
    with pytest.raises(ConfigurationError, match="--url"):
        notifying.test_call(office.bridge, "base")
