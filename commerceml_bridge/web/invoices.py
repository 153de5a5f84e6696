"""``/invoices`` and ``/invoices/ID``: where is my invoice, and what happened to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, abort
from flask.typing import ResponseReturnValue

from commerceml_bridge.db.browse.payments import PaymentFact
from commerceml_bridge.db.browse.records import Consignment, Invoice
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.services import outlook
from commerceml_bridge.services.jobs import WRITEBACK
from commerceml_bridge.web import arguments, changes, csvs, timeline, versions, whereabouts
from commerceml_bridge.web.current import bridge, browsing
from commerceml_bridge.web.pages import View, page

blueprint = Blueprint("invoices", __name__)


@page(blueprint, "/invoices")
def listing() -> View:
    """List invoices, newest first, by the filter in the address."""
    wanted = arguments.invoice_filter()
    with browsing() as browse:
        found = browse.invoices(wanted, cursor=arguments.cursor())
        extra = {"nodes": browse.node_names(), "portals": browse.portals()}
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
    with bridge().db.read() as uow:
        history = uow.browse.invoice(invoice_id)
        if history is None:
            abort(404)
        outlooks, not_taken = outlook.of_invoice(uow, invoice_id)
        contacts = uow.browse.contacts_of(invoice_id)
        different = versions.differences(uow.browse, history, outlooks)
        onec_parties = uow.browse.onec_parties_of(invoice_id)
        ledger = uow.browse.ledger(invoice_id)
    silence = dt.timedelta(hours=bridge().settings.silence_hours)
    around = whereabouts.Surroundings(contacts, not_taken, silence, bridge().clock())
    data = {
        "answer": whereabouts.answer(history, around),
        "invoice": history.invoice,
        "timeline": timeline.of(history),
        "outlooks": [_without_body(one) for one in outlooks],
        "not_taken": not_taken,
        "differences": different,
        "revisions": changes.of_revisions(history.revisions),
        "servings": history.servings,
        "ledger": ledger,
        "returned": history.returned,
        "jobs": history.jobs,
        "onec_parties": onec_parties,
        "goods": [{"consignment_id": one, "lines": lines} for one, lines in history.goods.items()],
    }
    by_consignment = {one.consignment_id: one for one in outlooks}
    extra = {
        "goods_at": history.goods,
        "with_xml": {one.id for one in history.returned if one.has_xml},
        "may_write": any(one.kind == WRITEBACK and one.state not in ("running", "held") for one in history.jobs),
        "with_proof": {one.id for one in history.jobs if one.proof and one.kind == WRITEBACK},
        "told_by": {one.job_id: one.text for one in history.events if one.kind == "told"},
        "outlook_at": by_consignment,
        "difference_at": {one.consignment_id: one for one in different},
    }
    return View("invoice.html", data, extra)


@blueprint.get("/consignments/<int:consignment_id>/next.xml")
def next_document(consignment_id: int) -> ResponseReturnValue:
    """Send the document as the next query would serve it, byte for byte."""
    with bridge().db.read() as uow:
        row = uow.consignments.by_id(consignment_id)
        outlooks, _others = outlook.of_invoice(uow, row.invoice_id) if row else ((), ())
    found = next((one for one in outlooks if one.consignment_id == consignment_id and one.body), None)
    if found is None:
        abort(404)
    answer = Response(found.body, content_type="application/xml")
    answer.headers.set("Content-Disposition", "attachment", filename=f"next-{consignment_id}.xml")
    return answer


def _without_body(one: outlook.Outlook) -> dict[str, Any]:
    return {name: value for name, value in vars(one).items() if name != "body"}
