"""The rules that hold for every answer."""

from __future__ import annotations

import pytest

from commerceml_bridge.exchange import answers
from commerceml_bridge.exchange.gunicorn_worker import http_answer


def test_success_is_one_word_and_lf() -> None:
    answer = answers.success()
    assert answer.body == b"success\n"
    assert answer.headers == {
        "Content-Type": "text/html; charset=windows-1251",
        "Content-Length": "8",
        "Pragma": "no-cache",
    }


def test_a_text_without_final_lf_ends_with_its_last_line() -> None:
    assert answers.text(("zip=no", "file_limit=1"), final_lf=False).body == b"zip=no\nfile_limit=1"


def test_a_failure_is_encoded_as_its_header_says() -> None:
    assert answers.failure("Ошибка №1").body == "failure\nОшибка №1\n".encode("cp1251")
    utf8 = answers.failure("Ошибка №1", charset="utf-8")
    assert utf8.body == "failure\nОшибка №1\n".encode()
    assert utf8.content_type == "text/html; charset=utf-8"


def test_what_windows_1251_lacks_becomes_a_question_mark() -> None:
    assert answers.failure("ёлка 🌲").body == "failure\nёлка ?\n".encode("cp1251")


def test_a_text_with_line_breaks_stays_one_line_without_cr() -> None:
    assert answers.failure("раз\r\nдва\nтри").body == "failure\nраз два три\n".encode("cp1251")


def test_a_long_failure_is_cut_so_that_1c_shows_it() -> None:
    answer = answers.failure("ы" * 1000)
    assert answer.body is not None
    assert answer.length == len(answer.body) < 255
    assert answer.error == "ы" * 1000


def test_the_length_of_text_is_counted_in_bytes() -> None:
    answer = answers.failure("Ошибка", charset="utf-8")
    assert answer.length == len("failure\nОшибка\n".encode())


def test_a_nodes_utf_8_options_share_one_charset() -> None:
    assert [answers.charset_of(name) for name in ("utf-8", "utf-8-sig", "windows-1251")] == [
        "utf-8",
        "utf-8",
        "windows-1251",
    ]


def test_a_stored_body_is_not_copied_into_the_journal() -> None:
    answer = answers.stored_xml(iter([b"<?xml", b"/>"]), 7, "windows-1251")
    assert answer.body is None
    assert answer.content_type == "application/xml; charset=windows-1251"
    assert b"".join(answer.chunks) == b"<?xml/>"


def test_a_stored_body_of_the_wrong_size_breaks_off_loudly() -> None:
    with pytest.raises(RuntimeError, match="5 bytes instead of 7"):
        list(answers.stored_xml(iter([b"<?xml"]), 7, "windows-1251").chunks)


def test_ids_are_added_without_losing_earlier_ones() -> None:
    about = answers.success().concerning(upload_id=1).concerning(node_id=2, session_id=3).about
    assert (about.upload_id, about.node_id, about.session_id, about.delivery_id) == (1, 2, 3, None)


def test_a_refusal_is_a_whole_http_answer_that_ends_the_connection() -> None:
    head, _, body = http_answer(answers.failure("Нет")).partition(b"\r\n\r\n")
    assert head.split(b"\r\n") == [
        b"HTTP/1.1 200 OK",
        b"Content-Type: text/html; charset=windows-1251",
        b"Content-Length: 12",
        b"Pragma: no-cache",
        b"Connection: close",
    ]
    assert body == "failure\nНет\n".encode("cp1251")
