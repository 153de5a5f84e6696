"""Selections on the command line: said, asked where somebody is there to be asked, and kept."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from commerceml_bridge.simulators.portal import PortalServer, seed_demo
from tests.stand import PASSWORD, Stand


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """The command line is the same on both databases; SQLite is quicker."""
    return f"sqlite:///{tmp_path / 'commands.sqlite3'}"


@pytest.fixture
def ready(stand: Stand, server: PortalServer) -> Stand:
    seed_demo(server.portal)
    stand.set_up()
    stand.sync()
    return stand


def on_a_terminal(stand: Stand, answer: str, *words: str) -> tuple[int, str]:
    """Run a command with a terminal as its standard input, type ``answer``, return status and output."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "commerceml_bridge", *words],
        env=dict(stand.environment),
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    os.close(theirs)
    os.write(ours, f"{answer}\n".encode())
    said, _ = process.communicate(timeout=60)
    os.close(ours)
    return process.returncode, said


def test_a_selection_is_added_listed_and_explained(ready: Stand) -> None:
    words = ("node", "add", "second", "--portal", "p", "--login", "second", "--password-stdin", "--from", "2020-01-01")
    done = ready.command(*words, "--from-stage", "Отправлен клиенту", "--currency", "RUB", stdin=PASSWORD)
    assert "по отбору" in done.stdout
    assert "from_stages: DT31_5:S, S" in ready.command("node", "list").stdout
    shown = ready.command("node", "selection", "second").stdout
    assert "Отправлен клиенту (DT31_5:S)" in shown
    assert "Вне отбора" in shown
    assert "--on-leave" in shown


def test_a_terminal_is_asked_and_a_no_keeps_everything(ready: Stand) -> None:
    status, said = on_a_terminal(ready, "n", "node", "set", "base", "--kind", "smart")
    assert status == 1
    assert "Сохранить этот отбор?" in said
    assert "kinds" not in ready.command("node", "list").stdout
    status, said = on_a_terminal(ready, "y", "node", "set", "base", "--kind", "smart")
    assert status == 0, said
    assert "kinds: smart" in ready.command("node", "list").stdout


def test_a_script_is_told_what_a_selection_means_and_must_confirm_it(ready: Stand) -> None:
    refused = ready.command("node", "set", "base", "--kind", "smart", "--currency", "RUB=руб.", ok=False)
    assert "в отборе: 5" in refused.stdout
    assert "--yes" in refused.stderr
    assert "kinds" not in ready.command("node", "list").stdout
    ready.command("node", "set", "base", "--kind", "smart", "--currency", "RUB=руб.", "--yes")
    assert "kinds: smart" in ready.command("node", "list").stdout
    ready.command("node", "set", "base", "--kind", "smart")  # as it is already: there is nothing to confirm
    ready.command("node", "set", "base", "--kind", "все", "--yes")
    assert ready.deliver_all() > 0
    refused = ready.command("node", "set", "base", "--kind", "old", "--on-leave", "cancel", ok=False)
    assert "будут отменены в 1С" in refused.stdout
    assert "kinds" not in ready.command("node", "list").stdout
    ready.command("node", "set", "base", "--kind", "old", "--on-leave", "cancel", "--yes")
    assert "kinds: old" in ready.command("node", "list").stdout
    assert ready.status()["nodes"][0]["due"] > 0


def test_another_date_is_another_selection(ready: Stand) -> None:
    refused = ready.command("node", "set", "base", "--from", "2030-01-01", ok=False)
    assert "в отборе: 0" in refused.stdout
    assert "01.01.2030" not in ready.command("node", "list").stdout
    ready.command("node", "set", "base", "--from", "2030-01-01", "--yes")
    assert "01.01.2030" in ready.command("node", "list").stdout


def test_before_the_first_load_bitrix24_itself_is_asked(stand: Stand, server: PortalServer) -> None:
    seed_demo(server.portal)
    stand.set_up()
    refused = stand.command("node", "set", "base", "--kind", "smart", ok=False)
    assert "в Битрикс24: 5." in refused.stdout
    assert "В мосте" not in refused.stdout


def test_a_name_that_is_not_there_is_refused_with_what_there_is(ready: Stand) -> None:
    refused = ready.command("node", "set", "base", "--stage", "Нет такой", ok=False)
    assert "Оплачен (DT31_5:P)" in refused.stderr
