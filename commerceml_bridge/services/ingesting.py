"""What 1C returned becomes decisions: each document alone, a hundred to a transaction (decisions 20–23).

Match, decide, record and queue the write-back in one transaction. A bad document is quarantined with its reason and
the rest proceed. A document that says what it said before is counted and nothing else.
"""

from __future__ import annotations

import hashlib
import itertools
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from commerceml_bridge.commerceml.archive import looks_like_zip, open_archive
from commerceml_bridge.commerceml.reader import FileHeader, read_documents
from commerceml_bridge.db.consignments import CandidateRow
from commerceml_bridge.db.returned import Known
from commerceml_bridge.db.rows import NodeRow, UploadRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.domain import matching
from commerceml_bridge.domain.identity import invoice_id, parse_invoice_id
from commerceml_bridge.domain.invoices import InvoiceKey, InvoiceKind
from commerceml_bridge.domain.returned import BrokenDocument, ReturnedDocument, ReturnedItem
from commerceml_bridge.services.applying import Application
from commerceml_bridge.services.bridge import Bridge

BATCH = 100
"""Documents in one transaction: a commit each would be the slowest part of an import."""
SPOOL_BYTES = 4 * 1024 * 1024
Chunks = Callable[[], Iterator[bytes]]


@dataclass
class Summary:
    """What became of a file's documents."""

    documents: int = 0
    repeated: int = 0
    set_aside: list[str] = field(default_factory=list)
    """a Russian line for each quarantined document"""


def ingest(bridge: Bridge, node: NodeRow, upload: UploadRow, chunks: Chunks) -> Summary:
    """Process a stored file. Raises ``BadInput`` for a file that is broken, after its good documents were committed."""
    summary = Summary()
    for source in _sources(chunks):
        stream = read_documents(source)
        for batch in _batches(stream):
            with bridge.db.write() as uow:
                _Batch(uow, bridge, node, upload, _formed_at(stream.header), summary).run(batch)
    return summary


def _formed_at(header: FileHeader | None) -> str:
    return header.formed_at.isoformat(timespec="seconds") if header and header.formed_at else ""


def _sources(chunks: Chunks) -> Iterator[Iterable[bytes]]:
    """Yield the XML streams of a file: itself, or the members of a zip."""
    stream = chunks()
    first = next(stream, b"")
    whole = itertools.chain((first,), stream)
    if not looks_like_zip(first):
        yield whole
        return
    with tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES) as file:
        file.writelines(whole)
        file.seek(0)
        for _name, member in open_archive(file):
            yield member


def _batches(items: Iterator[ReturnedItem]) -> Iterator[list[ReturnedItem]]:
    """Cut into lists; what was read before a fault comes out before the fault is raised."""
    batch: list[ReturnedItem] = []
    try:
        for item in items:
            batch.append(item)
            if len(batch) == BATCH:
                yield batch
                batch = []
    except Exception:
        if batch:
            yield batch
        raise
    if batch:
        yield batch


@dataclass
class _Batch:
    """A hundred documents in one transaction."""

    uow: UnitOfWork
    bridge: Bridge
    node: NodeRow
    upload: UploadRow
    formed_at: str
    summary: Summary
    candidates: dict[int, CandidateRow] = field(default_factory=dict)

    def run(self, items: Sequence[ReturnedItem]) -> None:
        documents = [item.document for item in items if isinstance(item.document, ReturnedDocument)]
        known = self.uow.returned.last_known(self.node.id, (document.id for document in documents))
        self.candidates = {row.consignment_id: row for row in self._candidates(documents)}
        for item in items:
            self.summary.documents += 1
            content = hashlib.sha256(item.xml).hexdigest()
            last = known.get(item.document.id)
            if last and last.content_hash == content and last.state == "applied":
                self.summary.repeated += 1
                continue
            self._take(item, content)
            if item.document.id:
                known[item.document.id] = Known(0, item.document.id, item.document.number, content, "")

    def _candidates(self, documents: Sequence[ReturnedDocument]) -> list[CandidateRow]:
        wanted = [matching.keys(document) for document in documents]
        own = [parsed for one in wanted for text in one.own_ids if (parsed := parse_invoice_id(text))]
        return self.uow.consignments.candidates(
            self.node.id,
            keys=[(key.kind.value, key.id) for code, key in own if code == self.node.portal_code],
            numbers={number for one in wanted for number in one.numbers},
            onec_ids={onec_id for one in wanted for onec_id in one.onec_ids},
        )

    def _take(self, item: ReturnedItem, content: str) -> None:
        if isinstance(item.document, BrokenDocument):
            self._keep(item, content, state="quarantined", code=item.document.code, reason=item.document.reason)
            return
        found = matching.match(item.document, [_as_candidate(row) for row in self.candidates.values()])
        if isinstance(found, matching.NoMatch):
            self._keep(item, content, state="quarantined", code=found.code, reason=found.reason)
            return
        candidate = self.candidates[found.invoice_id]
        keep = self._keeper(item, content, found)
        onec_id = Application(self.uow, self.bridge, self.node, self.formed_at).apply(item.document, candidate, keep)
        # a second document of the same file must meet what the first one has just told
        self.candidates[found.invoice_id] = replace(candidate, onec_id=onec_id)

    def _keeper(self, item: ReturnedItem, content: str, found: matching.Match) -> Callable[..., int]:
        def keep(**values: str | int | None) -> int:
            return self._keep(item, content, matched_by=found.by, **values)

        return keep

    def _keep(self, item: ReturnedItem, content: str, **values: str | int | None) -> int:
        document = item.document
        known = document if isinstance(document, ReturnedDocument) else None
        if values.get("state") == "quarantined":
            self.summary.set_aside.append(f"№ {document.number or document.id or item.position}: {values['reason']}")
        return self.uow.returned.add(
            upload_id=self.upload.id,
            node_id=self.node.id,
            position=item.position,
            operation=known.operation_name if known else "",
            document_id=document.id,
            number=document.number,
            date=known.date if known else None,
            amount=str(known.amount) if known and known.amount is not None else None,
            content_hash=content,
            xml=item.xml,
            created_at=self.bridge.clock(),
            **values,
        )


def _as_candidate(row: CandidateRow) -> matching.Candidate:
    return matching.Candidate(
        invoice_id=row.consignment_id,
        own_id=invoice_id(row.portal_code, InvoiceKey(InvoiceKind(row.kind), row.b24_id)),
        number=row.number,
        date=row.date,
        onec_id=row.onec_id or None,
    )
