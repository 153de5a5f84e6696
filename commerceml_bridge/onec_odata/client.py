"""One question to the OData interface of one base: GET, Basic in UTF-8, one after another (facts §3.3–§3.7).

All questions of one client share one session of 1C (``IBSession``, §3.7), so that they take one licence and not one
each; a publication that knows no such sessions answers without. Never writes, never follows a redirect (the password
would go along), never asks for ``$inlinecount`` (1C then ignores paging). Errors of ``requests`` quote addresses, so
they are turned into own errors and never chained.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from urllib.parse import quote

import requests

from commerceml_bridge.errors import ODataError, ODataQueryRefused, ODataUnavailable
from commerceml_bridge.onec_odata.answers import HttpAnswer, Row, read
from commerceml_bridge.onec_odata.expressions import LONGEST_QUERY, query

TIMEOUT = (10.0, 60.0)
"""connect and read, seconds (§3.9)"""
LONGEST_WAIT = 120.0
"""seconds for one whole answer, however it trickles"""
LARGEST_BODY = 64 * 1024 * 1024
PAGE = 500
MOST_PAGES = 400
_PIECE = 65536
SESSION, COOKIE = "IBSession", "ibsession"
_LOST = frozenset({400, 404, 500})
"""What 1C answers where the session of a cookie is gone (§3.7); the same codes mean other things without a cookie."""
_NO_SESSIONS = 406
_GIVEN = 200


class _Basic(requests.auth.AuthBase):
    """Basic authentication in UTF-8, as 1C reads it; ``requests`` would spell Cyrillic as Latin-1 or refuse."""

    def __init__(self, login: str, password: str) -> None:
        self._header = "Basic " + base64.b64encode(f"{login}:{password}".encode()).decode("ascii")

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = self._header
        return request


class ODataClient:
    """Asks one base. ``requests_sent`` counts GETs."""

    def __init__(
        self,
        root: str,
        login: str,
        password: str,
        *,
        timeout: tuple[float, float] = TIMEOUT,
        longest: float = LONGEST_WAIT,
        page: int = PAGE,
    ) -> None:
        self._root = root
        self._session = requests.Session()
        self._session.auth = _Basic(login, password)
        self._session.headers.update({"Accept": "application/json", "User-Agent": "commerceml-bridge"})
        self._timeout = timeout
        self._longest = longest
        self.page = page
        self.requests_sent = 0
        self._may_reuse = True
        self.server_date = ""
        """the ``Date`` header of the last answer"""

    def __repr__(self) -> str:
        return f"ODataClient({self._root})"

    def close(self) -> None:
        """End the session of 1C, if the last question has not done so, and close the connection."""
        if COOKIE in self._session.cookies:
            with suppress(ODataError):
                self._get(f"{self._root}?{query({'$format': 'json'})}", "finish")
        self._session.close()

    def composition(self) -> list[str]:
        """Return the entity sets the interface publishes. Raises ``ODataError``."""
        return [str(row.get("name", "")) for row in self._ask("", {"$format": "json"})]

    def rows(self, entity: str, select: str, where: str, *, order: str = "", last: bool = False) -> Iterator[Row]:
        """Yield rows. With ``order`` page after page until a short one; without it pages would have no order, so that
        all come in one answer: 1C itself sets no limit (§3.3). ``last``: the session of 1C is not needed any more.
        Raises ``ODataError``.
        """
        options = {"$format": "json", "$select": select} | ({"$filter": where} if where else {})
        if not order:
            yield from self._ask(entity, options, last=last)
            return
        for number in range(MOST_PAGES):
            paging = {"$orderby": order, "$top": str(self.page), "$skip": str(number * self.page)}
            found = self._ask(entity, options | paging)
            yield from found
            if len(found) < self.page:
                return
        raise ODataQueryRefused("1С отдаёт слишком много строк: сузьте дату узла (node set УЗЕЛ --from …).")

    def first(self, entity: str, select: str) -> list[Row]:
        """Return one row or none: may the login read this? Raises ``ODataError``."""
        return self._ask(entity, {"$format": "json", "$select": select, "$top": "1"})

    def _ask(self, entity: str, options: Mapping[str, str], *, last: bool = False) -> list[Row]:
        encoded = query(options)
        if len(encoded) > LONGEST_QUERY:
            raise ODataQueryRefused("Запрос к 1С длиннее, чем принимает веб-сервер.")
        return read(self._in_session(f"{self._root}{quote(entity, safe='')}?{encoded}", last=last), entity)

    def _in_session(self, url: str, *, last: bool) -> HttpAnswer:
        """Ask within the session of this client: begin it, go on, end it; without one where there can be none."""
        held = COOKIE in self._session.cookies
        word = self._word(held=held, last=last)
        answer = self._get(url, word)
        if word == "start" and answer.status == _GIVEN and COOKIE not in self._session.cookies:
            self._may_reuse = False  # no cookie comes through: each "start" would leave one more session behind
        if answer.status == _NO_SESSIONS and self._may_reuse:
            self._may_reuse = False
            self._session.cookies.clear()
            return self._get(url, "")
        if held and answer.status in _LOST:
            self._session.cookies.clear()
            answer = self._get(url, self._word(held=False, last=last))
        if last:
            self._session.cookies.clear()
        return answer

    def _word(self, *, held: bool, last: bool) -> str:
        if not self._may_reuse or (last and not held):
            return ""
        return "finish" if last else "" if held else "start"

    def _get(self, url: str, session: str) -> HttpAnswer:
        self.requests_sent += 1
        reason = ""
        try:
            return self._read(url, {SESSION: session} if session else {})
        except requests.exceptions.SSLError:
            reason = "сертификат сервера 1С не принят: он самоподписанный, просрочен или выдан другому имени"
        except requests.Timeout:
            reason = "1С не ответила вовремя"
        except requests.ConnectionError:
            reason = "соединение с веб-сервером 1С не установлено или оборвалось"
        except requests.RequestException:
            reason = "ответ веб-сервера 1С не читается"
        raise ODataUnavailable(f"База 1С недоступна: {reason}. Опрос повторится позже.")

    def _read(self, url: str, headers: Mapping[str, str]) -> HttpAnswer:
        begun = time.monotonic()
        asked = self._session.get(url, headers=headers, timeout=self._timeout, allow_redirects=False, stream=True)
        with asked as response:
            body = bytearray()
            for piece in response.iter_content(_PIECE):
                body += piece
                if time.monotonic() - begun > self._longest:
                    raise requests.Timeout
                if len(body) > LARGEST_BODY:
                    raise ODataQueryRefused("Ответ 1С слишком велик: это не таблица счетов.")
            self.server_date = response.headers.get("Date", "")
            return HttpAnswer(response.status_code, bytes(body))
