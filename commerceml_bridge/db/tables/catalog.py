"""Nomenclature of each 1C base: items its catalogue files told of, and what operators chose for lines by hand."""

from __future__ import annotations

import sqlalchemy as sa

from commerceml_bridge.db.tables.base import count, id_, metadata, ref, text, time

catalog_item = sa.Table(
    "catalog_item",
    metadata,
    id_(),
    ref("node_id", "node", index=False),
    text("item_id", None),  # GUID, GUID#GUID, or whatever the base calls it
    text("catalog_id"),  # Ид of its Каталог
    text("name"),
    text("name_key"),  # what names are compared by; the next keys likewise
    text("full_name"),
    text("full_name_key"),
    text("article"),
    text("article_key"),
    text("barcode"),
    text("unit_code"),
    text("unit_name"),
    text("vat_rate"),  # as 1C writes it
    sa.Column("is_service", sa.Boolean, nullable=True),
    sa.Column("deleted", sa.Boolean, nullable=False, server_default=sa.false()),  # marked for deletion in 1C
    count("absences"),  # full exports in a row it was missing from; domain.catalogue.GONE_AFTER and more: gone
    text("item_facts"),  # what its Товар said last, JSON; equal: nothing to write
    text("offer_facts"),  # what its Предложение said last
    time("created_at"),
    time("changed_at"),
    sa.UniqueConstraint("node_id", "item_id"),
    sa.Index("ix_catalog_item_node_id_article_key", "node_id", "article_key"),
    sa.Index("ix_catalog_item_node_id_name_key", "node_id", "name_key"),
    sa.Index("ix_catalog_item_node_id_full_name_key", "node_id", "full_name_key"),
    sa.Index("ix_catalog_item_node_id_catalog_id", "node_id", "catalog_id"),
)

# One catalogue in one file: which items it named, so that a full export can be compared once all of it is here.
catalog_portion = sa.Table(
    "catalog_portion",
    metadata,
    id_(),
    ref("node_id", "node", index=False),
    ref("upload_id", "upload"),
    text("catalog_id"),
    text("filename"),
    sa.Column("full", sa.Boolean, nullable=True),  # null: the file does not say
    count("items"),
    sa.Column("seen", sa.LargeBinary, nullable=False),  # ids of catalog_item rows, packed
    time("at"),
    time("settled_at", nullable=True),
    sa.Index("ix_catalog_portion_node_id_settled_at", "node_id", "settled_at"),
)

# What an operator chose for a product or a free-text line of Bitrix24.
goods_choice = sa.Table(
    "goods_choice",
    metadata,
    id_(),
    ref("node_id", "node", index=False),
    text("goods_key", None),  # p-55 or t-<digest>: domain.identity.goods_key
    text("item_id", None),  # 1C's own id
    text("name"),  # of the line, for people
    text("chosen_by"),
    time("chosen_at"),
    sa.UniqueConstraint("node_id", "goods_key"),
)

# When the nomenclature of a node last changed, and when waiting invoices were last looked at because of it.
catalog_state = sa.Table(
    "catalog_state",
    metadata,
    sa.Column("node_id", sa.BigInteger, sa.ForeignKey("node.id"), primary_key=True, autoincrement=False),
    count("changes"),
    count("applied"),
    time("changed_at"),
)
