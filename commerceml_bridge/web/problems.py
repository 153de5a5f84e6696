"""``/problems``: everything that needs a person, grouped by cause, each with the next step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from flask import Blueprint, flash, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from commerceml_bridge.db.browse.party_records import Problem, ProblemFilter, ProblemGroup
from commerceml_bridge.db.browse.records import row_id
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.domain.alerts import PortalHealth
from commerceml_bridge.errors import BadInput
from commerceml_bridge.services import alerting, mending
from commerceml_bridge.web import arguments, csvs
from commerceml_bridge.web.accounts import operator_login
from commerceml_bridge.web.actions import LONGEST_REASON, back
from commerceml_bridge.web.current import bridge, browsing
from commerceml_bridge.web.explanations import explain, titles
from commerceml_bridge.web.jsonable import jsonable
from commerceml_bridge.web.pages import View, page
from commerceml_bridge.web.reasons import told

blueprint = Blueprint("problems", __name__)

FEW, MANY = 10, 500
"""Problems shown of each group, and of one group that was asked for."""
MOST_AT_ONCE = 2000
"""Problems of a group mended by one press."""


@page(blueprint, "/problems")
def listing() -> View:
    """Show groups of problems; ``?source=…&code=…`` shows one group at length."""
    wanted = arguments.problem_filter()
    with bridge().db.read() as uow:
        groups = uow.browse.problems(wanted, per_group=FEW if wanted.code is None else MANY)
        nodes, portals = uow.browse.names()
        unread = [PortalHealth(one.name, one.created_at, one.fetched_at, one.last_error) for one in uow.portals.all()]
        raised = {one.key for one in uow.alerts.open()}
    data = {
        "filter": wanted,
        "count": sum(group.count for group in groups),
        "groups": [_explained(group) for group in groups],
        "unraised": alerting.unraised(bridge(), (), unread, raised),
    }
    extra = {
        "narrowed": wanted != ProblemFilter(),
        "nodes": nodes,
        "portals": portals,
        "sources": _sources(wanted, groups),
    }
    return View("problems.html", data, extra)


@csvs.table(blueprint, "/problems.csv", *Problem.__dataclass_fields__)
def listing_csv() -> csvs.Rows:
    """List every problem that fits."""
    wanted = arguments.problem_filter()

    def rows(uow: UnitOfWork) -> Iterator[Problem]:
        return uow.browse.every_problem(wanted)

    return rows


@blueprint.post("/problems/mend")
def mend() -> ResponseReturnValue:
    """Do one thing for many problems of one source: those that were ticked, or all of a group."""
    source, what = request.form.get("source", ""), request.form.get("action", "")
    reason = request.form.get("reason", "").strip()[:LONGEST_REASON]
    if not reason:
        flash(_("Напишите причину: она останется в истории."), "error")
        return redirect(back())
    try:
        done = mending.mend(bridge(), source, what, _picked(source), operator=operator_login(), reason=reason)
    except BadInput as error:
        flash(error.message, "error")
        return redirect(back())
    flash(
        _("Сделано: %(done)s из %(all)s.", done=done.done, all=done.asked),
        "done" if done.done == done.asked else "error",
    )
    for why, count in done.left.items():
        flash(_("%(count)s не вышло: %(why)s", count=count, why=told(why)), "error")
    return redirect(back())


def _sources(wanted: ProblemFilter, groups: Sequence[ProblemGroup]) -> dict[str, Any]:
    """Return the sources there is something of, and the one that is chosen, with their titles."""
    shown = {group.source for group in groups} | {wanted.source}
    return {source: title for source, title in titles().items() if source in shown}


def _picked(source: str) -> list[int]:
    if request.form.get("all") != "1":
        return [one for text in request.form.getlist("id") if (one := row_id(text)) is not None]
    wanted = ProblemFilter(
        source,
        request.form.get("code", ""),
        *(request.form.get(name, "") for name in ("node", "portal", "q")),
    )
    with browsing() as browse:
        return [one.id for one in islice(browse.every_problem(wanted), MOST_AT_ONCE)]


def _explained(group: ProblemGroup) -> dict[str, Any]:
    words = explain(group.source, group.code)
    said = {"title": str(words.title), "cause": str(words.cause), "next_step": str(words.next_step)}
    actions = [name for source, name in mending.ACTIONS if source == group.source]
    if group.code != "adoptable":
        actions = [name for name in actions if name != "adopt"]
    return {**jsonable(group), "items": group.items, "actions": actions, **said}
