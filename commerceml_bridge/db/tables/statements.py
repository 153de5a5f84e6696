"""Bank statements: the files as uploaded, their documents, and the invoices each is taken for."""

from __future__ import annotations

import sqlalchemy as sa

from commerceml_bridge.db.tables.base import count, id_, metadata, ref, text, time
from commerceml_bridge.db.types import Money

statement = sa.Table(
    "statement",
    metadata,
    id_(),
    ref("node_id", "node"),
    text("filename"),
    sa.Column("body", sa.LargeBinary, nullable=False),
    text("state", None),  # read, refused
    text("error"),
    text("code_page"),
    sa.Column("since", sa.Date, nullable=True),
    sa.Column("until", sa.Date, nullable=True),
    count("documents"),
    count("repeated"),  # documents an earlier file had already brought
    text("problems", "[]"),  # JSON: [line, text]
    text("uploaded_by"),
    time("created_at"),
    time("erased_at", nullable=True),  # its bytes are gone by the retention rule
)

statement_document = sa.Table(
    "statement_document",
    metadata,
    id_(),
    ref("statement_id", "statement"),
    ref("node_id", "node", index=False),
    text("fingerprint", None),
    sa.Column("line", sa.Integer, nullable=False),
    text("kind"),
    text("number"),
    sa.Column("date", sa.Date, nullable=False),
    sa.Column("booked_on", sa.Date, nullable=True),
    sa.Column("amount", Money, nullable=False),
    text("currency"),
    text("direction", None),
    text("payer"),
    text("payer_inn"),
    text("payer_account"),
    text("payee"),
    text("payee_inn"),
    text("payee_account"),
    text("purpose"),
    sa.Column("refund", sa.Boolean, nullable=False, server_default=sa.false()),
    text("state", None),  # applied, proposed, unmatched, declined, ignored
    text("reason"),
    text("decided_by"),
    time("decided_at", nullable=True),
    time("created_at"),
    sa.UniqueConstraint("node_id", "fingerprint"),
    sa.Index("ix_statement_document_node_id_state", "node_id", "state"),
)

statement_share = sa.Table(
    "statement_share",
    metadata,
    id_(),
    ref("document_id", "statement_document"),
    ref("consignment_id", "consignment"),
    sa.Column("amount", Money, nullable=False),
    text("reasons"),
    sa.Column("confidence", sa.Integer, nullable=False, server_default="0"),
    text("state", None),  # applied, proposed, declined
)
