"""Who talks to whom: portals, nodes, operators."""

from __future__ import annotations

import sqlalchemy as sa

from commerceml_bridge.db.tables.base import id_, metadata, ref, text, time

portal = sa.Table(
    "portal",
    metadata,
    id_(),
    text("name", None, unique=True),
    text("code", None, unique=True),  # the ASCII slug in every Ид; never changes
    text("host", None),
    text("webhook_sealed", None),  # encrypted with CMLB_SECRET_KEY
    text("application_token_sealed"),
    text("cursor"),  # how far fetching has come, JSON of bitrix24.fetch.Cursor
    text("info"),  # kinds and stages as last detected, JSON
    time("created_at"),
    time("fetched_at", nullable=True),
    text("last_error"),
)

node = sa.Table(
    "node",
    metadata,
    id_(),
    text("name", None, unique=True),
    ref("portal_id", "portal"),
    text("login", None, unique=True),
    text("password_hash", None),
    sa.Column("from_date", sa.Date, nullable=False),
    text("client", "auto"),
    text("prefix"),
    text("options", "{}"),  # the rest of domain.nodes.NodeOptions, JSON
    text("last_form", "bare"),  # what to render ahead of the next query
    text("last_version"),
    time("refused_at", nullable=True),  # when a document was last held because 1C refuses it
    sa.Column("settled_to", sa.BigInteger, nullable=True),  # how far a change of options was applied; null: all of it
    time("created_at"),
    time("removed_at", nullable=True),
)

operator = sa.Table(
    "operator",
    metadata,
    id_(),
    text("login", None, unique=True),
    text("password_hash", None),
    text("role", "administrator"),  # domain.roles.Role
    time("created_at"),
)
