"""``/counterparties`` and ``/onec-documents``: firms with two cards, and what 1C has that is none of our invoices."""

from __future__ import annotations

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from commerceml_bridge.db.browse.records import Returned
from commerceml_bridge.db.buyers import ListedBuyer
from commerceml_bridge.services import adopting, buyers
from commerceml_bridge.web import arguments, csvs
from commerceml_bridge.web.actions import done
from commerceml_bridge.web.current import browsing
from commerceml_bridge.web.pages import View, page

blueprint = Blueprint("counterparties", __name__)


@page(blueprint, "/counterparties")
def listing() -> View:
    """List buyers with two cards and joined ones; ``?all=1`` lists every buyer."""
    with browsing() as browse:
        found = browse.buyers(doubles_only=not request.args.get("all"))
        data = {"buyers": [_shown(one) for one in found], "onec_parties": browse.onec_parties()}
    return View("counterparties.html", data)


@csvs.table(blueprint, "/counterparties.csv", *ListedBuyer.__dataclass_fields__, "url")
def listing_csv() -> csvs.Rows:
    """List the same buyers."""
    doubles_only = not request.args.get("all")
    return lambda uow: uow.browse.buyers(doubles_only=doubles_only, limit=csvs.ALL)


@csvs.table(blueprint, "/onec-documents.csv", *Returned.__dataclass_fields__)
def strangers_csv() -> csvs.Rows:
    """List every such document."""
    return lambda uow: csvs.every(lambda cursor: uow.browse.strangers(cursor=cursor, limit=csvs.AT_ONCE))


def _shown(one: ListedBuyer) -> dict[str, object]:
    return {**{name: getattr(one, name) for name in one.__dataclass_fields__}, "url": one.url}


@page(blueprint, "/onec-documents")
def strangers() -> View:
    """List documents created in 1C, payments and shipments that are no invoice's."""
    with browsing() as browse:
        found = browse.strangers(cursor=arguments.cursor())
    return View("onec_documents.html", {"documents": found.items, "next": found.next})


@blueprint.post("/counterparties/<int:buyer_id>/join")
def join(buyer_id: int) -> ResponseReturnValue:
    """Let all cards of one firm go out as one counterparty."""
    return done(buyers.join_doubles, buyer_id, _("Карточки объединены: их счета уходят с одним контрагентом."))


@blueprint.post("/counterparties/<int:buyer_id>/separate")
def separate(buyer_id: int) -> ResponseReturnValue:
    """Let a card go out by itself again."""
    return done(buyers.separate, buyer_id, _("Карточка снова сама по себе."))


@blueprint.post("/returned/<int:returned_id>/adopt")
def adopt(returned_id: int) -> ResponseReturnValue:
    """Link an invoice to a document typed into 1C."""
    return done(adopting.adopt, returned_id, _("Счёт связан с документом 1С и в неё не отправляется."))


@blueprint.post("/consignments/<int:consignment_id>/unlink")
def unlink(consignment_id: int) -> ResponseReturnValue:
    """Undo that link."""
    said = _("Связь снята: счёт уйдёт в 1С при следующем обмене.")
    return done(adopting.release, consignment_id, said, still=_("Счёт по-прежнему задержан: %(why)s", why="{}"))
