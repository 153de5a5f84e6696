"""What the doubles put on the wire and how they take broken transport (facts: 1c-clients §1.1–§1.3, §7)."""

from __future__ import annotations

import base64
import gzip
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from commerceml_bridge.simulators.onec import FAMILIES, OneCClient, OneCError, Run, connect, errors
from commerceml_bridge.simulators.onec.address import parse_address

from .onec_site import Reply, Site, container, document, envelope, running


@pytest.fixture
def site() -> Iterator[Site]:
    with running(envelope(document())) as site:
        yield site


def client(site: Site, family: str = "ut11", **options: Any) -> OneCClient:
    return connect(family, address=site.address, login="obmen", password="s3cret", **options)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("http://site.ru", ("site.ru", 80, False, "")),
        ("https://site.ru/", ("site.ru", 443, True, "")),
        (" http:\\\\site.ru:8080\\1c ", ("site.ru", 8080, False, "1c")),
        ("site.ru/a/b.php", ("site.ru", 80, False, "a/b.php")),
    ],
)
def test_an_address_is_split_like_1c_does(typed: str, expected: tuple[str, int, bool, str]) -> None:
    address = parse_address(typed, "")
    assert (address.host, address.port, address.tls, address.path) == expected


def test_a_path_with_a_question_mark_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\?"):
        parse_address("site.ru/x?y=1", "")


@pytest.mark.parametrize(
    ("family", "options", "path"),
    [
        ("ut10", {}, "/"),
        ("ut11", {}, "/bitrix/admin/1c_exchange.php"),
        ("unf", {}, "/bitrix/admin/1c_exchange.php"),
        ("unf", {"cms": "umi"}, "/admin/exchange/autoimport/"),
        ("unf", {"cms": "other"}, "/bitrix/admin/1c_exchange.php"),
        ("bp3", {"cms": "umi"}, "/admin/exchange/autoimport/"),
        ("bitrix", {}, "/bitrix/admin/1c_exchange.php"),
    ],
)
def test_an_empty_path_becomes_the_familys_default(site: Site, family: str, options: dict[str, Any], path: str) -> None:
    client(site, family, **options).check_connection()
    assert site.requests[0].target.partition("?")[0] == path


@pytest.mark.parametrize(("slash", "start"), [("one", "/x?"), ("double", "//x?"), ("missing", "x?")])
def test_the_request_target_can_begin_in_three_ways(slash: str, start: str) -> None:
    assert parse_address("site.ru/x", "").target("mode=init", slash) == f"{start}mode=init"


def test_a_target_without_its_leading_slash_reaches_the_wire_so(site: Site) -> None:
    site.address += "x"
    client(site, slash="missing").check_connection()
    assert site.requests[0].target == "x?type=catalog&mode=checkauth"


@pytest.mark.parametrize("family", list(FAMILIES))
def test_the_check_button_asks_the_catalogue_except_in_bp(site: Site, family: str) -> None:
    client(site, family).check_connection()
    assert site.requests[0].query == {"type": "sale" if family == "bp3" else "catalog", "mode": "checkauth"}


@pytest.mark.parametrize("family", list(FAMILIES))
def test_headers_are_the_platforms(site: Site, family: str) -> None:
    if family == "bitrix":
        site.answers["query"] = [
            Reply(envelope(container(document())), content_type="application/xml; charset=windows-1251"),
            Reply(envelope(), content_type="application/xml; charset=windows-1251"),
        ]
    site.answers["init"] = Reply("zip=no\nfile_limit=0")
    one = client(site, family)
    one.load()
    one.upload(full=True)
    basic = "Basic " + base64.b64encode(b"obmen:s3cret").decode()
    for request in site.requests:
        assert request.headers["authorization"] == basic
        assert request.headers["user-agent"].startswith("1C+Enterprise/8")
        assert not {"accept-encoding", "content-type"} & request.headers.keys()
        assert ("cookie" in request.headers) == (request.mode != "checkauth")
        assert request.method == ("POST" if request.mode == "file" else "GET")


def test_a_phase_keeps_one_connection_and_the_next_phase_opens_another(site: Site) -> None:
    one = client(site)
    one.load()
    one.upload(full=True)
    load, upload = {r.connection for r in site.requests[:3]}, {r.connection for r in site.requests[3:]}
    assert len(load) == len(upload) == 1
    assert load != upload


def test_a_redirect_is_not_followed(site: Site) -> None:
    site.answers["checkauth"] = Reply("<html>301</html>", status=301, headers={"Location": "https://site.ru/"})
    with pytest.raises(OneCError, match="Ответ сервера = 301"):
        client(site).load()
    assert site.modes() == ["checkauth"]


def test_unf_shop_names_the_new_address_of_a_redirect(site: Site) -> None:
    site.answers["checkauth"] = Reply("<html>301</html>", status=301, headers={"Location": "https://site.ru/"})
    with pytest.raises(OneCError, match=r"Требуется замена строки подключения: https://site\.ru/"):
        client(site, "unf", shop=True).load()


def test_a_body_packed_with_gzip_is_not_unpacked(site: Site) -> None:
    packed = gzip.compress(b"success\nn\nv\ns\n")
    site.answers["checkauth"] = Reply(body=packed, headers={"Content-Encoding": "gzip"})
    with pytest.raises(OneCError) as failed:
        client(site).load()
    assert failed.value.text.startswith(errors.LOGIN_REFUSED)


def test_set_cookie_is_ignored_and_the_body_lines_are_sent_back(site: Site) -> None:
    site.answers["checkauth"] = Reply("success\nname\nvalue\n", headers={"Set-Cookie": "other=1"})
    client(site).load()
    assert site.of("query")[0].headers["cookie"] == "name=value"


def test_a_carriage_return_in_the_cookie_lines_breaks_the_next_request(site: Site) -> None:
    site.answers["checkauth"] = Reply("success\r\nname\r\nvalue\r\n")
    with pytest.raises(OneCError) as failed:
        client(site).load()
    assert failed.value.text == errors.PLATFORM
    assert "query" not in site.modes()


@pytest.mark.parametrize(
    ("raw", "detail"),
    [
        (b"", errors.NOTHING_RETURNED),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nsuccess", errors.PARTIAL_FILE),
    ],
)
def test_a_broken_length_is_an_error_of_the_platform(site: Site, raw: bytes, detail: str) -> None:
    site.answers["query"] = Reply(raw=raw)
    with pytest.raises(OneCError) as failed:
        client(site).load()
    assert (failed.value.text, failed.value.detail) == (errors.PLATFORM, detail)


def test_unf_shop_waits_five_seconds_and_repeats_a_broken_get_once(site: Site) -> None:
    waited: list[float] = []
    good = site.answers["query"]
    assert isinstance(good, Reply)
    site.answers["query"] = [Reply(raw=b""), good]
    report = client(site, "unf", shop=True, run=Run(sleep=waited.append)).load()
    assert (report.created, waited) == (1, [5.0])


def test_an_unreachable_server_gives_the_platforms_text() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(OneCError) as failed:
            connect("ut11", address=address, login="l", password="p").check_connection()
    assert failed.value.text == errors.PLATFORM


def test_a_server_that_speaks_no_tls_gives_the_ssl_text(site: Site) -> None:
    address = site.address.replace("http://", "https://")
    with pytest.raises(OneCError) as failed:
        connect("ut11", address=address, login="l", password="p").check_connection()
    assert failed.value.text == errors.SSL_FAILED


def test_bp_ends_at_any_code_but_200_where_ut11_still_reads_the_body(site: Site) -> None:
    good = site.answers["query"]
    assert isinstance(good, Reply)
    good.status = 500
    assert client(site, "ut11").load().created == 1
    with pytest.raises(OneCError, match="500"):
        client(site, "bp3").load()


def test_a_bare_request_returns_status_headers_and_raw_bytes(site: Site) -> None:
    answer = client(site).request("GET", "type=sale&mode=checkauth")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/html; charset=windows-1251"
    assert answer.body.startswith(b"success\nPHPSESSID\n")


def test_the_password_is_in_no_error_and_no_representation(site: Site) -> None:
    one = client(site)
    assert "s3cret" not in repr(one.endpoint)
    site.answers["checkauth"] = Reply("failure\nx")
    with pytest.raises(OneCError) as failed:
        one.check_connection()
    assert "s3cret" not in str(failed.value)


def test_an_unknown_family_or_option_is_refused(site: Site) -> None:
    with pytest.raises(ValueError, match="ut11"):
        client(site, "sap")
    with pytest.raises(TypeError):
        client(site, "ut11", use_cookies=True)
    with pytest.raises(TypeError):
        client(site, "unf", use_cookies=True)
    with pytest.raises(ValueError, match="Битрикс"):
        client(site, "unf", cms="other", subordinate=True)
