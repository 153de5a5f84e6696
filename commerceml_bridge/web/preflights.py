"""``/nodes/ID/preflight``: what the node's next exchange would bring, or why an invoice is held. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, abort, request

from commerceml_bridge.db.browse.records import row_id
from commerceml_bridge.db.rows import NodeRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.services import preflight
from commerceml_bridge.services.preflight import Flight
from commerceml_bridge.web import csvs
from commerceml_bridge.web.current import bridge
from commerceml_bridge.web.pages import View, page

blueprint = Blueprint("preflights", __name__)
AT_ONCE = 50
COLUMNS = (
    "invoice_id",
    "printed",
    "number",
    "counterparty",
    "inn",
    "total",
    "currency",
    "tax",
    "lines",
    "held",
    "reason",
    "warnings",
)


@page(blueprint, "/nodes/<int:node_id>/preflight")
def of_node(node_id: int) -> View:
    """Show due invoices, oldest first, each with its document in short or with what holds it."""
    node = _node(node_id)
    place = row_id(request.args.get("after", "")) or 0
    found, following = preflight.some(bridge(), node, after=place, limit=AT_ONCE)
    with bridge().db.read() as uow:
        due, held = uow.consignments.count_due(node.id)
    data = {
        "node": node.name,
        "node_id": node.id,
        "due": due,
        "held": held,
        "flights": found,
        "next": "" if following is None else str(following),
    }
    return View("preflight.html", data)


@csvs.table(blueprint, "/nodes/<int:node_id>/preflight.csv", *COLUMNS)
def of_node_csv(node_id: int) -> csvs.Rows:
    """Return every due invoice of a node."""
    node, the_bridge = _node(node_id), bridge()

    def rows(_uow: UnitOfWork) -> Iterator[dict[str, object]]:
        for one in preflight.flights(the_bridge, node):
            yield {name: _cell(one, name) for name in COLUMNS}

    return rows


def _cell(one: Flight, name: str) -> object:
    return "; ".join(one.warnings) if name == "warnings" else getattr(one, name)


def _node(node_id: int) -> NodeRow:
    with bridge().db.read() as uow:
        found = uow.nodes.by_id(node_id)
    if found is None:
        abort(404)
    return found
