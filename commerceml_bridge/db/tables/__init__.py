"""Every table, a module a subject, in the order of the two journeys.

Nothing here is deleted by use: revisions, deliveries, uploads and decisions are the operator's evidence.
"""

from __future__ import annotations

from commerceml_bridge.db.tables.alerts import alert
from commerceml_bridge.db.tables.audit import audit
from commerceml_bridge.db.tables.base import metadata
from commerceml_bridge.db.tables.books import book_state, odata_source
from commerceml_bridge.db.tables.buyers import buyer, onec_party
from commerceml_bridge.db.tables.catalog import catalog_item, catalog_portion, catalog_state, goods_choice
from commerceml_bridge.db.tables.exchange import delivery, delivery_item, serving, session, upload, upload_chunk
from commerceml_bridge.db.tables.invoices import (
    consignment,
    fetch_problem,
    invoice,
    invoice_ref,
    rendering,
    revision,
)
from commerceml_bridge.db.tables.journal import event, step
from commerceml_bridge.db.tables.limits import bucket, operating, turn
from commerceml_bridge.db.tables.notifiers import notification, notifier
from commerceml_bridge.db.tables.parties import node, operator, portal
from commerceml_bridge.db.tables.payments import burst, job, payment_fact, returned
from commerceml_bridge.db.tables.search import search_word
from commerceml_bridge.db.tables.statements import statement, statement_document, statement_share

__all__ = [
    "alert",
    "audit",
    "book_state",
    "bucket",
    "burst",
    "buyer",
    "catalog_item",
    "catalog_portion",
    "catalog_state",
    "consignment",
    "delivery",
    "delivery_item",
    "event",
    "fetch_problem",
    "goods_choice",
    "invoice",
    "invoice_ref",
    "job",
    "metadata",
    "node",
    "notification",
    "notifier",
    "odata_source",
    "onec_party",
    "operating",
    "operator",
    "payment_fact",
    "portal",
    "rendering",
    "returned",
    "revision",
    "search_word",
    "serving",
    "session",
    "statement",
    "statement_document",
    "statement_share",
    "step",
    "turn",
    "upload",
    "upload_chunk",
]
