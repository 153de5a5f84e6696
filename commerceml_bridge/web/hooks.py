"""``POST /hooks/bitrix24/PORTAL``: Bitrix24 says that something changed (facts: bitrix24-rest §9, outgoing webhooks).

The event names ids only and may be lost or forged, so nothing in it is believed: a right application token wakes the
fetch, which reads what changed. Answers at once.
"""

from __future__ import annotations

from flask import Flask, Response, request
from flask.typing import ResponseReturnValue

from commerceml_bridge.services import jobs, portals
from commerceml_bridge.web.current import bridge
from commerceml_bridge.web.security import csrf

TOKEN = "auth[application_token]"  # noqa: S105 - the name of the field, not its value


def init(app: Flask) -> None:
    """Add the address; it carries its own token instead of ours against forged forms."""
    app.add_url_rule("/hooks/bitrix24/<portal_name>", "bitrix24_hook", csrf.exempt(_changed), methods=["POST"])


def _changed(portal_name: str) -> ResponseReturnValue:
    token = request.form.get(TOKEN, "")
    if not token or not portals.check_application_token(bridge(), portal_name, token):
        return Response("forbidden\n", status=403, mimetype="text/plain")
    jobs.wake_fetch(bridge(), portal_name)
    return Response("ok\n", mimetype="text/plain")
