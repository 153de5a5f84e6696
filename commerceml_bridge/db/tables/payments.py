"""Payment back: returned documents and the outbox."""

from __future__ import annotations

import sqlalchemy as sa

from commerceml_bridge.db.tables.base import count, id_, metadata, ref, text, time
from commerceml_bridge.db.types import Money

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
    text("number_1c"),
    sa.Column("proposed_id", sa.BigInteger, nullable=True),  # invoice this document seems to be, typed into 1C by hand
    sa.Column("date", sa.Date, nullable=True),
    sa.Column("amount", sa.Text, nullable=True),  # as written: it may be anything in a quarantined document
    text("content_hash", None),
    text("matched_by"),
    text("state", None),  # applied, information, set-aside, quarantined
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


def unresolved(table: sa.FromClause) -> sa.ColumnElement[bool]:
    """Return the condition of the index of what waits for a person; a query must say it in these words to use it."""
    return sa.and_(table.c.resolved_at.is_(None), table.c.code > sa.literal_column("''"))


sa.Index(
    "ix_returned_unresolved",
    returned.c.code,  # a range of it, or SQLite may walk past a partial index
    sqlite_where=unresolved(returned),
    postgresql_where=unresolved(returned),
)

# The ledger: every payment fact a node has told of an invoice, by whatever source. Nothing is ever deleted; what newer
# word replaced stays with ``holds`` false (domain.balance).
payment_fact = sa.Table(
    "payment_fact",
    metadata,
    id_(),
    ref("consignment_id", "consignment"),
    text("source", None),  # exchange, odata, statement, operator
    text("kind", None),
    text("key", None),  # identity within consignment, source and kind: 1C's id or a digest
    text("number"),
    sa.Column("date", sa.Date, nullable=True),
    sa.Column("amount", Money, nullable=True),
    text("currency"),
    sa.Column("certain", sa.Boolean, nullable=False, server_default=sa.true()),
    text("text"),  # Russian reason, or the name of a status
    text("status_id"),
    text("at"),  # moment of the newest report that said it, as 1C wrote it
    count("report"),  # number of that report within the consignment: what came later counts among equals
    text("listed_at"),  # the newest full list of payments it stood in
    count("listed_report"),
    sa.Column("holds", sa.Boolean, nullable=False, server_default=sa.true()),  # not replaced by newer word
    sa.Column("returned_id", sa.BigInteger, nullable=True),  # the document of 1C that said it first, with its bytes
    sa.Column("session_id", sa.BigInteger, nullable=True),
    text("evidence"),  # of other sources: what was read there
    time("retracted_at", nullable=True),  # it was about another document of 1C: a link undone by a person
    time("first_at"),
    time("last_at"),
    sa.Index("ix_payment_fact_kind_status_id", "kind", "status_id"),
)

# What one file or poll sets off: held until it is known how much that is (the circuit breaker).
burst = sa.Table(
    "burst",
    metadata,
    id_(),
    ref("node_id", "node"),
    text("origin"),  # Russian: which file or poll
    sa.Column("upload_id", sa.BigInteger, nullable=True),
    text("state", "open"),  # open, passed, asked, let-go, discarded
    count("changes"),  # invoices to be changed
    count("unpaid"),  # invoices whose payment was taken back
    text("reason"),
    time("created_at"),
    time("decided_at", nullable=True),
    sa.Index("ix_burst_state", "state"),
)

job = sa.Table(
    "job",
    metadata,
    id_(),
    text("kind", None),  # writeback, fetch
    ref("portal_id", "portal"),
    ref("invoice_id", "invoice", nullable=True),
    text("payload", "{}"),
    text("state", "pending"),  # held, pending, running, done, parked, cancelled
    text("key", index=True),  # of what is said once ever: a comment, a note; "" for the rest
    sa.Column("burst_id", sa.BigInteger, nullable=True, index=True),  # held until the burst is let go
    count("attempts"),
    time("run_after"),
    time("claimed_until", nullable=True),
    text("error"),
    text("proof"),  # JSON: state before, state after
    time("created_at"),
    time("finished_at", nullable=True),
    sa.Index("ix_job_state_run_after", "state", "run_after"),
)
