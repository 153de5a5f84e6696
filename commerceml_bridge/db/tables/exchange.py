"""The exchange: sessions, deliveries with their exact documents, files 1C posts."""

from __future__ import annotations

import sqlalchemy as sa

from commerceml_bridge.db.tables.base import count, id_, metadata, ref, text, time

session = sa.Table(
    "session",
    metadata,
    id_(),
    ref("node_id", "node", index=False),
    text("cookie_digest", None, unique=True),  # SHA-256; the values themselves are given to 1C only
    text("sessid_digest", None, index=True),
    time("started_at"),
    time("last_seen_at"),
    text("exchange_type"),
    text("version"),
    text("cml_version"),
    text("user_agent"),
    text("remote"),
    text("families"),  # possible client families, comma separated
    text("result"),
    count("steps"),
    sa.Index("ix_session_node_id_started_at", "node_id", "started_at"),
    sa.Index("ix_session_started_at", "started_at"),
    sa.Index("ix_session_node_id_id", "node_id", "id"),  # the newest of a node
)

delivery = sa.Table(
    "delivery",
    metadata,
    id_(),
    ref("node_id", "node", index=False),
    text("state", "open"),  # open, acknowledged, replaced
    text("form", None),
    text("version"),
    text("encoding", None),
    sa.Column("head", sa.LargeBinary, nullable=False),
    sa.Column("tail", sa.LargeBinary, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),  # of the whole body, bytes
    count("documents"),
    count("attempts"),  # sessions in which it was served
    time("opened_at"),
    time("acknowledged_at", nullable=True),
    sa.Index("ix_delivery_node_id_state", "node_id", "state"),
    sa.Index("ix_delivery_opened_at", "opened_at"),
    sa.Index("ix_delivery_acknowledged_at", "acknowledged_at"),
)

delivery_item = sa.Table(
    "delivery_item",
    metadata,
    sa.Column("delivery_id", sa.BigInteger, sa.ForeignKey("delivery.id"), primary_key=True, autoincrement=False),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    ref("consignment_id", "consignment"),
    ref("revision_id", "revision", index=False),
    ref("rendering_id", "rendering", index=False),
)

serving = sa.Table(
    "serving",
    metadata,
    id_(),
    ref("delivery_id", "delivery"),
    ref("session_id", "session"),
    time("served_at"),
    time("acknowledged_at", nullable=True),
)

upload = sa.Table(
    "upload",
    metadata,
    id_(),
    ref("node_id", "node", index=False),
    ref("session_id", "session"),
    text("exchange_type", None),
    text("filename", None),  # base name only, normalised
    text("state", "receiving"),  # receiving, complete, processed, quarantined, kept
    sa.Column("size", sa.BigInteger, nullable=False, server_default="0"),
    text("answer"),  # what 1C was told, so that import can say it again
    text("code"),  # of the error it is quarantined for
    text("error"),
    text("note"),  # what was odd and hurt nothing
    count("documents"),
    count("pieces"),  # rows in upload_chunk
    time("started_at"),
    time("changed_at"),
    time("completed_at", nullable=True),
    time("erased_at", nullable=True),  # its bytes are gone by the retention rule
    sa.Index("ix_upload_changed_at", "changed_at"),
    sa.Index("ix_upload_node_id_state", "node_id", "state"),
    sa.Index("ix_upload_state", "state"),
)

upload_chunk = sa.Table(
    "upload_chunk",
    metadata,
    sa.Column("upload_id", sa.BigInteger, sa.ForeignKey("upload.id"), primary_key=True, autoincrement=False),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
