"""Problems of files, documents, invoices and work (see ``problems``). Each finds its rows by a partial index or by a
state, so that counting them costs what there is to show and not what was ever exchanged.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from commerceml_bridge.db.browse.problem_columns import as_text, columns
from commerceml_bridge.db.tables import (
    book_state,
    burst,
    catalog_item,
    consignment,
    event,
    fetch_problem,
    invoice,
    job,
    node,
    portal,
    rendering,
    returned,
    upload,
)
from commerceml_bridge.db.tables.invoices import denied, troubled
from commerceml_bridge.db.tables.payments import unresolved
from commerceml_bridge.db.types import UtcDateTime
from commerceml_bridge.domain.goods import Source

_TROUBLED = troubled(consignment)
_OPEN = sa.or_(returned.c.state == "quarantined", returned.c.code.in_(("conflict", "doubtful")))
"""Documents that wait for a person: unusable ones, and those that contradict another 1C base (decision 20)."""


def _uploads() -> sa.Select[Any]:
    values = columns(
        "upload",
        code=sa.func.coalesce(sa.func.nullif(upload.c.code, ""), "upload"),
        id=upload.c.id,
        title=upload.c.filename,
        reason=upload.c.error,
        at=upload.c.changed_at,
        node=node.c.name,
        upload_id=upload.c.id,
        session_id=upload.c.session_id,
    )
    return sa.select(*values).join(node, node.c.id == upload.c.node_id).where(upload.c.state == "quarantined")


def _documents() -> sa.Select[Any]:
    values = columns(
        "document",
        code=returned.c.code,
        id=returned.c.id,
        title=sa.func.coalesce(sa.func.nullif(returned.c.number, ""), returned.c.document_id),
        reason=returned.c.reason,
        at=returned.c.created_at,
        node=node.c.name,
        invoice_id=consignment.c.invoice_id,
        upload_id=returned.c.upload_id,
        session_id=upload.c.session_id,
    )
    return (
        sa.select(*values)
        .join(node, node.c.id == returned.c.node_id)
        .join(upload, upload.c.id == returned.c.upload_id)
        .outerjoin(consignment, consignment.c.id == returned.c.consignment_id)
        .where(_OPEN, unresolved(returned))
    )


def _consigned(source: str, code: Any, reason: Any, since: Any = invoice.c.fetched_at) -> sa.Select[Any]:
    """Problems of invoices at nodes; ``since``: when it began (else when the invoice was last read)."""
    values = columns(
        source,
        code=code,
        id=consignment.c.id,
        title=invoice.c.number,
        reason=reason,
        at=sa.func.coalesce(since, invoice.c.fetched_at, type_=UtcDateTime),
        node=node.c.name,
        node_id=node.c.id,
        portal=portal.c.name,
        invoice_id=invoice.c.id,
    )
    return (
        sa.select(*values)
        .join(invoice, invoice.c.id == consignment.c.invoice_id)
        .join(node, node.c.id == consignment.c.node_id)
        .join(portal, portal.c.id == invoice.c.portal_id)
        .where(node.c.removed_at.is_(None))
    )


def _contradictions() -> sa.Select[Any]:
    """Invoices one base calls paid and another cancelled (decision 20), unless a document of a file says so already."""
    other = sa.alias(consignment, "other")
    at = sa.alias(node, "at")
    told = (
        sa.select(sa.literal(1))
        .where(
            returned.c.consignment_id.in_((consignment.c.id, other.c.id)),
            returned.c.code == "conflict",
            unresolved(returned),
        )
        .exists()
    )
    values = columns(
        "conflict",
        code=sa.literal("conflict", sa.Text),
        id=consignment.c.id,
        title=invoice.c.number,
        reason=sa.literal("«")
        + at.c.name
        + sa.literal("»: ")
        + other.c.payment_reason
        + sa.literal(" «")
        + node.c.name
        + sa.literal("»: ")
        + consignment.c.payment_reason,
        at=invoice.c.fetched_at,
        node=node.c.name,
        node_id=node.c.id,
        invoice_id=invoice.c.id,
    )
    paid = other.c.payment.in_(("paid", "partly-paid")) & other.c.payment_certain
    return (
        sa.select(*values)
        .select_from(consignment)
        .join(other, other.c.invoice_id == consignment.c.invoice_id)
        .join(invoice, invoice.c.id == consignment.c.invoice_id)
        .join(node, node.c.id == consignment.c.node_id)
        .join(at, at.c.id == other.c.node_id)
        .where(denied(consignment), paid, node.c.removed_at.is_(None), at.c.removed_at.is_(None), ~told)
    )


def _held() -> sa.Select[Any]:
    held_at = (
        sa.select(sa.func.max(event.c.at))
        .where(event.c.invoice_id == invoice.c.id, event.c.node_id == node.c.id, event.c.kind == "held")
        .scalar_subquery()
    )
    return _consigned("held", consignment.c.held_code, consignment.c.held_reason, held_at).where(
        _TROUBLED, consignment.c.held_code != ""
    )


def _differences() -> sa.Select[Any]:
    code = sa.literal("difference", sa.Text)
    return _consigned("difference", code, consignment.c.difference, consignment.c.seen_at).where(
        _TROUBLED, consignment.c.difference != ""
    )


def _unposted() -> sa.Select[Any]:
    code = sa.literal("unposted", sa.Text)
    return _consigned("unposted", code, consignment.c.unposted, consignment.c.seen_at).where(
        _TROUBLED, consignment.c.unposted != ""
    )


def _unseen() -> sa.Select[Any]:
    code, reason = sa.literal("unseen", sa.Text), sa.literal(_NEVER_RETURNED, sa.Text)
    return _consigned("unseen", code, reason, consignment.c.acknowledged_at).where(
        _TROUBLED, consignment.c.unseen, consignment.c.seen_at.is_(None)
    )


def _warnings() -> sa.Select[Any]:
    code = sa.literal("tax-number", sa.Text)
    return _consigned("warning", code, consignment.c.warning).where(
        consignment.c.warning != "", _TROUBLED, consignment.c.held_code != code
    )


_NEVER_RETURNED = "1С подтвердила загрузку счёта, но с тех пор ни разу его не вернула: есть ли он там, неизвестно."


def _jobs() -> sa.Select[Any]:
    values = columns(
        "job",
        code=job.c.kind,
        id=job.c.id,
        title=sa.func.coalesce(invoice.c.number, job.c.kind),
        reason=job.c.error,
        at=sa.func.coalesce(job.c.finished_at, job.c.run_after, type_=UtcDateTime),
        portal=portal.c.name,
        invoice_id=job.c.invoice_id,
    )
    return (
        sa.select(*values)
        .join(portal, portal.c.id == job.c.portal_id)
        .outerjoin(invoice, invoice.c.id == job.c.invoice_id)
        .where(job.c.state == "parked")
    )


def _bursts() -> sa.Select[Any]:
    values = columns(
        "burst",
        code=sa.literal("burst", sa.Text),
        id=burst.c.id,
        title=burst.c.origin,
        reason=burst.c.reason,
        at=burst.c.created_at,
        node=node.c.name,
        upload_id=burst.c.upload_id,
    )
    return sa.select(*values).join(node, node.c.id == burst.c.node_id).where(burst.c.state == "asked")


def _invoices() -> sa.Select[Any]:
    values = columns(
        "invoice",
        code=sa.literal("fetch", sa.Text),
        id=fetch_problem.c.b24_id,
        title=sa.func.coalesce(
            invoice.c.number, fetch_problem.c.kind + sa.literal(" ") + as_text(fetch_problem.c.b24_id)
        ),
        reason=fetch_problem.c.reason,
        at=fetch_problem.c.at,
        portal=portal.c.name,
        invoice_id=invoice.c.id,
    )
    same = sa.and_(
        invoice.c.portal_id == fetch_problem.c.portal_id,
        invoice.c.kind == fetch_problem.c.kind,
        invoice.c.b24_id == fetch_problem.c.b24_id,
    )
    return (
        sa.select(*values)
        .select_from(fetch_problem)
        .join(portal, portal.c.id == fetch_problem.c.portal_id)
        .outerjoin(invoice, same)
    )


def _doubts() -> sa.Select[Any]:
    return (
        _consigned("books", sa.literal("doubt", sa.Text), book_state.c.doubt)
        .join(book_state, book_state.c.consignment_id == consignment.c.id)
        .where(book_state.c.doubt != "")
    )


def _unmapped() -> sa.Select[Any]:
    """Invoices on their way whose document has lines that are none of the items 1C has told of."""
    newest = (
        sa.select(rendering.c.goods)
        .where(rendering.c.consignment_id == consignment.c.id)
        .order_by(rendering.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    told = sa.select(sa.literal(1)).where(catalog_item.c.node_id == node.c.id).exists()
    nothing = f'%"source":"{Source.NONE.value}"%'
    return _consigned("goods", sa.literal("unmapped", sa.Text), sa.literal(_NO_ITEM, sa.Text)).where(
        consignment.c.due, consignment.c.held_code == "", told, newest.like(nothing)
    )


_NO_ITEM = "Не все строки счёта сопоставлены с номенклатурой 1С: 1С создаст новые позиции или возьмёт похожие."

SOURCES = {
    "upload": _uploads,
    "document": _documents,
    "conflict": _contradictions,
    "held": _held,
    "difference": _differences,
    "unposted": _unposted,
    "unseen": _unseen,
    "warning": _warnings,
    "job": _jobs,
    "burst": _bursts,
    "invoice": _invoices,
    "books": _doubts,
    "goods": _unmapped,
}
