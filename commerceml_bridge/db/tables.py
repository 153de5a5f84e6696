"""Every table, in one place and in the order of the two journeys.

Nothing here is deleted by use: revisions, deliveries, uploads and decisions are the operator's evidence.
"""

from __future__ import annotations

import sqlalchemy as sa

from commerceml_bridge.db.types import Money, UtcDateTime

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)


def _ref(name: str, target: str, *, nullable: bool = False, index: bool = True) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger, sa.ForeignKey(f"{target}.id"), nullable=nullable, index=index)


def _text(name: str, default: str | None = "", *, unique: bool = False, index: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default=default, unique=unique or None, index=index or None)


def _time(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, UtcDateTime, nullable=nullable)


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, server_default="0")


# --- who talks to whom -----------------------------------------------------------------------------------------------

portal = sa.Table(
    "portal",
    metadata,
    _id(),
    _text("name", None, unique=True),
    _text("code", None, unique=True),  # the ASCII slug in every Ид; never changes
    _text("host", None),
    _text("webhook_sealed", None),  # encrypted with CMLB_SECRET_KEY
    _text("application_token_sealed"),
    _text("cursor"),  # how far fetching has come, JSON of bitrix24.fetch.Cursor
    _text("info"),  # kinds and stages as last detected, JSON
    _time("created_at"),
    _time("fetched_at", nullable=True),
    _text("last_error"),
)

node = sa.Table(
    "node",
    metadata,
    _id(),
    _text("name", None, unique=True),
    _ref("portal_id", "portal"),
    _text("login", None, unique=True),
    _text("password_hash", None),
    sa.Column("from_date", sa.Date, nullable=False),
    _text("client", "auto"),
    _text("prefix"),
    _text("options", "{}"),  # the rest of domain.nodes.NodeOptions, JSON
    _text("last_form", "bare"),  # what to render ahead of the next query
    _text("last_version"),
    _time("refused_at", nullable=True),  # when a document was last held because 1C refuses it
    _time("created_at"),
    _time("removed_at", nullable=True),
)

operator = sa.Table(
    "operator",
    metadata,
    _id(),
    _text("login", None, unique=True),
    _text("password_hash", None),
    _time("created_at"),
)

# --- invoice to 1C ---------------------------------------------------------------------------------------------------

invoice = sa.Table(
    "invoice",
    metadata,
    _id(),
    _ref("portal_id", "portal", index=False),
    _text("kind", None),
    sa.Column("b24_id", sa.BigInteger, nullable=False),
    _text("number", None, index=True),
    sa.Column("date", sa.Date, nullable=False),
    _text("counterparty"),
    _text("inn"),
    sa.Column("total", Money, nullable=False),
    _text("currency"),
    _text("stage_id"),
    _text("stage_semantics", "open"),
    _text("never", ""),  # why it never goes to any 1C; "" if it may
    _time("updated_at"),  # Bitrix24's own time of the last change
    _time("fetched_at"),
    sa.Column("revision_id", sa.BigInteger, nullable=True),  # the newest; no foreign key: revisions refer to invoices
    sa.UniqueConstraint("portal_id", "kind", "b24_id"),
    sa.Index("ix_invoice_portal_id_date", "portal_id", "date"),
    sa.Index("ix_invoice_date_id", "date", "id"),
)

revision = sa.Table(
    "revision",
    metadata,
    _id(),
    _ref("invoice_id", "invoice", index=False),
    sa.Column("number", sa.Integer, nullable=False),  # 1, 2, … within the invoice
    _text("content_hash", None),
    _text("accounting_hash", None),
    _text("snapshot", None),  # domain.snapshots JSON
    _time("created_at"),
    sa.UniqueConstraint("invoice_id", "number"),
)

# An invoice that was fetched but could not be read; gone once it can be.
fetch_problem = sa.Table(
    "fetch_problem",
    metadata,
    sa.Column("portal_id", sa.BigInteger, sa.ForeignKey("portal.id"), primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("b24_id", sa.BigInteger, primary_key=True, autoincrement=False),
    _text("reason", None),
    _time("at"),
)

# The state of one invoice at one node (decision 13).
consignment = sa.Table(
    "consignment",
    metadata,
    _id(),
    _ref("node_id", "node", index=False),
    _ref("invoice_id", "invoice"),
    sa.Column("number", sa.Text, nullable=True),  # Номер on the wire; fixed once served
    sa.Column("digits", sa.BigInteger, nullable=True),  # its digits: unique at the node in any year (decision 16)
    sa.Column("substitute", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("date", sa.Date, nullable=True),  # Дата as first served; fixed with the number
    _text("held_code"),  # why it does not go; "" if nothing holds it
    _text("held_reason"),
    _text("released"),  # codes of holds a person has lifted, comma separated
    sa.Column("suspect", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("due", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("resend", sa.Boolean, nullable=False, server_default=sa.false()),  # asked for by a person
    _time("first_served_at", nullable=True),
    _text("served_hash"),  # accounting content last served, acknowledged or not
    sa.Column("served_rendering_id", sa.BigInteger, nullable=True),  # what was served last
    _ref("acknowledged_revision_id", "revision", nullable=True, index=False),
    _text("acknowledged_hash"),
    _time("acknowledged_at", nullable=True),
    _text("onec_id"),
    _text("onec_number"),
    _time("seen_at", nullable=True),
    _time("verified_at", nullable=True),
    _text("difference"),  # what differs in 1C, Russian
    _text("formed_at"),  # ДатаФормирования of the file last applied (decision 22)
    _text("payment", ""),  # the last decision that says something: paid, partly-paid, cancelled, …
    sa.Column("paid_amount", Money, nullable=True),
    _text("payment_reason"),
    sa.Column("payment_certain", sa.Boolean, nullable=False, server_default=sa.false()),
    _text("voucher_number"),
    sa.Column("voucher_date", sa.Date, nullable=True),
    sa.UniqueConstraint("node_id", "invoice_id"),
    sa.UniqueConstraint("node_id", "number"),
    sa.UniqueConstraint("node_id", "digits"),
    sa.Index("ix_consignment_node_id_due", "node_id", "due"),
    sa.Index("ix_consignment_node_id_onec_id", "node_id", "onec_id"),
)

rendering = sa.Table(
    "rendering",
    metadata,
    _id(),
    _ref("consignment_id", "consignment", index=False),
    _ref("revision_id", "revision", index=False),
    _text("form", None),
    _text("version"),  # ВерсияСхемы asked for
    _text("encoding", None),
    _text("number", None),
    _text("options"),  # digest of the node's options it was made with
    sa.Column("total", Money, nullable=False),  # what was sent, to compare with what comes back (decision 13)
    sa.Column("tax", Money, nullable=False),
    _text("inn"),
    sa.Column("pay_before", sa.Date, nullable=True),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    _time("created_at"),
    sa.Index("ix_rendering_lookup", "consignment_id", "revision_id", "form", "version", "encoding"),
)

# --- the exchange ----------------------------------------------------------------------------------------------------

session = sa.Table(
    "session",
    metadata,
    _id(),
    _ref("node_id", "node", index=False),
    _text("cookie_digest", None, unique=True),  # SHA-256; the values themselves are given to 1C only
    _text("sessid_digest", None, index=True),
    _time("started_at"),
    _time("last_seen_at"),
    _text("exchange_type"),
    _text("version"),
    _text("cml_version"),
    _text("user_agent"),
    _text("remote"),
    _text("families"),  # possible client families, comma separated
    _text("result"),
    _count("steps"),
    sa.Index("ix_session_node_id_started_at", "node_id", "started_at"),
    sa.Index("ix_session_started_at", "started_at"),
)

delivery = sa.Table(
    "delivery",
    metadata,
    _id(),
    _ref("node_id", "node", index=False),
    _text("state", "open"),  # open, acknowledged, replaced
    _text("form", None),
    _text("version"),
    _text("encoding", None),
    sa.Column("head", sa.LargeBinary, nullable=False),
    sa.Column("tail", sa.LargeBinary, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),  # of the whole body, bytes
    _count("documents"),
    _count("attempts"),  # sessions in which it was served
    _time("opened_at"),
    _time("acknowledged_at", nullable=True),
    sa.Index("ix_delivery_node_id_state", "node_id", "state"),
)

delivery_item = sa.Table(
    "delivery_item",
    metadata,
    sa.Column("delivery_id", sa.BigInteger, sa.ForeignKey("delivery.id"), primary_key=True, autoincrement=False),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    _ref("consignment_id", "consignment"),
    _ref("revision_id", "revision", index=False),
    _ref("rendering_id", "rendering", index=False),
)

serving = sa.Table(
    "serving",
    metadata,
    _id(),
    _ref("delivery_id", "delivery"),
    _ref("session_id", "session"),
    _time("served_at"),
    _time("acknowledged_at", nullable=True),
)

upload = sa.Table(
    "upload",
    metadata,
    _id(),
    _ref("node_id", "node", index=False),
    _ref("session_id", "session"),
    _text("exchange_type", None),
    _text("filename", None),  # base name only, normalised
    _text("state", "receiving"),  # receiving, complete, processed, quarantined, kept
    sa.Column("size", sa.BigInteger, nullable=False, server_default="0"),
    _text("answer"),  # what 1C was told, so that import can say it again
    _text("code"),  # of the error it is quarantined for
    _text("error"),
    _count("documents"),
    _count("pieces"),  # rows in upload_chunk
    _time("started_at"),
    _time("changed_at"),
    _time("completed_at", nullable=True),
    sa.Index("ix_upload_node_id_state", "node_id", "state"),
)

upload_chunk = sa.Table(
    "upload_chunk",
    metadata,
    sa.Column("upload_id", sa.BigInteger, sa.ForeignKey("upload.id"), primary_key=True, autoincrement=False),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
)

# --- payment back ----------------------------------------------------------------------------------------------------

returned = sa.Table(
    "returned",
    metadata,
    _id(),
    _ref("upload_id", "upload"),
    _ref("node_id", "node", index=False),
    sa.Column("position", sa.Integer, nullable=False),
    _ref("consignment_id", "consignment", nullable=True),
    _text("operation"),
    _text("document_id"),
    _text("number"),
    sa.Column("date", sa.Date, nullable=True),
    sa.Column("amount", sa.Text, nullable=True),  # as written: it may be anything in a quarantined document
    _text("content_hash", None),
    _text("matched_by"),
    _text("state", None),  # applied, repeated, unknown, set-aside, quarantined
    _text("decision"),
    _text("reason"),
    _text("code"),
    sa.Column("xml", sa.LargeBinary, nullable=True),  # not kept for repeats
    _time("created_at"),
    _time("resolved_at", nullable=True),
    sa.Index("ix_returned_node_id_document_id", "node_id", "document_id"),
    sa.Index("ix_returned_node_id_content_hash", "node_id", "content_hash"),
    sa.Index("ix_returned_node_id_state", "node_id", "state"),
)

job = sa.Table(
    "job",
    metadata,
    _id(),
    _text("kind", None),  # writeback, fetch
    _ref("portal_id", "portal"),
    _ref("invoice_id", "invoice", nullable=True),
    _text("payload", "{}"),
    _text("state", "pending"),  # pending, running, done, parked, cancelled
    _count("attempts"),
    _time("run_after"),
    _time("claimed_until", nullable=True),
    _text("error"),
    _text("proof"),  # JSON: state before, state after
    _time("created_at"),
    _time("finished_at", nullable=True),
    sa.Index("ix_job_state_run_after", "state", "run_after"),
)

# --- the journal -----------------------------------------------------------------------------------------------------

step = sa.Table(
    "step",
    metadata,
    _id(),
    _ref("session_id", "session", nullable=True),
    _ref("node_id", "node", nullable=True, index=False),
    _time("at"),
    sa.Column("duration_ms", sa.Integer, nullable=False),
    _text("method", None),
    _text("path", None),
    _text("query"),
    _text("exchange_type"),
    _text("mode"),
    _text("login"),
    _text("remote"),
    _text("request_headers", "{}"),
    sa.Column("request_size", sa.BigInteger, nullable=False, server_default="0"),
    _ref("upload_id", "upload", nullable=True),
    sa.Column("upload_from", sa.Integer, nullable=True),  # its chunks: [from, to)
    sa.Column("upload_to", sa.Integer, nullable=True),
    _text("result", None),  # success, failure, progress, xml, text
    _text("code"),
    _text("error"),
    sa.Column("status", sa.Integer, nullable=False, server_default="200"),
    _text("response_headers", "{}"),
    sa.Column("response_body", sa.LargeBinary, nullable=True),
    sa.Column("response_size", sa.BigInteger, nullable=False, server_default="0"),
    _ref("delivery_id", "delivery", nullable=True),
    sa.Index("ix_step_at", "at"),
    sa.Index("ix_step_code_login_at", "code", "login", "at"),
)

event = sa.Table(
    "event",
    metadata,
    _id(),
    _time("at"),
    _ref("invoice_id", "invoice", nullable=True),  # what a person does with a file or a job may concern no invoice
    _ref("node_id", "node", nullable=True, index=False),
    _text("kind", None),  # fetched, revised, rendered, held, served, acknowledged, returned, decided, written, parked
    _text("text"),
    _ref("session_id", "session", nullable=True, index=False),
    _ref("returned_id", "returned", nullable=True, index=False),
    _ref("delivery_id", "delivery", nullable=True, index=False),
    _ref("job_id", "job", nullable=True, index=False),
    _ref("upload_id", "upload", nullable=True, index=False),
)
