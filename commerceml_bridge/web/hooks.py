"""``POST /hooks/bitrix24/PORTAL``: Bitrix24 says that something changed (facts: bitrix24-rest §7, outgoing webhooks).

The event names ids only and may be lost or forged, so nothing in it is believed: a right application token wakes the
fetch, which reads what changed. Answers in milliseconds whatever the database does; the same words, after the same
work, for a portal that is not there and for a token that is not right.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from flask import Flask, Response, current_app, request
from flask.typing import ResponseReturnValue

from commerceml_bridge.bitrix24 import events as wire
from commerceml_bridge.services.events import Inbox, Verdict
from commerceml_bridge.web.current import EXTENSION
from commerceml_bridge.web.security import csrf

INBOX = "bitrix24_events"
_NO_BODY: Mapping[str, Any] = {}


def init(app: Flask) -> None:
    """Add the address; it carries its own token instead of ours against forged forms."""
    app.extensions[INBOX] = Inbox(app.extensions[EXTENSION])
    app.add_url_rule("/hooks/bitrix24/<portal_name>", "bitrix24_hook", csrf.exempt(_changed), methods=["POST"])


def _changed(portal_name: str) -> ResponseReturnValue:
    body = _body()
    inbox = cast(Inbox, current_app.extensions[INBOX])
    if inbox.take(portal_name, wire.token_of(body), wire.parse(body)) is Verdict.REFUSED:
        return Response("forbidden\n", status=403, mimetype="text/plain")
    return Response("ok\n", mimetype="text/plain")


def _body() -> Mapping[str, Any]:
    """Return the form or the JSON object; anything else is empty, and so carries no token."""
    if request.is_json:
        given = request.get_json(silent=True)
        return given if isinstance(given, dict) else _NO_BODY
    return request.form
