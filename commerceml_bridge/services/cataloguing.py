"""A catalogue file becomes items of the node's index: streamed, five hundred entries to a transaction.

An entry that says what it said before writes nothing, so a repeated export costs little more than reading it. Absence
from a file changes nothing here: ``catalog_runs`` decides about it once a whole export has come.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from commerceml_bridge.commerceml import vocabulary as v
from commerceml_bridge.commerceml.catalog_reader import CatalogStream, read_catalog
from commerceml_bridge.db.catalog import Known
from commerceml_bridge.db.rows import NodeRow, UploadRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.domain.catalogue import Entry, EntryKind, Facts, Section, article_key, name_key
from commerceml_bridge.errors import WrongRoot
from commerceml_bridge.services import catalog_runs
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.ingesting import Chunks, each

BATCH = 500
"""Entries in one transaction."""
_READ = frozenset({v.CLASSIFIER, v.CATALOG, v.OFFERS_PACKAGE, v.OFFERS_CHANGES})
"""What a catalogue file is made of; nothing is taken from a classifier."""
T = TypeVar("T")


@dataclass
class CatalogSummary:
    """What became of a file's entries."""

    entries: int = 0
    new: int = 0
    changed: int = 0
    skipped: int = 0
    """without an Ид"""
    seen: dict[str, array[int]] = field(default_factory=lambda: defaultdict(lambda: array("q")), repr=False)
    """rows named by catalogue"""
    sections: list[Section] = field(default_factory=list)
    files: int = 0
    """read to the end"""
    passed_over: dict[str, None] = field(default_factory=dict)
    """names under the root that are no catalogue"""
    foreign: WrongRoot | None = None
    """the last XML of another kind"""

    @property
    def text(self) -> str:
        """Say it in one line to 1C and the operator."""
        said = f"Номенклатура: прочитано {self.entries}, новых {self.new}, изменено {self.changed}."
        return said + (f" Без Ид пропущено: {self.skipped}." if self.skipped else "")


def ingest_catalog(bridge: Bridge, node: NodeRow, upload: UploadRow, chunks: Chunks) -> CatalogSummary:
    """Take a stored file into the index. Raises ``BadInput`` for a broken one, after its good entries were kept.

    Among the pictures of an archive may lie XML of another kind: it is passed over.
    """
    summary = CatalogSummary()

    def take(source: Iterable[bytes]) -> None:
        stream = read_catalog(source)
        try:
            _take(bridge, node, stream, summary)
        except WrongRoot as error:
            summary.foreign = error
        else:
            summary.files += 1
        finally:
            summary.skipped += stream.skipped
            summary.passed_over |= dict.fromkeys(one for one in stream.branches if one not in _READ)
            summary.sections += stream.sections

    fault = each(chunks, take) or (None if summary.files else summary.foreign)
    if fault is not None:
        raise fault
    catalog_runs.note(bridge, node, upload, summary.sections, summary.seen)
    return summary


def _take(bridge: Bridge, node: NodeRow, stream: CatalogStream, summary: CatalogSummary) -> None:
    for entries in _batches(stream):
        with bridge.db.write() as uow:
            uow.catalog.lock(node.id)
            _Batch(uow, bridge, node, summary).take(entries)


def _batches(items: Iterator[T]) -> Iterator[list[T]]:
    """Cut into lists; what was read before a fault comes out before the fault is raised."""
    batch: list[T] = []
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
    uow: UnitOfWork
    bridge: Bridge
    node: NodeRow
    summary: CatalogSummary

    def take(self, entries: list[Entry]) -> None:
        """Compare with what is known, write what differs."""
        known = self.uow.catalog.known(self.node.id, dict.fromkeys(entry.item_id for entry in entries))
        changes: list[tuple[int, dict[str, object]]] = []
        new: list[dict[str, object]] = []
        named: list[tuple[str, str]] = []
        for item_id, group in _by_item(entries).items():
            row = known.get(item_id)
            values = _merged(row, group)
            catalogs = [entry.section.catalog_id for entry in group if entry.section.kind is EntryKind.ITEM]
            if row is None and values:
                new.append({"item_id": item_id} | values)
            elif row is not None and values:
                changes.append((row.id, values))
            named += [(item_id, catalog_id) for catalog_id in catalogs[:1]]
        ids = {item_id: row.id for item_id, row in known.items()} | self._store(new, changes)
        for item_id, catalog_id in named:
            if item_id in ids:
                self.summary.seen[catalog_id].append(ids[item_id])
        self.summary.entries += len(entries)
        self.summary.new += len(new)
        self.summary.changed += len(changes)

    def _store(self, new: list[dict[str, object]], changes: list[tuple[int, dict[str, object]]]) -> dict[str, int]:
        if not new and not changes:
            return {}
        now = self.bridge.clock()
        self.uow.catalog.update_rows((row_id, values | {"changed_at": now}) for row_id, values in changes)
        ids = self.uow.catalog.add_many(
            self.node.id, [values | {"created_at": now, "changed_at": now} for values in new]
        )
        self.uow.catalog.changed(self.node.id, now)
        return ids


def _by_item(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.item_id, []).append(entry)
    return groups


def _merged(row: Known | None, entries: list[Entry]) -> dict[str, object]:
    """Return the columns that change; all of them for a new item, none if nothing new is said."""
    before = (row.catalog_id, row.item_facts, row.offer_facts) if row else ("", "", "")
    catalog_id, item_facts, offer_facts = before
    for entry in entries:
        if entry.section.kind is EntryKind.ITEM:
            item_facts = _said(entry, item_facts)
            catalog_id = entry.section.catalog_id
        else:
            offer_facts = _said(entry, offer_facts)
            catalog_id = catalog_id or entry.section.catalog_id
    if not item_facts and not offer_facts:
        return {}  # a price of something never named
    if (catalog_id, item_facts, offer_facts) == before:
        return {"absences": 0} if row and row.absences and _is_item(entries) else {}
    return _columns(catalog_id, item_facts, offer_facts)


def _is_item(entries: Iterable[Entry]) -> bool:
    return any(entry.section.kind is EntryKind.ITEM for entry in entries)


def _said(entry: Entry, before: str) -> str:
    """Return what is known of one side of an item after an entry.

    A price or a rest names nothing and leaves everything as it was; only a mark for deletion in it counts.
    """
    if not entry.says_little:
        return entry.facts.to_json()
    if not before or entry.facts.deleted is None:
        return before
    return Facts(deleted=entry.facts.deleted).merged(Facts.from_json(before)).to_json()


def _columns(catalog_id: str, item_facts: str, offer_facts: str) -> dict[str, object]:
    facts = Facts.from_json(item_facts).merged(Facts.from_json(offer_facts))
    return {
        "catalog_id": catalog_id,
        "name": facts.name or "",
        "name_key": name_key(facts.name or ""),
        "full_name": facts.full_name or "",
        "full_name_key": name_key(facts.full_name or ""),
        "article": facts.article or "",
        "article_key": article_key(facts.article or ""),
        "barcode": facts.barcode or "",
        "unit_code": facts.unit_code or "",
        "unit_name": facts.unit_name or "",
        "vat_rate": facts.vat_rate or "",
        "is_service": facts.is_service,
        "deleted": bool(facts.deleted),
        "absences": 0,
        "item_facts": item_facts,
        "offer_facts": offer_facts,
    }
