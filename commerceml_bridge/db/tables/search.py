"""Words an invoice is found by: of its counterparty and of its lines."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from commerceml_bridge.db.tables.base import metadata

search_word = sa.Table(
    "search_word",
    metadata,
    # compared byte by byte, so that "begins with" is a range of the index on PostgreSQL too
    sa.Column("word", sa.Text().with_variant(postgresql.TEXT(collation="C"), "postgresql"), primary_key=True),
    sa.Column("invoice_id", sa.BigInteger, sa.ForeignKey("invoice.id"), primary_key=True, index=True),
)
