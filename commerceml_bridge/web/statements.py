"""``/nodes/ID/statements``: upload bank statements, decide on payments; ``/nodes/ID/check``: is the node in order."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Flask, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from commerceml_bridge.db.browse.records import row_id
from commerceml_bridge.db.rows import NodeRow
from commerceml_bridge.db.statements import DocumentRow
from commerceml_bridge.errors import BadInput, NotFound
from commerceml_bridge.services import node_checking, statements
from commerceml_bridge.web import csvs
from commerceml_bridge.web.current import bridge
from commerceml_bridge.web.pages import View, page

blueprint = Blueprint("statements", __name__)

FORM_OVERHEAD = 64 * 1024
LONGEST_REASON = 500


def init(app: Flask) -> None:
    """Let the upload of a statement be larger than other forms; before anybody reads the form."""

    @app.before_request
    def _allow() -> None:
        if request.endpoint == "statements.load":
            request.max_content_length = statements.LARGEST_FILE + FORM_OVERHEAD


@page(blueprint, "/nodes/<int:node_id>/statements")
def listing(node_id: int) -> View:
    """Show payments that wait for a decision, the newest decided ones, and the files."""
    node = _node(node_id)
    waiting = statements.items(bridge(), node_id, states=(statements.PROPOSED,))
    others = (statements.APPLIED, statements.DECLINED, statements.UNMATCHED)
    data = {
        "node": {"id": node.id, "name": node.name},
        "waiting": waiting,
        "decided": statements.items(bridge(), node_id, states=others)[:50],
        "files": statements.files(bridge(), node_id),
    }
    return View("statements.html", data)


@csvs.table(blueprint, "/nodes/<int:node_id>/statements.csv", *DocumentRow.__dataclass_fields__)
def listing_csv(node_id: int) -> csvs.Rows:
    """List every payment of the statements of a node."""
    node = _node(node_id)
    return lambda uow: uow.statements.documents(node.id, limit=csvs.ALL)


@blueprint.post("/nodes/<int:node_id>/statements")
def load(node_id: int) -> ResponseReturnValue:
    """Take an uploaded statement."""
    node = _node(node_id)
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        flash(_("Выберите файл выписки."), "error")
        return _back(node_id)
    try:
        done = statements.load(bridge(), node, sent.filename, sent.read())
    except BadInput as error:
        flash(error.message, "error")
        return _back(node_id)
    flash(
        _(
            "Выписка принята: учтено %(applied)s, ждут решения %(proposed)s, не к счетам %(unmatched)s, уже были "
            "%(repeated)s.",
            applied=done.applied,
            proposed=done.proposed,
            unmatched=done.unmatched + done.ignored,
            repeated=done.repeated,
        ),
        "done",
    )
    for line, text in done.problems:
        flash(_("Строка %(line)s: %(text)s", line=line, text=text), "error")
    return _back(node_id)


@blueprint.post("/payments/<int:document_id>/accept")
def accept(document_id: int) -> ResponseReturnValue:
    """Say yes to a proposal."""
    shares = [one for text in request.form.getlist("share") if (one := row_id(text)) is not None]
    return _decided(lambda reason: statements.accept(bridge(), document_id, shares, reason=reason))


@blueprint.post("/payments/<int:document_id>/decline")
def decline(document_id: int) -> ResponseReturnValue:
    """Say no to a proposal."""
    return _decided(lambda reason: statements.decline(bridge(), document_id, reason=reason))


@page(blueprint, "/nodes/<int:node_id>/check")
def check(node_id: int) -> View:
    """Look whether a node is in order; 1C is asked while the page loads."""
    node = _node(node_id)
    findings = node_checking.check(bridge(), node)
    return View("check.html", {"node": {"id": node.id, "name": node.name}, "findings": findings})


def _decided(decide: Callable[[str], str]) -> ResponseReturnValue:
    node_id = row_id(request.form.get("node", ""))
    try:
        flash(decide(request.form.get("reason", "").strip()[:LONGEST_REASON]), "done")
    except NotFound:
        abort(404)
    except BadInput as error:
        flash(error.message, "error")
    return redirect(url_for("problems.listing")) if node_id is None else _back(node_id)


def _back(node_id: int) -> ResponseReturnValue:
    return redirect(url_for("statements.listing", node_id=node_id))


def _node(node_id: int) -> NodeRow:
    with bridge().db.read() as uow:
        node = uow.nodes.by_id(node_id)
    if node is None:
        abort(404)
    return node
