"""Everything that needs a person, as one list of equal columns, grouped by source and code.

Sources: ``upload`` (a quarantined file), ``document`` (a quarantined document of 1C), ``held`` (an invoice that does
not go), ``difference`` (1C holds something else than was sent), ``unposted`` (1C
has not posted it), ``unseen`` (confirmed and never returned), ``warning`` (left out), ``buyer`` (two CRM
cards of one firm), ``job`` (parked work), ``burst`` (a file that would change too much), ``invoice`` (it was
fetched but could not be read; ``id`` is then Bitrix24's), ``portal`` (Bitrix24 refuses or does not answer).
not go), ``difference`` (1C holds something else than was sent), ``job`` (parked work), ``invoice`` (it was
fetched but could not be read; ``id`` is then Bitrix24's), ``portal`` (Bitrix24 refuses or does not answer), ``odata``
(a 1C base that cannot be asked; ``id`` is the node's), ``books`` (a document in 1C that may not be ours), ``bank`` (a
payment of a statement; ``id`` is the node's).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from commerceml_bridge.db.browse.expressions import record
from commerceml_bridge.db.browse.party_records import Problem, ProblemGroup
from commerceml_bridge.db.buyers import is_double
from commerceml_bridge.db.tables import (
    book_state,
    burst,
    buyer,
    consignment,
    fetch_problem,
    invoice,
    job,
    node,
    odata_source,
    portal,
    returned,
    statement_document,
    upload,
)
from commerceml_bridge.db.types import UtcDateTime

_NOBODY = sa.null()
_OPEN = sa.or_(returned.c.state == "quarantined", returned.c.code.in_(("conflict", "doubtful")))
"""Documents that wait for a person: unusable ones, and those that contradict another 1C base (decision 20)."""


def grouped(connection: sa.Connection, *, per_group: int, source: str, code: str | None) -> tuple[ProblemGroup, ...]:
    """Return groups, the largest first, each with its newest ``per_group`` problems."""
    groups = []
    for name, every in _sources().items():
        if source not in ("", name):
            continue
        rows = every.subquery()
        counts = sa.select(rows.c.code, sa.func.count().label("count")).group_by(rows.c.code)
        if code is not None:
            counts = counts.where(rows.c.code == code)
        for cause, count in connection.execute(counts).all():
            groups.append(ProblemGroup(name, cause, int(count), _newest(connection, rows, cause, per_group)))
    return tuple(sorted(groups, key=lambda group: (-group.count, group.source, group.code)))


def every(connection: sa.Connection, *, source: str, code: str | None) -> Iterator[Problem]:
    """Yield every problem, source by source; read a piece at a time, whatever their number."""
    for name, chosen in _sources().items():
        if source not in ("", name):
            continue
        rows = chosen.subquery()
        statement = sa.select(rows) if code is None else sa.select(rows).where(rows.c.code == code)
        for row in connection.execute(statement.execution_options(yield_per=500)):
            yield record(Problem, row)


def total(connection: sa.Connection) -> int:
    """Count all problems."""
    counts = [sa.select(sa.func.count().label("n")).select_from(every.subquery()) for every in _sources().values()]
    return int(connection.scalar(sa.select(sa.func.sum(sa.union_all(*counts).subquery().c.n))) or 0)


def by_cause(connection: sa.Connection) -> dict[tuple[str, str], int]:
    """Count problems by source and code."""
    found: dict[tuple[str, str], int] = {}
    for name, every in _sources().items():
        rows = every.subquery()
        for cause, count in connection.execute(sa.select(rows.c.code, sa.func.count()).group_by(rows.c.code)):
            found[(name, cause)] = int(count)
    return found


def _newest(connection: sa.Connection, rows: sa.Subquery, code: str, limit: int) -> tuple[Problem, ...]:
    statement = sa.select(rows).where(rows.c.code == code).order_by(rows.c.id.desc()).limit(limit)
    return tuple(record(Problem, row) for row in connection.execute(statement))


def _sources() -> dict[str, sa.Select[Any]]:
    return {
        "upload": _uploads(),
        "document": _documents(),
        "held": _held(),
        "difference": _differences(),
        "unposted": _unposted(),
        "unseen": _unseen(),
        "warning": _warnings(),
        "buyer": _doubles(),
        "job": _jobs(),
        "burst": _bursts(),
        "invoice": _invoices(),
        "portal": _portals(),
        "odata": _bases(),
        "books": _doubts(),
        "bank": _payments(),
    }


def _columns(source: str, **values: Any) -> list[Any]:
    """Return the columns of ``Problem``, those not given empty."""
    links = {name: sa.cast(_NOBODY, sa.BigInteger) for name in ("invoice_id", "upload_id", "session_id")}
    texts = {name: sa.literal("", sa.Text) for name in ("title", "reason", "node", "portal")}
    every = {"source": sa.literal(source, sa.Text), "at": sa.cast(_NOBODY, UtcDateTime), **links, **texts, **values}
    return [every[name].label(name) for name in Problem.__dataclass_fields__]


def _uploads() -> sa.Select[Any]:
    columns = _columns(
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
    return sa.select(*columns).join(node, node.c.id == upload.c.node_id).where(upload.c.state == "quarantined")


def _documents() -> sa.Select[Any]:
    columns = _columns(
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
        sa.select(*columns)
        .join(node, node.c.id == returned.c.node_id)
        .join(upload, upload.c.id == returned.c.upload_id)
        .outerjoin(consignment, consignment.c.id == returned.c.consignment_id)
        .where(_OPEN, returned.c.resolved_at.is_(None))
    )


def _consigned(source: str, code: Any, reason: Any) -> sa.Select[Any]:
    columns = _columns(
        source,
        code=code,
        id=consignment.c.id,
        title=invoice.c.number,
        reason=reason,
        at=invoice.c.fetched_at,
        node=node.c.name,
        portal=portal.c.name,
        invoice_id=invoice.c.id,
    )
    return (
        sa.select(*columns)
        .join(invoice, invoice.c.id == consignment.c.invoice_id)
        .join(node, node.c.id == consignment.c.node_id)
        .join(portal, portal.c.id == invoice.c.portal_id)
        .where(node.c.removed_at.is_(None))
    )


def _held() -> sa.Select[Any]:
    return _consigned("held", consignment.c.held_code, consignment.c.held_reason).where(consignment.c.held_code != "")


def _differences() -> sa.Select[Any]:
    code = sa.literal("difference", sa.Text)
    return _consigned("difference", code, consignment.c.difference).where(consignment.c.difference != "")


def _unposted() -> sa.Select[Any]:
    code = sa.literal("unposted", sa.Text)
    return _consigned("unposted", code, consignment.c.unposted).where(consignment.c.unposted != "")


def _unseen() -> sa.Select[Any]:
    code, reason = sa.literal("unseen", sa.Text), sa.literal(_NEVER_RETURNED, sa.Text)
    return _consigned("unseen", code, reason).where(consignment.c.unseen, consignment.c.seen_at.is_(None))


def _warnings() -> sa.Select[Any]:
    code = sa.literal("tax-number", sa.Text)
    return _consigned("warning", code, consignment.c.warning).where(
        consignment.c.warning != "", consignment.c.held_code != code
    )


_NEVER_RETURNED = "1С подтвердила загрузку счёта, но с тех пор ни разу его не вернула: есть ли он там, неизвестно."


def _doubles() -> sa.Select[Any]:
    """One problem for each ИНН and КПП: its cards with their addresses in Bitrix24."""
    address = (
        sa.literal("https://") + portal.c.host + "/crm/" + buyer.c.entity + "/details/" + _as_text(buyer.c.entity_id)
    )
    card = sa.literal("«") + buyer.c.name + "» (№ " + _as_text(buyer.c.id) + ", " + address + "/)"
    columns = _columns(
        "buyer",
        code=sa.literal("doubles", sa.Text),
        id=sa.func.min(buyer.c.id),
        title=sa.literal("ИНН ") + buyer.c.inn + sa.case((buyer.c.kpp != "", ", КПП " + buyer.c.kpp), else_=""),
        reason=sa.func.aggregate_strings(card, "; "),
        at=sa.func.max(buyer.c.seen_at, type_=UtcDateTime),
        portal=portal.c.name,
    )
    return (
        sa.select(*columns)
        .join(portal, portal.c.id == buyer.c.portal_id)
        .where(is_double())
        .group_by(portal.c.id, portal.c.name, buyer.c.inn, buyer.c.kpp)
    )


def _jobs() -> sa.Select[Any]:
    columns = _columns(
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
        sa.select(*columns)
        .join(portal, portal.c.id == job.c.portal_id)
        .outerjoin(invoice, invoice.c.id == job.c.invoice_id)
        .where(job.c.state == "parked")
    )


def _bursts() -> sa.Select[Any]:
    columns = _columns(
        "burst",
        code=sa.literal("burst", sa.Text),
        id=burst.c.id,
        title=burst.c.origin,
        reason=burst.c.reason,
        at=burst.c.created_at,
        node=node.c.name,
        upload_id=burst.c.upload_id,
    )
    return sa.select(*columns).join(node, node.c.id == burst.c.node_id).where(burst.c.state == "asked")


def _invoices() -> sa.Select[Any]:
    columns = _columns(
        "invoice",
        code=sa.literal("fetch", sa.Text),
        id=fetch_problem.c.b24_id,
        title=sa.func.coalesce(
            invoice.c.number, fetch_problem.c.kind + sa.literal(" ") + _as_text(fetch_problem.c.b24_id)
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
        sa.select(*columns)
        .select_from(fetch_problem)
        .join(portal, portal.c.id == fetch_problem.c.portal_id)
        .outerjoin(invoice, same)
    )


def _as_text(column: sa.ColumnElement[int]) -> sa.ColumnElement[str]:
    return sa.cast(column, sa.Text)


def _portals() -> sa.Select[Any]:
    columns = _columns(
        "portal",
        code=sa.literal("portal", sa.Text),
        id=portal.c.id,
        title=portal.c.name,
        reason=portal.c.last_error,
        at=portal.c.fetched_at,
        portal=portal.c.name,
    )
    return sa.select(*columns).where(portal.c.last_error != "")


def _bases() -> sa.Select[Any]:
    columns = _columns(
        "odata",
        code=odata_source.c.error_code,
        id=node.c.id,
        title=node.c.name,
        reason=odata_source.c.error,
        at=odata_source.c.tried_at,
        node=node.c.name,
    )
    chosen = sa.select(*columns).select_from(odata_source).join(node, node.c.id == odata_source.c.node_id)
    return chosen.where(odata_source.c.error != "", odata_source.c.failures > 1, node.c.removed_at.is_(None))


def _doubts() -> sa.Select[Any]:
    return (
        _consigned("books", sa.literal("doubt", sa.Text), book_state.c.doubt)
        .join(book_state, book_state.c.consignment_id == consignment.c.id)
        .where(book_state.c.doubt != "")
    )


def _payments() -> sa.Select[Any]:
    one = statement_document
    columns = _columns(
        "bank",
        code=sa.literal("proposed", sa.Text),
        id=node.c.id,
        title=one.c.number + sa.literal(" ") + one.c.payer,
        reason=one.c.reason,
        at=one.c.created_at,
        node=node.c.name,
    )
    chosen = sa.select(*columns).select_from(one).join(node, node.c.id == one.c.node_id)
    return chosen.where(one.c.state == "proposed", node.c.removed_at.is_(None))
