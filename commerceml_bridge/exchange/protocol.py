"""The literal words of the exchange: types, modes, parameters, status words and the texts 1C shows to people.

Facts: reference-server §1; 1c-clients §2, §6, §7. Nobody else in ``exchange`` spells a word of the protocol.
"""

from __future__ import annotations

# Types
SALE = "sale"
CATALOG = "catalog"
REFERENCE = "reference"
GET_CATALOG = "get_catalog"
CRM = "crm"
LISTEN = "listen"

# Modes
CHECKAUTH = "checkauth"
INIT = "init"
QUERY = "query"
SUCCESS = "success"
FILE = "file"
IMPORT = "import"
INFO = "info"
DEACTIVATE = "deactivate"
COMPLETE = "complete"

# Parameters of the query string
TYPE = "type"
MODE = "mode"
FILENAME = "filename"
SESSID = "sessid"
VERSION = "version"
CML_VERSION = "cmlVersion"
CSRF_HEADER = "X-Bitrix-Csrf-Token"
"""A third place for sessid (reference-server §1.4, 2026)."""

# Status words, first line of a text answer
STATUS_SUCCESS = "success"
STATUS_FAILURE = "failure"

# Lines of checkauth and init
SESSID_LINE = "sessid={}"
TIMESTAMP = "timestamp"
TIMESTAMP_LINE = "timestamp={}"
"""The fifth line of checkauth for the catalogue; 1C repeats it with ``deactivate`` (reference-server §1.3, §1.10)."""
ZIP_LINE = "zip=no"
FILE_LIMIT_LINE = "file_limit={}"
VERSION_LINE = "version=2.09"
"""Said to whoever names a version, whatever it is; the Bitrix module wants four characters ≥ 2.08 (1c-clients §2.2)."""

# Headers
TEXT_TYPE = "text/html"
XML_TYPE = "application/xml"
CP1251 = "windows-1251"
UTF8 = "utf-8"

# Fixed addresses (1c-clients §1.1; 1C:УНФ asks for info at the second one whatever was typed)
ADDRESSES = ("/1c_exchange.php", "/bitrix/admin/1c_exchange.php", "/crm/1c_exchange.php")
SCRIPT = "1c_exchange.php"

# Texts for people at the 1C side: short, Russian, without secrets. Checkauth shows less than 255 characters.
NO_CREDENTIALS = (
    "Ошибка авторизации. Логин и пароль не дошли до сервера: их не передала 1С "
    "или заголовок Authorization отбрасывает веб-сервер."
)
UNKNOWN_TYPE = "Неизвестный тип команды."
UNKNOWN_MODE = "Неизвестная команда."
NO_COMMAND = "Это адрес обмена для 1С. Укажите его в настройках обмена с сайтом, без знака вопроса и параметров."
NOT_OFFERED = {
    GET_CATALOG: "Выгрузка каталога с сайта не поддерживается: здесь только счета.",
    CRM: "Обмен с другим сайтом (type=crm) не поддерживается: здесь только 1С.",
    LISTEN: "Обмен в реальном времени не поддерживается. Настройте обмен по расписанию.",
}
WRONG_METHOD = "Метод {} не поддерживается, нужен GET или POST."
FILE_NEEDS_POST = "Файл передают методом POST."
NO_FILENAME = "Не указано имя файла (filename)."
EMPTY_FILE = "Файл для импорта пуст."
TOO_LARGE = "Файл больше {} МБ, сервер такие не принимает. Включите в 1С выгрузку порциями."
BODY_CUT = "Файл получен не полностью: {} из {} байт. Повторите обмен."
BODY_BROKEN = "Тело запроса не прочитано: передача оборвалась или искажена. Повторите обмен."
CATALOG_KEPT = "Каталог товаров принят и сохранён, счета от него не зависят. Выгрузку товаров можно отключить."
DEACTIVATED = "Деактивация завершена. Больше нет в каталоге: {}."
NOTHING_TO_DEACTIVATE = "Деактивация не требуется: каталог товаров здесь не ведётся."
CATALOG_COMPLETE = "Завершение процедуры импорта."
INTERNAL_ERROR = "Внутренняя ошибка сервера обмена (код {}). Повторите обмен позже; подробности в журнале сервера."

# Requests the HTTP server itself refuses (gunicorn_worker)
REFUSED_LINE = "Строка запроса не разобрана. Проверьте адрес сайта в настройках обмена: в нём пробел или лишний знак."
REFUSED_LENGTH = "Адрес запроса слишком длинный. Проверьте адрес сайта и имя файла."
REFUSED_METHOD = "Неизвестный метод HTTP, нужен GET или POST."
REFUSED_VERSION = "Версия HTTP не поддерживается, нужна HTTP/1.1 или HTTP/1.0."
REFUSED_HEADERS = "Заголовки запроса не разобраны. Проверьте прокси-сервер между 1С и сервером обмена."
REFUSED_BODY = "Тело запроса передано в неизвестном виде. Проверьте прокси-сервер между 1С и сервером обмена."
REFUSED_OTHER = "Запрос не разобран как HTTP. Проверьте адрес сайта: http:// или https://, порт."
