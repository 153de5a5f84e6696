"""What only an administrator may open: people, settings, and the log of every change (``/audit``)."""

from __future__ import annotations

import json
from collections.abc import Iterator

from flask import Blueprint, request

from commerceml_bridge.db.audit import AuditRow
from commerceml_bridge.db.browse.records import Slice, row_id
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.web import csvs
from commerceml_bridge.web.current import bridge
from commerceml_bridge.web.jsonable import jsonable
from commerceml_bridge.web.pages import View, page

blueprint = Blueprint("settings", __name__)
AT_ONCE = 50


@page(blueprint, "/audit")
def audit() -> View:
    """List changes of settings and people, newest first; ``?subject=`` those of one node, portal or person."""
    after = request.args.get("after", "")
    before = row_id(after)
    subject = request.args.get("subject", "")
    with bridge().db.read() as uow:
        rows = uow.audit.listed(before=before, subject=subject, limit=AT_ONCE + 1)
    shown = [{**jsonable(row), "at": row.at, "changes": json.loads(row.changes)} for row in rows[:AT_ONCE]]
    following = str(rows[AT_ONCE - 1].id) if len(rows) > AT_ONCE else ""
    return View("audit.html", {"subject": subject, "audit": shown, "next": following})


@csvs.table(blueprint, "/audit.csv", *AuditRow.__dataclass_fields__)
def audit_csv() -> csvs.Rows:
    """List every change, or those of one subject."""
    subject = request.args.get("subject", "")

    def rows(uow: UnitOfWork) -> Iterator[AuditRow]:
        def page(cursor: str) -> Slice[AuditRow]:
            found = uow.audit.listed(before=int(cursor) if cursor else None, subject=subject, limit=csvs.AT_ONCE)
            return Slice(tuple(found), str(found[-1].id) if len(found) == csvs.AT_ONCE else "")

        return csvs.every(page)

    return rows
