"""A body is whole, or it is an error."""

from __future__ import annotations

import io

import pytest

from commerceml_bridge.exchange.body import PIECE, BodyBroken, BodyTooLarge, RequestBody


def body_of(data: bytes, *, length: int | None = None, limit: int = 10 * PIECE) -> RequestBody:
    return RequestBody(io.BytesIO(data), length=length, limit=limit)


class Failing(io.BytesIO):
    def read(self, size: int | None = -1, /) -> bytes:
        raise ConnectionResetError("peer is gone")


def test_a_body_comes_in_pieces_of_at_most_a_mebibyte() -> None:
    body = body_of(b"x" * (2 * PIECE + 5), length=2 * PIECE + 5)
    assert [len(piece) for piece in body] == [PIECE, PIECE, 5]
    assert body.received == 2 * PIECE + 5
    assert body.ended


def test_a_cut_body_is_an_error_and_not_the_end_of_a_part() -> None:
    body = body_of(b"half", length=8)
    assert next(body) == b"half"
    with pytest.raises(BodyBroken, match="4 из 8"):
        next(body)
    assert not body.ended


def test_a_reset_connection_is_an_error_of_the_body() -> None:
    with pytest.raises(BodyBroken):
        next(RequestBody(Failing(), length=None, limit=10))


def test_an_announced_length_over_the_limit_is_refused_before_reading() -> None:
    body = body_of(b"x" * 11, length=11, limit=10)
    with pytest.raises(BodyTooLarge):
        next(body)
    assert body.received == 0


def test_a_chunked_body_over_the_limit_is_refused_while_reading() -> None:
    with pytest.raises(BodyTooLarge):
        next(body_of(b"x" * 11, limit=10))


def test_the_rest_is_drained_so_that_the_connection_can_go_on() -> None:
    body = body_of(b"x" * 15, length=15, limit=10)
    assert body.drain(1.0)
    assert body.received == 15


def test_draining_stops_at_twice_the_limit() -> None:
    assert not body_of(b"x" * (5 * PIECE), limit=PIECE).drain(5.0)


def test_draining_a_broken_body_says_so() -> None:
    assert not RequestBody(Failing(), length=3, limit=10).drain(1.0)


def test_a_body_that_failed_once_never_claims_a_clean_end() -> None:
    class FailsOnce(io.BytesIO):
        failed = False

        def read(self, size: int | None = -1, /) -> bytes:
            if not self.failed:
                self.failed = True
                raise ValueError("bad chunk")
            return b""

    body = RequestBody(FailsOnce(), length=None, limit=10)
    with pytest.raises(BodyBroken):
        next(body)
    assert not body.drain(1.0)
