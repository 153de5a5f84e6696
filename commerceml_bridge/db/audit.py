"""The log of changes to settings and people."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from commerceml_bridge.db.query import Drawer
from commerceml_bridge.db.tables import audit


@dataclass(frozen=True)
class AuditRow:
    """One change. ``changes`` is JSON: ``[[field, before, after], …]``."""

    id: int
    at: dt.datetime
    actor: str
    action: str
    subject: str
    changes: str
    reason: str


class Audit(Drawer):
    """Written by services, read by the pages, never changed."""

    def add(self, **values: object) -> int:
        """Keep one change."""
        return self._insert(audit, **values)

    def listed(self, *, before: int | None = None, subject: str = "", limit: int = 50) -> list[AuditRow]:
        """Return changes, newest first; ``before`` is the id of the last one already seen."""
        statement = sa.select(audit).order_by(audit.c.id.desc()).limit(limit)
        if before is not None:
            statement = statement.where(audit.c.id < before)
        if subject:
            statement = statement.where(audit.c.subject == subject)
        return self._all(AuditRow, statement)
