"""``/invoices`` and ``/invoices/ID``: where is my invoice, and what happened to it."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, abort

from commerceml_bridge.db.browse.payments import PaymentFact
from commerceml_bridge.db.browse.records import Consignment, Invoice
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.web import arguments, changes, csvs, timeline
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


_AT_NODE = tuple(name for name in Consignment.__dataclass_fields__ if name not in ("id", "invoice_id"))


@csvs.table(
    blueprint,
    "/invoices.csv",
    *(name for name in Invoice.__dataclass_fields__ if name != "nodes"),
    *(f"at_{name}" for name in _AT_NODE),
)
def listing_csv() -> csvs.Rows:
    """List every invoice that fits: a line for each of its nodes, one without a node if it has none."""
    wanted = arguments.invoice_filter()

    def rows(uow: UnitOfWork) -> Iterator[dict[str, object]]:
        every = csvs.every(lambda cursor: uow.browse.invoices(wanted, cursor=cursor, limit=csvs.AT_ONCE))
        for one in every:
            own = {name: getattr(one, name) for name in Invoice.__dataclass_fields__}
            for at in one.nodes or (None,):
                yield own | {f"at_{name}": getattr(at, name, None) for name in _AT_NODE}

    return rows


@csvs.table(blueprint, "/invoices/<int:invoice_id>/ledger.csv", *PaymentFact.__dataclass_fields__)
def ledger_csv(invoice_id: int) -> csvs.Rows:
    """List every payment fact of an invoice."""
    with browsing() as browse:
        if browse.invoice(invoice_id) is None:
            abort(404)
    return lambda uow: uow.browse.ledger(invoice_id)


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
