"""``/problems``: everything that needs a person, grouped by cause, each with the next step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, request

from commerceml_bridge.db.browse.party_records import Problem, ProblemGroup
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.web import csvs
from commerceml_bridge.web.current import browsing
from commerceml_bridge.web.explanations import explain
from commerceml_bridge.web.jsonable import jsonable
from commerceml_bridge.web.pages import View, page

blueprint = Blueprint("problems", __name__)

FEW, MANY = 10, 500
"""Problems shown of each group, and of one group that was asked for."""


@page(blueprint, "/problems")
def listing() -> View:
    """Show groups of problems; ``?source=…&code=…`` shows one group at length."""
    source, code = request.args.get("source", ""), request.args.get("code")
    with browsing() as browse:
        groups = browse.problems(per_group=MANY if code is not None else FEW, source=source, code=code)
    data = {"count": sum(group.count for group in groups), "groups": [_explained(group) for group in groups]}
    return View("problems.html", data, {"narrowed": bool(source or code)})


@csvs.table(blueprint, "/problems.csv", *Problem.__dataclass_fields__)
def listing_csv() -> csvs.Rows:
    """List every problem, or those of one source and code."""
    source, code = request.args.get("source", ""), request.args.get("code")

    def rows(uow: UnitOfWork) -> Iterator[Problem]:
        return uow.browse.every_problem(source=source, code=code)

    return rows


def _explained(group: ProblemGroup) -> dict[str, Any]:
    words = explain(group.source, group.code)
    said = {"title": str(words.title), "cause": str(words.cause), "next_step": str(words.next_step)}
    return {**jsonable(group), "items": group.items, **said}
