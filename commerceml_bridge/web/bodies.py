"""Stored bodies: readable on a page, exact as a download. Both come from the same bytes 1C sent or was given."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue

from commerceml_bridge.db.browse import Browse
from commerceml_bridge.db.browse.exchange_records import Body
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.retaining import rule
from commerceml_bridge.web import xmlview
from commerceml_bridge.web.current import bridge, browsing
from commerceml_bridge.web.pages import View, page

blueprint = Blueprint("bodies", __name__)


@page(blueprint, "/bodies/<kind>/<int:body_id>")
def one(kind: str, body_id: int) -> View:
    """Show a body: indented, or as it is with ``?view=raw``; of a large one the beginning."""
    with browsing() as browse:
        body = _found(browse, kind, body_id)
        if body.erased:
            return View(
                "body.html", {"body": body, "form": "erased", "encoding": "", "text": ""}, {"rule": rule(bridge())}
            )
        start = _beginning(browse.read_body(kind, body_id))
    shown = xmlview.show(start, whole=len(start) >= body.size, pretty=request.args.get("view") != "raw")
    return View("body.html", {"body": body, "form": shown.form, "encoding": shown.encoding, "text": shown.text})


@blueprint.get("/bodies/<kind>/<int:body_id>/download")
def download(kind: str, body_id: int) -> ResponseReturnValue:
    """Send the exact bytes as a file."""
    with browsing() as browse:
        body = _found(browse, kind, body_id)
    if body.erased:
        abort(410)
    answer = Response(_stream(bridge(), body), mimetype=body.content_type)
    answer.headers["Content-Type"] = body.content_type  # no charset is added: the file says it itself
    answer.headers.set("Content-Disposition", "attachment", filename=body.filename)
    answer.content_length = body.size
    return answer


def _found(browse: Browse, kind: str, body_id: int) -> Body:
    body = browse.body(kind, body_id)
    if body is None:
        abort(404)
    return body


def _beginning(chunks: Iterator[bytes]) -> bytes:
    """Return the body up to the length shown on a page."""
    start = b""
    for chunk in chunks:
        start += chunk
        if len(start) > xmlview.INLINE:
            return start[: xmlview.INLINE]
    return start


def _stream(the_bridge: Bridge, body: Body) -> Iterator[bytes]:
    """Yield the bytes while a transaction of its own stays open."""
    with the_bridge.db.read() as uow:
        yield from uow.browse.read_body(body.kind, body.id)
