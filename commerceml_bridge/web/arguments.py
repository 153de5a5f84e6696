"""Filters from the address. A value that makes no sense is as if it were not there: a link never breaks a page."""

from __future__ import annotations

import datetime as dt

from flask import request

from commerceml_bridge.db.browse.exchange_records import SessionFilter
from commerceml_bridge.db.browse.party_records import ProblemFilter
from commerceml_bridge.db.browse.records import InvoiceFilter, row_id
from commerceml_bridge.web import labels
from commerceml_bridge.web.language import zone

LONGEST_SEARCH = 100


def cursor() -> str:
    """Return where the list continues."""
    return request.args.get("after", "")


def invoice_filter() -> InvoiceFilter:
    """Read the filter of the list of invoices."""
    state = request.args.get("state", "")
    return InvoiceFilter(
        q=request.args.get("q", "").strip()[:LONGEST_SEARCH],
        portal=request.args.get("portal", ""),
        node=_number("node"),
        state=state if state in labels.FILTER_STATES else "",
        since=date("since"),
        until=date("until"),
    )


def session_filter() -> SessionFilter:
    """Read the filter of the list of sessions; days are days of the viewer's zone, the last one included."""
    result = request.args.get("result", "")
    since, until = date("since"), date("until")
    return SessionFilter(
        node=_number("node"),
        result=result if result in labels.RESULTS else "",
        kind=request.args.get("kind", "")[:20],
        family=request.args.get("family", "")[:20],
        q=request.args.get("q", "").strip()[:LONGEST_SEARCH],
        since=_midnight(since) if since else None,
        until=_midnight(until + dt.timedelta(days=1)) if until and until < dt.date.max else None,
    )


def problem_filter() -> ProblemFilter:
    """Read the filter of the list of problems."""
    return ProblemFilter(
        source=request.args.get("source", "")[:20],
        code=request.args.get("code"),
        node=request.args.get("node", "")[:LONGEST_SEARCH],
        portal=request.args.get("portal", "")[:LONGEST_SEARCH],
        q=request.args.get("q", "").strip()[:LONGEST_SEARCH],
    )


def _midnight(date: dt.date) -> dt.datetime:
    return dt.datetime.combine(date, dt.time(), zone())


def _number(name: str) -> int | None:
    return row_id(request.args.get(name, ""))


def date(name: str) -> dt.date | None:
    """Return a date of the address, ``None`` if there is none."""
    try:
        found = dt.date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return found if 1970 <= found.year <= 9998 else None
