"""One answer of the interface: its rows, or the error it means (facts: 1c-odata-payments §3.4, §3.6).

Bodies are UTF-8 whatever the header announces. What is neither the JSON nor the XML of the service came from somebody
else: a web server, a login page, a base in maintenance.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from html import unescape
from typing import Any

from commerceml_bridge.errors import (
    ODataDenied,
    ODataError,
    ODataLoginRefused,
    ODataNotPublished,
    ODataObjectMissing,
    ODataQueryRefused,
    ODataUnavailable,
)
from commerceml_bridge.onec_odata.expressions import synonym

Row = dict[str, Any]
NO_RIGHT, NO_ENTITY, NO_OBJECT = "20", "8", "9"
LONGEST_TEXT = 300
_XML_CODE = re.compile(r"<(?:\w+:)?code[^>]*>\s*([^<]*)")
_XML_TEXT = re.compile(r"<(?:\w+:)?message[^>]*>\s*([^<]*)")


@dataclass(frozen=True)
class HttpAnswer:
    """What came over the wire."""

    status: int
    body: bytes


def read(answer: HttpAnswer, entity: str) -> list[Row]:
    """Return the rows of an answer about ``entity`` (``""``: the list of the composition). Raises ``ODataError``."""
    if answer.status != 200:
        raise _error(answer, entity)
    found = _json(answer.body)
    if not isinstance(found, dict):
        raise ODataUnavailable(
            "1С ответила не данными, а страницей: база на обслуживании, закрыта для обновления, или перед ней стоит "
            "страница входа. Опрос повторится позже."
        )
    if "odata.error" in found:
        raise _error(HttpAnswer(500, answer.body), entity)
    rows = found.get("value")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        about = f"«{name}»" if (name := synonym(entity)) else "составе"
        raise ODataQueryRefused(f"Ответ 1С о {about} не похож на ответ OData: в нём нет списка.")
    return rows


def _json(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_refuse)
    except ValueError:
        return None


def _refuse(name: str) -> None:
    raise ValueError(name)


def _error(answer: HttpAnswer, entity: str) -> ODataError:
    """Name the cause; the texts say what the administrator of 1C does about it."""
    code, text = _code_and_text(answer.body)
    name = synonym(entity)
    if answer.status in (401, 403):
        return _denied(answer.status, code, name)
    if answer.status == 404:
        return _not_found(code, entity)
    if code in {"1", "2", "4", "6", "10", "14", "21", "0"} or answer.status in (400, 501):
        return ODataQueryRefused(f"1С не приняла запрос к объекту {name or '(состав)'}: {text or answer.status}.")
    if 300 <= answer.status < 400:
        return ODataNotPublished(
            "Адрес публикации перенаправляет на другой. Логин и пароль туда не отправлены: укажите конечный адрес "
            "(node odata УЗЕЛ --url …)."
        )
    said = f": {text}" if text else f" (HTTP {answer.status})"
    return ODataUnavailable(f"1С сейчас не отвечает на вопросы{said}. Опрос повторится позже.")


def _denied(status: int, code: str, name: str) -> ODataError:
    if code == NO_RIGHT or status == 403:
        return ODataDenied(
            f"У пользователя 1С нет права читать: {name}. Дайте ему профиль «Только просмотр» и, если доступ "
            "ограничен по организациям, нужные организации."
        )
    return ODataLoginRefused(
        "1С не приняла логин или пароль OData. Проверьте их (commerceml-bridge node odata УЗЕЛ --login … "
        "--password-stdin), что вход пользователю не запрещён и включена «Аутентификация 1С:Предприятия»."
    )


def _not_found(code: str, entity: str) -> ODataError:
    if code == NO_OBJECT:
        return ODataObjectMissing(f"Документа в 1С больше нет: {synonym(entity)}.", entity)
    if code:
        return ODataObjectMissing(
            f"Объекта нет в составе интерфейса OData: {synonym(entity)}. В 1С: «Администрирование – Синхронизация "
            "данных – Настройки стандартного интерфейса OData», вкладка «Состав»: отметьте его и нажмите «Сохранить и "
            "закрыть».",
            entity,
        )
    return ODataNotPublished(
        "По этому адресу нет интерфейса OData. Проверьте адрес; в Конфигураторе: «Администрирование – Публикация на "
        "веб-сервере», отметьте «Публиковать стандартный интерфейс OData» и нажмите «Опубликовать»."
    )


def _code_and_text(body: bytes) -> tuple[str, str]:
    """Return the inner code and text of an error in JSON or XML; ``""`` where it is neither."""
    found = _json(body)
    error = found.get("odata.error") if isinstance(found, dict) else None
    if isinstance(error, dict):
        message = error.get("message")
        text = message.get("value", "") if isinstance(message, dict) else message
        return str(error.get("code", "")), _short(str(text or ""))
    if b"<m:error" not in body and b"<error" not in body:
        return "", ""
    whole = body.decode("utf-8", "replace")
    code, text_found = _XML_CODE.search(whole), _XML_TEXT.search(whole)
    return (code[1].strip() if code else ""), _short(unescape(text_found[1]) if text_found else "")


def _short(text: str) -> str:
    return " ".join(text.split())[:LONGEST_TEXT].rstrip(".")
