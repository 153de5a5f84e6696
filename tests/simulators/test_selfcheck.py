"""The self-check against a server that behaves well, and against one misbehaviour at a time."""

from __future__ import annotations

import socket
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from commerceml_bridge.simulators.selfcheck import Finding, Options, run_selfcheck
from commerceml_bridge.simulators.selfcheck_wire import Target, parse_address

from .exchange_double import BASIC, COOKIE, LOGIN, PASSWORD, TOKEN, Double, make_certificate

QUICK = Options(upload_bytes=1_500_000, slow_seconds=0.4, timeout=5)


def broken(findings: list[Finding]) -> dict[str, Finding]:
    """The findings that are not ok, by name."""
    return {finding.name: finding for finding in findings if not finding.ok}


def check(*faults: str, options: Options = QUICK) -> dict[str, Finding]:
    with Double(frozenset(faults)) as double:
        return broken(run_selfcheck(double.url, LOGIN, PASSWORD, options))


def test_a_server_that_behaves_gets_no_complaint() -> None:
    with Double() as double:
        findings = run_selfcheck(double.url, LOGIN, PASSWORD, QUICK)
    assert broken(findings) == {}
    assert len(findings) >= 25
    assert all(finding.what and not finding.follows and not finding.mend for finding in findings)


def test_it_never_opens_or_acknowledges_a_delivery_and_uploads_only_to_the_catalogue() -> None:
    with Double() as double:
        run_selfcheck(double.url, LOGIN, PASSWORD, QUICK)
    assert {seen.mode for seen in double.seen} == {"checkauth", "init", "info", "file"}
    uploads = [seen for seen in double.seen if seen.method == "POST"]
    assert [seen.length for seen in uploads] == [1_500_000, 1000]
    assert all(b"type=catalog" in seen.target for seen in uploads)


def test_it_asks_with_password_alone_with_cookie_alone_and_with_both() -> None:
    with Double() as double:
        run_selfcheck(double.url, LOGIN, PASSWORD, QUICK)
    pairs = {("authorization" in seen.headers, "cookie" in seen.headers) for seen in double.seen}
    assert pairs == {(True, False), (False, True), (True, True)}
    assert any(seen.headers.get("cookie") == COOKIE for seen in double.seen)


def test_it_sends_raw_windows_1251_bytes_and_long_addresses() -> None:
    with Double() as double:
        run_selfcheck(double.url, LOGIN, PASSWORD, QUICK)
    assert any("самопроверка.xml".encode("windows-1251") in seen.target for seen in double.seen)
    assert max(len(seen.target) for seen in double.seen) > 20_000


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        ("redirect", "Нет перенаправлений"),
        ("gzip", "Ответы не сжаты"),
        ("teapot", "Код ответа всегда 200"),
        ("html", "Нет страниц HTML"),
        ("chunked", "Content-Length есть, передача не кусками"),
        ("cr", "Строки разделены только LF"),
        ("banner", "Первая строка — слово обмена (ASCII)"),
        ("cut short", "Ответ приходит целиком"),
    ],
)
def test_one_spoiler_of_answers_is_named_and_no_other(fault: str, name: str) -> None:
    transport = {
        "Нет перенаправлений",
        "Ответы не сжаты",
        "Код ответа всегда 200",
        "Нет страниц HTML",
        "Content-Length есть, передача не кусками",
        "Строки разделены только LF",
        "Первая строка — слово обмена (ASCII)",
        "Ответ приходит целиком",
    }
    found = check(fault)
    assert transport & set(found) == {name}
    assert found[name].follows
    assert found[name].mend


@pytest.mark.parametrize(
    ("fault", "names"),
    [
        ("small bodies", {"Файл из 1С", "Код ответа всегда 200"}),
        ("impatient", {"Медленная передача", "Ответ приходит целиком"}),
        ("cookie only", {"Пароль без cookie"}),
        ("long init", {"init без version"}),
        ("drops connections", {"Несколько запросов в одном соединении", "Ответ приходит целиком"}),
        ("html refusals", {"Имя файла не латиницей: пробел в имени", "Код ответа всегда 200"}),
    ],
)
def test_what_only_some_requests_meet_is_named(fault: str, names: set[str]) -> None:
    assert set(check(fault)) == names


@pytest.mark.parametrize("seconds", [0.12, 0.4])
def test_an_impatient_server_is_found_whatever_the_pauses_are(seconds: float) -> None:
    """The pauses were as long as one wait of the double: whether it gave up was decided by the load of the machine."""
    found = check("impatient", options=replace(QUICK, slow_seconds=seconds))
    assert set(found) == {"Медленная передача", "Ответ приходит целиком"}


def test_a_stripped_authorization_header_is_told_from_a_wrong_password() -> None:
    stripped = check("no authorization")
    assert "Остальное не проверено" in stripped
    assert "Authorization" in stripped["Вход (type=sale)"].follows
    with Double() as double:
        wrong = broken(run_selfcheck(double.url, LOGIN, "another", QUICK))
    assert "Неверный логин или пароль" in wrong["Вход (type=sale)"].what
    assert "один и тот же" not in wrong["Вход (type=sale)"].what


def test_secrets_are_in_no_finding_even_if_the_server_echoes_them() -> None:
    with Double() as good, Double(frozenset({"echo"})) as echo:
        findings = [*run_selfcheck(good.url, LOGIN, PASSWORD, QUICK), *run_selfcheck(echo.url, LOGIN, PASSWORD, QUICK)]
    shown = repr(findings).lower()
    assert "***" in shown
    secrets = [PASSWORD, BASIC.removeprefix("Basic "), COOKIE.partition("=")[2], TOKEN.partition("=")[2]]
    assert [secret for secret in secrets if secret.lower() in shown] == []


def test_non_ascii_credentials_are_refused_before_anything_is_sent() -> None:
    with Double() as double:
        findings = broken(run_selfcheck(double.url, "узел", PASSWORD, QUICK))
        assert double.seen == []
    assert set(findings) == {"Логин и пароль латиницей"}


def test_a_closed_port_is_a_finding() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert set(broken(run_selfcheck(f"http://127.0.0.1:{port}/", LOGIN, PASSWORD, QUICK))) == {"Связь с сервером"}


def test_a_server_that_is_silent_is_a_finding_and_not_an_endless_wait() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        findings = broken(run_selfcheck(url, LOGIN, PASSWORD, Options(timeout=0.2)))
    assert "ответа не дождались" in findings["Ответ приходит целиком"].what


def test_a_server_that_does_not_speak_http_is_a_finding() -> None:
    def serve(listener: socket.socket) -> None:
        for _ in range(3):
            connection, _address = listener.accept()
            with connection:
                connection.sendall(b"220 mail.example ESMTP\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,))
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        findings = broken(run_selfcheck(url, LOGIN, PASSWORD, QUICK))
        thread.join()
    assert "не похож на HTTP" in findings["Вход (type=catalog)"].what


# --- TLS ------------------------------------------------------------------------------------------------------


def test_a_trusted_certificate_is_accepted_and_its_days_are_shown(tmp_path: Path) -> None:
    pem = make_certificate(tmp_path, days=90)
    with Double(certificate=pem) as double:
        findings = run_selfcheck(double.url, LOGIN, PASSWORD, Options(500_000, 0.2, cafile=pem))
    assert broken(findings) == {}
    assert any("ещё 90 дн." in finding.what for finding in findings)


def test_an_unknown_certificate_stops_the_check_before_the_password_is_sent(tmp_path: Path) -> None:
    with Double(certificate=make_certificate(tmp_path)) as double:
        findings = broken(run_selfcheck(double.url, LOGIN, PASSWORD, QUICK))
        assert double.seen == []
    assert set(findings) == {"Сертификат TLS"}
    assert "self-signed" in findings["Сертификат TLS"].what


def test_an_expired_certificate_and_one_for_another_name_are_refused(tmp_path: Path) -> None:
    for pem, reason in [
        (make_certificate(tmp_path, days=-2), "expired"),
        (make_certificate(tmp_path, name="other.example"), "not valid for"),
    ]:
        with Double(certificate=pem) as double:
            findings = broken(run_selfcheck(double.url, LOGIN, PASSWORD, Options(cafile=pem)))
        assert reason in findings["Сертификат TLS"].what


def test_a_certificate_about_to_expire_is_a_finding(tmp_path: Path) -> None:
    pem = make_certificate(tmp_path, days=90)
    with Double(certificate=pem) as double:
        later = datetime.now(UTC) + timedelta(days=85)
        findings = broken(run_selfcheck(double.url, LOGIN, PASSWORD, Options(500_000, 0.2, cafile=pem), now=later))
    assert "ещё только 5 дн." in findings["Сертификат TLS"].what


@pytest.mark.parametrize(("fault", "ok"), [("", True), ("redirect", False), ("html", False)])
def test_the_plain_port_may_refuse_but_not_redirect_and_gets_no_password(tmp_path: Path, fault: str, ok: bool) -> None:
    pem = make_certificate(tmp_path)
    with Double(certificate=pem) as secure, Double(frozenset({fault})) as plain:
        options = Options(500_000, 0.2, cafile=pem, http_port=plain.port)
        findings = broken(run_selfcheck(secure.url, LOGIN, PASSWORD, options))
    assert ("http:// не перенаправляет" not in findings) is ok
    assert [seen for seen in plain.seen if "authorization" in seen.headers] == []


# --- the address as 1C reads it -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("https://b.example/a/b", Target("b.example", 443, tls=True, path="/a/b")),
        ("http:\\\\b.example\\a", Target("b.example", 80, tls=False, path="/a")),
        (" b.example : 8080 / a ", Target("b.example", 8080, tls=False, path="/a")),
        ("HTTPS://b.example", Target("b.example", 443, tls=True, path="/")),
        ("https://пример.рф//x", Target("xn--e1afmkfd.xn--p1ai", 443, tls=True, path="/x")),
    ],
)
def test_an_address_is_read_by_the_rules_of_1c(text: str, target: Target) -> None:
    assert parse_address(text) == target


@pytest.mark.parametrize("text", ["", "https://", "b.example/?type=sale", "b.example:x/", "http://me:pw-1@b.example/"])
def test_an_address_1c_would_misread_is_refused_without_showing_it(text: str) -> None:
    findings = run_selfcheck(text, LOGIN, PASSWORD)
    assert [finding.name for finding in findings] == ["Адрес сайта"]
    assert not findings[0].ok
    assert "pw-1" not in repr(findings)
