"""Settings from the environment, each also as ``NAME_FILE``; documented in ``docs/settings.md`` (a test compares).

Raises ``ConfigurationError`` with what to do; never prints a value.
"""

from __future__ import annotations

import contextlib
import math
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from commerceml_bridge.errors import ConfigurationError

DEFAULT_DATABASE = Path("var") / "commerceml-bridge.sqlite3"
SETTINGS = {
    "CMLB_DATABASE_URL": "database; default SQLite under var/",
    "CMLB_SECRET_KEY": "key that encrypts webhooks and signs sessions; for SQLite made once under var/",
    "CMLB_POLL_SECONDS": "pause between two looks at Bitrix24, seconds; default 60",
    "CMLB_SWEEP_HOURS": "pause between two looks for deleted invoices, hours; default 6",
    "CMLB_MAX_UPLOAD_BYTES": "largest body 1C may post; default 209715200",
    "CMLB_FILE_LIMIT": "file_limit told to 1C in init, bytes; default 52428800",
    "CMLB_PUBLIC_URL": "address of the pages, for links in alerts",
    "CMLB_ALERT_SMTP_URL": "mail server for alerts: smtp://user:password@host:587 or smtps://…",
    "CMLB_ALERT_EMAIL": "who is told, addresses separated by commas; the first is also the sender",
    "CMLB_ALERT_WEBHOOK_URL": "address that is told of alerts by POST, JSON",
    "CMLB_SILENCE_HOURS": "1C that has not come for so long is an alert, hours; default 26",
    "CMLB_KEEP_DAYS": "how long bodies of exchanges without errors are kept, days; default 180",
    "CMLB_KEEP_ERROR_DAYS": "how long bodies of failed exchanges are kept, days; default 730",
    "CMLB_KEEP_MB": "how many megabytes of bodies are kept, the oldest go first; default 0: no limit",
}
"""Every setting and what it is for."""


@dataclass(frozen=True)
class Settings:
    """What the process was told."""

    database_url: str
    secret_key: str
    poll_seconds: float = 60.0
    sweep_hours: float = 6.0
    max_upload_bytes: int = 200 * 1024 * 1024
    file_limit: int = 50 * 1024 * 1024
    public_url: str = ""
    alert_smtp_url: str = ""
    alert_email: str = ""
    alert_webhook_url: str = ""
    silence_hours: float = 26.0
    keep_days: float = 180.0
    keep_error_days: float = 730.0
    keep_mb: float = 0.0

    def __repr__(self) -> str:
        """Name the class only: the address and the key are secrets."""
        return "Settings(…)"


def read(name: str, environ: Mapping[str, str]) -> str:
    """Return setting ``name``, or the stripped contents of the file ``name_FILE`` names; ``""`` if neither is set."""
    if value := environ.get(name, ""):
        return value
    path = environ.get(f"{name}_FILE", "")
    if not path:
        return ""
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigurationError(f"Не читается файл настройки {name}_FILE ({path}): {error.strerror}.") from error


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read all settings. For SQLite the directory and the key file are made on first use (decision 26)."""
    environ = os.environ if environ is None else environ
    url = read("CMLB_DATABASE_URL", environ) or f"sqlite:///{DEFAULT_DATABASE}"
    return Settings(
        database_url=url,
        secret_key=read("CMLB_SECRET_KEY", environ) or _key_beside(url),
        poll_seconds=_number("CMLB_POLL_SECONDS", environ, 60.0),
        sweep_hours=_number("CMLB_SWEEP_HOURS", environ, 6.0),
        max_upload_bytes=int(_number("CMLB_MAX_UPLOAD_BYTES", environ, 200 * 1024 * 1024)),
        file_limit=int(_number("CMLB_FILE_LIMIT", environ, 50 * 1024 * 1024)),
        public_url=read("CMLB_PUBLIC_URL", environ).rstrip("/"),
        alert_smtp_url=read("CMLB_ALERT_SMTP_URL", environ),
        alert_email=read("CMLB_ALERT_EMAIL", environ),
        alert_webhook_url=read("CMLB_ALERT_WEBHOOK_URL", environ),
        silence_hours=_number("CMLB_SILENCE_HOURS", environ, 26.0),
        keep_days=_number("CMLB_KEEP_DAYS", environ, 180.0),
        keep_error_days=_number("CMLB_KEEP_ERROR_DAYS", environ, 730.0),
        keep_mb=_number("CMLB_KEEP_MB", environ, 0.0, zero=True),
    )


def _number(name: str, environ: Mapping[str, str], default: float, *, zero: bool = False) -> float:
    text = read(name, environ)
    try:
        value = float(text) if text else default
    except ValueError:
        value = -1.0
    if zero and value == 0:
        return 0.0
    if not math.isfinite(value) or value <= 0:
        raise ConfigurationError(f"{name} должно быть положительным числом.")
    return value


def _key_beside(url: str) -> str:
    """Return the key kept beside the SQLite file, made once with mode 0600."""
    if not url.startswith("sqlite:///"):
        raise ConfigurationError(
            "Не задан CMLB_SECRET_KEY (или CMLB_SECRET_KEY_FILE). Для базы не на SQLite ключ задают явно: "
            "им зашифрованы вебхуки. Создать: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
        )
    path = Path(url.removeprefix("sqlite:///").split("?", 1)[0]).parent / "secret-key"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        _make_key(path)
    return path.read_text(encoding="ascii").strip()


def _make_key(path: Path) -> None:
    """Write a new key beside ``path`` and link it into place, so that two processes starting at once agree on one."""
    descriptor, name = tempfile.mkstemp(dir=path.parent)  # mode 0600
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(32))
    with contextlib.suppress(FileExistsError):
        os.link(name, path)
    Path(name).unlink()
