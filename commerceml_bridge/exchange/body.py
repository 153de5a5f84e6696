"""The body of a request: read once, in pieces, counted, and never taken for whole when it is not.

1C posts files raw, of tens of megabytes, without Content-Type, behind proxies also chunked (facts: 1c-clients §1.2,
§7 "Transferred a partial file"). A body that is cut must not look like the end of a part: that part would be stored.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Protocol

from commerceml_bridge.errors import ProtocolError
from commerceml_bridge.exchange import protocol

PIECE = 1024 * 1024


class Readable(Protocol):
    """What a body is read from: ``wsgi.input`` that ends where the body ends."""

    def read(self, size: int, /) -> bytes:
        """Return up to ``size`` bytes, ``b""`` at the end."""


class BodyTooLarge(ProtocolError):
    """More than ``max_upload_bytes``."""

    code = "too-large"


class BodyBroken(ProtocolError):
    """The connection was cut, or the chunks cannot be read."""

    code = "body-broken"


class RequestBody(Iterator[bytes]):
    """Iterates over pieces of at most 1 MiB. Raises ``BodyTooLarge`` or ``BodyBroken`` instead of ending early."""

    def __init__(self, stream: Readable, *, length: int | None, limit: int) -> None:
        self._stream = stream
        self.length = length
        """announced length in bytes; ``None``: chunked or no body"""
        self.limit = limit
        self.received = 0
        self.ended = False
        """the last byte was read: the connection can take the next request"""
        self._broken = False

    def __next__(self) -> bytes:
        if self.length is not None and self.length > self.limit:
            raise self._too_large()
        piece = self._read()
        if not piece:
            raise StopIteration
        if self.received > self.limit:
            raise self._too_large()
        return piece

    def _read(self) -> bytes:
        if self.ended:
            return b""
        try:
            piece = self._stream.read(PIECE)
        except Exception as error:  # the server's own exceptions for bad chunks have no common base
            self._broken = True  # a reader that failed once may claim a clean end the next time
            raise BodyBroken(protocol.BODY_BROKEN) from error
        self.received += len(piece)
        if not piece:
            self._check_whole()
            self.ended = True
        return piece

    def _check_whole(self) -> None:
        if self.length is not None and self.received < self.length:
            raise BodyBroken(protocol.BODY_CUT.format(self.received, self.length))

    def _too_large(self) -> BodyTooLarge:
        return BodyTooLarge(protocol.TOO_LARGE.format(self.limit // PIECE))

    def drain(self, seconds: float) -> bool:
        """Read and drop what is left, so that 1C reads the answer instead of a reset; tell whether the end was seen.

        Stops after ``seconds`` or twice the limit.
        """
        deadline = time.monotonic() + seconds
        try:
            while (
                not self.ended and not self._broken and self.received <= 2 * self.limit and time.monotonic() < deadline
            ):
                self._read()
        except BodyBroken:
            return False
        return self.ended
