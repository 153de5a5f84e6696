"""Import in a sandbox: what a file of 1C would change, worked out by the real code in transactions that are undone.

Nothing is stored, nobody is told, no write to Bitrix24 is queued. Documents are taken a hundred at a time as always,
each hundred against what is known now; a document that would only repeat what is known is counted, not shown.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import secrets as random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from commerceml_bridge.commerceml.reader import read_documents
from commerceml_bridge.db.rehearsal import NewDocument
from commerceml_bridge.db.rows import ConsignmentRow, NodeRow, UploadRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.domain.returned import ReturnedItem
from commerceml_bridge.errors import BadInput, NotFound
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.ingesting import batches, each, formed_at_of
from commerceml_bridge.services.receiving import chunks_of
from commerceml_bridge.services.taking import Batch, Summary

SHOWN = 500
"""Documents listed; all are counted."""
FIELDS = ("onec_id", "onec_number", "difference", "payment", "paid_amount", "payment_reason", "voucher_number")
"""What may change of an invoice at the node and is worth showing."""


@dataclass(frozen=True)
class Rehearsed:
    """One document: what it would do. ``changes``: (field, now, then); ``writes``: Bitrix24 would be told."""

    document: NewDocument
    changes: tuple[tuple[str, object, object], ...]
    writes: bool


@dataclass
class Rehearsal:
    """What the file would do. ``error``: why it could not be read to its end, Russian."""

    documents: int = 0
    repeated: int = 0
    set_aside: int = 0
    writes: int = 0
    error: str = ""
    listed: list[Rehearsed] = field(default_factory=list)


class _Undo(Exception):
    """Ends a transaction so that nothing of it is kept."""


def rehearse_upload(bridge: Bridge, upload_id: int) -> Rehearsal:
    """Rehearse a stored file. Raises ``NotFound`` for one that is gone or whose node is."""
    with bridge.db.read() as uow:
        upload = uow.uploads.by_id(upload_id)
        node = uow.nodes.by_id(upload.node_id) if upload else None
    if upload is None or node is None:
        raise NotFound(f"Файла № {upload_id} нет, или его узел снят с обмена.")
    if upload.erased_at is not None:
        raise NotFound("Тело файла удалено по сроку хранения: повторить нечего.")
    stored = upload
    return _rehearse(bridge, node, lambda _uow: stored, lambda: chunks_of(bridge.db, stored))


def rehearse_file(bridge: Bridge, node: NodeRow, chunks: Callable[[], Iterator[bytes]]) -> Rehearsal:
    """Rehearse a file that was never posted, as if ``node`` sent it now."""
    return _rehearse(bridge, node, lambda uow: _imagined(uow, node, bridge.clock()), chunks)


def _imagined(uow: UnitOfWork, node: NodeRow, now: dt.datetime) -> UploadRow:
    """Store a session and an upload for the length of the transaction: documents refer to one."""
    session = uow.sessions.add(
        node_id=node.id, cookie_digest=random.token_hex(16), sessid_digest="", started_at=now, last_seen_at=now
    )
    return uow.uploads.add(
        node_id=node.id,
        session_id=session.id,
        exchange_type="sale",
        filename="rehearsal.xml",
        started_at=now,
        changed_at=now,
    )


def _rehearse(
    bridge: Bridge, node: NodeRow, upload: Callable[[UnitOfWork], UploadRow], chunks: Callable[[], Iterator[bytes]]
) -> Rehearsal:
    found = Rehearsal()
    fault: BadInput | None

    def take(source: Iterable[bytes]) -> None:
        stream = read_documents(source)
        for batch in batches(stream):
            _rehearse_some(bridge, node, upload, formed_at_of(stream.header), batch, found)

    try:
        fault = each(chunks, take)
    except BadInput as error:
        fault = error
    found.error = fault.message if fault is not None else ""
    return found


def _rehearse_some(
    bridge: Bridge,
    node: NodeRow,
    upload: Callable[[UnitOfWork], UploadRow],
    formed_at: str,
    items: Sequence[ReturnedItem],
    found: Rehearsal,
) -> None:
    documents: list[NewDocument] = []
    after: dict[int, ConsignmentRow] = {}
    told: set[int] = set()
    summary = Summary()
    with contextlib.suppress(_Undo), bridge.db.write(durable=False) as uow:
        mark = uow.rehearsal.mark()
        Batch(uow, bridge, node, upload(uow), formed_at, summary).run(items)
        documents = uow.rehearsal.documents(mark)
        after = uow.rehearsal.consignments({one.consignment_id for one in documents if one.consignment_id})
        told = uow.rehearsal.jobs(mark)
        raise _Undo
    with bridge.db.read() as uow:
        before = uow.rehearsal.consignments(set(after))
    found.documents += summary.documents
    found.repeated += summary.repeated
    found.set_aside += len(summary.set_aside)
    found.writes += len(told)
    room = max(0, SHOWN - len(found.listed))
    found.listed += [_rehearsed(one, before, after, told) for one in documents[:room]]


def _rehearsed(
    document: NewDocument, before: dict[int, ConsignmentRow], after: dict[int, ConsignmentRow], told: set[int]
) -> Rehearsed:
    about = document.consignment_id or 0
    changes: tuple[tuple[str, object, object], ...] = ()
    if about in before and about in after:
        pairs = ((name, getattr(before[about], name), getattr(after[about], name)) for name in FIELDS)
        changes = tuple((name, now, then) for name, now, then in pairs if now != then)
    return Rehearsed(document, changes, document.invoice_id in told)


def as_rows(found: Rehearsal) -> list[dict[str, object]]:
    """Return the listed documents as plain rows for JSON and the command line."""
    return [
        {
            **dataclasses.asdict(one.document),
            "changes": [[name, now, then] for name, now, then in one.changes],
            "writes": one.writes,
        }
        for one in found.listed
    ]
