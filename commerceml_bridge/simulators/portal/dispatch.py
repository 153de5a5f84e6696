"""From one parsed request to one answer: method lookup, authorisation, faults, batch, envelope.

Follows facts: bitrix24-rest §6.1, §6.3, §6.7: an unknown method is 404 before authorisation; authorisation errors are
401 or 403. Knows nothing of Flask or sockets.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from time import perf_counter
from typing import Any

from commerceml_bridge.simulators.portal.answers import Call, RestError
from commerceml_bridge.simulators.portal.batch import run_batch
from commerceml_bridge.simulators.portal.faults import Fault, Faults, Kind
from commerceml_bridge.simulators.portal.methods import METHODS, find
from commerceml_bridge.simulators.portal.state import Portal

BATCH = "batch"
RESET_AFTER = 600


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the path of a webhook call says."""

    user: str
    code: str

    def __repr__(self) -> str:
        return f"Credentials({self.user})"


class Dispatcher:
    """Runs REST requests against one portal."""

    def __init__(self, portal: Portal, faults: Faults) -> None:
        self.portal = portal
        self.faults = faults

    def execute(self, method: str, params: dict[str, Any], credentials: Credentials | None) -> dict[str, Any]:
        """Run one request and return its body with ``time``. Raises RestError."""
        name = method.lower().removesuffix(".json")
        if name != BATCH and find(name) is None:
            raise RestError("ERROR_METHOD_NOT_FOUND", "Method not found!", 404)
        self._authorise(params, credentials)
        started = self.portal.exact_now(), perf_counter()
        if name == BATCH:
            body: dict[str, Any] = {"result": run_batch(params, self.run)}
            return {**body, "time": self.timing(*started)}
        return self.run(name, params, outer=True)

    def _authorise(self, params: dict[str, Any], credentials: Credentials | None) -> None:
        settings = self.portal.settings
        if credentials is None:
            if params.get("auth") or params.get("access_token"):
                raise RestError("invalid_token", "Unable to get application by token", 401)
            raise RestError("NO_AUTH_FOUND", "Wrong authorization data", 401)
        if credentials != Credentials(str(settings.user_id), settings.code):
            raise RestError("INVALID_CREDENTIALS", "Invalid request credentials", settings.auth_error_status)

    def run(self, name: str, params: dict[str, Any], *, outer: bool = False) -> dict[str, Any]:
        """Run one method, alone or as a command of a batch. Raises RestError."""
        method = find(name)
        if method is None:
            raise RestError("ERROR_METHOD_NOT_FOUND", "Method not found!", 404)
        settings = self.portal.settings
        if not method.allowed_to(settings.scopes):
            text = "The request requires higher privileges than provided by the webhook token"
            raise RestError("insufficient_scope", text, settings.auth_error_status)
        fault = None if outer else self.faults.take(method.name, inner=True)
        if fault is not None:
            raise self.rest_error(fault)
        started = self.portal.exact_now(), perf_counter()
        with self.portal.lock:
            answer = method.handler(Call(self.portal, method.name, params))
        return {**answer.body(), "time": self.timing(*started)}

    def timing(self, start: datetime, counter: float) -> dict[str, Any]:
        """Return the ``time`` block of an answer (§6.3)."""
        spent = perf_counter() - counter
        begin, whole = start.timestamp(), self.portal.settings.integer_time_start
        finish = begin + spent
        zone = self.portal.zone
        return {
            "start": int(begin) if whole else begin,
            "finish": finish,
            "duration": finish - int(begin) if whole else spent,
            "processing": 0 if whole else spent,
            "date_start": start.astimezone(zone).isoformat(timespec="seconds"),
            "date_finish": datetime.fromtimestamp(finish, zone).isoformat(timespec="seconds"),
            "operating_reset_at": int(begin) + RESET_AFTER,
            "operating": 0,
        }

    def rest_error(self, fault: Fault) -> RestError:
        """Return the REST error a fault stands for."""
        options = fault.options
        if fault.kind is Kind.OPERATION_TIME:
            reset = int(self.portal.exact_now().timestamp()) + int(options.get("seconds", 60))
            text = "Method is blocked due to operation time limit."
            return RestError("OPERATION_TIME_LIMIT", text, 429, time={"operating_reset_at": reset, "operating": 480})
        plain = {
            Kind.QUERY_LIMIT: ("QUERY_LIMIT_EXCEEDED", "Too many requests", 503),
            Kind.OVERLOAD: ("OVERLOAD_LIMIT", "REST API is blocked due to overload.", options.get("status", 503)),
            Kind.INTERNAL: ("INTERNAL_SERVER_ERROR", "Internal server error", 500),
            Kind.EMPTY_CODE: ("", options.get("description", "Access denied."), 400),
            Kind.WRONG_ENCODING: ("WRONG_ENCODING", "Wrong encoding", 200),
        }
        found = plain.get(fault.kind)
        if found is None:
            found = (options["code"], options.get("description", ""), options.get("status", 400))
        return RestError(*found)


def known_methods() -> list[str]:
    """Return the names of every method the simulator answers, ``batch`` included."""
    return sorted([method.name for method in METHODS.values()] + [BATCH])
