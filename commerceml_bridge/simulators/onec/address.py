"""The address string a user types into 1C, and what becomes of it (facts: 1c-clients §1.1)."""

from __future__ import annotations

from dataclasses import dataclass

SLASHES = ("one", "double", "missing")
"""How the request target begins: normalised, ``//path`` (typed twice), ``path`` without a slash."""


@dataclass(frozen=True)
class Address:
    """Host, port, TLS flag and script path without its leading slash (as 1C keeps it)."""

    host: str
    port: int
    tls: bool
    path: str

    def target(self, query: str, slash: str = "one") -> str:
        """Request target for ``query`` (given without the question mark)."""
        bare = self.path.lstrip("/")
        prefix = {"one": "/", "double": "//", "missing": "" if bare else "/"}[slash]
        return f"{prefix}{bare}?{query}"


def parse_address(typed: str, default_path: str) -> Address:
    """Split the typed address like 1C does; an empty path becomes ``default_path``.

    Raises ValueError for a path with ``?`` or a port that is no number: 1C builds ``<path>?type=…`` blindly.
    """
    text = typed.replace("\\", "/").replace(" ", "")
    tls = text.lower().startswith("https://")
    for scheme in ("http://", "https://"):
        if text.lower().startswith(scheme):
            text = text[len(scheme) :]
    authority, _, path = text.partition("/")
    if "?" in path:
        raise ValueError("Адрес не должен содержать «?»: 1С сама добавляет параметры")
    host, _, port = authority.partition(":")
    return Address(host, int(port) if port else (443 if tls else 80), tls, path or default_path)
