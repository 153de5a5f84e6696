"""``/reconciliation``: a node and a period, what disagrees and what to do; the whole report as CSV."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from flask import Blueprint, abort, request
from flask.typing import ResponseReturnValue

from commerceml_bridge.db.rows import NodeRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.services import reconciling
from commerceml_bridge.web import arguments, csvs
from commerceml_bridge.web.current import bridge
from commerceml_bridge.web.pages import View, page

blueprint = Blueprint("reconciliation", __name__)

MOST_ROWS = 100
"""Rows shown; the file has all."""
USUAL_PERIOD = dt.timedelta(days=30)


@page(blueprint, "/reconciliation")
def report() -> View:
    """Show the totals and what disagrees (``?all=1``: every invoice) at a node (``?node=``) in a period."""
    since, until = _period()
    every = request.args.get("all") == "1"
    with bridge().db.read() as uow:
        nodes = uow.nodes.all()
        node = _node(nodes)
        found = _report(uow, node, since, until, every=every) if node else reconciling.Report((), {}, ())
    counted = sum(one.invoices if every else one.different for one in found.totals)
    data = {
        "node": node.name if node else "",
        "since": since,
        "until": until,
        "totals": found.totals,
        "by_code": [{"code": code, "count": count} for code, count in found.by_code.items()],
        "rows": found.rows,
        "more": counted - len(found.rows),
    }
    return View("reconciliation.html", data, {"nodes": nodes, "chosen": node, "every": every})


def _report(uow: UnitOfWork, node: NodeRow, since: dt.date, until: dt.date, *, every: bool) -> reconciling.Report:
    return reconciling.report(uow, bridge(), node, since, until, every=every, limit=MOST_ROWS)


@blueprint.get("/reconciliation.csv")
def report_csv() -> ResponseReturnValue:
    """Send the whole report as a file, piece by piece."""
    since, until = _period()
    with bridge().db.read() as uow:
        node = _node(uow.nodes.all())
    if node is None:
        abort(404)
    return csvs.streamed(_pieces(node, since, until), f"reconciliation-{node.id}-{since:%Y%m%d}-{until:%Y%m%d}")


def _pieces(node: NodeRow, since: dt.date, until: dt.date) -> Iterator[str]:
    the_bridge = bridge()

    def pieces() -> Iterator[str]:
        with the_bridge.db.read() as uow:
            yield from reconciling.csv_lines(uow, the_bridge, node, since, until)

    return pieces()


def _period() -> tuple[dt.date, dt.date]:
    today = bridge().clock().date()
    until = arguments.date("until") or today
    return arguments.date("since") or until - USUAL_PERIOD, until


def _node(nodes: list[NodeRow]) -> NodeRow | None:
    wanted = request.args.get("node", "")
    if not wanted:
        return nodes[0] if nodes else None
    return next((one for one in nodes if str(one.id) == wanted or one.name == wanted), None)
