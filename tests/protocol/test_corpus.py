"""Every fixture of ``fixtures/exchange`` against a live server, cut into pieces in four ways."""

from __future__ import annotations

import base64
import re

import pytest

from tests.protocol.corpus import Case, cases, check, fill
from tests.protocol.live import BASIC, UTF8_BASIC, Live
from tests.protocol.wire import SENDERS, Connection, Response, whole

WRONG = base64.b64encode(b"nobody:Corpus-pass-1").decode()
CHECKAUTH = b"GET /?type=sale&mode=checkauth HTTP/1.1\r\nHost: bridge\r\nAuthorization: Basic {basic}\r\n\r\n"
CREDENTIALS = {"basic": BASIC, "basic-utf8": UTF8_BASIC, "basic-wrong": WRONG}


def remember(response: Response, values: dict[str, str]) -> None:
    """Take cookie and sessid out of an answer of checkauth."""
    match = re.match(rb"success\ncmlb_session\n([0-9a-f]{32})\nsessid=([0-9a-f]{32})\n", response.body)
    if match:
        values |= {"cookie": match[1].decode(), "sessid": match[2].decode()}


@pytest.mark.parametrize("sender", SENDERS)
@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_a_raw_request_is_answered_as_its_fixture_says(case: Case, sender: str, live: Live) -> None:
    values = dict(CREDENTIALS)
    with Connection(live.port) as connection:
        if case.needs_session():
            connection.send(whole(fill(CHECKAUTH, values)))
            remember(connection.receive(), values)
        for request, expected in zip(case.requests, case.answers, strict=True):
            connection.send(SENDERS[sender](fill(request, values)))
            response = connection.receive(head=request.startswith(b"HEAD "))
            if response.headers["content-type"].startswith("text/html"):
                remember(response, values)
            check(response, expected, values)


def test_the_corpus_is_there() -> None:
    names = [case.name for case in cases()]
    assert sum(name.startswith("valid/") for name in names) >= 35
    assert sum(name.startswith("invalid/") for name in names) >= 60
    assert len({name.rpartition("/")[2][:3] for name in names}) == len(names), "a number is used twice"
