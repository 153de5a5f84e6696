"""Decides which requests are 1C's: WSGI in front of the exchange and the operator's pages.

Facts: 1c-clients §1.1 (the path is whatever the user typed, or empty, or without its slash); decision 2. A query string
with both ``type`` and ``mode`` is the exchange on any path; so are the fixed addresses and every ``1c_exchange.php``
without them. Operators' pages must not use these two parameters together. Query strings are looked at as raw bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from commerceml_bridge.exchange import protocol
from commerceml_bridge.exchange.answers import Answer
from commerceml_bridge.exchange.remote import client_address

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_COMMAND = frozenset({protocol.TYPE, protocol.MODE})
REFUSED_KEY = "commerceml_bridge.refused"
"""Where the exchange application keeps, among its ``extensions``, the function that is told of refusals."""


@dataclass(frozen=True)
class Refusal:
    """A request of 1C that the HTTP server itself refused, and what it was told."""

    remote: str
    line: bytes = field(repr=False)
    """the request line as it came"""
    answer: Answer


def is_exchange(path: str, query: str, addresses: Iterable[str] = protocol.ADDRESSES) -> bool:
    """Tell whether a path and a raw query string are the exchange's."""
    names = {part.partition("=")[0].strip().lower() for part in query.split("&")}
    return names >= _COMMAND or _is_address(path, addresses)


def _is_address(path: str, addresses: Iterable[str]) -> bool:
    plain = _plain(path)
    return plain.rsplit("/", 1)[-1] == protocol.SCRIPT or any(plain == _plain(address) for address in addresses)


def _plain(path: str) -> str:
    return "/" + re.sub(r"/+", "/", path.lower()).strip("/")


class ExchangeDispatcher:
    """A WSGI application of two: ``exchange_app`` for 1C, ``web_app`` for people.

    ``addresses`` are the paths that belong to 1C even without parameters.
    """

    def __init__(
        self,
        exchange_app: WSGIApplication,
        web_app: WSGIApplication,
        addresses: Iterable[str] = protocol.ADDRESSES,
    ) -> None:
        self.exchange_app = exchange_app
        self.web_app = web_app
        self.addresses = tuple(addresses)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Pass the request on: to 1C's side untouched, to the pages with the address of who really asks.

        The pages count wrong passwords by it: with the proxy's own, one stranger would lock everybody out.
        """
        if is_exchange(environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", ""), self.addresses):
            return self.exchange_app(environ, start_response)
        return self.web_app({**environ, "REMOTE_ADDR": client_address(environ)}, start_response)

    def refused(self, refusal: Refusal) -> None:
        """Let the exchange record a request that never became one; the worker calls this."""
        tell = getattr(self.exchange_app, "extensions", {}).get(REFUSED_KEY)
        if tell is not None:
            tell(refusal)
