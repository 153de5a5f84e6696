"""The address of a publication, in whatever form a person pastes it (facts: 1c-odata-payments §3.1, §6.4)."""

from __future__ import annotations

from urllib.parse import quote, unquote, urlsplit

from commerceml_bridge.errors import ConfigurationError

SERVICE = "odata/standard.odata/"


def service_root(address: str) -> str:
    """Return ``https://host/base/odata/standard.odata/`` for a publication's address; accepts what follows ``/odata``.

    Raises ``ConfigurationError`` for anything that is no plain http(s) address, and for a login inside it.
    """
    try:
        parts = urlsplit(address.strip())
        port = parts.port
    except ValueError as error:
        raise ConfigurationError("Адрес публикации 1С не читается.") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigurationError(
            "Адрес публикации 1С начинается с https:// или http://, например https://1c.firma.ru/buh."
        )
    if parts.username or parts.password:
        raise ConfigurationError("Логин и пароль OData задают отдельно (--login, --password-stdin), не в адресе.")
    path = unquote(parts.path)
    base = path[: path.index("/odata/") + 1] if "/odata/" in path else path
    base = base.removesuffix("/odata").strip("/").removesuffix("/ru_RU")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname.encode("idna").decode("ascii")
    netloc = f"{host}:{port}" if port else host
    return f"{parts.scheme}://{netloc}/" + (quote(base) + "/" if base else "") + SERVICE
