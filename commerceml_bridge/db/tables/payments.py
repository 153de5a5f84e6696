"""Payment back: returned documents and the outbox."""

from __future__ import annotations

import sqlalchemy as sa

from commerceml_bridge.db.tables.base import count, id_, metadata, ref, text, time

returned = sa.Table(
    "returned",
    metadata,
    id_(),
    ref("upload_id", "upload"),
    ref("node_id", "node", index=False),
    sa.Column("position", sa.Integer, nullable=False),
    ref("consignment_id", "consignment", nullable=True),
    text("operation"),
    text("document_id"),
    text("number"),
    sa.Column("date", sa.Date, nullable=True),
    sa.Column("amount", sa.Text, nullable=True),  # as written: it may be anything in a quarantined document
    text("content_hash", None),
    text("matched_by"),
    text("state", None),  # applied, repeated, unknown, set-aside, quarantined
    text("decision"),
    text("reason"),
    text("code"),
    sa.Column("xml", sa.LargeBinary, nullable=True),  # not kept for repeats
    time("created_at"),
    time("resolved_at", nullable=True),
    sa.Index("ix_returned_node_id_document_id", "node_id", "document_id"),
    sa.Index("ix_returned_node_id_content_hash", "node_id", "content_hash"),
    sa.Index("ix_returned_created_at", "created_at"),
    sa.Index("ix_returned_node_id_state", "node_id", "state"),
)

job = sa.Table(
    "job",
    metadata,
    id_(),
    text("kind", None),  # writeback, fetch
    ref("portal_id", "portal"),
    ref("invoice_id", "invoice", nullable=True),
    text("payload", "{}"),
    text("state", "pending"),  # pending, running, done, parked, cancelled
    count("attempts"),
    time("run_after"),
    time("claimed_until", nullable=True),
    text("error"),
    text("proof"),  # JSON: state before, state after
    time("created_at"),
    time("finished_at", nullable=True),
    sa.Index("ix_job_state_run_after", "state", "run_after"),
)
