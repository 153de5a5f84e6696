"""``/nodes/ID/take-back``: a botched test exchange is taken back, after a look at what that means."""

from __future__ import annotations

import datetime as dt

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from commerceml_bridge.db.browse.exchange_records import SessionFilter
from commerceml_bridge.db.browse.records import row_id
from commerceml_bridge.db.rows import NodeRow
from commerceml_bridge.errors import BadInput
from commerceml_bridge.services import taking_back
from commerceml_bridge.services.taking_back import Plan
from commerceml_bridge.web.current import bridge, browsing
from commerceml_bridge.web.forms import REFUSALS, saved, text
from commerceml_bridge.web.language import zone
from commerceml_bridge.web.node_settings import crumbs, node_by_id
from commerceml_bridge.web.pages import View, page
from commerceml_bridge.web.settings import blueprint


@page(blueprint, "/nodes/<int:node_id>/take-back")
def taking_back_page(node_id: int) -> View:
    """Show what taking back ``?session=`` or everything since ``?since=`` would do."""
    return _view(node_by_id(node_id))


def _view(node: NodeRow) -> View:
    plan: Plan | None = None
    try:
        since, session_id = _wanted()
        if since is not None or session_id is not None:
            plan = taking_back.preview(bridge(), node.name, since=since, session_id=session_id)
    except REFUSALS as error:
        if request.method == "GET":
            flash(error.message, "error")
    with browsing() as browse:
        sessions = browse.sessions(SessionFilter(node=node.id), limit=10).items
    data = {
        "node": {"id": node.id, "name": node.name},
        "session": text_of("session"),
        "since": text_of("since"),
        "plan": None if plan is None else _told(plan),
        "sessions": sessions,
    }
    return View("take_back.html", data, {"crumbs": crumbs(node)})


def _told(plan: Plan) -> dict[str, object]:
    rows = [(one, "") for one in plan.taken] + [(one.row, one.why) for one in plan.left]
    return {
        "sessions": plan.sessions,
        "taken": len(plan.taken),
        "left": len(plan.left),
        "invoices": [
            {
                "id": row.invoice_id,
                "printed": row.printed,
                "number": row.number,
                "date": row.date,
                "counterparty": row.counterparty,
                "why_left": why,
            }
            for row, why in rows
        ],
    }


def text_of(name: str) -> str:
    """Return what the address or the form says of the exchange."""
    return request.values.get(name, "").strip()[:40]


def _wanted() -> tuple[dt.datetime | None, int | None]:
    session, since = text_of("session"), text_of("since")
    if session:
        return None, row_id(session) or 0
    if not since:
        return None, None
    try:
        moment = dt.datetime.fromisoformat(since)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone())).astimezone(dt.UTC), None
    except (ValueError, OverflowError):  # the first and the last day of the calendar have no UTC everywhere
        raise BadInput(_("Момент нужен в виде 2026-11-01T14:30.")) from None


@blueprint.post("/nodes/<int:node_id>/take-back")
def take_back(node_id: int) -> ResponseReturnValue:
    """Take the exchange back."""
    node = node_by_id(node_id)

    def work() -> object:
        since, session_id = _wanted()
        plan = taking_back.take_back(
            bridge(), node.name, reason=text("reason")[:500], since=since, session_id=session_id
        )
        return _("Снова к отправке: %(taken)s. Оставлено: %(left)s.", taken=len(plan.taken), left=len(plan.left))

    return saved(work, lambda: _view(node), url_for("parties.node", node_id=node.id))
