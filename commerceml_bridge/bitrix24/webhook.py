"""The address of an incoming webhook: a secret, since its path is the password.

Follows facts bitrix24-rest §6.1. Nothing here prints the code: ``repr``, ``str`` and ``masked`` show ``***``; only
``url()`` and ``secret_url`` return it, for the transport and for encrypted storage.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from commerceml_bridge.errors import ConfigurationError

_PATH = re.compile(r"^/rest/(?P<user>\d+)/(?P<code>[A-Za-z0-9_-]+)(?:/(?P<method>[A-Za-z0-9_.]*))?$")
_WHERE = (
    "Скопируйте адрес целиком в Битрикс24: «Разработчикам» → «Другое» → «Входящий вебхук», "
    "поле «Вебхук для вызова REST API». Он выглядит так: https://имя.bitrix24.ru/rest/1/код/"
)
_ANY_CODE = re.compile(r"(/rest/\d+/)[^/\s\"'?]+")


def mask_codes(text: str) -> str:
    """Return ``text`` with the code of every webhook path in it replaced by ``***``."""
    return _ANY_CODE.sub(r"\1***", text)


@dataclass(frozen=True, repr=False)
class Webhook:
    """An incoming webhook ``<scheme>://<host>/rest/<user>/<code>/``; ``host`` includes a port if one is given."""

    scheme: str
    host: str
    user: int
    code: str

    @classmethod
    def parse(cls, url: str) -> Webhook:
        """Return the webhook at ``url``; a method name behind the code (as the portal shows it) is dropped.

        Raises ``ConfigurationError`` (Russian, says what to copy from where) for another shape or plain http to a
        host that is not this machine.
        """
        try:
            parts = urlsplit(url.strip())
            host = _host(parts)
        except ValueError:
            # Raised below and not here: the text of the standard library quotes the address.
            parts, host = SplitResult("", "", "", "", ""), ""
        found = _PATH.match(parts.path)
        if parts.scheme not in ("http", "https") or not host or not found:
            raise ConfigurationError(f"Это не адрес вебхука Битрикс24. {_WHERE}")
        if parts.scheme == "http" and not _is_loopback(parts.hostname or ""):
            raise ConfigurationError(f"Адрес вебхука должен начинаться с https://: по http код вебхука виден. {_WHERE}")
        return cls(parts.scheme, host, int(found["user"]), found["code"])

    @property
    def secret_url(self) -> str:
        """The whole address with the code, ending in ``/``; for encrypted storage only."""
        return f"{self.scheme}://{self.host}/rest/{self.user}/{self.code}/"

    @property
    def masked(self) -> str:
        """The address for logs and pages."""
        return f"{self.scheme}://{self.host}/rest/{self.user}/***/"

    def url(self, method: str) -> str:
        """Return the address of ``method``; a secret."""
        return f"{self.secret_url}{method}.json"

    def mask(self, text: str) -> str:
        """Return ``text`` without this webhook's code and without any other code in a webhook path."""
        return mask_codes(text.replace(self.code, "***"))

    def moved(self, location: str, method: str) -> Webhook | None:
        """Return the webhook a redirect of ``method`` to ``location`` means, or ``None`` if it is not our portal.

        Accepted is another host with the very same path; never from https to http, never from outside to loopback.
        """
        try:
            target = Webhook.parse(location)
        except ConfigurationError:
            return None
        same_path = urlsplit(location.strip()).path in (
            urlsplit(self.url(method)).path,
            f"/rest/{self.user}/{self.code}/{method}",
        )
        if not same_path or (target.scheme, target.host) == (self.scheme, self.host):
            return None
        if _is_loopback(_bare(target.host)) and not _is_loopback(_bare(self.host)):
            return None
        if target.scheme == "http" and self.scheme == "https":
            return None
        return target

    def __repr__(self) -> str:
        return f"Webhook({self.masked})"

    def __str__(self) -> str:
        return self.masked


def _host(parts: SplitResult) -> str:
    """Return host and port in lower case; "" where user info hides in the address. Raises ValueError for a bad port."""
    if not parts.hostname or parts.username is not None or parts.password is not None:
        return ""
    name = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{name}:{parts.port}" if parts.port else name


def _bare(host: str) -> str:
    return urlsplit(f"//{host}").hostname or ""


def _is_loopback(hostname: str) -> bool:
    if hostname == "localhost":
        return True
    try:
        return ipaddress.ip_address(hostname).is_loopback
    except ValueError:
        return False
