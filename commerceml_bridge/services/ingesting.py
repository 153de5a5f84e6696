"""A stored file becomes decisions (decisions 20–23): streamed, some hundred documents to a transaction.

Match, decide, record and queue the write-back in one transaction. A bad document is quarantined with its reason and
the rest proceed. A document that says what it said before is counted and nothing else.
"""

from __future__ import annotations

import itertools
import operator
import tempfile
from collections.abc import Callable, Iterable, Iterator

from commerceml_bridge.commerceml.archive import looks_like_zip, open_archive
from commerceml_bridge.commerceml.reader import FileHeader, read_documents
from commerceml_bridge.commerceml.vocabulary import CONTAINER, COUNTERPARTIES, DOCUMENT
from commerceml_bridge.db.rows import NodeRow, UploadRow
from commerceml_bridge.domain.returned import ReturnedItem
from commerceml_bridge.errors import XmlError
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.bursts import guarded
from commerceml_bridge.services.naming import learn
from commerceml_bridge.services.taking import Batch, Summary

BATCH = 250
"""Documents in one transaction: a commit each would be the slowest part of an import."""
SPOOL_BYTES = 4 * 1024 * 1024
Chunks = Callable[[], Iterator[bytes]]
_READ = frozenset({DOCUMENT, CONTAINER, COUNTERPARTIES})
"""What is read under the root of a file of documents."""


def ingest(bridge: Bridge, node: NodeRow, upload: UploadRow, chunks: Chunks) -> Summary:
    """Process a stored file. Raises ``BadInput`` for a file that is broken, after its good documents were committed."""
    summary = Summary()
    named: set[int] = set()
    later: list[tuple[str, ReturnedItem]] = []
    places = itertools.count()

    def take(source: Iterable[bytes]) -> None:
        place, before = next(places), summary.documents
        stream = read_documents(source)
        for batch in batches(stream):
            with bridge.db.write() as uow:
                Batch(uow, bridge, node, upload, formed_at_of(stream.header), summary, burst_id, later).run(batch)
        summary.empty_containers += stream.empty_containers
        summary.passed_over |= dict.fromkeys(one for one in stream.branches if one not in _READ)
        if summary.documents == before or COUNTERPARTIES in stream.branches:
            named.add(place)  # a list of counterparties (contragents___GUID.xml), or perhaps one

    with guarded(bridge, node, f"файл {upload.filename}", upload.id) as burst_id:
        fault = each(chunks, take)
        for formed_at, found in itertools.groupby(later, key=operator.itemgetter(0)):
            for batch in batches(item for _formed_at, item in found):
                with bridge.db.write() as uow:
                    Batch(uow, bridge, node, upload, formed_at, summary, burst_id).run(batch)
    if named:
        for place, source in enumerate(sources(chunks)):
            if place in named:
                learn(bridge, node, source)
    if fault is not None:
        raise fault
    return summary


def each(chunks: Chunks, take: Callable[[Iterable[bytes]], None]) -> XmlError | None:
    """Hand over every XML of a file; return the first fault: a broken one of an archive does not keep back the next."""
    fault: XmlError | None = None
    for source in sources(chunks):
        try:
            take(source)
        except XmlError as error:
            fault = fault or error
    return fault


def formed_at_of(header: FileHeader | None) -> str:
    """Return when a file was formed, comparable as text; ``""`` if it does not say."""
    return header.formed_at.isoformat(timespec="seconds") if header and header.formed_at else ""


def sources(chunks: Chunks) -> Iterator[Iterable[bytes]]:
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


def batches(items: Iterator[ReturnedItem]) -> Iterator[list[ReturnedItem]]:
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
