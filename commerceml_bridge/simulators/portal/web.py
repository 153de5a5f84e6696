"""The Flask side: URL and body in, bytes out, faults played.

Follows facts: bitrix24-rest §6.1 (URL, encodings), §6.7. A dropped connection or a cut body is asked for through the
``Wire`` object that the server puts into the WSGI environment.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter, sleep
from typing import Any, cast

from flask import Flask, Response, request
from werkzeug.http import HTTP_STATUS_CODES

from commerceml_bridge.simulators.portal import php, values
from commerceml_bridge.simulators.portal.answers import RestError
from commerceml_bridge.simulators.portal.batch import commands, split
from commerceml_bridge.simulators.portal.dispatch import BATCH, Credentials, Dispatcher
from commerceml_bridge.simulators.portal.faults import REST_KINDS, Fault, Kind
from commerceml_bridge.simulators.portal.journal import Entry, Journal
from commerceml_bridge.simulators.portal.limiter import LeakyBucket

JSON = "application/json; charset=utf-8"
WIRE = "portal.wire"
HTML = "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center><hr></body></html>"


@dataclass(slots=True)
class Wire:
    """What the server shall do with the connection after the application returned."""

    drop: bool = False
    cut: bool = False


class Endpoint:
    """Answers requests under /rest/."""

    def __init__(self, dispatcher: Dispatcher, journal: Journal, bucket: LeakyBucket | None) -> None:
        self._dispatcher = dispatcher
        self._journal = journal
        self._bucket = bucket

    def __call__(self, rest: str) -> Response:
        """Answer one request, whatever happens on the way."""
        began = perf_counter()
        parts = rest.strip("/").split("/")
        credentials = Credentials(*parts[:2]) if len(parts) == 3 else None
        method = parts[-1] if len(parts) in (1, 3) else ""
        params = read_params()
        response = self._respond(method, params, credentials)
        dropped = wire().drop
        self._journal.add(
            Entry(
                method.removesuffix(".json"),
                _inner(method, params),
                self._dispatcher.portal.now(),
                0 if dropped else response.status_code,
                perf_counter() - began,
            )
        )
        return response

    def _respond(self, method: str, params: dict[str, Any], credentials: Credentials | None) -> Response:
        if self._bucket and not self._bucket.admit():
            return _json({"error": "QUERY_LIMIT_EXCEEDED", "error_description": "Too many requests"}, 503)
        fault = self._dispatcher.faults.take(method.removesuffix(".json"))
        if fault is None:
            return self._execute(method, params, credentials)
        instead = self._instead(fault)
        if instead is not None and not fault.options.get("executed", fault.kind is Kind.WRONG_ENCODING):
            return instead
        response = self._execute(method, params, credentials)
        return instead or self._late(fault, response)

    def _execute(self, method: str, params: dict[str, Any], credentials: Credentials | None) -> Response:
        try:
            return _json(self._dispatcher.execute(method, params, credentials))
        except RestError as error:
            return _json(error.body(), error.status)

    def _instead(self, fault: Fault) -> Response | None:
        """Return the answer a fault puts in the place of the real one, or None."""
        kind, options = fault.kind, fault.options
        if kind in REST_KINDS:
            error = self._dispatcher.rest_error(fault)
            return _json(error.body(), error.status)
        if kind is Kind.HTML:
            status = int(options.get("status", 502))
            return Response(HTML.format(f"{status} {HTTP_STATUS_CODES.get(status, '')}"), status, mimetype="text/html")
        if kind is Kind.REDIRECT:
            location = str(options["location"]).rstrip("/") + request.full_path.rstrip("?")
            return Response(HTML.format("302 Found"), 302, {"Location": location}, mimetype="text/html")
        if kind is Kind.DROP_BEFORE:
            wire().drop = True
            return Response(status=500)
        if kind is Kind.SLOW:
            sleep(float(options.get("seconds", 1)))
        return None

    def _late(self, fault: Fault, response: Response) -> Response:
        """Play a fault that spoils the answer of an executed request."""
        if fault.kind is Kind.DROP_AFTER:
            wire().drop = True
        if fault.kind is Kind.TRUNCATED:
            body = response.get_data()
            if fault.options.get("declared", False):
                wire().cut = True
            else:
                response.set_data(body[: len(body) // 2])
        return response


def wire() -> Wire:
    """Return the connection's orders of the current request."""
    return cast(Wire, request.environ.setdefault(WIRE, Wire()))


def read_params() -> dict[str, Any]:
    """Merge the URL query with a JSON or form body, the body winning (§6.1)."""
    params = php.parse_query(request.query_string.decode("utf-8", "replace"))
    if request.method == "POST":
        given = request.get_json(force=True, silent=True) if request.is_json else None
        if isinstance(given, dict):
            return {**params, **given}
        params.update(php.nest(request.form.items(multi=True)))
    return params


def _inner(method: str, params: dict[str, Any]) -> tuple[str, ...]:
    if method.lower().removesuffix(".json") != BATCH:
        return ()
    return tuple(split(command)[0] for command in commands(params).values())


def _json(body: dict[str, Any], status: int = 200) -> Response:
    return Response(values.dump(body), status, content_type=JSON)


class PortalApp(Flask):
    """Flask that keeps the path, and with it the webhook's code, out of the log of its own errors."""

    def log_exception(self, exc_info: Any) -> None:
        """Log the traceback only."""
        self.logger.error("Exception in the portal simulator", exc_info=exc_info)


def make_app(endpoint: Endpoint) -> Flask:
    """Return the Flask application of a portal."""
    app = PortalApp(__name__, static_folder=None)
    app.add_url_rule("/rest/<path:rest>", "rest", endpoint, methods=["GET", "POST"])
    return app
