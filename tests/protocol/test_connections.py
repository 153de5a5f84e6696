"""What a fixture cannot say: keep-alive, cut uploads, parallel clients, the journal, the log, an orderly stop."""

from __future__ import annotations

import base64
import random
import re
import socket
import threading
from pathlib import Path

import sqlalchemy as sa

from tests.protocol.bodies import empty_orders, oversized
from tests.protocol.live import BASIC, PASSWORD, WEBHOOK_CODE, Live, bridge_for, running
from tests.protocol.wire import Connection, Response

ADDRESS = "/bitrix/admin/1c_exchange.php"


def request(
    query: str, *, method: str = "GET", headers: tuple[str, ...] = (), body: bytes = b"", basic: str = BASIC
) -> bytes:
    lines = [f"{method} {ADDRESS}?{query} HTTP/1.1", "Host: bridge", f"Authorization: Basic {basic}", *headers]
    if method == "POST":
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


def ask(connection: Connection, message: bytes) -> Response:
    connection.send([message])
    return connection.receive()


def login(connection: Connection) -> tuple[str, str]:
    lines = ask(connection, request("type=sale&mode=checkauth")).text.split("\n")
    return f"Cookie: {lines[1]}={lines[2]}", lines[3]


def steps(live: Live) -> list[dict[str, object]]:
    bridge = bridge_for(live.url)
    try:
        with bridge.db.engine.connect() as connection:
            rows = connection.execute(sa.text("SELECT * FROM step ORDER BY id")).mappings()
            return [dict(row) for row in rows]
    finally:
        bridge.db.close()


def test_a_whole_phase_runs_over_one_connection(live: Live) -> None:
    with socket.create_connection(("127.0.0.1", live.port), timeout=20) as raw:
        connection = Connection(live.port)
        connection._socket = raw
        cookie, sessid = login(connection)
        for mode in ("init", "query", "success"):
            answer = ask(connection, request(f"type=sale&mode={mode}&{sessid}", headers=(cookie,)))
            assert answer.headers["connection"] == "keep-alive"
        assert connection._socket is raw


def test_pipelined_requests_are_answered_in_order(live: Live) -> None:
    with Connection(live.port) as connection:
        connection.send([request("type=sale&mode=checkauth") + request("type=sale&mode=nonsense")])
        assert connection.receive().text.startswith("success\n")
        assert connection.receive().text.startswith("failure\n")


def test_a_cut_upload_is_refused_and_nothing_of_it_is_stored(live: Live) -> None:
    with Connection(live.port) as connection:
        cookie, _ = login(connection)
        data = empty_orders()
        message = request("type=sale&mode=file&filename=cut.xml", method="POST", headers=(cookie,), body=data)
        connection.send([message[:-10]])
        connection.finish()
        answer = connection.receive()
        assert "не полностью" in answer.text
        assert answer.headers["connection"] == "close"
    with Connection(live.port) as connection:
        answer = ask(connection, request("type=sale&mode=import&filename=cut.xml", headers=(cookie,)))
        assert answer.text.startswith("failure\nФайл cut.xml не был передан.")


def test_a_chunked_upload_over_the_limit_is_refused_and_the_connection_goes_on(live: Live) -> None:
    data = oversized()
    chunked = b"".join(
        b"%x\r\n%s\r\n" % (len(data[i : i + 65536]), data[i : i + 65536]) for i in range(0, len(data), 65536)
    )
    head = request("type=sale&mode=file&filename=big.xml", headers=("Transfer-Encoding: chunked",))
    with Connection(live.port) as connection:
        login(connection)
        answer = ask(connection, head.replace(b"GET", b"POST", 1) + chunked + b"0\r\n\r\n")
        assert answer.text.startswith("failure\nФайл больше 1 МБ")
        assert answer.headers["connection"] == "keep-alive"
        assert ask(connection, request("type=sale&mode=checkauth")).text.startswith("success\n")


def test_an_upload_far_over_the_limit_is_answered_and_the_connection_ends(live: Live) -> None:
    data = b"x" * (4 * 1024 * 1024)
    with Connection(live.port) as connection:
        login(connection)
        answer = ask(connection, request("type=sale&mode=file&filename=huge.xml", method="POST", body=data))
        assert answer.text.startswith("failure\nФайл больше 1 МБ")
        assert answer.headers["connection"] == "close"


def test_random_bytes_never_get_anything_but_a_refusal(live: Live) -> None:
    generator = random.Random(20261123)
    for _ in range(150):
        noise = bytes(generator.choices(range(256), k=generator.randrange(1, 120)))
        start = generator.choice([b"", b"GET ", b"POST /?type=sale&mode=file&filename="])
        with Connection(live.port) as connection:
            connection.send([start + noise + b" HTTP/1.1\r\n\r\n"])
            connection.finish()
            answer = connection.receive()
            assert answer.text.startswith("failure\n")


def test_head_options_and_put_end_with_a_refusal_and_no_page(live: Live) -> None:
    with Connection(live.port) as connection:
        connection.send([request("type=sale&mode=checkauth").replace(b"GET", b"HEAD", 1)])
        head = connection.receive(head=True)
        assert int(head.headers["content-length"]) > len("failure\n")
        assert ask(connection, request("type=sale&mode=checkauth")).text.startswith("success\n")


def test_parallel_clients_each_get_their_own_session(live: Live) -> None:
    cookies: list[str] = []

    def client() -> None:
        with Connection(live.port) as connection:
            cookie, sessid = login(connection)
            assert ask(connection, request(f"type=sale&mode=query&{sessid}", headers=(cookie,))).text.startswith(
                "<?xml"
            )
            assert ask(connection, request(f"type=sale&mode=success&{sessid}", headers=(cookie,))).text == "success\n"
            cookies.append(cookie)

    threads = [threading.Thread(target=client) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(set(cookies)) == 8


def test_pages_that_are_not_the_exchange_are_reached(live: Live) -> None:
    with socket.create_connection(("127.0.0.1", live.port), timeout=20) as raw:
        raw.sendall(b"GET /login HTTP/1.1\r\nHost: bridge\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: raw.recv(65536), b""))
    assert answer.endswith(b"\r\n\r\npage")


def test_a_page_that_fails_keeps_its_status_500_and_the_log_its_silence(live: Live) -> None:
    with socket.create_connection(("127.0.0.1", live.port), timeout=20) as raw:
        raw.sendall(b"GET /broken?sessid=s3cr3tpage HTTP/1.1\r\nHost: bridge\r\n\r\n")
        answer = b"".join(iter(lambda: raw.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 500 ")
    written = live.log.read_text(encoding="utf-8", errors="replace")
    assert "GET /broken?sessid=***" in written
    assert "s3cr3tpage" not in written


def test_every_request_is_in_the_journal_without_its_secrets(live: Live) -> None:
    before = len(steps(live))
    with Connection(live.port) as connection:
        cookie, sessid = login(connection)
        ask(
            connection,
            request(f"type=sale&mode=init&version=3.1&{sessid}", headers=(cookie, "User-Agent: 1C+Enterprise")),
        )
        ask(connection, request(f"type=sale&mode=query&{sessid}", headers=(cookie,)))
        ask(connection, request("type=sale&mode=nonsense", headers=(cookie,)))
        body = empty_orders()
        ask(connection, request("type=sale&mode=file&filename=j.xml", method="POST", headers=(cookie,), body=body))
    checkauth, init, query, unknown, file = steps(live)[before:]
    assert [step["result"] for step in (checkauth, init, query, unknown, file)] == [
        "success",
        "text",
        "xml",
        "failure",
        "success",
    ]
    assert checkauth["response_body"] == b"success\ncmlb_session\n***\nsessid=***\n"
    assert init["query"] == "type=sale&mode=init&version=3.1&sessid=***"
    assert init["session_id"] == query["session_id"] == file["session_id"] == checkauth["session_id"] is not None
    assert query["delivery_id"] is not None
    assert query["response_body"] is None
    assert unknown["code"] == "unknown-command"
    assert file["upload_id"] is not None
    assert (file["upload_from"], file["upload_to"], file["request_size"]) == (0, 1, len(body))
    everything = repr(steps(live))
    for secret in (cookie.partition("=")[2], sessid.partition("=")[2], BASIC, PASSWORD):
        assert secret not in everything


def test_a_request_the_http_server_refuses_is_in_the_journal_too(live: Live) -> None:
    before = len(steps(live))
    with Connection(live.port) as connection:
        broken = ask(connection, request("type=sale&mode=file&sessid=s3cr3tt0ken&filename=a.xml", headers=("Broken",)))
        assert broken.headers["connection"] == "close"
    with Connection(live.port) as connection:
        ask(connection, b"GET /robots.txt HTTP/9.9\r\n\r\n")
    (step,) = steps(live)[before:]
    assert (step["result"], step["code"]) == ("failure", "refused-headers")
    assert (step["method"], step["path"], step["mode"]) == ("GET", ADDRESS, "file")
    assert step["query"] == "type=sale&mode=file&sessid=***&filename=a.xml"
    assert str(step["error"]).startswith("Заголовки запроса")


def test_a_proxy_on_this_machine_is_believed_about_the_client(live: Live) -> None:
    with Connection(live.port) as connection:
        ask(connection, request("type=sale&mode=checkauth", headers=("X-Forwarded-For: 10.0.0.1, 203.0.113.9",)))
        assert steps(live)[-1]["remote"] == "203.0.113.9"
        ask(connection, request("type=sale&mode=checkauth", headers=("X-Forwarded-For: <script>",)))
        assert steps(live)[-1]["remote"] == "127.0.0.1"


def test_the_log_of_the_server_holds_no_secret_and_no_traceback_of_a_refusal(live: Live) -> None:
    with Connection(live.port) as connection:
        connection.send([request("type=sale&mode=checkauth&sessid=s3cr3tt0ken", headers=("Broken",))])
        assert connection.receive().text.startswith("failure\n")
    written = live.log.read_text(encoding="utf-8", errors="replace")
    assert "refused: headers" in written
    for secret in ("s3cr3tt0ken", BASIC, PASSWORD, WEBHOOK_CODE):
        assert secret not in written
    assert not re.search(r"sessid=[0-9a-f]{32}", written)


def test_a_database_that_fails_gives_failure_and_an_incident_in_the_log(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        with Connection(server.port) as connection:
            login(connection)
        bridge = bridge_for(server.url)
        with bridge.db.engine.connect() as connection_to_database, connection_to_database.begin():
            connection_to_database.execute(sa.text("ALTER TABLE session RENAME TO hidden"))
        bridge.db.close()
        with Connection(server.port) as connection:
            answer = ask(connection, request("type=sale&mode=checkauth"))
            match = re.fullmatch(r"failure\nВнутренняя ошибка сервера обмена \(код ([0-9a-f]{8})\)\. .*\n", answer.text)
            assert match
        assert match[1] in server.log.read_text(encoding="utf-8")


def test_the_server_stops_in_order_when_asked(tmp_path: Path) -> None:
    with running(tmp_path) as server:
        with Connection(server.port) as connection:
            login(connection)
        assert server.stop() == 0


def test_clients_that_never_finish_their_requests_do_not_keep_others_out(live: Live) -> None:
    stalled = []
    try:
        for _ in range(24):
            raw = socket.create_connection(("127.0.0.1", live.port), timeout=5)
            raw.sendall(b"GET ")
            stalled.append(raw)
        with Connection(live.port) as connection:
            assert login(connection)[1].startswith("sessid=")
    finally:
        for raw in stalled:
            raw.close()


def test_a_password_typed_into_the_login_field_is_not_kept(live: Live) -> None:
    swapped = base64.b64encode(f"{PASSWORD}:exchange".encode()).decode()
    with Connection(live.port) as connection:
        assert ask(connection, request("type=sale&mode=checkauth", basic=swapped)).text.startswith("failure")
    assert PASSWORD not in {step["login"] for step in steps(live)}
