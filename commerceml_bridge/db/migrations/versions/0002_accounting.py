"""The accounting department: catalogue, counterparties, limits, ledger, policies, alerts, people's roles.

Only adds tables and columns. What was known is carried over: hashes of accounting content no longer look at external
codes of goods, and payments that 1C had reported become facts of the ledger, so that silence changes nothing.
"""

import datetime as dt

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _add_tables_and_columns()
    _renew_accounting_hashes()
    _carry_payments_over()


def _add_tables_and_columns() -> None:
    op.create_table(
        "alert",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("telling_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
    )
    op.create_index("ix_alert_began_at", "alert", ["began_at"], unique=False)
    op.create_index("ix_alert_key_ended_at", "alert", ["key", "ended_at"], unique=False)
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text(), server_default="", nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("changes", sa.Text(), server_default="[]", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_at", "audit", ["at"], unique=False)
    op.create_table(
        "bucket",
        sa.Column("portal_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("level", sa.Float(), server_default="0", nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_code", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["portal_id"], ["portal.id"], name=op.f("fk_bucket_portal_id")),
        sa.PrimaryKeyConstraint("portal_id", name=op.f("pk_bucket")),
    )
    op.create_table(
        "buyer",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("portal_id", sa.BigInteger(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.BigInteger(), nullable=False),
        sa.Column("wire_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("inn", sa.Text(), server_default="", nullable=False),
        sa.Column("kpp", sa.Text(), server_default="", nullable=False),
        sa.Column("joined_id", sa.BigInteger(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["portal_id"], ["portal.id"], name=op.f("fk_buyer_portal_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_buyer")),
        sa.UniqueConstraint("portal_id", "entity", "entity_id", name=op.f("uq_buyer_portal_id_entity_entity_id")),
    )
    op.create_index("ix_buyer_joined_id", "buyer", ["joined_id"], unique=False)
    op.create_index("ix_buyer_portal_id_inn", "buyer", ["portal_id", "inn"], unique=False)
    op.create_table(
        "operating",
        sa.Column("portal_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Float(), server_default="0", nullable=False),
        sa.Column("reset_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["portal_id"], ["portal.id"], name=op.f("fk_operating_portal_id")),
        sa.PrimaryKeyConstraint("portal_id", "method", name=op.f("pk_operating")),
    )
    op.create_table(
        "burst",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("node_id", sa.BigInteger(), nullable=False),
        sa.Column("origin", sa.Text(), server_default="", nullable=False),
        sa.Column("upload_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("changes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("unpaid", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["node_id"], ["node.id"], name=op.f("fk_burst_node_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_burst")),
    )
    op.create_index(op.f("ix_burst_node_id"), "burst", ["node_id"], unique=False)
    op.create_index("ix_burst_state", "burst", ["state"], unique=False)
    op.create_table(
        "catalog_item",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("node_id", sa.BigInteger(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("catalog_id", sa.Text(), server_default="", nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("name_key", sa.Text(), server_default="", nullable=False),
        sa.Column("full_name", sa.Text(), server_default="", nullable=False),
        sa.Column("full_name_key", sa.Text(), server_default="", nullable=False),
        sa.Column("article", sa.Text(), server_default="", nullable=False),
        sa.Column("article_key", sa.Text(), server_default="", nullable=False),
        sa.Column("barcode", sa.Text(), server_default="", nullable=False),
        sa.Column("unit_code", sa.Text(), server_default="", nullable=False),
        sa.Column("unit_name", sa.Text(), server_default="", nullable=False),
        sa.Column("vat_rate", sa.Text(), server_default="", nullable=False),
        sa.Column("is_service", sa.Boolean(), nullable=True),
        sa.Column("deleted", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("absences", sa.Integer(), server_default="0", nullable=False),
        sa.Column("item_facts", sa.Text(), server_default="", nullable=False),
        sa.Column("offer_facts", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["node_id"], ["node.id"], name=op.f("fk_catalog_item_node_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalog_item")),
        sa.UniqueConstraint("node_id", "item_id", name=op.f("uq_catalog_item_node_id_item_id")),
    )
    op.create_index("ix_catalog_item_node_id_article_key", "catalog_item", ["node_id", "article_key"], unique=False)
    op.create_index("ix_catalog_item_node_id_catalog_id", "catalog_item", ["node_id", "catalog_id"], unique=False)
    op.create_index("ix_catalog_item_node_id_full_name_key", "catalog_item", ["node_id", "full_name_key"], unique=False)
    op.create_index("ix_catalog_item_node_id_name_key", "catalog_item", ["node_id", "name_key"], unique=False)
    op.create_table(
        "catalog_state",
        sa.Column("node_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("changes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("applied", sa.Integer(), server_default="0", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["node_id"], ["node.id"], name=op.f("fk_catalog_state_node_id")),
        sa.PrimaryKeyConstraint("node_id", name=op.f("pk_catalog_state")),
    )
    op.create_table(
        "goods_choice",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("node_id", sa.BigInteger(), nullable=False),
        sa.Column("goods_key", sa.Text(), nullable=False),
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("chosen_by", sa.Text(), server_default="", nullable=False),
        sa.Column("chosen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["node_id"], ["node.id"], name=op.f("fk_goods_choice_node_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goods_choice")),
        sa.UniqueConstraint("node_id", "goods_key", name=op.f("uq_goods_choice_node_id_goods_key")),
    )
    op.create_table(
        "invoice_ref",
        sa.Column("invoice_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ref_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_invoice_ref_invoice_id")),
        sa.PrimaryKeyConstraint("invoice_id", "kind", "ref_id", name=op.f("pk_invoice_ref")),
    )
    op.create_index("ix_invoice_ref_kind_ref_id", "invoice_ref", ["kind", "ref_id"], unique=False)
    op.create_table(
        "notification",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("node_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ok", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["node_id"], ["node.id"], name=op.f("fk_notification_node_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notification")),
    )
    op.create_index(op.f("ix_notification_node_id"), "notification", ["node_id"], unique=False)
    op.create_table(
        "notifier",
        sa.Column("node_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("login", sa.Text(), server_default="", nullable=False),
        sa.Column("password_sealed", sa.Text(), server_default="", nullable=False),
        sa.Column("method", sa.Text(), server_default="POST", nullable=False),
        sa.Column("debounce", sa.Integer(), server_default="30", nullable=False),
        sa.Column("wanted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("calling_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["node_id"], ["node.id"], name=op.f("fk_notifier_node_id")),
        sa.PrimaryKeyConstraint("node_id", name=op.f("pk_notifier")),
    )
    op.create_table(
        "odata_source",
        sa.Column("node_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("login_sealed", sa.Text(), nullable=False),
        sa.Column("password_sealed", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), server_default="", nullable=False),
        sa.Column("learned_prefix", sa.Text(), server_default="", nullable=False),
        sa.Column("organization", sa.Text(), server_default="", nullable=False),
        sa.Column("organization_key", sa.Text(), server_default="", nullable=False),
        sa.Column("every_seconds", sa.Integer(), server_default="900", nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("succeeded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error_code", sa.Text(), server_default="", nullable=False),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.Column("summary", sa.Text(), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(["node_id"], ["node.id"], name=op.f("fk_odata_source_node_id")),
        sa.PrimaryKeyConstraint("node_id", name=op.f("pk_odata_source")),
    )
    op.create_table(
        "onec_party",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("node_id", sa.BigInteger(), nullable=False),
        sa.Column("onec_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("inn", sa.Text(), server_default="", nullable=False),
        sa.Column("kpp", sa.Text(), server_default="", nullable=False),
        sa.Column("deleted", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["node_id"], ["node.id"], name=op.f("fk_onec_party_node_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_onec_party")),
        sa.UniqueConstraint("node_id", "onec_id", name=op.f("uq_onec_party_node_id_onec_id")),
    )
    op.create_index("ix_onec_party_node_id_inn", "onec_party", ["node_id", "inn"], unique=False)
    op.create_table(
        "search_word",
        sa.Column("word", sa.Text().with_variant(sa.TEXT(collation="C"), "postgresql"), nullable=False),
        sa.Column("invoice_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoice.id"], name=op.f("fk_search_word_invoice_id")),
        sa.PrimaryKeyConstraint("word", "invoice_id", name=op.f("pk_search_word")),
    )
    op.create_index(op.f("ix_search_word_invoice_id"), "search_word", ["invoice_id"], unique=False)
    op.create_table(
        "statement",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("node_id", sa.BigInteger(), nullable=False),
        sa.Column("filename", sa.Text(), server_default="", nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), server_default="", nullable=False),
        sa.Column("code_page", sa.Text(), server_default="", nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("documents", sa.Integer(), server_default="0", nullable=False),
        sa.Column("repeated", sa.Integer(), server_default="0", nullable=False),
        sa.Column("problems", sa.Text(), server_default="[]", nullable=False),
        sa.Column("uploaded_by", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["node_id"], ["node.id"], name=op.f("fk_statement_node_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement")),
    )
    op.create_index(op.f("ix_statement_node_id"), "statement", ["node_id"], unique=False)
    op.create_table(
        "statement_document",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("statement_id", sa.BigInteger(), nullable=False),
        sa.Column("node_id", sa.BigInteger(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="", nullable=False),
        sa.Column("number", sa.Text(), server_default="", nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("booked_on", sa.Date(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), server_default="", nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("payer", sa.Text(), server_default="", nullable=False),
        sa.Column("payer_inn", sa.Text(), server_default="", nullable=False),
        sa.Column("payer_account", sa.Text(), server_default="", nullable=False),
        sa.Column("payee", sa.Text(), server_default="", nullable=False),
        sa.Column("payee_inn", sa.Text(), server_default="", nullable=False),
        sa.Column("payee_account", sa.Text(), server_default="", nullable=False),
        sa.Column("purpose", sa.Text(), server_default="", nullable=False),
        sa.Column("refund", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("decided_by", sa.Text(), server_default="", nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["node_id"], ["node.id"], name=op.f("fk_statement_document_node_id")),
        sa.ForeignKeyConstraint(["statement_id"], ["statement.id"], name=op.f("fk_statement_document_statement_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_document")),
        sa.UniqueConstraint("node_id", "fingerprint", name=op.f("uq_statement_document_node_id_fingerprint")),
    )
    op.create_index("ix_statement_document_node_id_state", "statement_document", ["node_id", "state"], unique=False)
    op.create_index(op.f("ix_statement_document_statement_id"), "statement_document", ["statement_id"], unique=False)
    op.create_table(
        "book_state",
        sa.Column("consignment_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("node_id", sa.BigInteger(), nullable=False),
        sa.Column("fingerprint", sa.Text(), server_default="", nullable=False),
        sa.Column("doubt", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["consignment_id"], ["consignment.id"], name=op.f("fk_book_state_consignment_id")),
        sa.ForeignKeyConstraint(["node_id"], ["node.id"], name=op.f("fk_book_state_node_id")),
        sa.PrimaryKeyConstraint("consignment_id", name=op.f("pk_book_state")),
    )
    op.create_index(op.f("ix_book_state_node_id"), "book_state", ["node_id"], unique=False)
    op.create_table(
        "catalog_portion",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("node_id", sa.BigInteger(), nullable=False),
        sa.Column("upload_id", sa.BigInteger(), nullable=False),
        sa.Column("catalog_id", sa.Text(), server_default="", nullable=False),
        sa.Column("filename", sa.Text(), server_default="", nullable=False),
        sa.Column("full", sa.Boolean(), nullable=True),
        sa.Column("items", sa.Integer(), server_default="0", nullable=False),
        sa.Column("seen", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["node_id"], ["node.id"], name=op.f("fk_catalog_portion_node_id")),
        sa.ForeignKeyConstraint(["upload_id"], ["upload.id"], name=op.f("fk_catalog_portion_upload_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalog_portion")),
    )
    op.create_index("ix_catalog_portion_node_id_settled_at", "catalog_portion", ["node_id", "settled_at"], unique=False)
    op.create_index(op.f("ix_catalog_portion_upload_id"), "catalog_portion", ["upload_id"], unique=False)
    op.create_table(
        "payment_fact",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("consignment_id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), server_default="", nullable=False),
        sa.Column("date", sa.Date(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), server_default="", nullable=False),
        sa.Column("certain", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("status_id", sa.Text(), server_default="", nullable=False),
        sa.Column("at", sa.Text(), server_default="", nullable=False),
        sa.Column("report", sa.Integer(), server_default="0", nullable=False),
        sa.Column("listed_at", sa.Text(), server_default="", nullable=False),
        sa.Column("listed_report", sa.Integer(), server_default="0", nullable=False),
        sa.Column("holds", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("returned_id", sa.BigInteger(), nullable=True),
        sa.Column("session_id", sa.BigInteger(), nullable=True),
        sa.Column("evidence", sa.Text(), server_default="", nullable=False),
        sa.Column("retracted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["consignment_id"], ["consignment.id"], name=op.f("fk_payment_fact_consignment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_fact")),
    )
    op.create_index(op.f("ix_payment_fact_consignment_id"), "payment_fact", ["consignment_id"], unique=False)
    op.create_index("ix_payment_fact_kind_status_id", "payment_fact", ["kind", "status_id"], unique=False)
    op.create_table(
        "statement_share",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("document_id", sa.BigInteger(), nullable=False),
        sa.Column("consignment_id", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("reasons", sa.Text(), server_default="", nullable=False),
        sa.Column("confidence", sa.Integer(), server_default="0", nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["consignment_id"], ["consignment.id"], name=op.f("fk_statement_share_consignment_id")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["statement_document.id"], name=op.f("fk_statement_share_document_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_share")),
    )
    op.create_index(op.f("ix_statement_share_consignment_id"), "statement_share", ["consignment_id"], unique=False)
    op.create_index(op.f("ix_statement_share_document_id"), "statement_share", ["document_id"], unique=False)
    op.add_column("consignment", sa.Column("outside", sa.Text(), server_default="", nullable=False))
    op.add_column("consignment", sa.Column("cancelled", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("consignment", sa.Column("unseen", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("consignment", sa.Column("unposted", sa.Text(), server_default="", nullable=False))
    op.add_column("consignment", sa.Column("warning", sa.Text(), server_default="", nullable=False))
    op.add_column("consignment", sa.Column("party", sa.Text(), server_default="", nullable=False))
    op.add_column("consignment", sa.Column("party_name", sa.Text(), server_default="", nullable=False))
    op.add_column("consignment", sa.Column("adopted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("consignment", sa.Column("onec_date", sa.Date(), nullable=True))
    op.add_column("consignment", sa.Column("onec_status_id", sa.Text(), server_default="", nullable=False))
    op.add_column("consignment", sa.Column("onec_status", sa.Text(), server_default="", nullable=False))
    op.add_column("consignment", sa.Column("shipped", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index(
        "ix_consignment_troubled",
        "consignment",
        ["node_id"],
        unique=False,
        sqlite_where=sa.text("held_code != '' OR difference != '' OR unposted != '' OR warning != '' OR unseen = 1"),
        postgresql_where=sa.text("held_code != '' OR difference != '' OR unposted != '' OR warning != '' OR unseen"),
    )
    op.create_index("ix_delivery_acknowledged_at", "delivery", ["acknowledged_at"], unique=False)
    op.create_index("ix_delivery_opened_at", "delivery", ["opened_at"], unique=False)
    op.add_column("invoice", sa.Column("category_id", sa.BigInteger(), nullable=True))
    op.add_column("invoice", sa.Column("seller_id", sa.BigInteger(), nullable=True))
    op.add_column("invoice", sa.Column("responsible_id", sa.BigInteger(), nullable=True))
    op.add_column("invoice", sa.Column("buyer_id", sa.BigInteger(), nullable=True))
    op.add_column("invoice", sa.Column("read_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("invoice", sa.Column("parties_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("invoice", sa.Column("gone_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("invoice", sa.Column("stale", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("invoice", sa.Column("searched_revision_id", sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_invoice_buyer_id"), "invoice", ["buyer_id"], unique=False)
    op.create_index("ix_invoice_portal_id_inn_date", "invoice", ["portal_id", "inn", "date"], unique=False)
    op.create_index("ix_invoice_portal_id_stale", "invoice", ["portal_id", "stale"], unique=False)
    op.create_index("ix_invoice_portal_id_total_date", "invoice", ["portal_id", "total", "date"], unique=False)
    op.add_column("job", sa.Column("key", sa.Text(), server_default="", nullable=False))
    op.add_column("job", sa.Column("burst_id", sa.BigInteger(), nullable=True))
    op.create_index(op.f("ix_job_burst_id"), "job", ["burst_id"], unique=False)
    op.create_index(op.f("ix_job_key"), "job", ["key"], unique=False)
    op.add_column("node", sa.Column("settled_to", sa.BigInteger(), nullable=True))
    op.add_column("operator", sa.Column("role", sa.Text(), server_default="administrator", nullable=False))
    op.add_column("portal", sa.Column("rate_per_second", sa.Float(), server_default="2", nullable=False))
    op.add_column("portal", sa.Column("rate_capacity", sa.Integer(), server_default="50", nullable=False))
    op.add_column("portal", sa.Column("event_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("portal", sa.Column("events", sa.Integer(), server_default="0", nullable=False))
    op.add_column("portal", sa.Column("events_ignored", sa.Integer(), server_default="0", nullable=False))
    op.add_column("portal", sa.Column("event_kinds", sa.Text(), server_default="{}", nullable=False))
    op.add_column("portal", sa.Column("parties_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("portal", sa.Column("swept_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("portal", sa.Column("sweep_note", sa.Text(), server_default="", nullable=False))
    op.add_column("rendering", sa.Column("goods", sa.Text(), server_default="", nullable=False))
    op.add_column("rendering", sa.Column("rates", sa.Text(), server_default="", nullable=False))
    op.add_column("rendering", sa.Column("party", sa.Text(), server_default="", nullable=False))
    op.add_column("rendering", sa.Column("cancelled", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("rendering", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("returned", sa.Column("number_1c", sa.Text(), server_default="", nullable=False))
    op.add_column("returned", sa.Column("proposed_id", sa.BigInteger(), nullable=True))
    op.create_index("ix_returned_created_at", "returned", ["created_at"], unique=False)
    op.create_index(
        "ix_returned_unresolved",
        "returned",
        ["code"],
        unique=False,
        sqlite_where=sa.text("resolved_at IS NULL AND code > ''"),
        postgresql_where=sa.text("resolved_at IS NULL AND code > ''"),
    )
    op.create_index("ix_session_node_id_id", "session", ["node_id", "id"], unique=False)
    op.add_column("upload", sa.Column("note", sa.Text(), server_default="", nullable=False))
    op.add_column("upload", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_upload_changed_at", "upload", ["changed_at"], unique=False)
    op.create_index("ix_upload_state", "upload", ["state"], unique=False)


SLICE = 500


def _renew_accounting_hashes() -> None:
    """Compute the hashes of every revision anew, and put the new ones where the old ones stand for what 1C has."""
    from commerceml_bridge.domain import snapshots

    connection = op.get_bind()
    revision = sa.table(
        "revision", sa.column("id"), sa.column("invoice_id"), sa.column("accounting_hash"), sa.column("snapshot")
    )
    consignment = sa.table(
        "consignment", sa.column("invoice_id"), sa.column("served_hash"), sa.column("acknowledged_hash")
    )
    last = 0
    while True:
        rows = connection.execute(
            sa.select(revision).where(revision.c.id > last).order_by(revision.c.id).limit(SLICE)
        ).all()
        if not rows:
            return
        last = rows[-1].id
        for row in rows:
            try:
                new = snapshots.accounting_hash(snapshots.from_json(row.snapshot))
            except ValueError:  # what cannot be read was never served
                continue
            if new == row.accounting_hash:
                continue
            for column in (consignment.c.served_hash, consignment.c.acknowledged_hash):
                connection.execute(
                    sa.update(consignment)
                    .where(consignment.c.invoice_id == row.invoice_id, column == row.accounting_hash)
                    .values({column.name: new})
                )
            connection.execute(sa.update(revision).where(revision.c.id == row.id).values(accounting_hash=new))


_KINDS = {
    "paid": "paid-flag",
    "partly-paid": "partly-paid",
    "cancelled": "cancelled",
    "deleted": "deleted",
    "unposted": "unposted",
}
"""State of a payment as the first release kept it → kind of the fact that says so."""


def _carry_payments_over() -> None:
    """Let the ledger begin with what every 1C had said of a payment."""
    now = dt.datetime.now(dt.UTC)
    names = (
        "id",
        "payment",
        "payment_certain",
        "payment_reason",
        "paid_amount",
        "voucher_number",
        "formed_at",
    )
    consignment = sa.table(
        "consignment", *(sa.column(name) for name in names), sa.column("voucher_date", sa.Date), sa.column("invoice_id")
    )
    invoice = sa.table("invoice", sa.column("id"), sa.column("currency"))
    fact = sa.table(
        "payment_fact",
        *(
            sa.column(name)
            for name in (
                "consignment_id",
                "source",
                "kind",
                "key",
                "number",
                "amount",
                "currency",
                "certain",
                "text",
                "at",
                "report",
            )
        ),
        sa.column("date", sa.Date),
        sa.column("first_at", sa.DateTime(timezone=True)),
        sa.column("last_at", sa.DateTime(timezone=True)),
    )
    op.get_bind().execute(
        sa.insert(fact).from_select(
            [column.name for column in fact.columns],
            sa.select(
                consignment.c.id,
                sa.literal("exchange"),
                sa.case(_KINDS, value=consignment.c.payment),
                sa.literal("order"),
                consignment.c.voucher_number,
                consignment.c.paid_amount,
                invoice.c.currency,
                consignment.c.payment_certain,
                consignment.c.payment_reason,
                consignment.c.formed_at,
                sa.literal(1),
                consignment.c.voucher_date,
                sa.literal(now, sa.DateTime(timezone=True)),
                sa.literal(now, sa.DateTime(timezone=True)),
            )
            .join(invoice, invoice.c.id == consignment.c.invoice_id)
            .where(consignment.c.payment.in_(list(_KINDS))),
        )
    )
