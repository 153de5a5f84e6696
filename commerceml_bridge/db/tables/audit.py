"""Who changed what in the settings, and when: kept for ever, never changed."""

from __future__ import annotations

import sqlalchemy as sa

from commerceml_bridge.db.tables.base import id_, metadata, text, time

audit = sa.Table(
    "audit",
    metadata,
    id_(),
    time("at"),
    text("actor"),  # an operator's login, or who ran the command line
    text("action", None),  # node.add, node.set, operator.role, …
    text("subject"),  # what was changed, by name
    text("changes", "[]"),  # JSON: [[field, before, after], …], secrets left out
    text("reason"),
    sa.Index("ix_audit_at", "at"),
)
