"""Settings: what is refused, where they may come from, and the key two processes agree on."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from commerceml_bridge import config
from commerceml_bridge.errors import ConfigurationError

POSTGRES = {"CMLB_DATABASE_URL": "postgresql://somewhere/x", "CMLB_SECRET_KEY": "k"}
NUMBERS = ("CMLB_POLL_SECONDS", "CMLB_MAX_UPLOAD_BYTES", "CMLB_FILE_LIMIT")


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "Infinity", "0", "-1", "many", "1e999"])
def test_a_number_that_is_none_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError, match=name):
        config.load(POSTGRES | {name: value})


def test_numbers_and_defaults_are_read() -> None:
    settings = config.load(POSTGRES | {"CMLB_POLL_SECONDS": "0.5", "CMLB_FILE_LIMIT": "1000"})
    assert (settings.poll_seconds, settings.file_limit, settings.max_upload_bytes) == (0.5, 1000, 200 * 1024 * 1024)


@pytest.mark.parametrize("name", sorted(config.SETTINGS))
def test_every_setting_may_stand_in_a_file(name: str, tmp_path: Path) -> None:
    (tmp_path / "value").write_text("  from the file\n", "utf-8")
    assert config.read(name, {f"{name}_FILE": str(tmp_path / "value")}) == "from the file"
    assert config.read(name, {f"{name}_FILE": str(tmp_path / "value"), name: "direct"}) == "direct"


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="CMLB_SECRET_KEY_FILE"):
        config.load(POSTGRES | {"CMLB_SECRET_KEY": "", "CMLB_SECRET_KEY_FILE": str(tmp_path / "none")})


def test_for_sqlite_the_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    environ = {"CMLB_DATABASE_URL": f"sqlite:///{tmp_path / 'var' / 'db.sqlite3'}"}
    first = config.load(environ).secret_key
    path = tmp_path / "var" / "secret-key"
    assert len(first) >= 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert config.load(environ).secret_key == first
    assert [file.name for file in path.parent.iterdir()] == ["secret-key"]


def test_processes_that_make_the_key_at_once_agree_on_one(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'db.sqlite3'}"
    path = tmp_path / "secret-key"
    path.touch()
    path.unlink()
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: config.load({"CMLB_DATABASE_URL": url}).secret_key, range(32)))
    assert len(keys) == 1


def test_a_process_that_comes_second_leaves_the_key_of_the_first(tmp_path: Path) -> None:
    path = tmp_path / "secret-key"
    path.write_text("the first", "ascii")
    config._make_key(path)
    assert path.read_text("ascii") == "the first"
    assert list(tmp_path.iterdir()) == [path]


def test_for_postgresql_the_key_must_be_given() -> None:
    with pytest.raises(ConfigurationError, match="CMLB_SECRET_KEY"):
        config.load({"CMLB_DATABASE_URL": "postgresql://somewhere/x"})


def test_settings_do_not_show_themselves() -> None:
    assert "somewhere" not in repr(config.load(POSTGRES))
