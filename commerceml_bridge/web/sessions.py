"""``/sessions``, ``/sessions/ID`` and ``/refusals``: what 1C asked and what it was told."""

from __future__ import annotations

from flask import Blueprint, abort

from commerceml_bridge.services import retaining
from commerceml_bridge.web import arguments
from commerceml_bridge.web.current import bridge, browsing
from commerceml_bridge.web.pages import View, page

blueprint = Blueprint("sessions", __name__)


@page(blueprint, "/sessions")
def listing() -> View:
    """List exchange sessions, newest first, by the filter in the address."""
    wanted = arguments.session_filter()
    with browsing() as browse:
        found = browse.sessions(wanted, cursor=arguments.cursor())
        nodes = browse.nodes()
    data = {"filter": wanted, "sessions": found.items, "next": found.next, "retention": retaining.rule(bridge())}
    return View("sessions.html", data, {"nodes": nodes})


@page(blueprint, "/sessions/<int:session_id>")
def one(session_id: int) -> View:
    """Show one session with its steps, the files 1C posted and the documents in them."""
    with browsing() as browse:
        session = browse.session(session_id)
        if session is None:
            abort(404)
        steps = browse.steps(session_id, cursor=arguments.cursor())
        data = {
            "session": session,
            "steps": steps.items,
            "next": steps.next,
            "uploads": browse.uploads_of(session_id),
            "returned": browse.returned_in(session_id),
        }
    return View("session.html", data)


@page(blueprint, "/refusals")
def refusals() -> View:
    """List requests that belong to no session: wrong passwords, unknown calls."""
    with browsing() as browse:
        found = browse.steps(None, cursor=arguments.cursor(), limit=50)
    return View("refusals.html", {"steps": found.items, "next": found.next})
