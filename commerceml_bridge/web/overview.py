"""``/``: is everything flowing, and where not."""

from __future__ import annotations

from flask import Blueprint

from commerceml_bridge.db.browse.exchange_records import SessionFilter
from commerceml_bridge.web.current import browsing
from commerceml_bridge.web.pages import View, page

blueprint = Blueprint("overview", __name__)


@page(blueprint, "/", "/index.json", "/.json")
def index() -> View:
    """Show portals, nodes with their counts, the number of problems, the newest sessions."""
    with browsing() as browse:
        data = {
            "problems": browse.problem_count(),
            "portals": browse.portals(),
            "nodes": browse.nodes(),
            "sessions": browse.sessions(SessionFilter(), limit=5).items,
        }
    return View("overview.html", data)
