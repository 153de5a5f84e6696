"""``/search``: one box for everything, with suggestions as you type (``/search/suggestions``, a piece of a page)."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from commerceml_bridge.web.arguments import LONGEST_SEARCH
from commerceml_bridge.web.current import bridge, browsing
from commerceml_bridge.web.pages import View, page

blueprint = Blueprint("search", __name__)
FEW, MANY = 6, 25


@page(blueprint, "/search")
def everything() -> View:
    """Show invoices, counterparties and the session that fit ``?q=``."""
    text = _text()
    found = _found(text, MANY)
    reasons = {"nodes": (), "portals": ()} if found["invoices"] or not text else _why_nothing()
    return View("search.html", {"q": text, **found}, reasons)


def _why_nothing() -> dict[str, Any]:
    """Return what may keep an invoice away: when portals were read, from which date nodes take invoices."""
    with bridge().db.read() as uow:
        return {"portals": uow.portals.all(), "nodes": uow.nodes.all()}


@blueprint.get("/search/suggestions")
def suggestions() -> ResponseReturnValue:
    """Return a list of links for what was typed so far; empty for less than two characters."""
    text = _text()
    if len(text) < 2:
        return ""
    return render_template("suggestions.html", q=text, **_found(text, FEW))


def _text() -> str:
    return request.args.get("q", "").strip()[:LONGEST_SEARCH]


def _found(text: str, limit: int) -> dict[str, Any]:
    if not text:
        return {"invoices": (), "parties": (), "session": None, "more": False}
    with browsing() as browse:
        found = browse.found(text, invoices=limit, parties=limit // 3)
        return {
            "invoices": found.invoices,
            "parties": found.parties,
            "session": browse.found_session(text),
            "more": found.more,
        }
