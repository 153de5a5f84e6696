"""When is an item missing from a catalogue gone? Never because one file does not name it.

A full export comes in portions, and no family says which is the last (1c-clients §5). The portions of a node that came
together are one run. It is over

* when 1C says so: ``deactivate`` of the Bitrix module, at the end of a full export only. What no portion since the
  ``timestamp`` of checkauth named, nor any other portion of the run, is gone at once (reference-server §1.10);
* else when a file of the same name begins the next run, or no catalogue file came for an hour. Such a run may have
  been broken off unnoticed, so an item counts as gone only after two runs in a row without it, and only runs whose
  files say ``СодержитТолькоИзменения="false"`` count, and only if they named half of what is there: an exchange that
  breaks off at one portion every time would empty the index otherwise.

A run with a file that could not be read, or that named nothing, takes nothing away. A gone item that is named again is
back at once.
"""

from __future__ import annotations

import datetime as dt
from array import array
from collections.abc import Iterable, Mapping, Sequence

from commerceml_bridge.db.catalog import Portion
from commerceml_bridge.db.rows import NodeRow, UploadRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.domain.catalogue import GONE_AFTER, EntryKind, Section
from commerceml_bridge.services.bridge import Bridge

CATALOG = "catalog"
"""The exchange type of catalogue files."""
IDLE = dt.timedelta(hours=1)
"""Without a file for so long a run is over; pictures between two portions count as files."""
KEPT = dt.timedelta(days=7)
"""How long it is remembered which items a portion named."""


def note(
    bridge: Bridge, node: NodeRow, upload: UploadRow, sections: Sequence[Section], seen: Mapping[str, array[int]]
) -> None:
    """Remember which items a whole file named, as part of the run it belongs to. Repeating it changes nothing."""
    now = bridge.clock()
    catalogs: dict[str, bool | None] = {}
    for section in sections:
        if section.kind is EntryKind.ITEM:
            catalogs[section.catalog_id] = _both(catalogs.get(section.catalog_id, True), section.changes_only)
    if not catalogs:
        return
    with bridge.db.write() as uow:
        uow.catalog.lock(node.id)
        portions = uow.catalog.open_portions(node.id)
        if any(portion.filename == upload.filename and portion.upload_id != upload.id for portion in portions):
            _end(uow, node.id, portions, by=1, now=now, but_upload=upload.id)
        for catalog_id, full in catalogs.items():
            if any(portion.upload_id == upload.id and portion.catalog_id == catalog_id for portion in portions):
                continue  # this very file, after a crash
            named = seen.get(catalog_id, array("q"))
            uow.catalog.add_portion(
                node_id=node.id,
                upload_id=upload.id,
                catalog_id=catalog_id,
                filename=upload.filename,
                full=full,
                items=len(named),
                seen=named.tobytes(),
                at=now,
            )


def _both(full: bool | None, changes_only: bool | None) -> bool | None:
    """Return whether a catalogue is full as far as all sections say: ``None`` if one does not say."""
    if changes_only or full is False:
        return False
    return None if changes_only is None else full


def deactivate(bridge: Bridge, node: NodeRow, timestamp: int | None) -> int:
    """End a full export as the Bitrix module asks; return how many items are gone because of it."""
    now = bridge.clock()
    since = _moment(timestamp, now)
    with bridge.db.write() as uow:
        uow.catalog.lock(node.id)
        portions = uow.catalog.open_portions(node.id, since=since)
        return _end(uow, node.id, portions, by=GONE_AFTER, now=now)


def _moment(timestamp: int | None, now: dt.datetime) -> dt.datetime | None:
    """Return when the export began as 1C tells it; nonsense counts as not told."""
    if timestamp is None or not 0 < timestamp <= now.timestamp():
        return None
    begun = dt.datetime.fromtimestamp(timestamp + 1, dt.UTC)  # whole seconds: the export before may end in the same
    return max(begun, now - KEPT)


def end_idle(bridge: Bridge, node_id: int) -> int:
    """End the run of a node if nothing came for long; return how many items were missing."""
    now = bridge.clock()
    with bridge.db.write() as uow:
        uow.catalog.lock(node_id)
        last = uow.uploads.last_change(node_id, CATALOG)
        if last is not None and last >= now - IDLE:
            return 0
        missing = _end(uow, node_id, uow.catalog.open_portions(node_id), by=1, now=now)
        uow.catalog.forget_portions(node_id, now - KEPT)
    return missing


def idle_nodes(bridge: Bridge) -> set[int]:
    """Return nodes whose run may be over."""
    with bridge.db.read() as uow:
        return uow.catalog.idle_nodes(bridge.clock() - IDLE)


def _end(
    uow: UnitOfWork, node_id: int, portions: Sequence[Portion], *, by: int, now: dt.datetime, but_upload: int = 0
) -> int:
    missing: set[int] = set()
    if portions and not _unread(uow, node_id, portions, but_upload):
        for catalog_id in _full(portions, asked=by >= GONE_AFTER):
            named = _named(portion for portion in portions if portion.catalog_id == catalog_id)
            present = set(uow.catalog.present(node_id, catalog_id))
            if named and (by >= GONE_AFTER or 2 * len(named & present) >= len(present)):
                missing |= present - named
    if missing:
        uow.catalog.missed(sorted(missing), by=by, now=now)
        uow.catalog.changed(node_id, now)
    uow.catalog.settle([portion.id for portion in portions if portion.settled_at is None], now)
    return len(missing)


def _unread(uow: UnitOfWork, node_id: int, portions: Sequence[Portion], but_upload: int) -> bool:
    """Tell whether a file of the run is not whole or could not be read; the file that ends the run is not of it."""
    begun = min(portion.started_at for portion in portions)
    return any(upload.id != but_upload for upload in uow.uploads.unread(node_id, CATALOG, begun))


def _full(portions: Iterable[Portion], *, asked: bool) -> list[str]:
    """Return catalogues that were exported in full; without being asked a file has to say so."""
    wanted = (True, None) if asked else (True,)
    return sorted({portion.catalog_id for portion in portions if portion.full in wanted})


def _named(portions: Iterable[Portion]) -> set[int]:
    named: set[int] = set()
    for portion in portions:
        named.update(portion.row_ids)
    return named
