"""1C is told: the address a node's base is called at, and what it answered."""

from __future__ import annotations

import sqlalchemy as sa

from commerceml_bridge.db.tables.base import count, id_, metadata, ref, text, time

notifier = sa.Table(
    "notifier",
    metadata,
    sa.Column("node_id", sa.BigInteger, sa.ForeignKey("node.id"), primary_key=True, autoincrement=False),
    text("url", None),
    text("login"),
    text("password_sealed"),  # encrypted with CMLB_SECRET_KEY
    text("method", "POST"),
    sa.Column("debounce", sa.Integer, nullable=False, server_default="30"),  # seconds
    time("wanted_at", nullable=True),  # something became due since the last call
    time("calling_since", nullable=True),  # what the call under way, or the one to be repeated, is about
    time("claimed_until", nullable=True),  # a worker is calling
    time("next_at", nullable=True),  # not before: the last call failed
    count("attempts"),  # failures in a row
)

# The last answers; older ones are erased.
notification = sa.Table(
    "notification",
    metadata,
    id_(),
    ref("node_id", "node"),
    time("at"),
    sa.Column("ok", sa.Boolean, nullable=False),
    sa.Column("status", sa.Integer, nullable=False),  # HTTP; 0: no answer
    sa.Column("milliseconds", sa.Integer, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    text("text"),  # what it said, shortened, or why there is no answer
)
