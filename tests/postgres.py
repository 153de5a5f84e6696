"""A PostgreSQL server for tests and benchmarks: Debian's binaries in a temporary directory, gone afterwards.

``CMLB_TEST_DATABASE_URL`` names a running server to use instead. PostgreSQL refuses to run as root (decision 27), so
under root the server becomes an unprivileged user. It listens on a Unix socket in its own directory only: no port is
taken, nobody else gets in. This module knows no pytest: fixtures, and what to do without PostgreSQL, are the callers'.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

ENVIRONMENT = "CMLB_TEST_DATABASE_URL"
_DEBIAN = Path("/usr/lib/postgresql")
_UNPRIVILEGED = ("postgres", "nobody")
_START_SECONDS = 60
_CARELESS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class PostgresUnavailable(RuntimeError):
    """There is no server, and none can be started here; the text says why."""


def binaries() -> Path | None:
    """Return the directory of the newest ``initdb`` and ``postgres`` of this machine, ``None`` without them."""
    found = [path.parent for path in _DEBIAN.glob("*/bin/initdb")]
    if found:
        return max(found, key=lambda path: int(path.parent.name) if path.parent.name.isdigit() else 0)
    beside = shutil.which("initdb")
    return Path(beside).resolve().parent if beside else None


@contextmanager
def running_postgres(*, durable: bool = False, environ: Mapping[str, str] | None = None) -> Iterator[str]:
    """Yield the address of a server, ``postgresql://…``, as one who may create databases there.

    ``durable`` keeps fsync on, as a real installation has it: benchmarks want that, tests do not. A server named by
    ``CMLB_TEST_DATABASE_URL`` is taken as it is. Raises ``PostgresUnavailable``.
    """
    given = (os.environ if environ is None else environ).get(ENVIRONMENT, "")
    if given:
        yield given
        return
    programs = binaries()
    if programs is None:
        raise PostgresUnavailable(f"no PostgreSQL programs in {_DEBIAN} nor in PATH, and {ENVIRONMENT} is not set")
    with (
        tempfile.TemporaryDirectory(prefix="cmlb-pg-") as directory,
        _server(programs, Path(directory), durable=durable) as url,
    ):
        yield url


@contextmanager
def fresh_database(server_url: str) -> Iterator[str]:
    """Yield the address of a new, empty database on the server; it is dropped afterwards, whoever is connected."""
    address = sa.make_url(server_url).set(drivername="postgresql+psycopg")
    name = f"cmlb_{secrets.token_hex(8)}"
    engine = sa.create_engine(address, isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(f'CREATE DATABASE "{name}"')
    try:
        yield address.set(drivername="postgresql", database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.exec_driver_sql(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def _server(programs: Path, directory: Path, *, durable: bool) -> Iterator[str]:
    owner = _owner()
    if owner is not None:
        os.chown(directory, owner.pw_uid, owner.pw_gid)
    data = directory / "data"
    options = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
    with (directory / "log").open("wb") as log:
        made = subprocess.run(
            [str(programs / "initdb"), "-D", str(data), *options],
            stdout=log,
            stderr=log,
            check=False,
            cwd=directory,
            user=owner.pw_uid if owner else None,
            group=owner.pw_gid if owner else None,
            extra_groups=[] if owner else None,
        )
        if made.returncode:
            raise PostgresUnavailable(f"initdb failed: {_tail(directory)}")
        process = subprocess.Popen(
            _command(programs, data, directory, durable=durable),
            stdout=log,
            stderr=log,
            cwd=directory,
            user=owner.pw_uid if owner else None,
            group=owner.pw_gid if owner else None,
            extra_groups=[] if owner else None,
            start_new_session=True,  # Ctrl-C in a terminal is for the tests, which then stop the server in order
        )
    try:
        url = f"postgresql://postgres@/postgres?host={directory}"
        _wait(url, process, directory)
        yield url
    finally:
        _stop(process)


def _owner() -> pwd.struct_passwd | None:
    """Return the user the server becomes: ``None``, the present one, unless that is root."""
    if os.geteuid() != 0:
        return None
    for name in _UNPRIVILEGED:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise PostgresUnavailable(f"PostgreSQL refuses root, and there is no user {' or '.join(_UNPRIVILEGED)}")


def _command(programs: Path, data: Path, sockets: Path, *, durable: bool) -> Sequence[str]:
    settings = ["listen_addresses=", f"unix_socket_directories={sockets}", "max_connections=200"]
    settings += [] if durable else _CARELESS
    command = [str(programs / "postgres"), "-D", str(data)]
    for setting in settings:
        command += ["-c", setting]
    setpriv = shutil.which("setpriv")  # the server must not outlive tests that were killed
    return [setpriv, "--pdeathsig", "INT", *command] if setpriv else command


def _wait(url: str, process: subprocess.Popen[bytes], directory: Path) -> None:
    engine = sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg"), poolclass=sa.NullPool)
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            with engine.connect():
                return
        except sa.exc.OperationalError as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise PostgresUnavailable(f"PostgreSQL did not start: {_tail(directory)}") from error
        time.sleep(0.05)


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)  # fast shutdown: connections are ended, nothing is left behind
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _tail(directory: Path) -> str:
    return (directory / "log").read_text(encoding="utf-8", errors="replace")[-2000:]
