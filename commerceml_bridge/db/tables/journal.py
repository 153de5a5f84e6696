"""The journal: requests of 1C and events of invoices."""

from __future__ import annotations

import sqlalchemy as sa

from commerceml_bridge.db.tables.base import id_, metadata, ref, text, time

step = sa.Table(
    "step",
    metadata,
    id_(),
    ref("session_id", "session", nullable=True),
    ref("node_id", "node", nullable=True, index=False),
    time("at"),
    sa.Column("duration_ms", sa.Integer, nullable=False),
    text("method", None),
    text("path", None),
    text("query"),
    text("exchange_type"),
    text("mode"),
    text("login"),
    text("remote"),
    text("request_headers", "{}"),
    sa.Column("request_size", sa.BigInteger, nullable=False, server_default="0"),
    ref("upload_id", "upload", nullable=True),
    sa.Column("upload_from", sa.Integer, nullable=True),  # its chunks: [from, to)
    sa.Column("upload_to", sa.Integer, nullable=True),
    text("result", None),  # success, failure, progress, xml, text
    text("code"),
    text("error"),
    sa.Column("status", sa.Integer, nullable=False, server_default="200"),
    text("response_headers", "{}"),
    sa.Column("response_body", sa.LargeBinary, nullable=True),
    sa.Column("response_size", sa.BigInteger, nullable=False, server_default="0"),
    ref("delivery_id", "delivery", nullable=True),
    sa.Index("ix_step_at", "at"),
    sa.Index("ix_step_code_login_at", "code", "login", "at"),
)

event = sa.Table(
    "event",
    metadata,
    id_(),
    time("at"),
    ref("invoice_id", "invoice", nullable=True),  # what a person does with a file or a job may concern no invoice
    ref("node_id", "node", nullable=True, index=False),
    text("kind", None),  # fetched, revised, rendered, held, served, acknowledged, returned, decided, written, parked
    text("text"),
    ref("session_id", "session", nullable=True, index=False),
    ref("returned_id", "returned", nullable=True, index=False),
    ref("delivery_id", "delivery", nullable=True, index=False),
    ref("job_id", "job", nullable=True, index=False),
    ref("upload_id", "upload", nullable=True, index=False),
)
