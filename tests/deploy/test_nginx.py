"""``deploy/nginx.conf.sample`` in a live nginx before a small exchange server; then the same with one line spoiled.

nginx runs in the foreground in a temporary folder, as root or not. Without nginx the tests skip; under ``CI=true`` they
fail instead.
"""

from __future__ import annotations

import gzip
import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPSConnection
from pathlib import Path

import pytest

from commerceml_bridge.simulators.selfcheck import Finding, Options, run_selfcheck
from commerceml_bridge.simulators.selfcheck_wire import Answer, Caller, Request, Target

from ..simulators.exchange_double import BASIC, LOGIN, PASSWORD, Double, make_certificate

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "deploy" / "nginx.conf.sample"
MAIN = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
worker_processes 1;
events {{}}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{sample}
}}
"""
Spoil = Callable[[str], str]


def nginx_binary() -> str:
    """Path of nginx; skips without one, fails under ``CI=true`` (decision 27)."""
    binary = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if binary is None:
        reason = "nginx is not installed: apt-get install nginx-light"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return binary


def free_port() -> int:
    """Return a port nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def replaced(text: str, old: str, new: str) -> str:
    """Replace and insist that there was something to replace."""
    assert old in text, f"{old!r} is not in the configuration"
    return text.replace(old, new)


@dataclass
class Proxy:
    """A running nginx: its two ports, the server behind it, the certificate that signs itself."""

    https: int
    http: int
    backend: Double
    certificate: Path
    folder: Path

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.https}/bitrix/admin/1c_exchange.php"

    def caller(self, *, tls: bool = True) -> Caller:
        context = ssl.create_default_context(cafile=str(self.certificate)) if tls else None
        target = Target("127.0.0.1", self.https if tls else self.http, tls, "/bitrix/admin/1c_exchange.php")
        return Caller(target, context, 20)

    def selfcheck(self) -> dict[str, Finding]:
        """What is not ok, by name."""
        options = Options(1_500_000, 0.4, timeout=10, cafile=self.certificate, http_port=self.http)
        findings = run_selfcheck(self.url, LOGIN, PASSWORD, options)
        return {finding.name: finding for finding in findings if not finding.ok}


def concrete(https: int, http: int, backend: int, certificate: Path, folder: Path) -> str:
    """The sample with this test's ports, certificate and folder put in."""
    text = SAMPLE.read_text(encoding="utf-8")
    live = "/etc/letsencrypt/live/bridge.example.ru"
    for old, new in [
        ("listen [::]:443 ssl;", ""),
        ("listen [::]:80;", ""),
        ("listen 443 ssl;", f"listen 127.0.0.1:{https} ssl;"),
        ("listen 80;", f"listen 127.0.0.1:{http};"),
        ("server 127.0.0.1:8080;", f"server 127.0.0.1:{backend};"),
        (f"{live}/fullchain.pem", str(certificate)),
        (f"{live}/privkey.pem", str(certificate)),
        ("/var/log/nginx/commerceml-bridge.log", f"{folder}/access.log"),
        ("/var/www/letsencrypt", f"{folder}/acme"),
    ]:
        text = replaced(text, old, new)
    return text


def wait_for(port: int, process: subprocess.Popen[bytes], folder: Path) -> None:
    """Wait until nginx accepts connections; fail with its own words if it ended."""
    for _ in range(200):
        if process.poll() is not None:
            assert process.stderr is not None
            log = folder / "error.log"
            pytest.fail(process.stderr.read().decode() + (log.read_text() if log.exists() else ""))
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    pytest.fail("nginx did not open its port within 4 s")


@contextmanager
def running_nginx(folder: Path, spoil: Spoil = str, main: str = "") -> Iterator[Proxy]:
    """Run nginx with the sample changed by ``spoil``; ``main`` goes before everything."""
    binary = nginx_binary()
    folder.mkdir(exist_ok=True)
    certificate = make_certificate(folder)
    https, http = free_port(), free_port()
    with Double() as backend:
        sample = spoil(concrete(https, http, backend.port, certificate, folder))
        if os.geteuid() == 0:
            main += "user root;\n"  # the temporary folder belongs to root; an ordinary user needs no line
        config = folder / "nginx.conf"
        config.write_text(main + MAIN.format(folder=folder, sample=sample), encoding="utf-8")
        command = [binary, "-p", str(folder), "-c", str(config), "-e", f"{folder}/error.log"]
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
            try:
                wait_for(https, process, folder)
                yield Proxy(https, http, backend, certificate, folder)
            finally:
                process.terminate()


@pytest.fixture(scope="module")
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """The unspoiled sample, started once for this module."""
    with running_nginx(tmp_path_factory.mktemp("nginx")) as proxy:
        yield proxy


def ask(proxy: Proxy, query: bytes, *, tls: bool = True, **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return proxy.caller(tls=tls).call(Request("test", query, {"Authorization": BASIC} | named))


# --- the sample as it is --------------------------------------------------------------------------------------


def test_the_selfcheck_has_no_complaint_about_the_sample(nginx: Proxy) -> None:
    assert nginx.selfcheck() == {}


def test_authorization_and_cookie_arrive_unchanged(nginx: Proxy) -> None:
    assert ask(nginx, b"type=sale&mode=init", Cookie="any=thing").word == "zip=no"
    headers = nginx.backend.seen[-1].headers
    assert headers["authorization"] == BASIC
    assert headers["cookie"] == "any=thing"
    assert headers["x-forwarded-proto"] == "https"


def test_a_client_cannot_pretend_another_address(nginx: Proxy) -> None:
    ask(nginx, b"type=sale&mode=init", X_Forwarded_For="203.0.113.9")
    assert nginx.backend.seen[-1].headers["x-forwarded-for"] == "127.0.0.1"


def test_a_body_of_60_megabytes_passes_whole(nginx: Proxy) -> None:
    block, count = b"x" * 1_000_000, 60
    request = Request(
        "test",
        b"type=sale&mode=file&filename=a.xml",
        {"Authorization": BASIC},
        (block for _ in range(count)),
        60_000_000,
    )
    assert nginx.caller().call(request).body == b"success\n"
    assert nginx.backend.seen[-1].length == 60_000_000


def test_a_body_over_the_limit_gets_failure_and_not_a_page(nginx: Proxy) -> None:
    request = Request(
        "test", b"type=sale&mode=file&filename=a.xml", {"Authorization": BASIC}, [b"x"], 201 * 1024 * 1024
    )
    answer = nginx.caller().call(request)
    assert (answer.status, answer.word, answer.spoiled) == (200, "failure", "")


def test_the_answer_is_neither_compressed_nor_cut_into_chunks(nginx: Proxy) -> None:
    answer = ask(nginx, b"type=sale&mode=checkauth", Accept_Encoding="gzip")
    assert "content-encoding" not in answer.headers
    assert "transfer-encoding" not in answer.headers
    assert int(answer.headers["content-length"]) == len(answer.body) > 0
    assert "accept-encoding" not in nginx.backend.seen[-1].headers


@pytest.mark.parametrize(
    "path", ["/", "//bitrix/admin/1c_exchange.php", "/bitrix/admin", "/any/path/", "/a/../b", "/%D1%81%D1%87"]
)
def test_every_path_goes_on_as_it_came_and_nothing_redirects(nginx: Proxy, path: str) -> None:
    context = ssl.create_default_context(cafile=str(nginx.certificate))
    connection = HTTPSConnection("127.0.0.1", nginx.https, context=context, timeout=10)
    connection.request("GET", f"{path}?type=sale&mode=checkauth", headers={"Authorization": BASIC})
    response = connection.getresponse()
    assert (response.status, response.read().split(b"\n")[0]) == (200, b"success")
    connection.close()
    assert nginx.backend.seen[-1].target == f"{path}?type=sale&mode=checkauth".encode()


def test_raw_windows_1251_bytes_in_the_query_arrive_untouched(nginx: Proxy) -> None:
    name = "заказы.xml".encode("windows-1251")
    assert ask(nginx, b"type=catalog&mode=init&filename=" + name).word == "zip=no"
    assert nginx.backend.seen[-1].target.endswith(b"filename=" + name)


@pytest.mark.parametrize(
    "start",
    [
        b"GET /a?type=sale&mode=file&filename=a b.xml HTTP/1.1",
        b"GET bitrix/admin/1c_exchange.php?type=sale&mode=init HTTP/1.1",
        b"GET /a?type=sale&mode=init&pad=" + b"x" * 70_000 + b" HTTP/1.1",
        b"GET /%zz?type=sale&mode=init HTTP/1.1",
    ],
    ids=["a space", "no leading slash", "70 kB", "a bad percent code"],
)
@pytest.mark.parametrize("tls", [True, False], ids=["https", "http"])
def test_what_nginx_itself_refuses_is_a_failure_of_the_exchange(nginx: Proxy, start: bytes, tls: bool) -> None:
    with nginx.caller(tls=tls).connect() as sock:
        sock.sendall(start + b"\r\nHost: bridge\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: sock.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    assert body.startswith(b"failure\n")
    assert f"Content-Length: {len(body)}".encode() in head


@pytest.mark.parametrize("query", [b"type=sale&mode=checkauth", b"type=sale", b"mode=init"])
def test_the_plain_port_refuses_1c_in_its_own_words(nginx: Proxy, query: bytes) -> None:
    before = len(nginx.backend.seen)
    answer = ask(nginx, query, tls=False)
    assert (answer.status, answer.word, answer.spoiled) == (200, "failure", "")
    assert "https://" in answer.lines[1]
    assert len(answer.body.decode()) < 255
    assert len(nginx.backend.seen) == before


def test_the_plain_port_sends_a_browser_to_https_but_not_from_the_exchange_paths(nginx: Proxy) -> None:
    target = Target("127.0.0.1", nginx.http, tls=False, path="/invoices")
    page = Caller(target, None, 5).call(Request("test", b"page=2"))
    assert (page.status, page.headers["location"]) == (301, "https://127.0.0.1/invoices?page=2")
    assert ask(nginx, b"", tls=False).word == "failure"


def test_plain_http_on_the_tls_port_is_a_failure_of_the_exchange(nginx: Proxy) -> None:
    target = Target("127.0.0.1", nginx.https, tls=False, path="/")
    assert Caller(target, None, 5).call(Request("test", b"type=sale&mode=checkauth")).word == "failure"


def test_the_token_of_the_session_is_not_in_the_access_log(nginx: Proxy) -> None:
    ask(nginx, b"type=sale&mode=init&sessid=t0ken-f0r-the-l0g")
    log = ""
    for _ in range(100):
        log = (nginx.folder / "access.log").read_text()
        if "type=sale mode=init" in log:
            break
        time.sleep(0.02)
    assert "type=sale mode=init 200" in log
    assert "sessid" not in log
    assert "t0ken" not in log


def test_a_program_that_is_down_is_a_failure_for_1c_and_502_for_a_browser(tmp_path: Path) -> None:
    with running_nginx(tmp_path, down) as proxy:
        answer = ask(proxy, b"type=sale&mode=checkauth")
        assert (answer.status, answer.word, answer.spoiled) == (200, "failure", "")
        assert ask(proxy, b"page=2").status == 502


def down(text: str) -> str:
    """Point the upstream at a port nobody listens on."""
    start = text.index("upstream commerceml_bridge {")
    end = text.index("}", start)
    return text[:start] + f"upstream commerceml_bridge {{\n    server 127.0.0.1:{free_port()};\n" + text[end:]


# --- the sample with one thing broken -------------------------------------------------------------------------


def test_a_stripped_authorization_header_is_named(tmp_path: Path) -> None:
    line = "proxy_set_header Authorization $http_authorization;"
    with running_nginx(tmp_path, lambda text: replaced(text, line, 'proxy_set_header Authorization "";')) as proxy:
        found = proxy.selfcheck()
    assert set(found) == {"Вход (type=catalog)", "Вход (type=sale)", "Остальное не проверено"}
    assert "Authorization" in found["Вход (type=sale)"].mend


def test_a_stripped_cookie_is_named(tmp_path: Path) -> None:
    line = "proxy_redirect off;"
    with running_nginx(tmp_path, lambda text: replaced(text, line, 'proxy_set_header Cookie "";')) as proxy:
        assert set(proxy.selfcheck()) == {"Cookie без пароля"}


def test_compression_is_named(tmp_path: Path) -> None:
    on = "gzip on; gzip_types *;"
    with running_nginx(tmp_path, lambda text: replaced(text, "gzip off;", on)) as proxy:
        found = proxy.selfcheck()
        raw = ask(proxy, b"type=sale&mode=checkauth", Accept_Encoding="gzip").body
    assert gzip.decompress(raw).startswith(b"success\n")
    assert set(found) == {"Ответы не сжаты", "info (списки статусов)"}


def test_a_redirect_for_a_missing_slash_is_named(tmp_path: Path) -> None:
    def spoil(text: str) -> str:
        return replaced(
            text, "gzip off;\n\n    location / {", "gzip off;\n    rewrite ^(.*[^/])$ $1/ permanent;\n    location / {"
        )

    with running_nginx(tmp_path, spoil) as proxy:
        found = proxy.selfcheck()
    assert "Нет перенаправлений" in found
    assert "код 301" in found["Вход (type=sale)"].what


def test_a_redirect_from_the_plain_port_is_named(tmp_path: Path) -> None:
    rewrite = "rewrite ^ /.commerceml/plain-http last;"
    with running_nginx(
        tmp_path, lambda text: replaced(text, rewrite, "return 301 https://$host$request_uri;")
    ) as proxy:
        assert set(proxy.selfcheck()) == {"http:// не перенаправляет"}


def test_a_small_body_limit_is_named_with_and_without_its_page(tmp_path: Path) -> None:
    def small(text: str) -> str:
        return replaced(text, "client_max_body_size 200m;", "client_max_body_size 1m;")

    with running_nginx(tmp_path / "worded", small) as proxy:
        found = proxy.selfcheck()
        assert set(found) == {"Файл из 1С"}
        assert "client_max_body_size" in found["Файл из 1С"].what
    with running_nginx(tmp_path / "page", lambda text: replaced(small(text), "error_page 413 ", "#")) as proxy:
        assert set(proxy.selfcheck()) == {"Файл из 1С", "Код ответа всегда 200"}


def test_short_time_limits_are_named(tmp_path: Path) -> None:
    line = "client_body_timeout 300s;"
    with running_nginx(tmp_path, lambda text: replaced(text, line, "client_body_timeout 50ms;")) as proxy:
        assert "Медленная передача" in proxy.selfcheck()


def test_a_short_request_line_limit_is_named(tmp_path: Path) -> None:
    line = "large_client_header_buffers 4 64k;"
    with running_nginx(tmp_path, lambda text: replaced(text, line, "large_client_header_buffers 4 2k;")) as proxy:
        assert set(proxy.selfcheck()) == {"Длинный адрес запроса: адрес 3500 байт"}


def test_nginx_own_error_pages_are_named(tmp_path: Path) -> None:
    line = "error_page 400 414 494 = /.commerceml/bad-request;"
    with running_nginx(tmp_path, lambda text: replaced(text, line, "")) as proxy:
        assert set(proxy.selfcheck()) == {"Имя файла не латиницей: пробел в имени", "Код ответа всегда 200"}
