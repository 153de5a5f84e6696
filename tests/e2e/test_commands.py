"""The command line as a person uses it: what it says, and with which status it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from commerceml_bridge.simulators.portal import FaultKind, PortalServer, seed_demo
from tests.stand import PASSWORD, Stand

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """The command line is the same on both databases; SQLite is quicker."""
    return f"sqlite:///{tmp_path / 'commands.sqlite3'}"


@pytest.fixture
def ready(stand: Stand, server: PortalServer) -> Stand:
    seed_demo(server.portal)
    stand.set_up()
    return stand


def test_commands_ask_for_migrate_first(stand: Stand) -> None:
    done = stand.command("status", ok=False)
    assert "migrate" in done.stderr
    assert "Traceback" not in done.stderr


def test_node_add_says_how_many_invoices_it_means(ready: Stand, server: PortalServer) -> None:
    words = ("node", "add", "second", "--portal", "p", "--login", "second", "--password-stdin")
    since = server.portal.today() - timedelta(days=2)
    done = ready.command(*words, "--from", since.isoformat(), stdin=PASSWORD)
    assert f"{since:%d.%m.%Y}" in done.stdout
    assert done.stdout.splitlines()[-1].endswith(": 3.")


def test_portal_add_takes_http_only_for_this_machine(ready: Stand) -> None:
    done = ready.command("portal", "add", "x", "--webhook", "http://firma.bitrix24.ru/rest/1/abcdef/", ok=False)
    assert "https" in done.stderr
    assert "abcdef" not in done.stdout + done.stderr


def test_no_output_shows_the_webhook_code_or_a_password(ready: Stand, server: PortalServer) -> None:
    code = server.webhook_url.rstrip("/").rsplit("/", 1)[-1]
    shown = ""
    for words in (("portal", "list"), ("node", "list"), ("portal", "check", "p"), ("sync",), ("status",)):
        done = subprocess.run(
            [sys.executable, "-m", "commerceml_bridge", *words],
            env=dict(ready.environment),
            capture_output=True,
            text=True,
            check=False,
        )
        shown += done.stdout + done.stderr
    assert "127.0.0.1" in shown
    assert code not in shown
    assert PASSWORD not in shown


def test_nodes_are_listed_changed_and_removed(ready: Stand) -> None:
    ready.command("node", "set", "base", "--prefix", "Б-", "--cap", "10", "--encoding", "utf-8-sig", "--client", "unf")
    listed = ready.command("node", "list").stdout
    assert all(word in listed for word in ("base", "Б-", "10", "utf-8-sig", "unf"))
    ready.command("node", "set", "base", "--schema-version", "2.07")
    assert "2.07" in ready.command("node", "list").stdout
    ready.command("node", "set", "base", "--schema-version", "auto")
    assert "2.07" not in ready.command("node", "list").stdout
    ready.command("node", "set", "base", "--schema-version", "3.1", ok=False)
    ready.command("node", "remove", "base")
    assert "base" not in ready.command("node", "list").stdout
    ready.add_node("base")


def test_a_portal_with_history_is_not_removed(ready: Stand) -> None:
    assert "история" in ready.command("portal", "remove", "p", ok=False).stderr.replace("историей", "история")
    ready.command("portal", "add", "empty", "--webhook-stdin", stdin="https://e.example/rest/1/code/")
    ready.command("portal", "remove", "empty")


def test_operators_come_and_go(ready: Stand) -> None:
    ready.command("operator", "add", "anna", "--password-stdin", stdin="long enough")
    ready.command("operator", "add", "anna", "--password-stdin", stdin="long enough", ok=False)
    ready.command("operator", "set", "anna", "--password-stdin", stdin="another one")
    assert "anna" in ready.command("operator", "list").stdout
    ready.command("operator", "remove", "anna")
    ready.command("operator", "remove", "anna", ok=False)


def test_sync_prints_counts_and_fails_when_the_portal_does(ready: Stand, server: PortalServer) -> None:
    assert "получено счетов 7" in ready.command("sync").stdout
    # an invoice fetched in the second of its change is looked at once more, and found to be the same
    assert "новых версий 0" in ready.command("sync", "--portal", "p").stdout
    server.faults.add(FaultKind.OVERLOAD, times=50)
    done = ready.command("sync", ok=False)
    assert "Traceback" not in done.stderr
    ready.command("sync", "--portal", "nobody", ok=False)


def test_status_counts_portals_and_nodes(ready: Stand) -> None:
    ready.command("sync")
    counts = json.loads(ready.command("status", "--json").stdout)
    assert counts["portals"] == [{"name": "p", "invoices": 7, "pending": 0, "parked": 0}]
    none = dict.fromkeys(("delivered", "acknowledged", "held", "quarantined"), 0)
    none |= dict.fromkeys(("verified", "different", "unposted", "unseen"), 0)
    node = {"name": "base", "portal": "p", "due": 7, **none, "numbers": 7, "numbers_printed": 7}
    assert counts["nodes"] == [node]


@pytest.mark.parametrize(("name", "status"), [("good.xml", 0), ("bad.xml", 1), ("broken.xml", 2), ("none.xml", 2)])
def test_validate_ends_with_0_1_or_2(stand: Stand, tmp_path: Path, name: str, status: int) -> None:
    head = '<?xml version="1.0" encoding="windows-1251"?>\n<КоммерческаяИнформация ВерсияСхемы="2.05" '
    head += 'ДатаФормирования="2026-01-01T00:00:00">'
    files = {
        "good.xml": head + "</КоммерческаяИнформация>",
        "bad.xml": head + "<Документ><Ид>p-si-1</Ид></Документ></КоммерческаяИнформация>",
        "broken.xml": head + "<Документ>",
    }
    for file, text in files.items():
        (tmp_path / file).write_bytes(text.encode("windows-1251"))
    done = subprocess.run(
        [sys.executable, "-m", "commerceml_bridge", "validate", str(tmp_path / name)],
        env=dict(stand.environment),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done.stdout + done.stderr
    assert name in done.stdout


def test_validate_reads_its_standard_input(stand: Stand) -> None:
    text = (ROOT / "fixtures/commerceml/2.05/outgoing/011-legal-entity.xml").read_text("cp1251")
    words = [sys.executable, "-m", "commerceml_bridge", "validate", "--profile", "2.10", "-"]
    for given, status, told in (
        (text, 0, "<stdin>: годен (документов: 1, профиль 2.10)"),
        (text.replace("<Курс>1</Курс>", ""), 1, "<stdin>:11: ошибка: /КоммерческаяИнформация/Документ[1]"),
        ("", 2, "<stdin>: ошибка: Файл пуст"),
    ):
        done = subprocess.run(words, input=given.encode("cp1251"), capture_output=True, check=False)
        lines = done.stdout.decode().splitlines()
        assert (done.returncode, lines[0][: len(told)]) == (status, told)
        assert ("ошибок: 1 (" in lines[-1]) is bool(status)


@pytest.mark.parametrize("how", ["up", "gunicorn"])
def test_up_and_plain_gunicorn_serve_the_same(ready: Stand, tmp_path: Path, how: str) -> None:
    from commerceml_bridge.cli.processes import ready as answers
    from commerceml_bridge.cli.processes import stop, until

    gunicorn = [sys.executable, "-m", "gunicorn", "wsgi:app", "--bind", ready.bind]
    up = [sys.executable, "-m", "commerceml_bridge", "up", "--bind", ready.bind, "--workers", "1"]
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            up if how == "up" else gunicorn, env=dict(ready.environment), cwd=ROOT, stdout=log, stderr=log
        )
    try:
        until("ready", lambda: answers(ready.bind))
        if how == "up":
            until("fetched", lambda: bool(ready.status()["portals"][0]["invoices"] == 7))
        client = ready.client("ut11")
        client.check_connection()
        assert client.load().success_sent
    finally:
        stop(process)
    assert process.returncode == 0 or how == "gunicorn"
