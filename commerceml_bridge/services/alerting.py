"""Alerts are raised and ended by what holds now, and told once each, by every channel that is set up.

Several workers may do this at once: raising is one transaction under the database's own order, telling takes a lease.
A message is told at least once: a worker that dies while telling leaves it to the next one.
"""

from __future__ import annotations

import datetime as dt

from commerceml_bridge.db.alerts import AlertRow, Alerts
from commerceml_bridge.domain.alerts import Alert, alerts
from commerceml_bridge.errors import AlertNotSent, ConfigurationError
from commerceml_bridge.services import alert_channels
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.consigning import REFUSED_BY_1C

LEASE = dt.timedelta(minutes=2)
PAUSE = dt.timedelta(minutes=5)
"""Before telling is tried again."""


def look(bridge: Bridge) -> int:
    """Raise what is new, end what is over, tell what nobody was told; return how many were told."""
    with bridge.db.write() as uow:
        uow.alerts.lock()
        now = bridge.clock()
        holding = alerts(
            uow.alerts.nodes(REFUSED_BY_1C),
            uow.alerts.portals(),
            now,
            silence_hours=bridge.settings.silence_hours,
        )
        known = {row.key: row for row in uow.alerts.open()}
        for alert in holding:
            _keep(uow_alerts=uow.alerts, row=known.pop(alert.key, None), alert=alert, now=now)
        uow.alerts.end([row.id for row in known.values()], now)
    return _tell_all(bridge)


def _keep(uow_alerts: Alerts, row: AlertRow | None, alert: Alert, now: dt.datetime) -> None:
    if row is None:
        uow_alerts.begin(key=alert.key, kind=alert.kind.value, subject=alert.subject, text=alert.text, now=now)
    elif row.text != alert.text:
        uow_alerts.rewrite(row.id, alert.text)


def channels(bridge: Bridge) -> list[str]:
    """Return the names of the channels that are set up."""
    settings = bridge.settings
    wanted = {"mail": settings.alert_smtp_url, "webhook": settings.alert_webhook_url}
    return [name for name, address in wanted.items() if address]


def _tell_all(bridge: Bridge) -> int:
    if not channels(bridge):
        return 0
    told = 0
    while row := _claim(bridge):
        try:
            tell(bridge, row.kind, row.subject, row.text, row.began_at)
        except (AlertNotSent, ConfigurationError) as error:
            with bridge.db.write() as uow:
                uow.alerts.failed(row.id, error.message, bridge.clock() + PAUSE)
            continue
        with bridge.db.write() as uow:
            uow.alerts.told(row.id, bridge.clock())
        told += 1
    return told


def _claim(bridge: Bridge) -> AlertRow | None:
    now = bridge.clock()
    with bridge.db.write() as uow:
        return uow.alerts.claim(now, now + LEASE)


def tell(bridge: Bridge, kind: str, subject: str, text: str, began_at: dt.datetime) -> None:
    """Tell one thing by every channel that is set up. Raises ``AlertNotSent`` or ``ConfigurationError``."""
    settings = bridge.settings
    link = f"{settings.public_url}/" if settings.public_url else ""
    if settings.alert_smtp_url:
        body = f"{text}\n\n{link}\n".strip() + "\n"
        alert_channels.send_mail(
            settings.alert_smtp_url, settings.alert_email, f"Обмен с 1С: {_TITLES.get(kind, kind)}, {subject}", body
        )
    if settings.alert_webhook_url:
        content: dict[str, object] = {
            "kind": kind,
            "subject": subject,
            "text": text,
            "began_at": began_at.isoformat(),
            "url": link,
        }
        alert_channels.post(settings.alert_webhook_url, content)


_TITLES = {
    "silent": "1С молчит",
    "unconfirmed": "1С не подтверждает",
    "refused": "1С не принимает счета",
    "unseen": "1С не возвращает счета",
    "portal": "Битрикс24 не читается",
    "parked": "Битрикс24 не принял изменения",
    "odata": "оплаты из 1С не читаются",
    "test": "проверка связи",
}


def test(bridge: Bridge) -> list[str]:
    """Send a test message by every channel; return their names. Raises as ``tell`` does, and if there is none."""
    names = channels(bridge)
    if not names:
        raise ConfigurationError(
            "Сообщать некуда: задайте CMLB_ALERT_SMTP_URL и CMLB_ALERT_EMAIL или "
            "CMLB_ALERT_WEBHOOK_URL (docs/settings.md)."
        )
    tell(bridge, "test", "проверка", "Это проверка: сообщения об обмене с 1С доходят.", bridge.clock())
    return names
