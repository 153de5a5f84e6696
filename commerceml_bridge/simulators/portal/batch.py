"""``batch``: up to 50 commands in one request, with PHP's arrays and references to earlier results.

Follows facts: bitrix24-rest §6.5. The dispatcher gives the function that runs one command; no HTTP here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_plus

from commerceml_bridge.simulators.portal import php
from commerceml_bridge.simulators.portal.answers import RestError

LIMIT = 50
FORBIDDEN = ("batch", "download", "upload")
_REFERENCE = re.compile(r"\$(result|total|next|error)((?:\[[^\[\]]*\])+)")
_STEP = re.compile(r"\[([^\[\]]*)\]")
_PARTS = {"result": "result", "total": "result_total", "next": "result_next", "error": "result_error"}

Run = Callable[[str, dict[str, Any]], dict[str, Any]]


def run_batch(params: dict[str, Any], run: Run) -> dict[str, Any]:
    """Run the commands of ``cmd`` in order and return the five parts.

    ``run`` gets a method and its parameters and returns the body of a success with ``time``, or raises RestError.
    """
    parts: dict[str, dict[str, Any]] = {name: {} for name in ("result", "result_error", "result_total", "result_next")}
    parts["result_time"] = {}
    halt = php.is_true(params.get("halt"))
    for count, (key, command) in enumerate(commands(params).items()):
        try:
            if count >= LIMIT:
                raise RestError("ERROR_BATCH_LENGTH_EXCEEDED", "Max batch length exceeded")
            _keep(parts, key, _run_one(command, parts, run))
        except RestError as error:
            parts["result_error"][key] = error.body()
            if halt:
                break
    return {name: php.json_array(part) for name, part in parts.items()}


def commands(params: dict[str, Any]) -> dict[str, str]:
    """Return the string commands by key; anything else is skipped silently."""
    return {key: value for key, value in php.as_map(params.get("cmd")).items() if isinstance(value, str)}


def split(command: str) -> tuple[str, dict[str, Any]]:
    """Split ``method?query`` as a URL: ``#`` begins a fragment and is cut off with everything after it."""
    address = command.partition("#")[0]
    method, _, query = address.partition("?")
    return unquote_plus(method).strip().lstrip("/"), php.parse_query(query)


def _run_one(command: str, parts: dict[str, dict[str, Any]], run: Run) -> dict[str, Any]:
    method, params = split(command)
    if method.lower().removesuffix(".json") in FORBIDDEN:
        raise RestError("ERROR_BATCH_METHOD_NOT_ALLOWED", "Method is not allowed for batch usage")
    return run(method, resolve(params, parts))


def _keep(parts: dict[str, dict[str, Any]], key: str, body: dict[str, Any]) -> None:
    parts["result"][key] = body["result"]
    parts["result_time"][key] = body["time"]
    for name in ("total", "next"):
        if name in body:
            parts[f"result_{name}"][key] = body[name]


def resolve(value: Any, parts: dict[str, dict[str, Any]]) -> Any:
    """Replace references in values: a whole value takes the typed result, a longer string only scalars."""
    if isinstance(value, dict):
        return {key: resolve(item, parts) for key, item in value.items()}
    if isinstance(value, list):
        return [resolve(item, parts) for item in value]
    if not isinstance(value, str) or "$" not in value:
        return value
    whole = _REFERENCE.fullmatch(value)
    if whole:
        return _look_up(whole, parts)
    return _REFERENCE.sub(lambda found: _inserted(found, parts), value)


def _inserted(found: re.Match[str], parts: dict[str, dict[str, Any]]) -> str:
    value = _look_up(found, parts)
    return found.group(0) if isinstance(value, list | dict) or value is None else str(value)


def _look_up(found: re.Match[str], parts: dict[str, dict[str, Any]]) -> Any:
    value: Any = parts[_PARTS[found.group(1)]]
    for step in _STEP.findall(found.group(2)):
        inside = php.as_map(value)
        if step not in inside:
            return value  # a missing step resolves to the deepest container there is (§6.5)
        value = inside[step]
    return value
