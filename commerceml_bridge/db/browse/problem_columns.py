"""The equal columns of everything that needs a person: every source of problems is a SELECT of these."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from commerceml_bridge.db.browse.party_records import Problem
from commerceml_bridge.db.types import UtcDateTime

_NOBODY = sa.null()


def columns(source: str, **values: Any) -> list[Any]:
    """Return the columns of ``Problem``, those not given empty."""
    links = {name: sa.cast(_NOBODY, sa.BigInteger) for name in ("invoice_id", "upload_id", "session_id", "node_id")}
    texts = {name: sa.literal("", sa.Text) for name in ("title", "reason", "node", "portal")}
    every = {"source": sa.literal(source, sa.Text), "at": sa.cast(_NOBODY, UtcDateTime), **links, **texts, **values}
    return [every[name].label(name) for name in Problem.__dataclass_fields__]


def as_text(column: sa.ColumnElement[int]) -> sa.ColumnElement[str]:
    """Return a number as text."""
    return sa.cast(column, sa.Text)
