"""Invoice to 1C: what Bitrix24 has, what it means at each node, what was rendered for it."""

from __future__ import annotations

import sqlalchemy as sa

from commerceml_bridge.db.tables.base import id_, metadata, ref, text, time
from commerceml_bridge.db.types import Money

invoice = sa.Table(
    "invoice",
    metadata,
    id_(),
    ref("portal_id", "portal", index=False),
    text("kind", None),
    sa.Column("b24_id", sa.BigInteger, nullable=False),
    text("number", None, index=True),
    sa.Column("date", sa.Date, nullable=False),
    text("counterparty"),
    text("inn"),
    sa.Column("total", Money, nullable=False),
    text("currency"),
    text("stage_id"),
    text("stage_semantics", "open"),
    sa.Column("category_id", sa.BigInteger, nullable=True),  # what selections look at (domain.selection)
    sa.Column("seller_id", sa.BigInteger, nullable=True),
    sa.Column("responsible_id", sa.BigInteger, nullable=True),
    sa.Column("buyer_id", sa.BigInteger, nullable=True, index=True),  # its row in buyer
    text("never", ""),  # why it never goes to any 1C; "" if it may
    time("updated_at"),  # Bitrix24's own time of the last change
    time("fetched_at"),
    time("read_at", nullable=True),  # the portal's own clock when it was asked
    time("parties_at", nullable=True),  # the same clock; nothing told of its counterparties and goods is older
    time("gone_at", nullable=True),  # when Bitrix24 was found to have it no more
    sa.Column("stale", sa.Boolean, nullable=False, server_default=sa.false()),  # to be read again by its id
    sa.Column("searched_revision_id", sa.BigInteger, nullable=True),  # whose words are in search_word
    sa.Column("revision_id", sa.BigInteger, nullable=True),  # the newest; no foreign key: revisions refer to invoices
    sa.UniqueConstraint("portal_id", "kind", "b24_id"),
    sa.Index("ix_invoice_portal_id_date", "portal_id", "date"),
    sa.Index("ix_invoice_date_id", "date", "id"),
    sa.Index("ix_invoice_portal_id_stale", "portal_id", "stale"),
    sa.Index("ix_invoice_portal_id_total_date", "portal_id", "total", "date"),  # is it typed into 1C already?
    sa.Index("ix_invoice_portal_id_inn_date", "portal_id", "inn", "date"),
)

# What an open invoice refers to, so that a change of it finds the invoice: company, contact, requisite, product.
invoice_ref = sa.Table(
    "invoice_ref",
    metadata,
    sa.Column("invoice_id", sa.BigInteger, sa.ForeignKey("invoice.id"), primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("ref_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Index("ix_invoice_ref_kind_ref_id", "kind", "ref_id"),
)

revision = sa.Table(
    "revision",
    metadata,
    id_(),
    ref("invoice_id", "invoice", index=False),
    sa.Column("number", sa.Integer, nullable=False),  # 1, 2, … within the invoice
    text("content_hash", None),
    text("accounting_hash", None),
    text("snapshot", None),  # domain.snapshots JSON
    time("created_at"),
    sa.UniqueConstraint("invoice_id", "number"),
)

# An invoice that was fetched but could not be read; gone once it can be.
fetch_problem = sa.Table(
    "fetch_problem",
    metadata,
    sa.Column("portal_id", sa.BigInteger, sa.ForeignKey("portal.id"), primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("b24_id", sa.BigInteger, primary_key=True, autoincrement=False),
    text("reason", None),
    time("at"),
)

# The state of one invoice at one node (decision 13).
consignment = sa.Table(
    "consignment",
    metadata,
    id_(),
    ref("node_id", "node", index=False),
    ref("invoice_id", "invoice"),
    sa.Column("number", sa.Text, nullable=True),  # Номер on the wire; fixed once served
    sa.Column("digits", sa.BigInteger, nullable=True),  # its digits: unique at the node in any year (decision 16)
    sa.Column("substitute", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("date", sa.Date, nullable=True),  # Дата as first served; fixed with the number
    text("held_code"),  # why it does not go; "" if nothing holds it
    text("held_reason"),
    text("released"),  # codes of holds a person has lifted, comma separated
    sa.Column("suspect", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("due", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("resend", sa.Boolean, nullable=False, server_default=sa.false()),  # asked for by a person
    text("outside"),  # why the invoice is not in the node's selection (any more); "" if it is
    sa.Column("cancelled", sa.Boolean, nullable=False, server_default=sa.false()),  # 1C is to cancel the document
    time("first_served_at", nullable=True),
    text("served_hash"),  # accounting content last served, acknowledged or not
    sa.Column("served_rendering_id", sa.BigInteger, nullable=True),  # what was served last
    ref("acknowledged_revision_id", "revision", nullable=True, index=False),
    text("acknowledged_hash"),
    time("acknowledged_at", nullable=True),
    text("onec_id"),
    text("onec_number"),
    time("seen_at", nullable=True),
    time("verified_at", nullable=True),
    sa.Column("unseen", sa.Boolean, nullable=False, server_default=sa.false()),  # confirmed long ago, never returned
    text("difference"),  # what differs in 1C, Russian
    text("unposted"),  # why 1C has not posted it, Russian; "" if it has, or does not say
    text("warning"),  # what was left out of the document and should be mended in Bitrix24, Russian
    text("party"),  # Ид of the counterparty on the wire; "": the buyer's own
    text("party_name"),  # and its name
    time("adopted_at", nullable=True),  # a person said that a document typed into 1C is this invoice: it is not sent
    text("formed_at"),  # ДатаФормирования of the file last applied (decision 22)
    sa.Column("onec_date", sa.Date, nullable=True),
    text("onec_status_id"),  # of the order in 1C, like the next two
    text("onec_status"),
    sa.Column("shipped", sa.Boolean, nullable=False, server_default=sa.false()),
    text("payment", ""),  # the last decision that says something: paid, partly-paid, cancelled, …
    sa.Column("paid_amount", Money, nullable=True),
    text("payment_reason"),
    text("payment_note"),  # what a person should know of a payment that is believed all the same, Russian
    sa.Column("payment_certain", sa.Boolean, nullable=False, server_default=sa.false()),
    text("voucher_number"),
    sa.Column("voucher_date", sa.Date, nullable=True),
    sa.UniqueConstraint("node_id", "invoice_id"),
    sa.UniqueConstraint("node_id", "number"),
    sa.UniqueConstraint("node_id", "digits"),
    sa.Index("ix_consignment_node_id_due", "node_id", "due"),
    sa.Index("ix_consignment_node_id_onec_id", "node_id", "onec_id"),
)


def troubled(table: sa.FromClause) -> sa.ColumnElement[bool]:
    """Return the condition of the index of what needs a person; a query must say it in these words to use the index."""
    empty: sa.ColumnElement[str] = sa.literal_column("''")
    texts = (table.c[name] != empty for name in ("held_code", "difference", "unposted", "warning"))
    return sa.or_(*texts, table.c.unseen)


sa.Index(
    "ix_consignment_troubled",
    consignment.c.node_id,
    sqlite_where=troubled(consignment),
    postgresql_where=troubled(consignment),
)


def denied(table: sa.FromClause) -> sa.ColumnElement[bool]:
    """Return the condition of the index of documents that count no more in 1C, in the words a query must use."""
    return table.c.payment.in_(sa.literal_column(f"'{state}'") for state in ("cancelled", "deleted", "unposted"))


sa.Index(
    "ix_consignment_denied",
    consignment.c.invoice_id,
    sqlite_where=denied(consignment),
    postgresql_where=denied(consignment),
)

rendering = sa.Table(
    "rendering",
    metadata,
    id_(),
    ref("consignment_id", "consignment", index=False),
    ref("revision_id", "revision", index=False),
    text("form", None),
    text("version"),  # ВерсияСхемы asked for
    text("encoding", None),
    text("number", None),
    text("options"),  # digest of the node's options it was made with
    text("goods"),  # how each line was mapped to an item of 1C: domain.goods, JSON
    sa.Column("total", Money, nullable=False),  # what was sent, to compare with what comes back (decision 13)
    sa.Column("tax", Money, nullable=False),
    text("inn"),
    text("rates"),  # VAT rates sent, comma separated
    text("party"),  # as in the consignment
    sa.Column("pay_before", sa.Date, nullable=True),
    sa.Column("cancelled", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    time("created_at"),
    time("erased_at", nullable=True),  # its bytes are gone by the retention rule
    sa.Index("ix_rendering_lookup", "consignment_id", "revision_id", "form", "version", "encoding"),
)
