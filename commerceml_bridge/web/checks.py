"""``/portals/ID/check``: what ``portal check`` says, for people and as JSON. Looks at the portal, changes nothing."""

from __future__ import annotations

from flask import Blueprint, abort

from commerceml_bridge.services import checking
from commerceml_bridge.web.current import bridge, browsing
from commerceml_bridge.web.pages import View, page

blueprint = Blueprint("checks", __name__)


@page(blueprint, "/portals/<int:portal_id>/check")
def portal_check(portal_id: int) -> View:
    """Check a portal now, or show the check of the last minute."""
    with browsing() as browse:
        if all(one.id != portal_id for one in browse.portals()):
            abort(404)
    report = checking.recent_report(bridge(), portal_id)
    findings = [
        {"level": one.level, "name": one.name, "what": one.what, "follows": one.follows, "mend": one.mend}
        for one in report.findings
    ]
    data = {
        "portal": report.portal,
        "host": report.host,
        "at": report.at,
        "stops": report.stops,
        "advice": report.advice,
        "findings": findings,
    }
    return View("portal_check.html", data)
