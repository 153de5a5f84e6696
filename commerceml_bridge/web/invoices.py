"""``/invoices`` and ``/invoices/ID``: where is my invoice, and what happened to it."""

from __future__ import annotations

from flask import Blueprint, abort

from commerceml_bridge.web import arguments, changes, timeline
from commerceml_bridge.web.current import browsing
from commerceml_bridge.web.pages import View, page

blueprint = Blueprint("invoices", __name__)


@page(blueprint, "/invoices")
def listing() -> View:
    """List invoices, newest first, by the filter in the address."""
    wanted = arguments.invoice_filter()
    with browsing() as browse:
        found = browse.invoices(wanted, cursor=arguments.cursor())
        extra = {"nodes": browse.nodes(), "portals": browse.portals()}
    return View("invoices.html", {"filter": wanted, "invoices": found.items, "next": found.next}, extra)


@page(blueprint, "/invoices/<int:invoice_id>")
def one(invoice_id: int) -> View:
    """Show one invoice: its state at every node and its whole history."""
    with browsing() as browse:
        history = browse.invoice(invoice_id)
        onec_parties = browse.onec_parties_of(invoice_id)
        ledger = browse.ledger(invoice_id)
    if history is None:
        abort(404)
    data = {
        "invoice": history.invoice,
        "timeline": timeline.of(history),
        "revisions": changes.of_revisions(history.revisions),
        "servings": history.servings,
        "ledger": ledger,
        "returned": history.returned,
        "jobs": history.jobs,
        "onec_parties": onec_parties,
        "goods": [{"consignment_id": one, "lines": lines} for one, lines in history.goods.items()],
    }
    return View("invoice.html", data, {"goods_at": history.goods})
