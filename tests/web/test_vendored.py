"""Files of others that the pages and their tests carry: named with version, licence, checksum, and unchanged."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(params=["commerceml_bridge/web/static/vendor", "tests/browser/vendor"])
def vendor(request: pytest.FixtureRequest) -> Path:
    return ROOT / str(request.param)


def entries(vendor: Path) -> list[dict[str, str]]:
    found: list[dict[str, str]] = tomllib.loads((vendor / "MANIFEST.toml").read_text("utf-8"))["file"]
    return found


def test_every_vendored_file_is_the_one_the_manifest_names(vendor: Path) -> None:
    files = {path.name for path in vendor.iterdir()} - {"MANIFEST.toml"}
    assert files == {name for entry in entries(vendor) for name in (entry["name"], entry["licence_file"])}
    for entry in entries(vendor):
        digest = hashlib.sha256((vendor / entry["name"]).read_bytes()).hexdigest()
        assert digest == entry["sha256"], entry["name"]
        assert entry["version"] in entry["name"]


def test_every_vendored_file_says_where_it_is_from_and_under_which_licence(vendor: Path) -> None:
    for entry in entries(vendor):
        assert {"project", "version", "licence", "package"} <= set(entry)
        assert (vendor / entry["licence_file"]).read_text("utf-8").strip()
