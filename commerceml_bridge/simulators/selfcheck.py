"""Calls a public address of the bridge as 1C would and says what on the way breaks the exchange.

Does: checkauth, init and info; uploads padding under ``type=catalog``, which the bridge accepts and never reads.
Must not: send ``mode=query`` or ``mode=success`` (they open and acknowledge a delivery), upload under ``type=sale``, or
send the password over a connection whose certificate was not verified. Never prints password, cookie or token.
Run it while 1C is not exchanging: each run opens a session of the node.
Follows facts: 1c-clients §1.1, §1.2, §2.1, §2.2, §7; field-failures §2.2, §3 item 13.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from commerceml_bridge.simulators import selfcheck_texts as texts
from commerceml_bridge.simulators.selfcheck_reach import CATALOG_CHECKAUTH, Options, describe, http_port, reach
from commerceml_bridge.simulators.selfcheck_texts import SPOILERS, Advice, Finding, bad, good
from commerceml_bridge.simulators.selfcheck_wire import Answer, Caller, Request, basic, parse_address, trickle

__all__ = ["DEFAULTS", "Finding", "Options", "run_selfcheck"]

SALE_CHECKAUTH = b"type=sale&mode=checkauth"
CATALOG_INIT = b"type=catalog&mode=init"
SALE_INIT = b"type=sale&mode=init"
UPLOAD = b"type=catalog&mode=file&filename=selfcheck.xml"
RAW_NAME = "самопроверка.xml".encode("windows-1251")


DEFAULTS = Options()


def run_selfcheck(
    url: str, login: str, password: str, options: Options = DEFAULTS, *, now: datetime | None = None
) -> list[Finding]:
    """Check ``url``, the address as typed into 1C; return findings in the order a person should read them.

    Raises nothing for what the server does. ``options.cafile`` adds a trust anchor to the OS store; ``now`` (aware)
    is the moment the certificate's expiry is counted from, default the present.
    """
    try:
        target = parse_address(url)
    except ValueError as error:
        return [bad(texts.ADDRESS, str(error))]
    findings = [good(texts.ADDRESS, f"сервер {target.host}, порт {target.port}, путь {target.path}")]
    findings.append(_credentials(login, password))
    if not findings[-1].ok:
        return findings
    caller, reached = reach(target, options, now or datetime.now(UTC))
    findings += reached
    if caller is None:
        return findings
    run = _Run(caller, password, basic(login, password), options)
    functional = [*http_port(target, options), *run.all()]
    return [*findings, *functional, *_spoilers(run.answers)]


def _credentials(login: str, password: str) -> Finding:
    if not (login and password):
        return bad(texts.CREDENTIALS, "логин или пароль пуст")
    if not (login.isascii() and password.isascii() and ":" not in login):
        return bad(texts.CREDENTIALS, "в логине или пароле есть недопустимые знаки")
    return good(texts.CREDENTIALS, "только знаки ASCII")


def _spoilers(answers: Sequence[Answer]) -> Iterator[Finding]:
    """One finding per transport rule over every answer of the run; an answer counts for its first cause only."""
    for key, advice in SPOILERS.items():
        hit = [answer for answer in answers if answer.spoiled == key]
        if not hit:
            yield good(advice, f"во всех ответах ({len(answers)})")
            continue
        which = "; ".join(f"{answer.label} ({answer.fault or answer.status})" for answer in hit[:3])
        yield bad(advice, f"нарушено в {len(hit)} из {len(answers)}: {which}")


@dataclass
class _Run:
    """The calls of one run; every answer is kept for the transport rules."""

    caller: Caller
    password: str = field(repr=False)
    authorization: str = field(repr=False)
    options: Options
    answers: list[Answer] = field(default_factory=list, repr=False)
    cookie: str = field(default="", repr=False)
    token: str = field(default="", repr=False)

    def all(self) -> Iterator[Finding]:
        """Log in, then everything that needs a session; without a login say that the rest is unchecked."""
        catalog, finding = self._login("catalog", CATALOG_CHECKAUTH)
        yield finding
        sale, finding = self._login("sale", SALE_CHECKAUTH)
        yield finding
        envelope = sale or catalog
        if envelope is None:
            yield bad(texts.UNCHECKED, "вход не удался")
            return
        yield self._open(envelope)
        if not self.cookie:
            yield bad(texts.UNCHECKED, "в ответе checkauth нет cookie")
            return
        for check in (self._session, self._inits, self._gzip_and_info, self._uploads, self._addresses):
            yield from check()

    def ask(self, request: Request) -> Answer:
        """Call and keep the answer."""
        self.answers.append(self.caller.call(request))
        return self.answers[-1]

    def _describe(self, answer: Answer) -> str:
        """Describe without secrets, should a server echo what it was sent."""
        text = describe(answer)
        secrets = [self.password, self.authorization.removeprefix("Basic "), self.cookie.partition("=")[2], self.token]
        for secret in filter(None, secrets):
            text = re.sub(re.escape(secret), "***", text, flags=re.IGNORECASE)
        return text

    def _headers(self, *, cookie: bool = True, password: bool = True) -> dict[str, str]:
        headers = {"Authorization": self.authorization} if password else {}
        return headers | ({"Cookie": self.cookie} if cookie and self.cookie else {})

    def _login(self, kind: str, query: bytes) -> tuple[Answer | None, Finding]:
        answer = self.ask(Request(f"checkauth {kind}", query, self._headers()))
        if not answer.spoiled and answer.word == "success":
            return answer, Finding(True, f"{texts.LOGIN.name} (type={kind})", "success")
        advice = texts.LOGIN
        if answer.word == "failure" and not answer.spoiled:
            # A server that names the missing header says it with and without one if the proxy drops it.
            bare = self.caller.call(Request(f"checkauth {kind} без пароля", query))
            advice = texts.STRIPPED if bare.body == answer.body else advice
        what = self._describe(answer)
        if advice is texts.STRIPPED:
            what = f"с паролем и без него ответ один и тот же — {what}"
        return None, Finding(False, f"{advice.name} (type={kind})", what, advice.follows, advice.mend)

    def _open(self, answer: Answer) -> Finding:
        lines = [*answer.lines, "", "", "", ""]
        name, value, token = lines[1:4]
        if name and value and name.isascii() and value.isascii():
            self.cookie = f"{name}={value}"
        if not (self.cookie and re.fullmatch(r"sessid=\S+", token)):
            return bad(texts.ENVELOPE, f"строк в ответе: {len(answer.body.splitlines())}")
        self.token = token
        return good(texts.ENVELOPE, "success, имя cookie, значение cookie, sessid")

    def _verdict(self, advice: Advice, answer: Answer, words: Sequence[str], seen: str) -> Finding:
        """Judge by the status word; ``zip=`` stands for any answer of init."""
        word = "zip=" if answer.word.startswith("zip=") else answer.word
        if not answer.spoiled and word in words:
            return good(advice, seen)
        return bad(advice, self._describe(answer))

    def _session(self) -> Iterator[Finding]:
        # First of all, while the newest session of the node is beyond doubt: without a cookie that one is meant.
        alone = self.ask(Request("init sale (пароль)", SALE_INIT, self._headers(cookie=False)))
        yield self._verdict(texts.BASIC, alone, ["zip="], "принят")
        cookie = self.ask(Request("init catalog (cookie)", CATALOG_INIT, self._headers(password=False)))
        yield self._verdict(texts.COOKIE, cookie, ["zip="], "принята")
        both = self.ask(Request("checkauth sale (cookie и пароль)", SALE_CHECKAUTH, self._headers()))
        again = texts.LOGIN._replace(name="Вход с cookie")
        yield self._verdict(again, both, ["success"], "повторный вход с cookie принят")
        pair = [Request(f"init catalog (соединение, {n})", CATALOG_INIT, self._headers()) for n in (1, 2)]
        self.answers += (answers := self.caller.calls(pair))
        yield self._verdict(texts.KEEPALIVE, answers[1], ["zip="], "второй запрос принят")

    def _inits(self) -> Iterator[Finding]:
        plain = self.ask(Request("init sale", SALE_INIT, self._headers()))
        advice = texts.INIT._replace(name="init без version")
        two = re.fullmatch(rb"zip=(yes|no)\nfile_limit=\d+", plain.body)
        yield good(advice, "ровно две строки") if two and not plain.spoiled else bad(advice, self._describe(plain))
        query = SALE_INIT + b"&version=3.1&" + self.token.encode("ascii", "replace")
        versioned = self.ask(Request("init sale version=3.1", query, self._headers()))
        advice = texts.INIT._replace(name="init с version")
        # The Bitrix module reads the last four characters of line 4 as a number and wants at least 2.08.
        four = re.fullmatch(rb"zip=(yes|no)\nfile_limit=\d+\nsessid=\S+\nversion=2\.(08|09|[1-9]\d)", versioned.body)
        ok = four and not versioned.spoiled
        yield good(advice, "четыре строки") if ok else bad(advice, self._describe(versioned))

    def _gzip_and_info(self) -> Iterator[Finding]:
        """Offer gzip, which 1C does not: whoever compresses on request shows up in the rule over all answers."""
        headers = self._headers() | {"Accept-Encoding": "gzip, deflate, br"}
        self.ask(Request("checkauth sale (Accept-Encoding)", SALE_CHECKAUTH, headers))
        answer = self.ask(Request("info (Accept-Encoding)", b"type=sale&mode=info", headers))
        charset = re.search(r";\s*charset=[\w-]+$", answer.headers.get("content-type", ""))
        ok = not answer.spoiled and answer.body.startswith(b"<?xml") and charset
        yield good(texts.INFO, "XML получен") if ok else bad(texts.INFO, self._describe(answer))

    def _uploads(self) -> Iterator[Finding]:
        size = self.options.upload_bytes
        body = _padding(size)
        request = Request(f"file catalog, {size} байт", UPLOAD, self._headers(), [body], len(body))
        yield self._verdict(texts.UPLOAD, self.ask(request), ["success"], f"{size} байт приняты")
        seconds, body = self.options.slow_seconds, _padding(1000)
        pieces = trickle(body, seconds)
        request = Request(f"file catalog за {seconds:g} с", UPLOAD, self._headers(), pieces, len(body))
        yield self._verdict(texts.SLOW, self.ask(request), ["success"], f"передача в течение {seconds:g} с принята")

    def _addresses(self) -> Iterator[Finding]:
        cases: list[tuple[str, bytes, Advice, list[str]]] = [
            ("адрес 3500 байт", b"&pad=" + b"x" * 3500, texts.LONG, ["zip="]),
            ("адрес 20000 байт", b"&pad=" + b"x" * 20000, texts.LONG, ["zip=", "failure"]),
            ("кириллица windows-1251", b"&filename=" + RAW_NAME, texts.RAW, ["zip=", "failure"]),
            ("пробел в имени", b"&filename=self check.xml", texts.RAW, ["zip=", "failure"]),
        ]
        for label, tail, advice, words in cases:
            answer = self.ask(Request(f"init catalog, {label}", CATALOG_INIT + tail, self._headers()))
            named = advice._replace(name=f"{advice.name}: {label}")
            yield self._verdict(named, answer, words, f"ответ {answer.word[:20]}")


def _padding(size: int) -> bytes:
    """Return a complete file of ``size`` bytes with no goods and no documents: nothing to do for a reader."""
    head, tail = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<КоммерческаяИнформация>'.encode(),
        "</КоммерческаяИнформация>".encode(),
    )
    room = max(0, size - len(head) - len(tail))
    line = b" " * 1023 + b"\n"
    return head + (line * (room // 1024 + 1))[:room] + tail
