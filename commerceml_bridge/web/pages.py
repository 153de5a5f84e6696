"""A page and its JSON twin from one function: what a person sees and what a program reads cannot drift apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from flask import Blueprint, jsonify, render_template
from flask.typing import ResponseReturnValue

from commerceml_bridge.web.jsonable import jsonable


@dataclass(frozen=True)
class View:
    """What a page shows. ``data`` goes to the template and to JSON, ``extra`` (choices, links) to the template only."""

    template: str
    data: Mapping[str, Any]
    extra: Mapping[str, Any] = field(default_factory=dict)


ViewFunction = Callable[..., View]


def page(blueprint: Blueprint, rule: str, *twins: str) -> Callable[[ViewFunction], ViewFunction]:
    """Serve a view at ``rule`` as HTML and at ``rule.json`` (or ``twins``) as JSON."""

    def register(view: ViewFunction) -> ViewFunction:
        @wraps(view)
        def html(**arguments: Any) -> ResponseReturnValue:
            shown = view(**arguments)
            return render_template(shown.template, **shown.data, **shown.extra)

        @wraps(view)
        def twin(**arguments: Any) -> ResponseReturnValue:
            return jsonify(jsonable(view(**arguments).data))

        blueprint.add_url_rule(rule, view.__name__, html)
        for number, path in enumerate(twins or (f"{rule}.json",)):
            blueprint.add_url_rule(path, f"{view.__name__}_json{number or ''}", twin)
        return view

    return register
