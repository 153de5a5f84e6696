"""How people are told: by mail and by a POST to an address of their own. Knows no database.

Both raise ``AlertNotSent`` with a Russian reason that holds no password and no address with a secret in it.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

import requests

from commerceml_bridge.errors import AlertNotSent, ConfigurationError

SECONDS = 15
"""How long a mail server or an address may take."""


def send_mail(server: str, recipients: str, subject: str, text: str) -> None:
    """Send one message. ``server``: ``smtp://[user:password@]host[:port]`` (STARTTLS if offered) or ``smtps://…``.

    ``recipients`` are separated by commas; the first is the sender too. A password never goes out unencrypted, except
    to this machine itself. Raises ``AlertNotSent`` and ``ConfigurationError``.
    """
    addresses = [one.strip() for one in recipients.split(",") if one.strip()]
    if not addresses:
        raise ConfigurationError("Задан почтовый сервер, но не задано, кому писать: CMLB_ALERT_EMAIL.")
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = addresses[0], ", ".join(addresses), subject
    message.set_content(text)
    try:
        with _connected(server) as smtp:
            smtp.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        raise AlertNotSent(f"Письмо не отправлено: {type(error).__name__}. Проверьте CMLB_ALERT_SMTP_URL.") from error


@contextmanager
def _connected(server: str) -> Iterator[smtplib.SMTP]:
    parts = urlsplit(server)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ConfigurationError("CMLB_ALERT_SMTP_URL: нужен адрес вида smtp://логин:пароль@сервер:587.")
    context = ssl.create_default_context()
    smtp: smtplib.SMTP
    if parts.scheme == "smtps":
        smtp = smtplib.SMTP_SSL(parts.hostname, parts.port or 465, timeout=SECONDS, context=context)
    else:
        smtp = smtplib.SMTP(parts.hostname, parts.port or 587, timeout=SECONDS)
    with smtp:
        smtp.ehlo_or_helo_if_needed()
        encrypted = parts.scheme == "smtps"
        if not encrypted and smtp.has_extn("starttls"):
            smtp.starttls(context=context)
            encrypted = True
        if parts.username:
            if not encrypted and parts.hostname not in {"127.0.0.1", "localhost", "::1"}:
                raise AlertNotSent("Письмо не отправлено: сервер не предлагает шифрование, пароль был бы виден.")
            smtp.login(unquote(parts.username), unquote(parts.password or ""))
        yield smtp


def post(url: str, content: dict[str, object]) -> None:
    """POST ``content`` as JSON; anything but 2xx is a failure, redirects are not followed. Raises ``AlertNotSent``."""
    try:
        answer = requests.post(url, json=content, timeout=SECONDS, allow_redirects=False)
    except requests.RequestException as error:
        raise AlertNotSent(f"Адрес CMLB_ALERT_WEBHOOK_URL не принял сообщение: {type(error).__name__}.") from None
    if not 200 <= answer.status_code < 300:
        raise AlertNotSent(f"Адрес CMLB_ALERT_WEBHOOK_URL ответил HTTP {answer.status_code}.")
