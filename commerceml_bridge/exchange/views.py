"""HTTP in and out: a WSGI request becomes an ``ExchangeRequest``, an ``Answer`` a response; the journal is kept here.

No routing, no redirects, no cookies, no status but 200 happens here: Flask sees one address only, whatever 1C asked
for (``_one_address``). What the request means is decided in ``routing``.
"""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import quote

from flask import Flask, Response
from flask import request as flask_request
from werkzeug.routing import Rule
from werkzeug.wsgi import get_content_length, get_input_stream

from commerceml_bridge import log
from commerceml_bridge.exchange import protocol
from commerceml_bridge.exchange.answers import Answer
from commerceml_bridge.exchange.body import RequestBody
from commerceml_bridge.exchange.dispatch import REFUSED_KEY, Refusal
from commerceml_bridge.exchange.remote import client_address
from commerceml_bridge.exchange.request import (
    ExchangeRequest,
    decode,
    parse_basic,
    parse_cookie,
    parse_form,
    parse_query,
)
from commerceml_bridge.exchange.routing import broken, respond
from commerceml_bridge.services import journal
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.sessions import COOKIE_NAME

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

logger = logging.getLogger(__name__)

PATH_KEY = "commerceml_bridge.path"
HOST_KEY = "commerceml_bridge.host"
CLOSE_KEY = "close_connection"
"""Attribute of ``wsgi.input`` that ends the connection after this answer; our gunicorn worker sets it."""
DRAIN_SECONDS = 60.0
_PRINTABLE = "".join(chr(code) for code in range(0x21, 0x7F))


def create_exchange_app(bridge: Bridge) -> Flask:
    """Return the Flask application that is 1C's side of the exchange."""
    app = Flask(__name__, static_folder=None)
    app.url_map.add(Rule("/", endpoint="exchange"))  # no methods named: any method
    app.view_functions["exchange"] = lambda: _exchange(bridge)
    app.register_error_handler(Exception, lambda _error: _response(broken()))
    app.extensions[REFUSED_KEY] = lambda refusal: record_refusal(bridge, refusal)
    app.wsgi_app = _one_address(app.wsgi_app)  # type: ignore[assignment, method-assign]  # Flask documents this
    return app


def _one_address(inner: WSGIApplication) -> WSGIApplication:
    """Hide path and host from Flask, which would answer 404, 405, 308 or 400 to some of them."""

    def wsgi(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ[PATH_KEY], environ[HOST_KEY] = environ.get("PATH_INFO", ""), environ.get("HTTP_HOST", "")
        environ.update(PATH_INFO="/", HTTP_HOST="exchange")
        return inner(environ, start_response)

    return wsgi


def _exchange(bridge: Bridge) -> Response:
    """Answer one request and record it."""
    started, at = time.monotonic(), bridge.clock()
    environ = flask_request.environ
    request = _request(environ, bridge.settings.max_upload_bytes)
    answer = respond(request, bridge)
    if not request.body.drain(DRAIN_SECONDS):
        _close_after(environ)
    _record(bridge, request, answer, at=at, seconds=time.monotonic() - started)
    return _response(answer, head=request.method == "HEAD")


def _request(environ: WSGIEnvironment, limit: int) -> ExchangeRequest:
    query = environ.get("QUERY_STRING", "")
    headers = {**dict(flask_request.headers.items()), "Host": environ[HOST_KEY]}
    length = get_content_length(environ)
    body = RequestBody(get_input_stream(environ), length=length, limit=limit)
    return ExchangeRequest(
        method=environ["REQUEST_METHOD"],
        path=decode(environ[PATH_KEY].encode("latin-1")),
        query=query,
        parameters=_parameters(query, body, environ),
        headers=headers,
        remote=client_address(environ),
        body=body,
        cookie=parse_cookie(environ.get("HTTP_COOKIE"), COOKIE_NAME),
        credentials=parse_basic(environ.get("HTTP_AUTHORIZATION")),
    )


def _parameters(query: str, body: RequestBody, environ: WSGIEnvironment) -> dict[str, str]:
    """Return the parameters; only ``mode=query`` may come in a posted form (reference-server §1.2)."""
    parameters = parse_query(query)
    form = environ.get("CONTENT_TYPE", "").lower().startswith("application/x-www-form-urlencoded")
    if protocol.MODE in parameters or not form or environ["REQUEST_METHOD"] != "POST":
        return parameters
    posted = parse_form(body)
    return posted | parameters if posted.get(protocol.MODE, "").lower() == protocol.QUERY else parameters


def _close_after(environ: WSGIEnvironment) -> None:
    """End the connection after this answer: where the next request would begin is not known."""
    close: Callable[[], None] | None = getattr(environ["wsgi.input"], CLOSE_KEY, None)
    if close is not None:
        close()


def _response(answer: Answer, *, head: bool = False) -> Response:
    response = Response(() if head else answer.chunks, status=200)
    response.headers.clear()
    response.headers.update(answer.headers)
    response.automatically_set_content_length = False
    return response


def record_refusal(bridge: Bridge, refusal: Refusal) -> None:
    """Write a request into the journal that the HTTP server refused before anything could be made of it."""
    method, _, rest = refusal.line.decode("latin-1").partition(" ")
    path, _, query = rest.rpartition(" ")[0].partition("?")
    request = ExchangeRequest(
        method=method,
        path=decode(path.encode("latin-1")),
        query=query,
        parameters=parse_query(query),
        headers={},
        remote=refusal.remote,
        body=RequestBody(io.BytesIO(), length=0, limit=0),
    )
    _record(bridge, request, refusal.answer, at=bridge.clock(), seconds=0.0)


def _record(bridge: Bridge, request: ExchangeRequest, answer: Answer, *, at: datetime, seconds: float) -> None:
    """Write the journal. 1C gets its answer even if that fails: what it did is committed already."""
    try:
        journal.record(bridge, _journal_entry(request, answer, at=at, seconds=seconds))
    except Exception:  # logged with its traceback; a full disk must not turn a committed answer into a failure
        logger.exception("the journal could not be written")


def _journal_entry(request: ExchangeRequest, answer: Answer, *, at: datetime, seconds: float) -> journal.Exchange:
    body, about = answer.body, answer.about
    return journal.Exchange(
        at=at,
        duration_ms=round(seconds * 1000),
        method=request.method[:20],
        path=request.path,
        query=log.mask_query(quote(request.query.encode("latin-1"), safe=_PRINTABLE)),
        exchange_type=request.exchange_type[:20],
        mode=request.mode[:20],
        login=request.credentials[0][:200] if request.credentials else "",
        remote=request.remote,
        request_headers=log.mask_headers(request.headers),
        request_size=request.body.received,
        session_id=about.session_id,
        node_id=about.node_id,
        upload_id=about.upload_id,
        upload_from=about.upload_from,
        upload_to=about.upload_to,
        result=answer.result,
        code=answer.code,
        error=answer.error,
        status=200,
        response_headers=answer.headers,
        response_body=None if body is None else log.mask_body(body),
        response_size=answer.length,
        delivery_id=about.delivery_id,
    )
