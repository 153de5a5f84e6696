"""Archives: members as chunks, limits counted while unpacking."""

from __future__ import annotations

import io
import random
import struct
import zipfile

import pytest

from commerceml_bridge.commerceml.archive import ArchiveLimits, looks_like_zip, open_archive
from commerceml_bridge.errors import ArchiveError

XML = '<?xml version="1.0"?><КоммерческаяИнформация/>'.encode()


def packed(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return buffer.getvalue()


def unpacked(data: bytes, limits: ArchiveLimits | None = None) -> dict[str, bytes]:
    return {name: b"".join(chunks) for name, chunks in open_archive(data, limits or ArchiveLimits())}


def test_xml_members_come_in_order_and_images_are_passed_over() -> None:
    data = packed(
        ("import_files/", b""), ("b.xml", XML), ("import_files/1.jpg", b"\xff\xd8"), ("folder/A.XML", XML * 2)
    )
    assert list(unpacked(data).items()) == [("b.xml", XML), ("folder/A.XML", XML * 2)]
    assert looks_like_zip(data)
    assert not looks_like_zip(XML)


def test_a_file_object_is_taken_as_well_as_bytes() -> None:
    assert [name for name, _ in open_archive(io.BytesIO(packed(("a.xml", XML))))] == ["a.xml"]


def test_a_russian_name_of_a_windows_archiver_is_readable() -> None:
    data = packed(("?????.xml", XML)).replace(b"?????", "заказ".encode("cp866"))
    assert list(unpacked(data)) == ["заказ.xml"]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"PK\x03\x04 and nothing more", "испорчен"),
        (b"", "испорчен"),
        (packed(("a.jpg", b"x")), "нет файлов XML"),
        (packed(("a.xml", XML), ("b.zip", packed(("c.xml", XML)))), "ещё один архив"),
        (packed(("a.xml", packed(("c.xml", XML)))), "ещё один архив"),
    ],
)
def test_what_is_no_plain_archive_of_xml_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(ArchiveError, match=says):
        unpacked(data)


def test_an_encrypted_archive_is_refused_with_advice() -> None:
    data = bytearray(packed(("a.xml", XML)))
    data[6] |= 1
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(ArchiveError, match="зашифрован"):
        unpacked(bytes(data))


def test_too_many_entries_too_much_text_and_too_high_a_ratio_are_refused() -> None:
    with pytest.raises(ArchiveError, match="допустимо 2"):
        unpacked(packed(*((f"{n}.xml", XML) for n in range(3))), ArchiveLimits(entries=2))
    with pytest.raises(ArchiveError, match="больше чем в 1 МБ"):
        unpacked(
            packed(("a.xml", random.Random(1).randbytes(700_000)), ("b.xml", random.Random(2).randbytes(700_000))),
            ArchiveLimits(total_bytes=1024 * 1024),
        )
    with pytest.raises(ArchiveError, match="ловушки"):
        unpacked(packed(("a.xml", b"<" + b" " * 5_000_000)))


def test_a_lie_about_the_size_in_the_header_does_not_help() -> None:
    data = bytearray(packed(("a.xml", b"<" + b" " * 5_000_000)))
    central = data.rfind(b"PK\x01\x02")
    data[central + 24 : central + 28] = struct.pack("<I", 100)
    with pytest.raises(ArchiveError):
        unpacked(bytes(data))


def test_a_damaged_archive_gives_the_typed_error_wherever_the_damage_is() -> None:
    whole = packed(("a.xml", XML * 50), ("b.xml", random.Random(3).randbytes(500)))
    dice = random.Random(4)
    for _ in range(400):
        data = bytearray(whole)
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
        try:
            unpacked(bytes(data))
        except ArchiveError:
            continue
