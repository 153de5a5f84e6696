"""The wheel carries everything and runs in an empty environment."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy of what git tracks, so that stray files cannot help."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    subprocess.run(["git", "-C", str(ROOT), "checkout-index", "-a", f"--prefix={source}/"], check=True)
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(source)],
        check=True,
        capture_output=True,
    )
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_schemas_templates_translations_and_migrations(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for part in ("schemas/commerceml-in.xsd", "db/migrations/versions/0001", "web/templates/", ".mo", "py.typed"):
        assert any(part in name for name in names), part
    assert not any(name.startswith(("tests/", "fixtures/", "benchmarks/")) for name in names)


def test_the_wheel_runs_where_only_its_dependencies_are(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "env", with_pip=False)
    python = tmp_path / "env/bin/python"
    site = next((tmp_path / "env/lib").glob("python3*")) / "site-packages"
    here = next(Path(path) for path in sys.path if path.endswith("site-packages"))
    zipfile.ZipFile(wheel).extractall(site)
    dependencies = tmp_path / "dependencies"
    dependencies.mkdir()
    for entry in here.iterdir():  # the locked dependencies, without this checkout's own link
        if "commerceml" not in entry.name.lower() and not entry.name.endswith(".pth"):
            (dependencies / entry.name).symlink_to(entry)
    environment = {"PYTHONPATH": str(dependencies), "CMLB_DATABASE_URL": f"sqlite:///{tmp_path}/w.sqlite3"}
    for words in (["--version"], ["migrate"], ["status", "--json"]):
        done = subprocess.run(
            [str(python), "-m", "commerceml_bridge", *words],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    assert '"nodes"' in done.stdout
