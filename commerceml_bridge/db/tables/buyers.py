"""Buyers as the CRM knows them, and counterparties as 1C has named them."""

from __future__ import annotations

import sqlalchemy as sa

from commerceml_bridge.db.tables.base import id_, metadata, ref, text, time

# A CRM company or contact that was seen as a buyer. Its numbers are those that go out: wrong ones are "".
buyer = sa.Table(
    "buyer",
    metadata,
    id_(),
    ref("portal_id", "portal", index=False),
    text("entity", None),  # company, contact
    sa.Column("entity_id", sa.BigInteger, nullable=False),
    text("wire_id", None),  # its own Ид
    text("name"),
    text("inn"),
    text("kpp"),
    sa.Column("joined_id", sa.BigInteger, nullable=True),  # buyers with one value go out as one
    time("seen_at"),
    sa.UniqueConstraint("portal_id", "entity", "entity_id"),
    sa.Index("ix_buyer_portal_id_inn", "portal_id", "inn"),
    sa.Index("ix_buyer_joined_id", "joined_id"),
)

# A counterparty of a 1C base, as its files name it (contragents___GUID.xml).
onec_party = sa.Table(
    "onec_party",
    metadata,
    id_(),
    ref("node_id", "node", index=False),
    text("onec_id", None),
    text("name"),
    text("inn"),
    text("kpp"),
    sa.Column("deleted", sa.Boolean, nullable=False, server_default=sa.false()),
    time("seen_at"),
    sa.UniqueConstraint("node_id", "onec_id"),
    sa.Index("ix_onec_party_node_id_inn", "node_id", "inn"),
)
