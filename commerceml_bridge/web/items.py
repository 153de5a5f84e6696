"""``/nodes/ID/items``: the nomenclature of a 1C base, and the lines of invoices that are none of it.

The list goes out as CSV and comes back filled; what the file does is ``services.nomenclature``'s.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from commerceml_bridge.db.browse.records import Slice
from commerceml_bridge.db.catalog import Listed
from commerceml_bridge.db.rows import NodeRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.errors import BadInput, NotFound
from commerceml_bridge.services import nomenclature, tabular
from commerceml_bridge.web import csvs
from commerceml_bridge.web.accounts import operator_login
from commerceml_bridge.web.arguments import LONGEST_SEARCH, cursor
from commerceml_bridge.web.current import bridge
from commerceml_bridge.web.pages import View, page

blueprint = Blueprint("items", __name__)

SHOWN = 50
"""Items and lines on one page; the CSV has all of them."""
INVOICES = 500
"""The newest invoices the page looks at; the CSV looks at all."""
TABLE_BYTES = 8 * 1024 * 1024
"""A filled table of lines; ``factory`` lets this form be so large."""


@page(blueprint, "/nodes/<int:node_id>/items")
def listing(node_id: int) -> View:
    """Search the nomenclature, show lines that are none of it."""
    node = _node(node_id)
    wanted = request.args.get("q", "").strip()[:LONGEST_SEARCH]
    with bridge().db.read() as uow:
        found = uow.catalog.find(node.id, wanted, after=cursor(), limit=SHOWN + 1)
        size = uow.catalog.size(node.id)
    unmapped = nomenclature.lines(bridge(), node, invoices=INVOICES)
    data = {
        "node": {"id": node.id, "name": node.name},
        "q": wanted,
        "items": found[:SHOWN],
        "next": found[SHOWN - 1].item_id if len(found) > SHOWN else "",
        "size": size,
        "unmapped": unmapped[:SHOWN],
        "unmapped_count": len(unmapped),
    }
    return View("items.html", data, {"invoices": INVOICES, "policy": node.options.unmapped.value})


@csvs.table(
    blueprint,
    "/nodes/<int:node_id>/items.csv",
    *(one for one in Listed.__dataclass_fields__ if one != "node_id"),
)
def listing_csv(node_id: int) -> csvs.Rows:
    """Give out the nomenclature of 1C, all that fits ``?q=``."""
    node = _node(node_id)
    wanted = request.args.get("q", "").strip()[:LONGEST_SEARCH]

    def rows(uow: UnitOfWork) -> Iterator[Listed]:
        def page(after: str) -> Slice[Listed]:
            found = uow.catalog.find(node.id, wanted, after=after, limit=csvs.AT_ONCE)
            return Slice(tuple(found), found[-1].item_id if len(found) == csvs.AT_ONCE else "")

        return csvs.every(page)

    return rows


@blueprint.get("/nodes/<int:node_id>/items/unmapped.csv")
def unmapped(node_id: int) -> ResponseReturnValue:
    """Give the lines out as a table; ``all`` also those that are mapped."""
    node = _node(node_id)
    found = nomenclature.lines(bridge(), node, everything="all" in request.args)
    return csvs.streamed(chain((tabular.BOM,), nomenclature.to_csv(found)), f"unmapped-{node.id}")


@blueprint.post("/nodes/<int:node_id>/items/map")
def take(node_id: int) -> ResponseReturnValue:
    """Take a filled table. Waiting invoices learn of it from the worker."""
    node = _node(node_id)
    sent = request.files.get("table")
    if sent is None or not sent.filename:
        flash(_("Выберите файл CSV."), "error")
    else:
        try:
            done = nomenclature.take_csv(bridge(), node, sent.read(), operator=operator_login())
        except BadInput as error:
            flash(error.message, "error")
        else:
            flash(done.text, "done")
    return redirect(url_for("items.listing", node_id=node_id))


def _node(node_id: int) -> NodeRow:
    try:
        return nomenclature.node_by_id(bridge(), node_id)
    except NotFound:
        abort(404)
