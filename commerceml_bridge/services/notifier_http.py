"""One call of a published 1C base, for ``notifying``: what it answered, in words for people.

Certificates are verified, redirects are not followed, the password goes to the given address only and into no text.
"""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass
from urllib.parse import quote

import requests

TIMEOUT = (5.0, 30.0)
"""connect and read, seconds"""
_READ = 4096
_SHOWN = 300


@dataclass(frozen=True)
class Answer:
    """What a base answered: HTTP status (0: nothing), its first words, how long it took."""

    ok: bool
    status: int
    text: str
    milliseconds: int


def call(method: str, url: str, login: str, password: str) -> Answer:
    """Call a base once and return what it said. Never raises for what the base or the network does."""
    started = time.monotonic()
    try:
        with requests.request(
            method,
            url,
            json={"event": "invoices"} if method == "POST" else None,
            auth=_Basic(login, password),
            headers={"User-Agent": "commerceml-bridge", "Accept": "text/plain, application/json"},
            timeout=TIMEOUT,
            allow_redirects=False,
            stream=True,
        ) as response:
            status, text = response.status_code, _first_words(response)
    except requests.RequestException as error:
        status, text = 0, _network_text(error)
    spent = round((time.monotonic() - started) * 1000)
    if password:
        text = text.replace(password, "***").replace(quote(password), "***")
    ok = 200 <= status < 300
    return Answer(ok, status, text if ok or not status else f"{_meaning(status)} {text}".strip(), spent)


class _Basic(requests.auth.AuthBase):
    """Basic in UTF-8, as 1C reads it; without a login no credentials at all, not even those of a ``.netrc``."""

    def __init__(self, login: str, password: str) -> None:
        self._pair = f"{login}:{password}" if login else ""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._pair:
            request.headers["Authorization"] = "Basic " + base64.b64encode(self._pair.encode()).decode()
        return request


def _first_words(response: requests.Response) -> str:
    """Return the beginning of a body as one line; HTML is only named."""
    content = next(response.iter_content(_READ), b"")
    text = content.decode("utf-8-sig", "replace")
    if text.lstrip()[:1] == "<":
        return "(страница HTML)"
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())[:_SHOWN]


def _meaning(status: int) -> str:
    if 300 <= status < 400:
        return f"HTTP {status}: перенаправление. Укажите конечный адрес: пароль по чужому адресу не посылается."
    meanings = {
        401: "HTTP 401: логин или пароль не подошли.",
        403: "HTTP 403: пользователю 1С не хватает прав на HTTP-сервис.",
        404: "HTTP 404: по этому адресу нет HTTP-сервиса, проверьте имя базы, корневой URL и публикацию.",
        405: "HTTP 405: сервис не принимает этот метод, попробуйте --method GET.",
    }
    return meanings.get(status, f"HTTP {status}.")


def _network_text(error: requests.RequestException) -> str:
    """Say in own words why there is no answer: texts of the library quote the address."""
    if isinstance(error, requests.exceptions.SSLError):
        return "Сертификат сервера 1С не принят: он самоподписанный, просрочен или для другого имени."
    if isinstance(error, requests.ConnectTimeout):
        return "Сервер 1С не принимает соединение."
    if isinstance(error, requests.Timeout):
        return f"1С не ответила за {TIMEOUT[1]:.0f} с. Сервис должен ставить обмен в фон и отвечать сразу."
    if isinstance(error, requests.ConnectionError):
        return "Соединение с сервером 1С не установлено или оборвалось."
    return f"Запрос не удался ({type(error).__name__})."
