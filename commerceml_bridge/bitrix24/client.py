"""One call of the portal: JSON POST, limits, repetition by error code, one followed move.

Follows facts bitrix24-rest §6. Reads are repeated with back-off; a write whose fate is unknown never is: it raises
``WriteUncertain``. Knows no invoices. The webhook's code reaches no log, no text and no exception: errors of
``requests`` quote the address, so they are turned into own errors outside their ``except`` block and never chained.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import requests
import urllib3

from commerceml_bridge.bitrix24 import answers
from commerceml_bridge.bitrix24.answers import Answer, HttpAnswer
from commerceml_bridge.bitrix24.limits import LeakyBucket, Limiter, MethodPauses, Pauses
from commerceml_bridge.bitrix24.pace import Pace
from commerceml_bridge.bitrix24.refusals import Failure, PortalTooSlow, Repeat, WriteUncertain
from commerceml_bridge.bitrix24.webhook import Webhook, mask_codes
from commerceml_bridge.clock import Clock, utc_now
from commerceml_bridge.errors import PortalError, PortalRefused, PortalUnavailable

logger = logging.getLogger(__name__)

ATTEMPTS = 4
FIRST_DELAY = 1.0
"""seconds before the second attempt; doubles"""
LONGEST_WAIT = 30.0
"""seconds a caller is kept waiting for a repetition; longer waits are its own affair (``retry_after``)"""
TIMEOUT = (5.0, 65.0)
"""connect and read, seconds: the cloud itself gives up after 60 (§6.1)"""
_MAYBE_DONE = (Repeat.READS, Repeat.SLOW)
_REDIRECTS = (301, 302, 303, 307, 308)
_READ_VERBS = frozenset({"list", "get", "fields", "types", "scope", "items", "methods", "profile"})


def is_write(method: str, params: Mapping[str, Any] | None = None) -> bool:
    """Tell whether ``method`` may change the portal; a batch does if one of its commands does. Unknown: yes."""
    if method.lower() == "batch":
        commands = (params or {}).get("cmd", {})
        return any(is_write(str(command).split("?")[0]) for command in commands.values())
    return method.lower().rsplit(".", 1)[-1] not in _READ_VERBS


class _MaskWebhookCodes(logging.Filter):
    """urllib3 logs request paths at DEBUG, and the path is the secret."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = mask_codes(record.getMessage()), None
        return True


class BitrixClient:
    """A client of one portal. For one thread at a time, save for its limiter.

    ``limiter`` is shared by all who ask the same portal; ``sleep`` and ``clock`` are replaceable for tests.
    """

    def __init__(
        self,
        webhook: Webhook,
        *,
        limiter: Limiter | None = None,
        pauses: Pauses | None = None,
        session: requests.Session | None = None,
        clock: Clock = utc_now,
        sleep: Callable[[float], None] = time.sleep,
        timeout: tuple[float, float] = TIMEOUT,
        attempts: int = ATTEMPTS,
    ) -> None:
        self._webhook = webhook
        self._limiter = limiter or LeakyBucket(sleep=sleep)
        self._session = session or requests.Session()
        self._timeout = timeout
        self._attempts = attempts
        self._pauses: Pauses = pauses or MethodPauses(clock)
        self.pace = Pace()
        """how large batches may be; clients of one portal may share one"""
        self.clock = clock
        self.sleep = sleep
        self.moved_to: Webhook | None = None
        """the new address after a portal was renamed; the caller should store it"""
        self.requests_sent = 0
        """HTTP requests so far, repetitions and followed moves included"""
        _mask_transport_log()

    def __repr__(self) -> str:
        return f"BitrixClient({self._webhook.masked})"

    @property
    def webhook(self) -> Webhook:
        """The address in use: the given one, or the one the portal moved to."""
        return self._webhook

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def call(self, method: str, params: Mapping[str, Any] | None = None, *, write: bool | None = None) -> Any:
        """Return ``result`` of ``method``; see ``call_full``."""
        return self.call_full(method, params, write=write).result

    def call_full(self, method: str, params: Mapping[str, Any] | None = None, *, write: bool | None = None) -> Answer:
        """Return the whole answer of ``method``. ``write``: whether it changes the portal; by default judged by name.

        Raises the ``PortalError`` the answer means; ``WriteUncertain`` if a write may have happened.
        """
        writes = is_write(method, params) if write is None else write
        attempt = 0
        while True:
            attempt += 1
            self.require_unpaused([method])
            self._limiter.acquire()
            began = time.monotonic()
            outcome = self._exchange(method, params or {})
            if isinstance(outcome, Answer):
                self._learn(method, params, time.monotonic() - began)
                self._pauses.note(method, outcome.time)
                return outcome
            if outcome.repeat is Repeat.SLOW and not writes and _commands(method, params) > 1:
                raise PortalTooSlow(outcome.error.message)
            self._wait_or_raise(outcome, method, writes, attempt)

    def _learn(self, method: str, params: Mapping[str, Any] | None, seconds: float) -> None:
        if commands := _commands(method, params):
            self.pace.note(commands, seconds)

    def require_unpaused(self, methods: Iterable[str]) -> None:
        """Raise ``PortalUnavailable`` if one of ``methods`` is blocked by ``OPERATION_TIME_LIMIT``."""
        seconds, method = self._pauses.longest(methods)
        if seconds > 0:
            raise PortalUnavailable(
                f"Битрикс24 приостановил метод {method}; продолжим через {seconds:.0f} с.",
                portal_code="OPERATION_TIME_LIMIT",
                retry_after=seconds,
            )

    def note_command(self, method: str, time_block: Mapping[str, Any]) -> None:
        """Remember the ``time`` block of a command inside a batch."""
        self._pauses.note(method, time_block)

    def settle(self, failure: Failure, method: str) -> PortalError:
        """Return the error of a failed command, having paused its method if the portal did."""
        if failure.repeat is Repeat.STOP:
            self._limiter.stop(failure.error.portal_code)
        if failure.repeat is Repeat.PAUSE:
            failure.error.retry_after = self._pauses.pause(method, failure.time)
        return failure.error

    def mask(self, text: str) -> str:
        """Return ``text`` without the webhook's code."""
        return self._webhook.mask(text)

    def _wait_or_raise(self, failure: Failure, method: str, writes: bool, attempt: int) -> None:
        """Wait until the call may be repeated, or raise what it means."""
        error = self.settle(failure, method)
        delay = max(FIRST_DELAY * 2 ** (attempt - 1), error.retry_after or 0.0)
        if not _may_repeat(failure.repeat, writes, attempt) or attempt >= self._attempts or delay > LONGEST_WAIT:
            raise _uncertain(error) if writes and failure.repeat in _MAYBE_DONE else error
        logger.info("%s: %s, attempt %d, again in %.1f s", self._webhook.masked, method, attempt, delay)
        if failure.repeat is Repeat.LIMIT:
            self._limiter.penalise(delay)
        else:
            self.sleep(delay)

    def _exchange(self, method: str, params: Mapping[str, Any]) -> Answer | Failure:
        answer = self._post(self._webhook, method, params)
        if isinstance(answer, Failure):
            return answer
        if answer.status in _REDIRECTS:
            return self._follow(answer.location, method, params)
        return answers.read(answer, method, self.mask)

    def _follow(self, location: str, method: str, params: Mapping[str, Any]) -> Answer | Failure:
        """Repeat a redirected POST once at the new address (§6.1); the portal did not execute the first one."""
        target = self._webhook.moved(location, method)
        refused = Failure(
            PortalRefused("Портал перенаправляет на другой адрес. Проверьте имя портала и скопируйте вебхук заново."),
            Repeat.NEVER,
        )
        if target is None:
            return refused
        self._limiter.acquire()
        answer = self._post(target, method, params)
        if isinstance(answer, Failure):
            return answer
        if answer.status in _REDIRECTS:
            return refused
        outcome = answers.read(answer, method, self.mask)
        if isinstance(outcome, Answer):
            logger.warning("%s moved to %s", self._webhook.masked, target.masked)
            self._webhook = self.moved_to = target
        return outcome

    def _post(self, webhook: Webhook, method: str, params: Mapping[str, Any]) -> HttpAnswer | Failure:
        self.requests_sent += 1
        headers = {"Accept": "application/json", "User-Agent": "commerceml-bridge"}
        try:
            response = self._session.post(
                webhook.url(method), json=params, headers=headers, timeout=self._timeout, allow_redirects=False
            )
        except requests.RequestException as error:
            failure = _network_failure(error)
        else:
            return HttpAnswer(
                response.status_code,
                response.content,
                response.headers.get("Retry-After", ""),
                response.headers.get("Location", ""),
            )
        return failure


def _commands(method: str, params: Mapping[str, Any] | None) -> int:
    """Return how many commands a batch holds; 0: it is none."""
    return len((params or {}).get("cmd", ())) if method.lower() == "batch" else 0


def _may_repeat(repeat: Repeat, writes: bool, attempt: int) -> bool:
    if repeat in (Repeat.REJECTED, Repeat.LIMIT):
        return True
    if writes:
        return False
    return repeat in _MAYBE_DONE or (repeat is Repeat.READS_ONCE and attempt == 1)


def _uncertain(error: PortalError) -> WriteUncertain:
    return WriteUncertain(
        f"{error.message} Запись могла выполниться: состояние будет прочитано заново.",
        portal_code=error.portal_code,
        retry_after=error.retry_after,
    )


def _network_failure(error: requests.RequestException) -> Failure:
    """Describe a transport error in own words: its text holds the address."""
    if isinstance(error, requests.exceptions.SSLError):
        return Failure(PortalUnavailable("Сертификат портала не принят: проверьте имя портала и часы."), Repeat.READS)
    if _never_sent(error):
        return Failure(PortalUnavailable("Портал недоступен: соединение не установлено."), Repeat.REJECTED)
    if isinstance(error, requests.Timeout):
        return Failure(PortalUnavailable("Портал не ответил вовремя."), Repeat.SLOW)
    return Failure(PortalUnavailable("Соединение с порталом оборвалось."), Repeat.READS)


def _never_sent(error: requests.RequestException) -> bool:
    """Tell whether the connection was never made, so that nothing can have been executed."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(reason, urllib3.exceptions.NewConnectionError)


def _mask_transport_log() -> None:
    transport = logging.getLogger("urllib3.connectionpool")
    if not any(isinstance(existing, _MaskWebhookCodes) for existing in transport.filters):
        transport.addFilter(_MaskWebhookCodes())
