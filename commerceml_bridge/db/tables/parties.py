"""Who talks to whom: portals, nodes, operators."""

from __future__ import annotations

import sqlalchemy as sa

from commerceml_bridge.db.tables.base import count, id_, metadata, ref, text, time

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
    sa.Column("rate_per_second", sa.Float, nullable=False, server_default="2"),  # what its tariff lets leak out
    sa.Column("rate_capacity", sa.Integer, nullable=False, server_default="50"),
    time("event_at", nullable=True),  # when it last said that something changed
    count("events"),  # taken from it, ignored ones included
    count("events_ignored"),
    text("event_kinds", "{}"),  # which ones, JSON of domain.portal_events
    time("parties_at", nullable=True),  # when counterparties were last looked at
    time("swept_at", nullable=True),  # when every stored invoice was last looked for by id
    text("sweep_note"),  # why the last sweep declared nothing
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
