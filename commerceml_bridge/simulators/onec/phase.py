"""One phase of an exchange: one connection, its own checkauth, then requests with cookie and token.

Carries the mechanics every family shares; what an answer means is decided by the ``Manners`` of the family and by the
client (facts: 1c-clients §1.2, §2.1).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from commerceml_bridge.simulators.onec import answers, errors
from commerceml_bridge.simulators.onec.answers import Login
from commerceml_bridge.simulators.onec.decoding import Decoder
from commerceml_bridge.simulators.onec.errors import OneCError
from commerceml_bridge.simulators.onec.wire import Answer, BrokenLength, Connection, Endpoint

SERVER_TEXT_LENGTH = 255
BROKEN_GET_PAUSE = 5.0
REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True)
class Manners:
    """How a family treats answers.

    ``refused``: text for a failed checkauth; ``shows_server_text``: the server's own words are shown instead if short
    and not HTML; ``mentions_status``: a code other than 200 is added to error texts; ``aborts_on_status``: it ends the
    exchange; ``names_redirect``: the Location is shown; ``repeats_broken_get``: one retry after 5 s.
    """

    decode: Decoder
    refused: str
    empty: str = errors.EMPTY_ANSWER
    shows_server_text: bool = False
    mentions_status: bool = False
    aborts_on_status: bool = False
    names_redirect: bool = False
    repeats_broken_get: bool = False


class Phase:
    """A connection in use. ``token`` turns a login into the suffix of later requests (starting with ``&``)."""

    def __init__(
        self,
        endpoint: Endpoint,
        manners: Manners,
        token: Callable[[Login], str],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._connection = Connection(endpoint)
        self._manners = manners
        self._token = token
        self._sleep = sleep
        self.login: Login | None = None
        self.last: Answer | None = None

    def __enter__(self) -> Phase:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    @property
    def token(self) -> str:
        """Suffix the family adds to every request after checkauth; empty if it adds none."""
        return self._token(self.login) if self.login else ""

    def log_in(self, kind: str = "sale") -> None:
        """``mode=checkauth``; raises OneCError with the text of the family (§7)."""
        text = self.get(f"type={kind}&mode=checkauth")
        self.login = answers.login_of(text)
        if self.login is None:
            raise self.failure(self._refusal(text), detail=answers.lines_of(text)[0][:200])

    def get(self, query: str) -> str:
        """GET and decode; raises OneCError for an empty body."""
        try:
            return self._read(self._send("GET", query, None))
        except BrokenLength:
            if not self._manners.repeats_broken_get:
                raise
        self._sleep(BROKEN_GET_PAUSE)
        return self._read(self._send("GET", query, None))

    def post(self, query: str, body: bytes) -> str:
        """POST raw bytes and decode the answer; raises OneCError for an empty body."""
        return self._read(self._send("POST", query, body))

    def get_raw(self, query: str) -> Answer:
        """GET without looking at the answer (UT 10.3 ignores the body of ``success``)."""
        return self._send("GET", query, None)

    def failure(self, text: str, detail: str = "") -> OneCError:
        """An error as the family words it, with the status code where it mentions one."""
        status = self.last.status if self.last else 200
        if status != 200 and self._manners.names_redirect and status in REDIRECTS and self.last:
            text = errors.REPLACE_ADDRESS.format(location=self.last.headers.get("Location", ""))
        elif status != 200 and self._manners.mentions_status:
            text = f"{text} Ответ сервера = {status}"
        return OneCError(text, detail)

    def _send(self, method: str, query: str, body: bytes | None) -> Answer:
        cookie = self.login.cookie if self.login else None
        self.last = self._connection.send(method, query, body, cookie)
        return self.last

    def _read(self, answer: Answer) -> str:
        if self._manners.aborts_on_status and answer.status != 200:
            raise OneCError(f"Ответ сервера: {answer.status} {self._manners.decode(answer)}".strip())
        if not answer.body:
            raise self.failure(self._manners.empty)
        return self._manners.decode(answer)

    def _refusal(self, text: str) -> str:
        shown = self._manners.shows_server_text and len(text) < SERVER_TEXT_LENGTH and "<" not in text
        return text.strip() if shown else self._manners.refused
