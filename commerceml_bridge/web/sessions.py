"""``/sessions``, ``/sessions/ID`` and ``/refusals``: what 1C asked and what it was told."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable
from typing import IO, Any, cast

from flask import Blueprint, abort, render_template, send_file
from flask.typing import ResponseReturnValue

from commerceml_bridge.db.browse import Browse
from commerceml_bridge.db.browse.exchange_records import Session, Step
from commerceml_bridge.db.browse.facets import of_listed
from commerceml_bridge.db.browse.records import Returned, row_id
from commerceml_bridge.errors import NotFound
from commerceml_bridge.services import archiving, retaining
from commerceml_bridge.web import arguments, csvs
from commerceml_bridge.web.current import bridge, browsing
from commerceml_bridge.web.pages import View, page

blueprint = Blueprint("sessions", __name__)
LIVE = dt.timedelta(minutes=2)
"""A session heard of so recently may go on."""
SHOWN = 200
"""Documents of a session shown, each way."""
SPOOL = 8 * 1024 * 1024
_STEP = tuple(one for one in Step.__dataclass_fields__ if one not in ("request_headers", "response_headers", "answer"))
"""Columns of a step as CSV."""


@page(blueprint, "/sessions")
def listing() -> View:
    """List exchange sessions, newest first, by the filter in the address."""
    wanted = arguments.session_filter()
    with browsing() as browse:
        cursor = arguments.cursor()
        found = browse.sessions(wanted, cursor=cursor)
        nodes = browse.node_names()
        # a filter that fits few has read the whole journal once: not again
        facets = browse.session_facets(wanted) if cursor or found.next else of_listed(found.items)
    data = {
        "filter": wanted,
        "facets": facets,
        "sessions": found.items,
        "next": found.next,
        "retention": retaining.rule(bridge()),
    }
    return View("sessions.html", data, {"nodes": nodes})


@csvs.table(blueprint, "/sessions.csv", *Session.__dataclass_fields__)
def listing_csv() -> csvs.Rows:
    """List every session that fits the filter."""
    wanted = arguments.session_filter()
    return lambda uow: csvs.every(lambda cursor: uow.browse.sessions(wanted, cursor=cursor, limit=csvs.AT_ONCE))


@csvs.table(blueprint, "/sessions/<int:session_id>.csv", *_STEP)
def one_csv(session_id: int) -> csvs.Rows:
    """List every step of a session."""
    _must_exist(session_id)
    return lambda uow: csvs.every(lambda cursor: uow.browse.steps(session_id, cursor=cursor, limit=csvs.AT_ONCE))


@csvs.table(blueprint, "/sessions/<int:session_id>/returned.csv", *Returned.__dataclass_fields__)
def returned_csv(session_id: int) -> csvs.Rows:
    """List every document 1C returned in a session."""
    _must_exist(session_id)
    return lambda uow: csvs.every(lambda cursor: uow.browse.returned_page(session_id, cursor=cursor))


def _must_exist(session_id: int) -> None:
    with browsing() as browse:
        if browse.session(session_id) is None:
            abort(404)


@page(blueprint, "/sessions/<int:session_id>")
def one(session_id: int) -> View:
    """Show one session with its steps, the files 1C posted and the documents in them."""
    with browsing() as browse:
        session = browse.session(session_id)
        if session is None:
            abort(404)
        steps = browse.steps(session_id, cursor=arguments.cursor())
        data = {
            "session": session,
            "steps": steps.items,
            "next": steps.next,
            **_documents(browse, session_id),
        }
    last = steps.items[-1].id if steps.items else 0
    return View("session.html", data, {"live": _is_live(session) and not steps.next, "last": last})


def _documents(browse: Browse, session_id: int) -> dict[str, Any]:
    return {
        "given": browse.given_in(session_id, limit=SHOWN),
        "uploads": browse.uploads_of(session_id),
        "returned": browse.returned_in(session_id, limit=SHOWN),
    }


@blueprint.get("/sessions/<int:session_id>/live")
def live(session_id: int) -> ResponseReturnValue:
    """Return the steps behind ``?after=`` as a piece of a page; it asks again as long as the session goes on.

    With steps come the documents of the session anew: a step may have brought some.
    """
    with browsing() as browse:
        session = browse.session(session_id)
        if session is None:
            abort(404)
        steps = browse.steps(session_id, cursor=arguments.cursor() or "0")
        documents = _documents(browse, session_id) if steps.items else {}
    last = steps.items[-1].id if steps.items else row_id(arguments.cursor()) or 0
    shown = {"session": session, "steps": steps.items, "live": _is_live(session), "last": last}
    return render_template("live.html", **shown, **documents)


def _is_live(session: Session) -> bool:
    return bridge().clock() - session.last_seen_at < LIVE


@blueprint.get("/sessions/<int:session_id>.zip")
def exact(session_id: int) -> ResponseReturnValue:
    """Send every request and answer of a session, byte for byte."""
    return _zipped(f"session-{session_id}.zip", lambda file: archiving.write_session(bridge(), session_id, file))


@blueprint.get("/sessions/<int:session_id>/bundle.zip")
def bundle(session_id: int) -> ResponseReturnValue:
    """Send a session without names, tax numbers, accounts and secrets: for whoever helps."""
    with browsing() as browse:
        session = browse.session(session_id)
    if session is None:
        abort(404)
    name = session.node
    return _zipped(f"bundle-{session_id}.zip", lambda file: archiving.write_bundle(bridge(), name, session_id, file))


def _zipped(filename: str, write: Callable[[IO[bytes]], None]) -> ResponseReturnValue:
    file = tempfile.SpooledTemporaryFile(max_size=SPOOL)  # noqa: SIM115 - closed when the answer was sent
    try:
        write(cast("IO[bytes]", file))
    except Exception as error:
        file.close()
        if isinstance(error, NotFound):
            abort(404)
        raise
    file.seek(0)
    return send_file(cast("IO[bytes]", file), "application/zip", as_attachment=True, download_name=filename)


@page(blueprint, "/refusals")
def refusals() -> View:
    """List requests that belong to no session: wrong passwords, unknown calls."""
    with browsing() as browse:
        found = browse.steps(None, cursor=arguments.cursor(), limit=50)
    return View("refusals.html", {"steps": found.items, "next": found.next})


@csvs.table(blueprint, "/refusals.csv", *_STEP)
def refusals_csv() -> csvs.Rows:
    """List every request that belongs to no session."""
    return lambda uow: csvs.every(lambda cursor: uow.browse.steps(None, cursor=cursor, limit=csvs.AT_ONCE))
