"""Request lines that gunicorn would refuse though 1C sends them."""

from __future__ import annotations

import pytest
from gunicorn.http import errors

from commerceml_bridge.exchange.gunicorn_worker import explain, repair

RUSSIAN = "Заказ.xml".encode("cp1251")


@pytest.mark.parametrize(
    ("line", "repaired"),
    [
        (b"GET ?type=sale&mode=init HTTP/1.1", b"GET /?type=sale&mode=init HTTP/1.1"),
        (
            b"GET bitrix/admin/1c_exchange.php?type=sale&mode=init HTTP/1.1",
            b"GET /bitrix/admin/1c_exchange.php?type=sale&mode=init HTTP/1.1",
        ),
        (
            b"POST /x?type=sale&mode=file&filename=" + RUSSIAN + b" HTTP/1.1",
            b"POST /x?type=sale&mode=file&filename=%C7%E0%EA%E0%E7.xml HTTP/1.1",
        ),
        (
            b"POST /x?type=sale&mode=file&filename=a b.xml HTTP/1.0",
            b"POST /x?type=sale&mode=file&filename=a%20b.xml HTTP/1.0",
        ),
        (
            b"POST /x?type=sale&mode=file&filename=a#1.xml HTTP/1.1",
            b"POST /x?type=sale&mode=file&filename=a%231.xml HTTP/1.1",
        ),
        (b"GET  /x?type=sale&mode=init  HTTP/1.1", b"GET /x?type=sale&mode=init%20 HTTP/1.1"),
        (b"GET http://h/x?type=sale&mode=init HTTP/1.1", b"GET http://h/x?type=sale&mode=init HTTP/1.1"),
    ],
)
def test_an_exchange_request_line_is_repaired(line: bytes, repaired: bytes) -> None:
    assert repair(line) == repaired


@pytest.mark.parametrize(
    "line",
    [
        b"GET /login HTTP/1.1",
        b"GET login HTTP/1.1",
        b"GET /a b HTTP/1.1",
        b"OPTIONS * HTTP/1.1",
        b"GET ?type=sale&mode=init",
        b"\x16\x03\x01",
        b"",
    ],
)
def test_any_other_line_is_left_to_gunicorn(line: bytes) -> None:
    assert repair(line) == line


def test_line_breaks_cannot_be_smuggled_through_the_repair() -> None:
    assert repair(b"GET /x?type=sale&mode=init\r\nX: y HTTP/1.1") == (
        b"GET /x?type=sale&mode=init%0D%0AX:%20y HTTP/1.1"
    )


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.LimitRequestLine(9000, 8190), "address-too-long"),
        (errors.InvalidRequestLine("x"), "request-line"),
        (errors.InvalidRequestMethod("get"), "method"),
        (errors.InvalidHTTPVersion((9, 9)), "http-version"),
        (errors.InvalidHTTPVersion("b HTTP/1.1"), "request-line"),
        (errors.InvalidHeader("x"), "headers"),
        (errors.InvalidHeaderName("x y"), "headers"),
        (errors.ObsoleteFolding("x"), "headers"),
        (errors.LimitRequestHeaders("x"), "headers"),
        (errors.InvalidSchemeHeaders(), "headers"),
        (errors.ExpectationFailed("x"), "headers"),
        (errors.UnsupportedTransferCoding("x"), "body"),
        (errors.InvalidChunkSize(b"x"), "body"),
        (errors.ParseException(), "http"),
    ],
)
def test_each_refusal_has_a_russian_text(error: Exception, code: str) -> None:
    explanation = explain(error)
    assert explanation is not None
    assert explanation[0] == code
    assert explanation[1].encode("cp1251")
    assert len(explanation[1]) < 240


def test_a_fault_of_the_server_is_not_blamed_on_the_client() -> None:
    assert explain(RuntimeError("x")) is None
