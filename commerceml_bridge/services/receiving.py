"""Files 1C posts: stored first, processed on the POST that completes them (decision 8).

Parts of one file arrive under one name without a mark of the last one (facts: 1c-clients §4.3); the end is known by
the XML itself, never by sizes. A POST after completion starts a new file. Nothing is answered ``success`` before it
is committed.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import re
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import IO

from commerceml_bridge.commerceml.archive import looks_like_zip
from commerceml_bridge.commerceml.completeness import Completeness, completeness
from commerceml_bridge.commerceml.vocabulary import ROOT
from commerceml_bridge.db.database import Database
from commerceml_bridge.db.rows import NodeRow, UploadRow
from commerceml_bridge.errors import (
    ArchiveError,
    ArchiveWithoutXml,
    BadInput,
    DatabaseUnavailable,
    ProtocolError,
    WrongRoot,
    XmlIncomplete,
)
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.catalog_runs import CATALOG
from commerceml_bridge.services.cataloguing import ingest_catalog
from commerceml_bridge.services.ingesting import ingest
from commerceml_bridge.services.sessions import Caller, note_families
from commerceml_bridge.services.taking import Summary

log = logging.getLogger(__name__)
PIECE = 1024 * 1024
"""Bytes in one stored piece of a file."""
TAIL_BYTES = 256
"""Enough for the end of the root in UTF-16 and some blanks; even, so that characters of two bytes stay whole."""
TAIL = 64
"""Bytes of blanks that may follow a complete file as a part of their own."""
PARSE_ALWAYS = 2 * PIECE
"""Bytes up to which every part is parsed, so that a fault is told at once."""
IDLE = dt.timedelta(minutes=10)
"""An incomplete file nobody continues for so long is quarantined."""
_SALE = "sale"
_INTERNAL = "internal"
_ENCODINGS = ("utf-8", "cp1251", "utf-16-le", "utf-16-be")
_BEFORE_XML = b"\xef\xbb\xbf\xff\xfe\0 \t\r\n"
_ROOT_END = re.compile(rf"</(?:\w+:)?{ROOT}\s*>\s*\Z")


@dataclass(frozen=True)
class Reply:
    """What 1C is told about a file: ``success`` or ``failure`` and the lines after it."""

    ok: bool
    lines: tuple[str, ...] = ()
    upload_id: int | None = None
    chunks: tuple[int, int] | None = None
    code: str = ""
    error: str = ""


def base_name(filename: str) -> str:
    """Return the last component of what 1C calls the file; ``""`` if there is none.

    1C sends paths of both systems, Windows temporary ones included (facts: field-failures §2.2). The name is only a
    key in the database: no file is ever opened by it.
    """
    name = re.split(r"[/\\]", filename.strip())[-1]
    name = "".join(character for character in name if character.isprintable() and character not in '<>:"|?*')
    return "" if name in {".", ".."} else name[:200]


def receive(bridge: Bridge, caller: Caller, *, exchange_type: str, filename: str, body: Iterator[bytes]) -> Reply:
    """Take one POST of ``mode=file``: store it, and process the file if this completes it.

    Raises ``ProtocolError`` for a POST without a name or without a body.
    """
    name = base_name(filename)
    if not name:
        raise ProtocolError("Не указано имя файла (filename). Обновите модуль обмена.")
    with tempfile.SpooledTemporaryFile(max_size=4 * PIECE) as spool:
        size = _spool(body, spool)
        if not size:
            raise ProtocolError("Файл для импорта пуст.")
        if size <= TAIL and not next(_read(spool)).strip(b" \t\r\n\0"):
            reply = _tail(bridge, caller, exchange_type, name)
            if reply is not None:
                return reply
        upload, chunks = _store(bridge, caller, exchange_type, name, spool, size)
    if upload.state != "complete":
        return Reply(ok=True, upload_id=upload.id, chunks=chunks)
    reply = process(bridge, caller.node, upload)
    return Reply(reply.ok, reply.lines, upload.id, chunks, reply.code, reply.error)


def _tail(bridge: Bridge, caller: Caller, exchange_type: str, name: str) -> Reply | None:
    """Answer a part that is only the line end behind a file already complete: ``file_limit`` may cut there."""
    with bridge.db.read() as uow:
        upload = uow.uploads.latest(caller.node.id, exchange_type, session_id=caller.session.id, filename=name)
    if upload is None or upload.state == "receiving":
        return None
    return _said(upload)


def _said(upload: UploadRow) -> Reply:
    lines = tuple(line for line in upload.answer.split("\n") if line)
    ok = upload.state != "quarantined" or _harmless(upload, upload.code)
    return Reply(ok, lines, upload.id, code=upload.code, error=upload.error)


def _harmless(upload: UploadRow, code: str) -> bool:
    """Tell a catalogue file that failed by our own fault: 1C could do nothing about it, its exchange shall go on."""
    return upload.exchange_type == CATALOG and code == _INTERNAL


def _spool(body: Iterator[bytes], spool: IO[bytes]) -> int:
    size = 0
    for piece in body:
        spool.write(piece)
        size += len(piece)
    return size


def _read(spool: IO[bytes]) -> Iterator[bytes]:
    spool.seek(0)
    while piece := spool.read(PIECE):
        yield piece


def _store(
    bridge: Bridge, caller: Caller, exchange_type: str, name: str, spool: IO[bytes], size: int
) -> tuple[UploadRow, tuple[int, int]]:
    """Append to the file of this session and name, or begin it; decide in the same transaction if it is complete."""
    now = bridge.clock()
    with bridge.db.write() as uow:
        if exchange_type == _SALE:
            note_families(uow, caller.session, filename=name)
        upload = uow.uploads.receiving(caller.session.id, exchange_type, name)
        if upload is None:
            upload = uow.uploads.add(
                node_id=caller.node.id,
                session_id=caller.session.id,
                exchange_type=exchange_type,
                filename=name,
                started_at=now,
                changed_at=now,
            )
        if upload.size + size > bridge.settings.max_upload_bytes:
            raise ProtocolError(
                f"Файл {name} больше {bridge.settings.max_upload_bytes // PIECE} МБ. Выгружайте меньшими порциями."
            )
        earlier = (uow.uploads.chunk(upload.id, position) or b"" for position in range(upload.pieces))
        before = uow.uploads.chunk(upload.id, upload.pieces - 1) or b""
        read = exchange_type == _SALE or (exchange_type == CATALOG and caller.node.options.catalog)
        state = _state(exchange_type, earlier, spool, upload.size + size, before[-TAIL_BYTES:]) if read else "kept"
        chunks = uow.uploads.append(upload.id, _read(spool))
        uow.uploads.update(upload.id, state=state, size=upload.size + size, pieces=chunks[1], changed_at=now)
        stored = uow.uploads.by_id(upload.id)
    assert stored is not None  # noqa: S101 - just stored
    return stored, chunks


def _state(exchange_type: str, earlier: Iterator[bytes], spool: IO[bytes], size: int, before: bytes) -> str:
    """Say what the parts so far amount to; ``before`` is the end of the part before this one.

    A malformed file is complete too: it is processed as far as it goes and the fault is answered at once. Pictures
    among catalogue files are kept.
    """
    stored = next(earlier, b"")
    first = stored or next(_read(spool), b"")
    whole = chain((stored,), earlier, _read(spool))
    if looks_like_zip(first):
        return "complete" if _is_whole_archive(whole) else "receiving"
    if exchange_type == CATALOG and not first.lstrip(_BEFORE_XML).startswith(b"<"):
        return "kept"
    if size > PARSE_ALWAYS and first.lstrip(_BEFORE_XML).startswith(b"<"):
        # the last bytes tell, without parsing a long file anew with each of its parts
        return "complete" if _ends_the_root(before, spool) else "receiving"
    return "receiving" if completeness(whole) is Completeness.INCOMPLETE else "complete"


def _ends_the_root(before: bytes, spool: IO[bytes]) -> bool:
    """Tell whether the last bytes close the root, in any encoding 1C writes; the end may be cut between two parts."""
    spool.seek(0, os.SEEK_END)
    spool.seek(max(0, spool.tell() - TAIL_BYTES))
    tail = (before + spool.read())[-TAIL_BYTES:]
    return any(_ROOT_END.search(tail.decode(encoding, "ignore")) for encoding in _ENCODINGS)


def _is_whole_archive(chunks: Iterable[bytes]) -> bool:
    with tempfile.SpooledTemporaryFile(max_size=4 * PIECE) as file:
        file.writelines(chunks)
        return zipfile.is_zipfile(file)


def chunks_of(db: Database, upload: UploadRow) -> Iterator[bytes]:
    """Yield the bytes of a stored file, a piece at a time."""
    for position in range(upload.pieces):
        with db.read() as uow:
            piece = uow.uploads.chunk(upload.id, position)
        if piece is not None:
            yield piece


def process(bridge: Bridge, node: NodeRow, upload: UploadRow) -> Reply:
    """Ingest a complete file and keep what 1C is told about it. Repeating it changes nothing."""
    try:
        lines, documents, note = _ingested(bridge, node, upload)
    except DatabaseUnavailable:
        raise  # the file stays complete and is taken up again
    except (WrongRoot, ArchiveWithoutXml) as error:
        if upload.exchange_type != CATALOG:
            return _quarantine(bridge, upload, error.code, error.for_1c, error.message)
        _finish(bridge, upload, "kept", ())
        return Reply(True, (), upload.id)
    except BadInput as error:
        if isinstance(error, XmlIncomplete) or (upload.state == "receiving" and isinstance(error, ArchiveError)):
            text = f"Файл {upload.filename} получен не полностью: нет конца XML. Повторите выгрузку из 1С."
            return _quarantine(bridge, upload, XmlIncomplete.code, text, text)
        return _quarantine(bridge, upload, error.code, error.for_1c, error.message)
    except Exception as error:  # a defect of ours must not come back with every checkauth
        log.exception("upload %s could not be processed", upload.id)
        text = f"Файл не удалось обработать ({type(error).__name__}). Он сохранён, сообщите разработчикам."
        return _quarantine(bridge, upload, _INTERNAL, "Внутренняя ошибка при разборе файла, файл сохранён.", text)
    _finish(bridge, upload, "processed", lines, documents=documents, note=note)
    return Reply(True, lines, upload.id)


def _ingested(bridge: Bridge, node: NodeRow, upload: UploadRow) -> tuple[tuple[str, ...], int, str]:
    """Take a file in; return what 1C is told of it, how many documents it had, what an operator may read of it."""
    if upload.exchange_type == CATALOG:
        taken = ingest_catalog(bridge, node, upload, lambda: chunks_of(bridge.db, upload))
        return (taken.text,), 0, _passed_over(taken.passed_over)
    summary = ingest(bridge, node, upload, lambda: chunks_of(bridge.db, upload))
    return _told(summary), summary.documents, " ".join(filter(None, _notes(summary)))


def _notes(summary: Summary) -> Iterator[str]:
    if summary.empty_containers:
        found = summary.empty_containers
        lines = ", ".join(map(str, found[:20]))
        yield f"В файле есть контейнеры без документов: {len(found)} (строки {lines}). Они пропущены."
    yield _passed_over(summary.passed_over)


def _passed_over(names: Iterable[str]) -> str:
    """Say what of a file nobody reads: it is kept with the file, where a person can look at it."""
    told = ", ".join(f"«{name[:60]}»" for name in islice(names, 10))
    return f"В файле есть то, чего этот обмен не читает: {told}. Оно сохранено вместе с файлом." if told else ""


def _quarantine(bridge: Bridge, upload: UploadRow, code: str, told: str, error: str) -> Reply:
    _finish(bridge, upload, "quarantined", (told,), code=code, error=error)
    return Reply(_harmless(upload, code), (told,), upload.id, code=code, error=error)


def _told(summary: Summary) -> tuple[str, ...]:
    if not summary.set_aside:
        return ()
    head = f"Принято документов: {summary.documents - len(summary.set_aside)} из {summary.documents}, отложены:"
    return (head, *summary.set_aside[:20])


def _finish(
    bridge: Bridge,
    upload: UploadRow,
    state: str,
    lines: tuple[str, ...],
    *,
    code: str = "",
    error: str = "",
    note: str = "",
    documents: int = 0,
) -> None:
    """End an upload, unless another part or another process has moved it on meanwhile."""
    now = bridge.clock()
    with bridge.db.write() as uow:
        uow.uploads.finish(
            upload,
            state=state,
            answer="\n".join(lines),
            code=code,
            error=error,
            note=note,
            documents=documents,
            changed_at=now,
            completed_at=now,
        )


def report(bridge: Bridge, caller: Caller, *, exchange_type: str, filename: str) -> Reply:
    """Answer ``mode=import``: what became of the file, again. The file of this session is meant, else the newest."""
    name = base_name(filename)
    with bridge.db.read() as uow:
        upload = uow.uploads.latest(caller.node.id, exchange_type, session_id=caller.session.id, filename=name)
        if upload is None:  # a zip is imported by the name of the file inside it (facts: 1c-clients §4)
            last = uow.uploads.latest(caller.node.id, exchange_type, session_id=caller.session.id)
            upload = last if last and looks_like_zip(uow.uploads.chunk(last.id, 0) or b"") else None
        upload = upload or uow.uploads.latest(caller.node.id, exchange_type, filename=name)
    if upload is None and exchange_type == CATALOG:
        return Reply(ok=True)  # pictures and folders are asked for as well, under names of their own
    if upload is None:
        raise ProtocolError(f"Файл {name or 'без имени'} не был передан. Повторите обмен.")
    if upload.state == "complete" or (upload.session_id == caller.session.id and _is_whole(bridge, upload)):
        return process(bridge, caller.node, upload)
    if upload.state == "receiving":
        raise ProtocolError(f"Файл {upload.filename} получен не полностью: нет конца XML. Повторите выгрузку.")
    return _said(upload)


def _is_whole(bridge: Bridge, upload: UploadRow) -> bool:
    """Parse a long file whose last bytes did not tell that it is whole (a comment after the root, an odd encoding)."""
    if upload.state != "receiving" or upload.size <= PARSE_ALWAYS:
        return False
    head = next(chunks_of(bridge.db, upload), b"")
    if looks_like_zip(head):
        return False
    return completeness(chunks_of(bridge.db, upload)) is not Completeness.INCOMPLETE


def settle_unfinished(bridge: Bridge, node: NodeRow | None = None) -> int:
    """Finish what was left half done; return how many. Of an incomplete file what came before the cut is taken in
    (decision 23), and it is quarantined.

    With a node (at its next checkauth) all of its files, without one those idle for ten minutes.
    """
    idle = None if node else bridge.clock() - IDLE
    with bridge.db.read() as uow:
        unfinished = uow.uploads.unfinished(node.id if node else None, idle_since=idle)
    for upload in unfinished:
        with bridge.db.read() as uow:
            owner = node or uow.nodes.by_id(upload.node_id)
        if owner is not None:
            process(bridge, owner, upload)
        else:
            text = f"Файл {upload.filename} получен не полностью: нет конца XML. Повторите выгрузку из 1С."
            _finish(bridge, upload, "quarantined", (text,), code=XmlIncomplete.code, error=text)
    return len(unfinished)
