"""Opens a zip of 1C without trusting it: nothing is written to disk, sizes are counted while unpacking.

Yields the XML members as chunks. Must not read XML. Facts: commerceml §5 (zip), 1c-clients §4 (``zip=yes``).
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from commerceml_bridge.errors import ArchiveError, ArchiveWithoutXml

_CHUNK = 64 * 1024
_ENCRYPTED = 0x1
_UTF8_NAME = 0x800
_SIGNATURE = b"PK"


@dataclass(frozen=True)
class ArchiveLimits:
    """What an archive may grow to. Real exchange files shrink 10–30 times."""

    entries: int = 10_000
    """images of a catalogue are entries too"""
    total_bytes: int = 512 * 1024 * 1024
    """unpacked XML of all members"""
    ratio: int = 200
    """unpacked : packed of one member, looked at from ``ratio_from`` bytes on"""
    ratio_from: int = 1024 * 1024


def looks_like_zip(head: bytes) -> bool:
    """Tell an archive from XML by its first bytes."""
    return head.startswith(_SIGNATURE)


def open_archive(
    source: bytes | IO[bytes], limits: ArchiveLimits = ArchiveLimits()
) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Yield (name, chunks) of every XML member in order; read the chunks before asking for the next member.

    ``source`` is the archive or a seekable binary file. Other members (images) are passed over.
    Raises ``ArchiveError``: broken, encrypted, an archive within, no XML, or larger than ``limits``; also while the
    chunks are read.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(source) if isinstance(source, bytes) else source) as archive:
            yield from _members(archive, limits)
    except (zipfile.BadZipFile, EOFError, ValueError) as error:
        raise ArchiveError("Архив испорчен или не является zip.") from error


def _members(archive: zipfile.ZipFile, limits: ArchiveLimits) -> Iterator[tuple[str, Iterator[bytes]]]:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > limits.entries:
        raise ArchiveError(f"В архиве {len(entries)} файлов, допустимо {limits.entries}.")
    for entry in entries:
        _refuse_unreadable(entry)
    found = [entry for entry in entries if entry.filename.lower().endswith(".xml")]
    if not found:
        raise ArchiveWithoutXml("В архиве нет файлов XML.")
    budget = _Budget(limits)
    for entry in found:
        yield _name(entry), _unpacked(archive, entry, budget)


def _refuse_unreadable(entry: zipfile.ZipInfo) -> None:
    if entry.flag_bits & _ENCRYPTED:
        raise ArchiveError("Архив зашифрован. Отключите пароль архива.")
    if entry.filename.lower().endswith(".zip"):
        raise ArchiveError("Внутри архива лежит ещё один архив. Отправьте файл XML или простой архив.")


class _Budget:
    """Counts real unpacked bytes: what a header says about sizes may be a lie."""

    def __init__(self, limits: ArchiveLimits) -> None:
        self._limits = limits
        self._total = 0

    def spend(self, size: int, unpacked: int, packed: int) -> None:
        self._total += size
        if self._total > self._limits.total_bytes:
            raise ArchiveError(f"Архив распаковывается больше чем в {self._limits.total_bytes // 1024 // 1024} МБ.")
        if unpacked > self._limits.ratio_from and unpacked > packed * self._limits.ratio:
            raise ArchiveError(f"Файл в архиве сжат больше чем в {self._limits.ratio} раз: так сжимают только ловушки.")


def _unpacked(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: _Budget) -> Iterator[bytes]:
    unpacked = 0
    try:
        with archive.open(entry) as member:
            while chunk := member.read(_CHUNK):
                if not unpacked and looks_like_zip(chunk):
                    raise ArchiveError("Внутри архива лежит ещё один архив. Отправьте файл XML или простой архив.")
                unpacked += len(chunk)
                budget.spend(len(chunk), unpacked, entry.compress_size)
                yield chunk
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise ArchiveError(f"Файл {_name(entry)} в архиве не распаковывается.") from error


def _name(entry: zipfile.ZipInfo) -> str:
    """Without the UTF-8 flag Windows archivers write names in cp866, which zipfile shows as cp437."""
    if entry.flag_bits & _UTF8_NAME:
        return entry.filename
    try:
        return entry.filename.encode("cp437").decode("cp866")
    except UnicodeError:
        return entry.filename
