"""What a REST method receives and gives back, and the error it may raise instead.

Follows facts: bitrix24-rest §6.3 (envelope), §6.7 (error codes).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from commerceml_bridge.simulators.portal.state import Portal


class RestError(Exception):
    """An error answer: ``code`` may be empty, text or a number; ``status`` is the HTTP status outside a batch."""

    def __init__(self, code: str | int, description: str, status: int = 400, **extra: Any) -> None:
        super().__init__(f"{code}: {description}")
        self.code = code
        self.description = description
        self.status = status
        self.extra = extra

    def body(self) -> dict[str, Any]:
        """Return the JSON body without ``time``."""
        return {"error": self.code, "error_description": self.description, **self.extra}


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer; ``total`` and ``next`` are left out of the envelope when None."""

    result: Any
    total: int | None = None
    next: int | None = None

    def body(self) -> dict[str, Any]:
        """Return the JSON body without ``time``."""
        body: dict[str, Any] = {"result": self.result}
        if self.next is not None:
            body["next"] = self.next
        if self.total is not None:
            body["total"] = self.total
        return body


@dataclass(frozen=True, slots=True)
class Call:
    """One call of one method: the portal it meets, the method's name and its parameters."""

    portal: Portal
    method: str
    params: dict[str, Any]

    def arg(self, name: str, default: Any = None) -> Any:
        """Return a parameter by its exact name (new API)."""
        return self.params.get(name, default)

    def any_case(self, name: str, default: Any = None) -> Any:
        """Return a parameter whatever the case of its name (old API)."""
        if name in self.params:
            return self.params[name]
        wanted = name.lower()
        return next((value for key, value in self.params.items() if key.lower() == wanted), default)

    def required(self, name: str) -> Any:
        """Return a mandatory parameter of the new API, or raise the controller's error 100."""
        value = self.params.get(name)
        if value is None:
            raise RestError("100", f"Could not find value for parameter {{{name}}}")
        return value


def not_found(text: str = "Элемент не найден") -> RestError:
    """The new API's answer about something that is not there."""
    return RestError("NOT_FOUND", text)


def old_not_found(text: str = "Not found") -> RestError:
    """The old API's answer about something that is not there: an empty code."""
    return RestError("", text)
