"""Which requests are 1C's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pytest

from commerceml_bridge.exchange.dispatch import ExchangeDispatcher, is_exchange

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/", "type=sale&mode=query"),
        ("", "type=sale&mode=query"),
        ("/any/path", "mode=query&a=b&type=sale"),
        ("/any/path", "TYPE=sale&Mode=query"),
        ("/any/path", "type=&mode="),
        ("/any/path", "type=sale&mode=file&filename=\xc7\xe0\xea\xe0\xe7.xml"),
        ("/1c_exchange.php", ""),
        ("/bitrix/admin/1c_exchange.php", "type=sale"),
        ("/crm/1c_exchange.php", ""),
        ("//bitrix//admin/1c_exchange.php/", ""),
        ("bitrix/admin/1c_exchange.php", ""),
        ("/shop/1C_Exchange.php", ""),
        ("/mine/", ""),
        ("/mine", ""),
    ],
)
def test_the_exchange_is_recognised(path: str, query: str) -> None:
    assert is_exchange(path, query, ("/bitrix/admin/1c_exchange.php", "/mine"))


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/", ""),
        ("/invoices", "type=sale"),
        ("/invoices", "mode=query"),
        ("/invoices", "xtype=1&xmode=2"),
        ("/1c_exchange.php/../login", ""),
        ("/not1c_exchange.php5", ""),
    ],
)
def test_pages_of_the_operator_are_left_alone(path: str, query: str) -> None:
    assert not is_exchange(path, query)


def named(name: bytes) -> WSGIApplication:
    def application(_environ: WSGIEnvironment, _start: StartResponse) -> Iterable[bytes]:
        return [name]

    return application


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("127.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "10.0.0.1, 203.0.113.9", "203.0.113.9"),
        ("", "203.0.113.9", "203.0.113.9"),
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "<script>", "127.0.0.1"),
        ("198.51.100.7", "203.0.113.9", "198.51.100.7"),
    ],
)
def test_the_pages_are_told_who_stands_behind_the_proxy_of_this_machine(peer: str, forwarded: str, client: str) -> None:
    seen: list[str] = []

    def page(environ: WSGIEnvironment, _start: StartResponse) -> Iterable[bytes]:
        seen.append(environ["REMOTE_ADDR"])
        return []

    environ = {"PATH_INFO": "/login", "QUERY_STRING": "", "REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": forwarded}
    ExchangeDispatcher(named(b"exchange"), page)(environ, lambda *_: lambda _data: None)
    assert seen == [client]


def test_the_dispatcher_asks_the_right_application() -> None:
    dispatcher = ExchangeDispatcher(named(b"exchange"), named(b"web"), ("/mine",))

    def ask(path: str, query: str) -> list[bytes]:
        return list(dispatcher({"PATH_INFO": path, "QUERY_STRING": query}, lambda *_: lambda _data: None))

    assert ask("/", "type=sale&mode=query") == [b"exchange"]
    assert ask("/mine", "") == [b"exchange"]
    assert ask("/login", "next=/") == [b"web"]
