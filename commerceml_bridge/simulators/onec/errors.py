"""What a 1C user reads when an exchange fails.

Holds the Russian texts literally as 1C shows them (facts: 1c-clients §7) and the one exception that carries them.
It must not decide when a text applies: that is the business of the family modules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from commerceml_bridge.simulators.onec.reports import ExchangeReport, LoadReport, UploadReport

LOGIN_REFUSED = "Авторизация не выполнена."
NO_CONNECTION = "Не удалось установить соединение с сервером. Проверьте имя пользователя и пароль."
NO_CONNECTION_UNF = "Не удалось установить соединение с сервером. Проверьте адрес сайта, имя пользователя и пароль."
USER_NOT_AUTHORISED = "Авторизация пользователя не выполнена."
EMPTY_ANSWER = "Получен пустой ответ сервера"
PLATFORM = (
    "Не удалось получить данные с сервера. Проверьте правильность адреса сервера, порт, имя пользователя и пароль, "
    "а также настройки подключения к Интернет."
)
SSL_FAILED = "Ошибка инициализации SSL-соединения"
NO_PARAMETERS = "Выгрузка на сайт не выполнена. Не удалось прочитать ответ сервера. Параметры обмена не получены."
UNREADABLE_DATA = "Не удалось прочитать данные, загруженные с сервера."
UNPARSABLE_DATA = "Не удалось разобрать данные, загруженные с сервера."
UNREADABLE_XML = "Не удалось прочитать XML"
NO_DOCUMENTS = "Нет документов для обработки."
DOCUMENTS_FAILED = "Не удалось обработать документы, загруженные с сервера."
FILE_FAILED = "Произошла ошибка на стороне сервера. Файл не отправлен."
FILE_UNKNOWN = "Не получен статус завершения операции. Файл не отправлен."
IMPORT_FAILED = "Произошла ошибка на стороне сервера."
IMPORT_UNKNOWN = "Получен неизвестный статус импорта."
SUCCESS_FAILED = "Не удалось подтвердить получение данных."
REPLACE_ADDRESS = "Требуется замена строки подключения: {location}"
PARTIAL_FILE = "Transferred a partial file"
NOTHING_RETURNED = "Server returned nothing (no headers, no data)"
SEND_FAILED = "Failed sending data to the peer"
ENDLESS = "Обмен прерван имитатором: настоящая 1С ждала бы бесконечно."


class OneCError(Exception):
    """A failed exchange as 1C would report it.

    ``text`` is what the user reads (Russian, facts: 1c-clients §7); ``detail`` says for a test or a log what exactly
    was wrong. ``report`` is the unfinished report of the phase that failed, if there was one.
    """

    def __init__(self, text: str, detail: str = "") -> None:
        super().__init__(f"{text} [{detail}]" if detail else text)
        self.text = text
        self.detail = detail
        self.report: LoadReport | UploadReport | ExchangeReport | None = None


class DocumentProblem(Exception):
    """One document of a query answer cannot be taken; the family decides what becomes of the batch."""


class WrongOperation(DocumentProblem):
    """``ХозОперация`` is not one this client knows (facts: 1c-clients §3.2)."""

    def __init__(self, operation: str | None) -> None:
        super().__init__(f"Ошибка в значении узла <Документ>.<ХозОперация> {operation!r}")
