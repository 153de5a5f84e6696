"""Documentation that a program can hold to its word."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from commerceml_bridge.cli import COMMANDS, main
from commerceml_bridge.config import SETTINGS

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "schemas").glob("*.md")])


def test_every_setting_is_documented_and_every_documented_one_exists() -> None:
    documented = set(re.findall(r"^\| `(CMLB_\w+)`", (ROOT / "docs/settings.md").read_text("utf-8"), re.MULTILINE))
    assert documented == set(SETTINGS)


def test_every_setting_the_package_reads_is_listed() -> None:
    sources = "\n".join(path.read_text("utf-8") for path in (ROOT / "commerceml_bridge").rglob("*.py"))
    read = {name.removesuffix("_FILE") for name in re.findall(r"CMLB_[A-Z_]+", sources)}
    assert read <= set(SETTINGS)


def test_every_command_is_documented() -> None:
    text = (ROOT / "docs/commands.md").read_text("utf-8")
    for name in COMMANDS:
        assert f"`{name}" in text, name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text("utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_every_command_explains_itself() -> None:
    def walk(command: click.Command, path: str) -> None:
        assert command.help, path
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                child = command.get_command(context, name)
                assert child is not None, name
                walk(child, f"{path} {name}")

    walk(main, "commerceml-bridge")


def test_no_index_address_is_written_anywhere() -> None:
    for lock in (ROOT / "requirements").glob("*.txt"):
        text = lock.read_text("utf-8")
        assert "://" not in text, lock
        assert "--hash=sha256:" in text
