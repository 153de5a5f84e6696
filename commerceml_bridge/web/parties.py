"""``/nodes``, ``/nodes/ID`` and ``/portals``: who talks to whom, and what to type into 1C and Bitrix24."""

from __future__ import annotations

from flask import Blueprint, abort, request, url_for

from commerceml_bridge.db.browse.exchange_records import SessionFilter
from commerceml_bridge.db.browse.party_records import Node, Portal
from commerceml_bridge.db.browse.records import STATES
from commerceml_bridge.services import notifying, odata_sources, policies
from commerceml_bridge.web import csvs
from commerceml_bridge.web.current import bridge, browsing
from commerceml_bridge.web.pages import View, page

blueprint = Blueprint("parties", __name__)

EXCHANGE_PATH = "bitrix/admin/1c_exchange.php"
"""The path every 1C family knows (facts: 1c-clients §1.1)."""


@page(blueprint, "/nodes")
def nodes() -> View:
    """List nodes."""
    with browsing() as browse:
        return View("nodes.html", {"nodes": browse.nodes()})


_COUNTED = ("numbers", "numbers_printed", "usual_interval")


@csvs.table(
    blueprint,
    "/nodes.csv",
    *(name for name in Node.__dataclass_fields__ if name not in ("options", "counts", *_COUNTED)),
    *STATES,
    *_COUNTED,
)
def nodes_csv() -> csvs.Rows:
    """List nodes; the counts of invoices by state are columns."""
    return lambda uow: [{**vars(one), **one.counts} for one in uow.browse.nodes()]


@csvs.table(
    blueprint,
    "/portals.csv",
    *(name for name in Portal.__dataclass_fields__ if name not in ("info", "event_kinds")),
)
def portals_csv() -> csvs.Rows:
    """List portals."""
    return lambda uow: uow.browse.portals()


@page(blueprint, "/nodes/<int:node_id>")
def node(node_id: int) -> View:
    """Show one node: what to type into 1C, its options, its counts, its newest sessions."""
    with browsing() as browse:
        found = browse.node(node_id)
        if found is None:
            abort(404)
        sessions = browse.sessions(SessionFilter(node=node_id), limit=10).items
        portal = next((one for one in browse.portals() if one.name == found.portal), None)
    notifier, notifications = notifying.state(bridge(), node_id)
    books = odata_sources.shown(bridge(), node_id)
    data = {
        "node": found,
        "address": request.host_url + EXCHANGE_PATH,
        "printed_share": printed_share(found),
        "sessions": sessions,
        "way": _way(found, portal),
        "notifier": notifier,
        "notifications": notifications,
        "books": books,
    }
    return View("node.html", data)


@page(blueprint, "/nodes/<int:node_id>/policy")
def policy(node_id: int) -> View:
    """Show what is done in Bitrix24 when 1C says something, and the statuses 1C has told of."""
    with bridge().db.read() as uow:
        found = uow.nodes.by_id(node_id)
    if found is None:
        abort(404)
    rules = found.options.policy
    rows = [
        {
            "situation": one.situation.value,
            "status": one.status,
            "stage": one.stage,
            "deal_stage": one.deal_stage,
            "fields": one.fields,
            "comment": one.comment,
            "notify": one.notify,
            "out_of_failure": one.out_of_failure,
            "by_silence": one.by_silence,
            "changed": rules.is_changed(one),
        }
        for one in rules.table
    ]
    limits = {"changes": found.options.burst_changes, "unpaid": found.options.burst_unpaid}
    data = {
        "node": {"id": found.id, "name": found.name, "paid_stage": found.options.paid_stage},
        "policy": rows,
        "statuses": policies.statuses(bridge(), node_id),
        "limits": limits,
    }
    return View("policy.html", data)


@page(blueprint, "/portals")
def portals() -> View:
    """List portals with the address Bitrix24 may report changes to."""
    with browsing() as browse:
        found = browse.portals()
    hooks = {one.name: _hook(one) for one in found}
    return View("portals.html", {"portals": found, "hooks": hooks, "poll_seconds": bridge().settings.poll_seconds})


def _way(node: Node, portal: Portal | None) -> dict[str, object]:
    """Return what is known of an invoice's way to this 1C: our part of it, and 1C's own."""
    return {
        "event_at": portal.event_at if portal else None,
        "fetched_at": portal.fetched_at if portal else None,
        "poll_seconds": bridge().settings.poll_seconds,
        "last_contact": node.last_contact,
        "usual_interval": node.usual_interval,
    }


def printed_share(node: Node) -> int | None:
    """Return how many percent of the numbers in 1C equal the printed ones, rounded down; ``None`` before the first."""
    return node.numbers_printed * 100 // node.numbers if node.numbers else None


def _hook(portal: Portal) -> str:
    return url_for("bitrix24_hook", portal_name=portal.name, _external=True)
