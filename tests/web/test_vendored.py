"""Files of others that the pages carry: each named with version, licence and checksum, and unchanged."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path

VENDOR = Path(__file__).parents[2] / "commerceml_bridge/web/static/vendor"
MANIFEST = tomllib.loads((VENDOR / "MANIFEST.toml").read_text("utf-8"))


def test_every_vendored_file_is_the_one_the_manifest_names() -> None:
    files = {path.name for path in VENDOR.iterdir()} - {"MANIFEST.toml"}
    named = {name for entry in MANIFEST["file"] for name in (entry["name"], entry["licence_file"])}
    assert files == named
    for entry in MANIFEST["file"]:
        digest = hashlib.sha256((VENDOR / entry["name"]).read_bytes()).hexdigest()
        assert digest == entry["sha256"], entry["name"]
        assert entry["version"] in entry["name"]


def test_every_vendored_file_says_where_it_is_from_and_under_which_licence() -> None:
    for entry in MANIFEST["file"]:
        assert {"project", "version", "licence", "package"} <= set(entry)
        assert (VENDOR / entry["licence_file"]).read_text("utf-8").strip()
