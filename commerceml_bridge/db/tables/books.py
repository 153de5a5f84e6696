"""What a 1C base is asked over its OData interface, and what it said last."""

from __future__ import annotations

import sqlalchemy as sa

from commerceml_bridge.db.tables.base import count, metadata, text, time

odata_source = sa.Table(
    "odata_source",
    metadata,
    sa.Column("node_id", sa.BigInteger, sa.ForeignKey("node.id"), primary_key=True, autoincrement=False),
    text("url", None),  # the service root
    text("login_sealed", None),  # encrypted with CMLB_SECRET_KEY, as the password
    text("password_sealed", None),
    text("prefix"),  # four characters before our digits, or the site's two; "": to be learned
    text("learned_prefix"),
    text("organization"),  # name, ИНН or reference, as given
    text("organization_key"),  # its reference, once found
    sa.Column("every_seconds", sa.Integer, nullable=False, server_default="900"),
    time("next_at"),
    time("claimed_until", nullable=True),
    time("tried_at", nullable=True),
    time("succeeded_at", nullable=True),
    time("closed_read_at", nullable=True),  # when paid and cancelled invoices were last read again
    count("failures"),  # in a row
    text("error_code"),
    text("error"),
    text("summary", "{}"),  # what the last successful poll found, JSON
)

# What was last told of an invoice: equal means there is nothing to tell.
book_state = sa.Table(
    "book_state",
    metadata,
    sa.Column("consignment_id", sa.BigInteger, sa.ForeignKey("consignment.id"), primary_key=True, autoincrement=False),
    sa.Column("node_id", sa.BigInteger, sa.ForeignKey("node.id"), nullable=False, index=True),
    text("fingerprint"),
    text("doubt"),  # why the document found is not believed to be ours, Russian; "" if it is
    time("at"),
)
