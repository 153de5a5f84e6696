"""Why a portal cannot be asked: name, connection, certificate, webhook. Part of ``portal check``; reads only.

Called after a call has failed, so that a portal that answers is never asked in another way than the bridge asks it.
Behind a proxy only the call itself can tell. Follows facts bitrix24-rest §6.1, §6.7. Shows no secret: host only.
"""

from __future__ import annotations

import socket
import ssl
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from commerceml_bridge.bitrix24.findings import Finding
from commerceml_bridge.bitrix24.webhook import Webhook
from commerceml_bridge.errors import PortalAccessDenied, PortalAnswerInvalid, PortalError, PortalUnavailable

_SECONDS = 5.0
_FOLLOWS = "Счета не читаются, оплаты не записываются."
_WEBHOOK = (
    "В Битрикс24 откройте «Разработчикам» → «Другое» → «Входящий вебхук» (или «Готовые вебхуки» → «Интеграции»), "
    "отметьте «CRM (crm)» и «Торговый каталог (catalog)», сохраните и скопируйте адрес: "
    "commerceml-bridge portal set ИМЯ --webhook-stdin."
)
_REPEAT = "Повторите проверку позже; если не пройдёт, обратитесь в поддержку Битрикс24."


def diagnose(webhook: Webhook, error: PortalError) -> Finding:
    """Say what stands between us and the portal, given the error of a call."""
    if isinstance(error, PortalUnavailable):
        return _network(webhook) or Finding(False, "Связь с порталом", str(error), _FOLLOWS, _REPEAT)
    if isinstance(error, PortalAccessDenied):
        return Finding(False, "Вебхук", str(error), _FOLLOWS, _WEBHOOK)
    if isinstance(error, PortalAnswerInvalid):
        mend = (
            f"Откройте https://{webhook.host}/ в браузере с этого сервера: по адресу вебхука отвечает не REST, а "
            "страница (прокси, антивирус, заставка или чужой сайт). Проверьте имя портала."
        )
        return Finding(False, "Ответ портала", str(error), _FOLLOWS, mend)
    return Finding(False, "Связь с порталом", str(error), _FOLLOWS, _WEBHOOK)


def _network(webhook: Webhook) -> Finding | None:
    """Return the first step that fails: name, connection, certificate; ``None`` if none does or a proxy is used."""
    parts = urlsplit(f"{webhook.scheme}://{webhook.host}")
    host, port = parts.hostname or "", parts.port or (443 if webhook.scheme == "https" else 80)
    if webhook.scheme in getproxies() and not proxy_bypass(host):
        return None
    try:
        socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return _unknown_name(host)
    try:
        with socket.create_connection((host, port), timeout=_SECONDS) as plain:
            return _certificate(plain, host) if webhook.scheme == "https" else None
    except OSError:
        return _closed(host, port)


def _unknown_name(host: str) -> Finding:
    mend = "Проверьте имя портала в адресе вебхука и DNS этого сервера (команда nslookup)."
    return Finding(False, "Имя портала (DNS)", f"Имя {host} не находится.", _FOLLOWS, mend)


def _closed(host: str, port: int) -> Finding:
    mend = f"Разрешите этому серверу исходящие соединения с {host}, порт {port} (межсетевой экран, прокси)."
    return Finding(False, "Соединение с порталом", f"{host}:{port} не принимает соединение.", _FOLLOWS, mend)


def _certificate(plain: socket.socket, host: str) -> Finding | None:
    try:
        with ssl.create_default_context().wrap_socket(plain, server_hostname=host):
            return None
    except ssl.SSLCertVerificationError as error:
        what = f"Сертификат {host} не принят: {error.verify_message}."
    except OSError:
        what = f"{host} не договорился о защищённом соединении (TLS)."
    mend = (
        "Проверьте часы этого сервера, имя портала и корневые сертификаты; если соединение вскрывает прокси или "
        "антивирус, добавьте его сертификат в доверенные (переменная REQUESTS_CA_BUNDLE)."
    )
    return Finding(False, "Сертификат портала (TLS)", what, _FOLLOWS, mend)
