"""The table of REST methods: name → scopes and handler.

Follows facts: bitrix24-rest §6.1 (case-insensitive names), §6.10 (scopes).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from commerceml_bridge.simulators.portal.answers import Answer, Call

Handler = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Method:
    """A method: any one of ``scopes`` opens it; no scopes means open to every webhook."""

    name: str
    scopes: frozenset[str]
    handler: Handler

    def allowed_to(self, granted: frozenset[str]) -> bool:
        """Whether a webhook with these scopes may call it."""
        return not self.scopes or bool(self.scopes & granted)


METHODS: dict[str, Method] = {}


def rest_method(name: str, *scopes: str) -> Callable[[Handler], Handler]:
    """Register a handler under a method name."""

    def register(handler: Handler) -> Handler:
        METHODS[name.lower()] = Method(name, frozenset(scopes), handler)
        return handler

    return register


def find(name: str) -> Method | None:
    """Return the method with this name, in any case and with an optional ``.json``."""
    return METHODS.get(name.lower().removesuffix(".json"))
