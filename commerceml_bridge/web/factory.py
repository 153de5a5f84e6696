"""``create_web_app``: the Flask application of the operator's pages."""

from __future__ import annotations

import hmac

from flask import Flask, request
from werkzeug.routing import IntegerConverter, Map

from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.web import (
    accounts,
    actions,
    bodies,
    checks,
    connecting,
    counterparties,
    failures,
    formatting,
    hooks,
    invoices,
    items,
    language,
    link_settings,
    node_settings,
    overview,
    parties,
    people,
    policy_settings,
    portal_settings,
    preflights,
    probes,
    problems,
    reconciliation,
    rehearsals,
    search,
    security,
    selection_settings,
    sessions,
    statements,
    taking_back,
)
from commerceml_bridge.web.current import EXTENSION

FORM_BYTES = 64 * 1024
"""No form of ours, and no event of Bitrix24, is larger."""


ROOMS = (
    overview,
    invoices,
    sessions,
    bodies,
    problems,
    parties,
    counterparties,
    items,
    checks,
    actions,
    people,
    search,
    rehearsals,
    reconciliation,
    statements,
    preflights,
)
"""Modules with pages, each with its ``blueprint``."""
ADMINISTRATION = (
    portal_settings,
    node_settings,
    selection_settings,
    link_settings,
    policy_settings,
    taking_back,
    connecting,
)
"""Modules whose pages stand in the blueprint of ``people``: only administrators open them."""
LARGE_FORMS = {"items.take": items.TABLE_BYTES}
"""Endpoints that take files."""


class RowId(IntegerConverter):
    """``<int:…>`` of an address: an id no database can keep is no page (404), never an error of the database."""

    def __init__(self, url_map: Map, max: int = 2**63 - 1) -> None:  # noqa: A002 - the name rules give it
        super().__init__(url_map, max=max)


def create_web_app(bridge: Bridge) -> Flask:
    """Return the application; ``bridge`` is all it knows of the rest of the program."""
    app = Flask(__name__.rpartition(".")[0])
    app.config.update(
        SECRET_KEY=hmac.new(bridge.settings.secret_key.encode(), b"operator pages", "sha256").digest(),
        MAX_CONTENT_LENGTH=FORM_BYTES,
        SEND_FILE_MAX_AGE_DEFAULT=3600,
    )
    app.url_map.converters["int"] = RowId
    app.extensions[EXTENSION] = bridge
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the default provider has it, its base class does not
    statements.init(app)
    app.before_request(_allow_files)  # before whoever reads the form first
    language.init(app)
    security.init(app)
    accounts.init(app)
    formatting.init(app)
    failures.init(app)
    probes.init(app)
    hooks.init(app)
    for room in ROOMS:
        app.register_blueprint(room.blueprint)
    return app


def _allow_files() -> None:
    if request.endpoint in LARGE_FORMS:
        request.max_content_length = LARGE_FORMS[request.endpoint]
