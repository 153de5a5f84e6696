"""Alerts are raised and ended by what holds now, and told once each by every channel that is set up.

A channel that does not take a message is tried again later; those that took it are not.

Several workers may do this at once: raising is one transaction under the database's own order, telling takes a lease.
A message is told at least once: a worker that dies while telling leaves it to the next one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Iterable
from dataclasses import dataclass

from commerceml_bridge.db.alerts import AlertRow, Alerts
from commerceml_bridge.domain.alerts import Alert, NodeHealth, PortalHealth, alerts
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


def unraised(
    bridge: Bridge, nodes: Iterable[NodeHealth], portals: Iterable[PortalHealth], raised: Container[str]
) -> list[Alert]:
    """Return alerts that hold and were not raised (``raised``: keys of the open ones).

    It is the worker that raises them: while none runs, nobody is told, and the pages have to say it by themselves.
    """
    holding = alerts(nodes, portals, bridge.clock(), silence_hours=bridge.settings.silence_hours)
    return [one for one in holding if one.key not in raised]


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
        told += _tell_one(bridge, row)
    return told


def _tell_one(bridge: Bridge, row: AlertRow) -> bool:
    """Tell an alert by the channels that have not taken it yet; tell whether every one has it now."""
    taken = [name for name in row.told_by.split(",") if name]
    errors = []
    for name in channels(bridge):
        if name in taken:
            continue
        try:
            _CHANNELS[name](bridge, _Message(row.kind, row.subject, row.text, row.began_at))
        except (AlertNotSent, ConfigurationError) as error:
            errors.append(error.message)
        else:
            taken.append(name)
    with bridge.db.write() as uow:
        if errors:
            uow.alerts.failed(row.id, " ".join(errors), bridge.clock() + PAUSE, ",".join(taken))
        else:
            uow.alerts.told(row.id, bridge.clock(), ",".join(taken))
    return not errors


def _claim(bridge: Bridge) -> AlertRow | None:
    now = bridge.clock()
    with bridge.db.write() as uow:
        return uow.alerts.claim(now, now + LEASE)


@dataclass(frozen=True)
class _Message:
    """What is told; ``kind`` and ``subject`` as in ``domain.alerts.Alert``."""

    kind: str
    subject: str
    text: str
    began_at: dt.datetime


def _mail(bridge: Bridge, message: _Message) -> None:
    settings = bridge.settings
    body = f"{message.text}\n\n{_link(bridge)}\n".strip() + "\n"
    subject = f"Обмен с 1С: {_TITLES.get(message.kind, message.kind)}, {message.subject}"
    alert_channels.send_mail(settings.alert_smtp_url, settings.alert_email, subject, body)


def _webhook(bridge: Bridge, message: _Message) -> None:
    content: dict[str, object] = {
        "kind": message.kind,
        "subject": message.subject,
        "text": message.text,
        "began_at": message.began_at.isoformat(),
        "url": _link(bridge),
    }
    alert_channels.post(bridge.settings.alert_webhook_url, content)


def _link(bridge: Bridge) -> str:
    return f"{bridge.settings.public_url}/" if bridge.settings.public_url else ""


_CHANNELS = {"mail": _mail, "webhook": _webhook}

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
    """Send a test message by every channel; return their names. Raises ``AlertNotSent`` for the first that
    does not take it, and ``ConfigurationError`` if there is none."""
    names = channels(bridge)
    if not names:
        raise ConfigurationError(
            "Сообщать некуда: задайте CMLB_ALERT_SMTP_URL и CMLB_ALERT_EMAIL или "
            "CMLB_ALERT_WEBHOOK_URL (docs/settings.md)."
        )
    message = _Message("test", "проверка", "Это проверка: сообщения об обмене с 1С доходят.", bridge.clock())
    for name in names:
        _CHANNELS[name](bridge, message)
    return names
