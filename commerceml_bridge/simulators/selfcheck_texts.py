"""What the self-check says to people (Russian): a finding, and per trouble what 1C makes of it and what mends it.

Values only. Causes and messages of 1C follow facts: 1c-clients §1.2, §2, §7 and field-failures §2.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Advice(NamedTuple):
    """Name of the finding, what follows in 1C, how to mend it."""

    name: str
    follows: str
    mend: str


@dataclass(frozen=True)
class Finding:
    """One checked thing. ``follows`` and ``mend`` are empty when ``ok``; all texts are Russian and free of secrets."""

    ok: bool
    name: str
    what: str
    follows: str = ""
    mend: str = ""


def good(advice: Advice, what: str) -> Finding:
    """Make the finding that ``advice`` is not needed; ``what`` was seen."""
    return Finding(True, advice.name, what)


def bad(advice: Advice, what: str) -> Finding:
    """Make the finding that something is broken; ``what`` was seen."""
    return Finding(False, advice.name, what, advice.follows, advice.mend)


SPOILERS = {
    "connection": Advice(
        "Ответ приходит целиком",
        "1С покажет «Не удалось получить данные с сервера…», «Server returned nothing» или «Failed sending data to "
        "the peer».",
        "Проверьте, что служба запущена, и пределы времени и размера у прокси (docs/reverse-proxy.md).",
    ),
    "redirect": Advice(
        "Нет перенаправлений",
        "1С за перенаправлением не идёт: она читает его страницу как ответ и пишет «Авторизация не выполнена».",
        "Уберите перенаправление для запросов обмена или впишите в узел конечный адрес (https://, без www, со "
        "слешем и так далее).",
    ),
    "gzip": Advice(
        "Ответы не сжаты",
        "1С сама ответ не распаковывает: вместо слова success она увидит набор байт.",
        "gzip off в прокси; у CDN отключите сжатие для этого адреса.",
    ),
    "status": Advice(
        "Код ответа всегда 200",
        "БП прерывает обмен на любом другом коде; остальные разбирают страницу ошибки как ответ обмена.",
        "Найдите, кто отвечает этим кодом: прокси (error_page, пределы размера), CDN или сама служба.",
    ),
    "html": Advice(
        "Нет страниц HTML",
        "1С читает первую строку: вместо success в ней разметка, отсюда «Авторизация не выполнена» и «Не получен "
        "статус завершения операции».",
        "Страницу вставляет прокси, CDN или защита от роботов: исключите адрес обмена из её правил.",
    ),
    "length": Advice(
        "Content-Length есть, передача не кусками",
        "Без верной длины 1С может сообщить «Transferred a partial file»; передача кусками (chunked) с 1С не "
        "проверена.",
        "Не меняйте тело в прокси (gzip, sub_filter, вставки); proxy_http_version 1.1.",
    ),
    "cr": Advice(
        "Строки разделены только LF",
        "Лишний CR попадает в cookie и в номер версии: 1С не узнаёт собственный сеанс.",
        "Уберите то, что переписывает тело ответа между службой и 1С.",
    ),
    "first line": Advice(
        "Первая строка — слово обмена (ASCII)",
        "Пустое тело — «Получен пустой ответ сервера»; метка порядка байт или иной текст перед словом — "
        "неизвестный статус.",
        "Уберите то, что дописывает что-либо в начало ответа.",
    ),
}
"""Advice per key of ``selfcheck_wire.RULES``, in the order of the report."""

ADDRESS = Advice(
    "Адрес сайта",
    "1С соединится не с тем сервером или спросит не тот путь.",
    "Впишите адрес вида https://имя.сервера/путь без параметров.",
)
CREDENTIALS = Advice(
    "Логин и пароль латиницей",
    "В какой кодировке 1С пошлёт русские буквы, неизвестно: вход может не удаться.",
    "Заведите узлу логин и пароль из латинских букв, цифр и знаков ASCII; двоеточия в логине быть не должно.",
)
CONNECTION = Advice(
    "Связь с сервером",
    "1С покажет «Не удалось получить данные с сервера. Проверьте правильность адреса сервера, порт…».",
    "Проверьте имя и порт, DNS, сетевой экран и что nginx запущен.",
)
CERTIFICATE = Advice(
    "Сертификат TLS",
    "Платформа 1С с 8.3.25 (и поздние сборки 8.3.22–24) проверяет сертификат по хранилищу системы: «Ошибка "
    "инициализации SSL-соединения».",
    "Нужен действующий сертификат на это имя, ssl_certificate — вся цепочка (fullchain.pem), верные часы. Пароль по "
    "непроверенному соединению не посылался.",
)
PLAIN = Advice(
    "Соединение зашифровано",
    "Логин, пароль и счета идут открытым текстом: их видит любой посредник.",
    "Впишите https:// и поставьте TLS-прокси (deploy/nginx.conf.sample).",
)
HTTP_PORT = Advice(
    "http:// не перенаправляет",
    "Если в узле вписать http://, 1С прочтёт страницу перенаправления и сообщит «Авторизация не выполнена».",
    "Пусть порт 80 отвечает на запросы обмена словом failure и кодом 200 (deploy/nginx.conf.sample).",
)
LOGIN = Advice(
    "Вход",
    "«Авторизация не выполнена. Не удалось установить соединение с сервером. Проверьте имя пользователя и пароль.»",
    "Сверьте логин и пароль узла (commerceml-bridge node add). Затем повторите selfcheck на самом сервере в обход "
    "прокси, по адресу http://127.0.0.1:8080/ : если там вход удаётся, заголовок Authorization срезает прокси.",
)
STRIPPED = Advice(
    "Вход",
    "«Авторизация не выполнена…» даже при верном пароле: до службы, видимо, не доходит заголовок Authorization.",
    "Передавайте его: proxy_set_header Authorization $http_authorization; у CGI и CDN — их собственная настройка. Если "
    "в обход прокси (http://127.0.0.1:8080/ на самом сервере) ответ тот же, неверен логин или пароль.",
)
ENVELOPE = Advice(
    "Четыре строки checkauth",
    "1С возьмёт имя и значение cookie и метку сеанса не из тех строк: дальше «не авторизован».",
    "Ответ должен дойти без изменений; если прокси ни при чём, сообщите об ошибке авторам.",
)
COOKIE = Advice(
    "Cookie без пароля",
    "Клиент, который после checkauth полагается на cookie, получит failure.",
    "Прокси должен передавать заголовок Cookie и не подменять его.",
)
BASIC = Advice(
    "Пароль без cookie",
    "Клиент, который cookie не прислал, получит failure.",
    "Прокси должен передавать Authorization в каждом запросе, не только в первом.",
)
INIT = Advice(
    "init",
    "«Выгрузка на сайт не выполнена. Не удалось прочитать ответ сервера. Параметры обмена не получены.»",
    "Ответ должен дойти без лишних строк; если прокси ни при чём, сообщите об ошибке авторам.",
)
INFO = Advice(
    "info (списки статусов)",
    "Кнопка загрузки статусов в 1С (УНФ, БП, модуль 1С-Битрикс) не сработает.",
    "Ответ должен начинаться с <?xml и быть несжатым; charset — последним в Content-Type.",
)
UPLOAD = Advice(
    "Файл из 1С",
    "Выгрузка оплат оборвётся: «Произошла ошибка на стороне сервера. Файл не отправлен» или «Failed sending "
    "data to the peer».",
    "client_max_body_size 200m в nginx (и предел CDN, если он есть).",
)
SLOW = Advice(
    "Медленная передача",
    "По медленной линии файл оборвётся: «Failed sending data to the peer».",
    "client_body_timeout 300s, proxy_read_timeout 300s; предел времени gunicorn не меньше.",
)
LONG = Advice(
    "Длинный адрес запроса",
    "Запрос с длинным именем файла не дойдёт.",
    "large_client_header_buffers 4 64k; отказ по длине тоже должен быть словом failure с кодом 200.",
)
RAW = Advice(
    "Имя файла не латиницей",
    "1С не кодирует имя файла в адресе: вместо ответа обмена она получит страницу ошибки.",
    "Отказы прокси (400) переведите в failure с кодом 200: error_page в deploy/nginx.conf.sample.",
)
KEEPALIVE = Advice(
    "Несколько запросов в одном соединении",
    "«Server returned nothing (no headers, no data)»: УНФ повторит запрос один раз, остальные остановятся.",
    "keepalive_timeout больше времени, за которое 1С обрабатывает загруженное.",
)
UNCHECKED = Advice(
    "Остальное не проверено",
    "Без входа нельзя узнать, проходят ли cookie, файлы и медленная передача.",
    "Устраните причину выше и запустите selfcheck снова.",
)
