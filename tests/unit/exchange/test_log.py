"""No secret reaches a log or the journal."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest

from commerceml_bridge import log


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("POST https://x.bitrix24.ru/rest/1/s3cr3tc0de/crm.item.list", "/rest/1/***/crm.item.list"),
        ("Authorization: Basic dTpwYXNzd29yZA==", "Authorization: ***"),
        ("{'Authorization': 'Basic dTpwYXNzd29yZA==', 'Accept': '*/*'}", "'Authorization': '***', 'Accept'"),
        ("Cookie: cmlb_session=s3cr3tc0de; other=1", "Cookie: ***"),
        ("Set-Cookie: sid=s3cr3tc0de", "Set-Cookie: ***"),
        ("GET /?type=sale&sessid=s3cr3tc0de&mode=query", "sessid=***&mode=query"),
        ("cmlb_session=s3cr3tc0de", "cmlb_session=***"),
        ("postgresql://bridge:s3cr3tc0de@db/x", "postgresql://***@db/x"),
        ('{"auth[application_token]": "s3cr3tc0de", "a": 1}', '***", "a": 1}'),
        ("password=s3cr3tc0de", "password=***"),
        ("proxy said Bearer s3cr3tc0de", "Bearer ***"),
    ],
)
def test_secrets_are_masked_in_text(text: str, masked: str) -> None:
    result = log.mask_text(text)
    assert "s3cr3tc0de" not in result
    assert "dTpwYXNzd29yZA" not in result
    assert masked in result


def test_plain_text_is_left_as_it_is() -> None:
    text = "session 12 of node Основная база: 3 documents, /rest/api, type=sale&mode=query"
    assert log.mask_text(text) == text


def test_a_query_string_loses_only_its_secrets() -> None:
    assert log.mask_query("type=sale&&mode=query&sessid=abc&USER_PASSWORD=x&sess%69d=abc&filename=a=b") == (
        "type=sale&&mode=query&sessid=***&USER_PASSWORD=***&sess%69d=***&filename=a=b"
    )


def test_headers_that_carry_credentials_keep_their_name_only() -> None:
    assert log.mask_headers({"AUTHORIZATION": "Basic x", "Cookie": "a=b", "User-Agent": "1C+Enterprise/8.3"}) == {
        "AUTHORIZATION": "***",
        "Cookie": "***",
        "User-Agent": "1C+Enterprise/8.3",
    }


def test_the_answer_of_checkauth_keeps_its_shape_without_its_tokens() -> None:
    body = b"success\ncmlb_session\nc00kie\nsessid=t0ken\ntimestamp=5\n"
    assert log.mask_body(body) == b"success\ncmlb_session\n***\nsessid=***\ntimestamp=5\n"


def test_the_answer_of_init_loses_its_sessid() -> None:
    assert log.mask_body(b"zip=no\nfile_limit=1\nsessid=t0ken\nversion=2.09") == (
        b"zip=no\nfile_limit=1\nsessid=***\nversion=2.09"
    )


def test_other_answers_are_kept_byte_for_byte() -> None:
    body = "failure\nОшибка\n".encode("cp1251")
    assert log.mask_body(body) == body


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = root.level
    target = io.StringIO()
    handler = log.configure_logging(logging.DEBUG, target)
    yield target
    root.removeHandler(handler)
    root.setLevel(before)


def test_a_log_line_is_masked_in_message_arguments_and_traceback(stream: io.StringIO) -> None:
    logger = logging.getLogger("some.library")
    try:
        raise ValueError("https://x/rest/1/s3cr3tc0de/m failed")
    except ValueError:
        logger.exception("asked %s with %s", "https://x/rest/1/s3cr3tc0de/m", {"Cookie": "cmlb_session=s3cr3tc0de"})
    written = stream.getvalue()
    assert "s3cr3tc0de" not in written
    assert "/rest/1/***/m" in written
    assert "ValueError" in written


def test_a_line_with_wrong_arguments_is_written_and_masked(stream: io.StringIO) -> None:
    logging.getLogger("x").warning("sessid=s3cr3tc0de %d", "not a number")
    assert "sessid=***" in stream.getvalue()


def test_configuring_twice_writes_each_line_once(stream: io.StringIO) -> None:
    second = io.StringIO()
    handler = log.configure_logging(logging.INFO, second)
    logging.getLogger("x").info("hello")
    logging.getLogger().removeHandler(handler)
    assert stream.getvalue() == ""
    assert second.getvalue().count("hello") == 1
