"""Files on their way to the site: portions of orders, zip, parts under one name (facts: 1c-clients §4, §4.3)."""

from __future__ import annotations

import io
import secrets
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from commerceml_bridge.simulators.onec.model import Order


@dataclass(frozen=True)
class OutFile:
    """An XML file to upload; ``name`` is also what ``mode=import`` is called with, zipped or not."""

    name: str
    content: bytes

    def packed(self) -> tuple[str, bytes]:
        """Name and bytes of the archive; the name is a temporary one of the platform."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(self.name, self.content)
        return f"v8_{secrets.token_hex(2).upper()}_{secrets.randbelow(100):02d}.zip", buffer.getvalue()


def parts(data: bytes, limit: int) -> Iterator[bytes]:
    """Cut by bytes at ``limit``; 0 or less means one whole part."""
    step = limit if limit > 0 else max(len(data), 1)
    for start in range(0, max(len(data), 1), step):
        yield data[start : start + step]


def portions(orders: Sequence[Order], size: int | None) -> list[list[Order]]:
    """Orders per file; None: one file for all. No orders, no file."""
    if not orders:
        return []
    step = size or len(orders)
    return [list(orders[start : start + step]) for start in range(0, len(orders), step)]
