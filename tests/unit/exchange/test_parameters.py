"""Query strings, cookies and credentials as real clients send them."""

from __future__ import annotations

import base64

import pytest

from commerceml_bridge.exchange.request import parse_basic, parse_cookie, parse_form, parse_query


def raw(text: str, charset: str) -> str:
    return text.encode(charset).decode("latin-1")


def test_parameters_are_found_by_name_wherever_they_stand() -> None:
    assert parse_query("version=2.09&cmlVersion=2.10&type=sale&mode=init") == {
        "version": "2.09",
        "cmlversion": "2.10",
        "type": "sale",
        "mode": "init",
    }


def test_a_doubled_ampersand_as_the_bitrix_module_sends_it_changes_nothing() -> None:
    assert parse_query("type=sale&mode=init&&version=2.08&") == {"type": "sale", "mode": "init", "version": "2.08"}


def test_of_a_parameter_sent_twice_the_last_that_is_not_empty_counts() -> None:
    assert parse_query("mode=query&sessid=a&mode=success&sessid=")["mode"] == "success"
    assert parse_query("sessid=a&sessid=")["sessid"] == "a"


@pytest.mark.parametrize("charset", ["utf-8", "cp1251"])
def test_a_raw_russian_file_name_is_read_in_both_charsets(charset: str) -> None:
    assert parse_query(raw("filename=Заказ №1.xml", charset))["filename"] == "Заказ №1.xml"


def test_a_percent_encoded_file_name_is_decoded_and_a_plus_is_kept() -> None:
    assert parse_query("filename=a%20b+c%25.xml")["filename"] == "a b+c%.xml"


def test_a_windows_path_survives_with_its_backslashes() -> None:
    assert parse_query(r"filename=C:\Temp\v8_8789_c.xml")["filename"] == r"C:\Temp\v8_8789_c.xml"


def test_a_nul_never_reaches_a_text_column() -> None:
    assert "\0" not in parse_query("filename=a%00b")["filename"]


def test_a_posted_form_means_a_blank_by_plus() -> None:
    assert parse_form(iter([b"mode=que", b"ry&a=b+c\r\n"])) == {"mode": "query", "a": "b c"}


def test_a_large_body_is_not_taken_for_a_form() -> None:
    assert parse_form(iter([b"mode=query&" + b"x" * 70000])) == {}


@pytest.mark.parametrize("charset", ["utf-8", "cp1251"])
def test_russian_credentials_are_read_in_both_charsets(charset: str) -> None:
    token = base64.b64encode("Обмен:пароль:1".encode(charset)).decode()
    assert parse_basic(f"Basic {token}") == ("Обмен", "пароль:1")


@pytest.mark.parametrize("header", [None, "", "Basic", "Basic !!!", "Bearer abc", "Basic bm9jb2xvbg=="])
def test_a_header_without_usable_credentials_gives_none(header: str | None) -> None:
    assert parse_basic(header) is None


def test_the_scheme_is_compared_without_case() -> None:
    assert parse_basic("bAsIc dTpw") == ("u", "p")


def test_the_cookie_is_found_among_others_and_taken_verbatim() -> None:
    assert parse_cookie("a=1; cmlb_session=AbC=; b=2", "cmlb_session") == "AbC="
    assert parse_cookie("cmlb_session=", "cmlb_session") is None
    assert parse_cookie(None, "cmlb_session") is None
