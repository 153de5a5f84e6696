"""Error codes of the portal → our error tree, with what an operator should do.

Follows facts bitrix24-rest §6.7: the ``error`` code decides, in upper case; the HTTP status only where the code says
nothing. Codes may be empty, ``0``, ``"100"`` or a number. ``Repeat`` tells the client what a repetition risks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from commerceml_bridge.bitrix24.text import one_line
from commerceml_bridge.errors import (
    PortalAccessDenied,
    PortalAnswerInvalid,
    PortalError,
    PortalNotFound,
    PortalRefused,
    PortalUnavailable,
)

NO_METHOD = "ERROR_METHOD_NOT_FOUND"


def lacks_method(error: PortalError) -> bool:
    """Tell whether the portal does not know the method at all: nobody can mend that."""
    return error.portal_code.upper() == NO_METHOD


class Repeat(Enum):
    """May the same call be sent again by the client itself?"""

    NEVER = "never"
    STOP = "stop"
    """nor anything else of this portal"""
    REJECTED = "rejected"
    """the portal did not start on it: anything may be repeated"""
    LIMIT = "limit"
    """as ``REJECTED``, and everybody must slow down"""
    PAUSE = "pause"
    """this method is blocked for minutes"""
    SLOW = "slow"
    """as ``READS``, and a read of many things had better be cut into smaller ones"""
    READS = "reads"
    """it may have been executed: reads may be repeated, writes must be looked up first"""
    READS_ONCE = "reads-once"
    """a refusal so vague that a read is worth one more try"""


class PortalTooSlow(PortalUnavailable):
    """A batch of reads was not answered in time: ask for less at once."""

    code = "portal-slow"


class WriteUncertain(PortalUnavailable):
    """A write was sent and its fate is unknown: read the state before anything else."""

    code = "portal-write-uncertain"
    may_have_happened = True


class PortalStopped(PortalUnavailable):
    """The portal has blocked us by hand: nobody asks it again before a person has looked, or an hour has passed."""

    code = "portal-stopped"


@dataclass(frozen=True)
class Failure:
    """A failed call: what to raise, and whether the client may repeat it."""

    error: PortalError
    repeat: Repeat
    time: Mapping[str, Any] = field(default_factory=dict)
    """the ``time`` block of the error, with ``operating_reset_at`` where a method is blocked"""


_SCOPES = {"crm": "«CRM (crm)»", "catalog": "«Торговый каталог (catalog)»", "user": "«Пользователи (user_brief)»"}
_RIGHTS = (
    ("crm.item.update", "изменение счетов"),
    ("crm.invoice.update", "изменение счетов"),
    ("crm.item.", "чтение счетов"),
    ("crm.invoice.", "чтение счетов"),
    ("crm.company.", "чтение компаний"),
    ("crm.contact.", "чтение контактов"),
    ("crm.requisite.", "чтение компаний и контактов вместе с реквизитами"),
    ("crm.address.", "чтение компаний и контактов вместе с реквизитами"),
    ("crm.product.", "чтение товаров"),
    ("catalog.", "просмотр торгового каталога"),
)
_RENEW = "Создайте входящий вебхук заново и подключите портал с новым адресом."
_NEW_WEBHOOK = f"Битрикс24 не принимает вебхук: он удалён, отозван или скопирован не полностью. {_RENEW}"
_ANOTHER_USER = "Вебхук не действует от имени этого сотрудника. Создайте вебхук под администратором портала."
_TARIFF = "Тариф портала не разрешает REST. Проверьте подписку Битрикс24 и срок её действия."
_APP_ONLY = "Метод {method} доступен только приложению, не вебхуку."
_BROKEN = "Битрикс24 ответил внутренней ошибкой; повторите позже."

_Row = tuple[type[PortalError], Repeat, str]
_TABLE: dict[str, _Row] = {
    "QUERY_LIMIT_EXCEEDED": (PortalUnavailable, Repeat.LIMIT, "Битрикс24 просит спрашивать реже."),
    "OPERATION_TIME_LIMIT": (
        PortalUnavailable,
        Repeat.PAUSE,
        "Битрикс24 приостановил метод {method}: исчерпано время.",
    ),
    "INTERNAL_SERVER_ERROR": (PortalUnavailable, Repeat.READS, _BROKEN),
    "ERROR_UNEXPECTED_ANSWER": (PortalUnavailable, Repeat.READS, _BROKEN),
    "ERROR_CORE": (PortalRefused, Repeat.READS_ONCE, "Битрикс24 отклонил {method}."),
    "OVERLOAD_LIMIT": (
        PortalStopped,
        Repeat.STOP,
        "Битрикс24 заблокировал REST портала за перегрузку: мост его больше не тревожит. Обратитесь в поддержку "
        "Битрикс24, затем проверьте: commerceml-bridge portal check.",
    ),
    "PORTAL_DELETED": (PortalAccessDenied, Repeat.STOP, "Портал удалён. Подключите действующий портал."),
    "NO_AUTH_FOUND": (PortalAccessDenied, Repeat.NEVER, _NEW_WEBHOOK),
    "INVALID_CREDENTIALS": (PortalAccessDenied, Repeat.NEVER, _NEW_WEBHOOK),
    "EXPIRED_TOKEN": (PortalAccessDenied, Repeat.NEVER, _NEW_WEBHOOK),
    "INVALID_TOKEN": (PortalAccessDenied, Repeat.NEVER, _NEW_WEBHOOK),
    "ERROR_OAUTH": (PortalAccessDenied, Repeat.NEVER, _NEW_WEBHOOK),
    "APPLICATION_NOT_FOUND": (PortalAccessDenied, Repeat.NEVER, _NEW_WEBHOOK),
    "AUTHORIZATION_ERROR": (PortalAccessDenied, Repeat.NEVER, _NEW_WEBHOOK),
    "CONNECTION_ERROR": (PortalAccessDenied, Repeat.NEVER, _NEW_WEBHOOK),
    "INSUFFICIENT_SCOPE": (
        PortalAccessDenied,
        Repeat.NEVER,
        "Вебхуку не хватает права {scope} для {method}. Отметьте его в настройках вебхука и сохраните.",
    ),
    "USER_ACCESS_ERROR": (PortalAccessDenied, Repeat.NEVER, _ANOTHER_USER),
    "ALLOWED_ONLY_INTRANET_USER": (PortalAccessDenied, Repeat.NEVER, _ANOTHER_USER),
    "METHOD_CONFIRM_WAITING": (PortalAccessDenied, Repeat.NEVER, "Администратор портала ещё не разрешил {method}."),
    "METHOD_CONFIRM_DENIED": (PortalAccessDenied, Repeat.NEVER, "Администратор портала запретил {method}."),
    "ACCESS_DENIED": (
        PortalAccessDenied,
        Repeat.NEVER,
        "Битрикс24 не разрешает {method}. Дайте владельцу вебхука право CRM: {right} (или создайте вебхук под "
        "администратором) и проверьте, что тариф разрешает REST.",
    ),
    "200040300010": (
        PortalAccessDenied,
        Repeat.NEVER,
        "Битрикс24 не разрешает {method}. Дайте владельцу вебхука право: {right}.",
    ),
    "WRONG_AUTH_TYPE": (PortalAccessDenied, Repeat.NEVER, _APP_ONLY),
    "WRONG_LICENSE": (PortalAccessDenied, Repeat.NEVER, _TARIFF),
    "PAYMENT_REQUIRED": (PortalAccessDenied, Repeat.NEVER, _TARIFF),
    "UPDATE_DYNAMIC_ITEM_RESTRICTED": (PortalAccessDenied, Repeat.NEVER, "Тариф портала не разрешает менять счета."),
    "INVALID_REQUEST": (PortalAccessDenied, Repeat.NEVER, "Портал принимает вебхук только по https. " + _RENEW),
    NO_METHOD: (PortalRefused, Repeat.NEVER, "На портале нет метода {method}: обновите портал."),
    "ERROR_MANIFEST_IS_NOT_AVAILABLE": (PortalRefused, Repeat.NEVER, "На портале нет метода {method}."),
    "NOT_FOUND": (PortalNotFound, Repeat.NEVER, "В Битрикс24 нет того, что запрошено ({method})."),
    "OWNER_NOT_FOUND": (PortalNotFound, Repeat.NEVER, "В Битрикс24 нет счёта, чьи строки запрошены."),
    "CRM_FIELD_ERROR_REQUIRED": (
        PortalRefused,
        Repeat.NEVER,
        "Битрикс24 не меняет счёт: на новой стадии есть незаполненное обязательное поле. Заполните его в счёте.",
    ),
    "WRONG_ENCODING": (PortalAnswerInvalid, Repeat.NEVER, "Битрикс24 не смог записать ответ {method} в UTF-8."),
}
_BY_STATUS: dict[int, _Row] = {
    401: (PortalAccessDenied, Repeat.NEVER, _NEW_WEBHOOK),
    403: _TABLE["ACCESS_DENIED"],
    408: (PortalUnavailable, Repeat.SLOW, "Битрикс24 не успел ответить."),
    410: _TABLE["PORTAL_DELETED"],
    429: (PortalUnavailable, Repeat.LIMIT, "Битрикс24 просит спрашивать реже."),
    503: (PortalUnavailable, Repeat.READS, "Битрикс24 временно недоступен."),
    504: (PortalUnavailable, Repeat.SLOW, "Битрикс24 не успел ответить."),
    524: (PortalUnavailable, Repeat.SLOW, "Битрикс24 не успел ответить."),
}
_NOT_FOUND_WORDS = ("not found", "не найден")
_DENIED_WORDS = ("access denied", "доступ запрещ", "недостаточно прав")


def failure_of(body: Mapping[str, Any], status: int, method: str, mask: Callable[[str], str]) -> Failure:
    """Return the failure an error ``body`` (it has the key ``error``) means for ``method``; ``status``: HTTP.

    ``mask`` removes secrets from the words of the portal.
    """
    code, description = (mask(text) for text in _code_and_description(body))
    kind, repeat, text = _TABLE.get(code.upper()) or _by_words(code, description) or _by_status(status)
    message = text.format(method=method, scope=_scope(method), right=_right(method))
    time = body.get("time")
    error = kind(_joined(message, code, description), portal_code=code)
    return Failure(error, repeat, time if isinstance(time, Mapping) else {})


def failure_of_status(status: int, method: str) -> Failure:
    """Return the failure of an answer that is no JSON error of Bitrix24 but has a failing HTTP ``status``."""
    kind, repeat, text = _by_status(status)
    message = text.format(method=method, scope=_scope(method), right=_right(method))
    return Failure(kind(f"{message} (HTTP {status}, не JSON)"), repeat)


def _code_and_description(body: Mapping[str, Any]) -> tuple[str, str]:
    error = body["error"]
    if isinstance(error, Mapping):  # REST v3
        return str(error.get("code") or ""), one_line(str(error.get("message") or ""))
    code = "" if error is None else str(error)
    return code, one_line(str(body.get("error_description") or ""))


def _by_words(code: str, description: str) -> _Row | None:
    """Old methods answer an empty or general code; only their words tell a missing object from a missing right."""
    if code not in ("", "0", "100"):
        return None
    low = description.lower()
    if low.startswith(_NOT_FOUND_WORDS):
        return _TABLE["NOT_FOUND"]
    return _TABLE["ACCESS_DENIED"] if low.startswith(_DENIED_WORDS) else None


def _by_status(status: int) -> _Row:
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if status >= 500:
        return PortalUnavailable, Repeat.READS, _BROKEN
    return PortalRefused, Repeat.NEVER, "Битрикс24 отклонил {method}."


def _joined(message: str, code: str, description: str) -> str:
    said = ": ".join(part for part in (code if code not in ("0", "100") else "", description) if part)
    return f"{message} Ответ портала: {said[:300]}" if said else message


def _scope(method: str) -> str:
    name = method.lower().split(".", maxsplit=1)[0]
    return _SCOPES.get(name, f"«{name}»")


def _right(method: str) -> str:
    low = method.lower()
    return next((right for start, right in _RIGHTS if low.startswith(start)), f"доступ к {method}")
