"""Clock, zone, currencies and catalogues of a portal: part of ``portal check``. Reads only.

Follows facts bitrix24-rest §0 (fact 11), §1.2, §2.3, §5, §6.3, §6.4.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from commerceml_bridge.bitrix24.answers import moment
from commerceml_bridge.bitrix24.client import BitrixClient
from commerceml_bridge.bitrix24.findings import Finding
from commerceml_bridge.bitrix24.lists import rows_of
from commerceml_bridge.bitrix24.portal_info import PortalInfo
from commerceml_bridge.bitrix24.values import as_text, is_yes

_NOTICEABLE = dt.timedelta(seconds=10)
_SCOPE = "Отметьте в вебхуке («Разработчикам» → ваш входящий вебхук) «Торговый каталог (catalog)» и сохраните."


def clock(time: Mapping[str, Any], ours: dt.datetime) -> list[Finding]:
    """Compare clock and zone of the portal with ours, by the ``time`` block of an answer received at ``ours``."""
    found = []
    theirs = moment(time)
    if theirs is not None:
        found.append(_clock(theirs, ours))
    try:
        offset = dt.datetime.fromisoformat(str(time.get("date_start", ""))).utcoffset()
    except ValueError:
        offset = None
    if offset is not None:
        found.append(_zone(offset))
    return found


def _clock(theirs: dt.datetime, ours: dt.datetime) -> Finding:
    apart = abs(theirs - ours)
    if apart <= _NOTICEABLE:
        return Finding(True, "Часы", "Часы портала и этого сервера совпадают.")
    return Finding(
        False,
        "Часы",
        f"Часы портала и этого сервера расходятся на {apart.total_seconds():.0f} с.",
        "Загрузка идёт по часам портала и не страдает, но время событий в журнале неверно, а https может отказать.",
        "Включите на этом сервере синхронизацию времени (NTP): timedatectl set-ntp true.",
        stops=False,
    )


def _zone(offset: dt.timedelta) -> Finding:
    hours = f"UTC{offset.total_seconds() / 3600:+g}"
    if offset >= dt.timedelta(0):
        what = f"Портал живёт по {hours}. Даты счетов берутся календарными, без пересчёта поясов; время хранится в UTC."
        return Finding(True, "Часовой пояс", what)
    return Finding(
        False,
        "Часовой пояс",
        f"Портал живёт по {hours}, западнее Гринвича.",
        "Битрикс24 отдаёт даты такого портала на день раньше: дата счёта в 1С будет неверна.",
        "Поставьте порталу часовой пояс организации: «Настройки» → «Настройки портала» → «Часовой пояс».",
    )


def currencies(client: BitrixClient) -> list[Finding]:
    """List the currencies of the portal."""
    rows = rows_of(client.call("crm.currency.list"), "", "crm.currency.list")
    names = [as_text(row, "CURRENCY") + (" (базовая)" if is_yes(row, "BASE") else "") for row in rows]
    what = f"{', '.join(names)}." if names else "Список валют пуст."
    if any(as_text(row, "CURRENCY") == "RUB" for row in rows):
        return [Finding(True, "Валюты", what)]
    return [
        Finding(
            True,
            "Валюты",
            what,
            "Рубля среди валют портала нет: 1С заведёт валюту с тем именем, которое получит.",
            "Добавьте рубль: CRM → «Настройки» → «Валюты», или назовите валюту как в 1С: node set УЗЕЛ --currency.",
        )
    ]


def catalogues(info: PortalInfo) -> list[Finding]:
    """List the catalogues external codes of goods are read from."""
    if info.catalogs:
        parts = [f"{one.iblock_id} ({'предложения' if one.is_offers else 'товары'})" for one in info.catalogs]
        return [Finding(True, "Товарные каталоги", f"Инфоблоки {', '.join(parts)}.")]
    return [
        Finding(
            True,
            "Товарные каталоги",
            "Каталоги не видны: нет права на них или на портале нет торгового каталога.",
            "Внешние коды товаров читаются только через CRM: товарные предложения уйдут в 1С под кодами моста.",
            f"{_SCOPE} Владельцу вебхука нужно право просматривать торговый каталог.",
        )
    ]
