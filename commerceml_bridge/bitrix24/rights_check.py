"""What the owner of the webhook may read and change: part of ``portal check``. Follows facts bitrix24-rest §1.3, §6.10.

Reading is tried with one batch of the methods fetching uses. Changing is tried with an update that names no field: "if
nothing changed nothing is saved" (§1.3), so it asks for the right and cannot change anything; the answer is compared
with the invoice as it was read before. A stage is never moved. Any update rewrites an old invoice whole (§3.1), so that
their right is tried on an id no invoice has: a portal that looks at rights first refuses it, and nothing can change.
"""

from __future__ import annotations

import logging
from typing import Any

from commerceml_bridge.bitrix24.batch import Batch, BatchResult
from commerceml_bridge.bitrix24.client import BitrixClient
from commerceml_bridge.bitrix24.findings import Finding, not_checked
from commerceml_bridge.bitrix24.lists import rows_of
from commerceml_bridge.bitrix24.portal_info import SMART_TYPE, PortalInfo
from commerceml_bridge.bitrix24.values import as_int, as_text, is_yes
from commerceml_bridge.domain.invoices import InvoiceKind
from commerceml_bridge.errors import PortalAccessDenied, PortalError, PortalNotFound

log = logging.getLogger(__name__)
_ROLES = (
    "В Битрикс24: CRM → «Настройки» → «Права» → «Права доступа»: дайте роли владельца вебхука чтение счетов, компаний "
    "и контактов и изменение счетов, или создайте вебхук под администратором."
)
_FIRST: dict[str, Any] = {"start": -1}
_PROBES: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
    ("smart", "crm.item.list", "Чтение счетов", {"entityTypeId": SMART_TYPE, "select": ["id"], **_FIRST}),
    ("old", "crm.invoice.list", "Чтение старых счетов", {"select": ["ID"], **_FIRST}),
    ("companies", "crm.company.list", "Чтение компаний", _FIRST),
    ("contacts", "crm.contact.list", "Чтение контактов", _FIRST),
    ("requisites", "crm.requisite.list", "Чтение реквизитов", _FIRST),
    ("links", "crm.requisite.link.list", "Чтение связей счетов с реквизитами", _FIRST),
    ("banks", "crm.requisite.bankdetail.list", "Чтение банковских реквизитов", _FIRST),
    ("addresses", "crm.address.list", "Чтение адресов", _FIRST),
)
_KIND_OF = {"smart": InvoiceKind.SMART, "old": InvoiceKind.OLD}
_UNCHANGED = ("stageId", "updatedTime", "title", "accountNumber", "opportunity")


_NOBODYS_ID = 2**31 - 1
"""no portal has counted its invoices up to there"""


def is_administrator(client: BitrixClient) -> bool:
    """Tell whether the owner of the webhook may do everything; ``False`` where the portal does not say."""
    try:
        person = client.call("profile")
    except PortalError:
        return False
    return isinstance(person, dict) and is_yes(person, "ADMIN")


def owner(client: BitrixClient) -> list[Finding]:
    """Say in whose name the bridge works: what he may not see does not exist for it (§1.2)."""
    person = client.call("profile")
    if not isinstance(person, dict):
        return []
    name = " ".join(part for part in (as_text(person, "NAME"), as_text(person, "LAST_NAME")) if part)
    name = name or f"сотрудник {as_int(person, 'ID')}"
    if is_yes(person, "ADMIN"):
        return [Finding(True, "Владелец вебхука", f"{name}, администратор: видит все счета.")]
    return [
        Finding(
            True,
            "Владелец вебхука",
            f"{name}, не администратор.",
            "Счета, компании и контакты, которые ему не видны, Битрикс24 молча пропускает: в 1С они не попадут.",
            f"Проверьте, что роль видит все счета, а не только свои. {_ROLES}",
        )
    ]


def reading(client: BitrixClient, info: PortalInfo | None) -> list[Finding]:
    """Try to read everything an invoice is made of. ``info`` ``None``: it is not known which kinds are in use."""
    batch = Batch(client)
    names = {}
    for key, method, name, params in _PROBES:
        kind = _KIND_OF.get(key)
        if kind is None or info is None or kind in info.kinds:
            batch.add(key, method, params)
            names[key] = name
    result = batch.run()
    return [found for key in batch.keys if (found := _right(result, key, names[key]))]


def _right(result: BatchResult, key: str, name: str) -> Finding | None:
    try:
        result.get(key)
    except PortalNotFound:
        return None  # the portal has no invoices of this kind
    except PortalError as error:
        return Finding(False, name, str(error), "Счета нельзя прочесть целиком.", _ROLES)
    return Finding(True, name, "Разрешено.")


def changing(client: BitrixClient, info: PortalInfo) -> list[Finding]:
    """Try whether invoices may be changed, without changing one."""
    found = [_smart(client)] if InvoiceKind.SMART in info.kinds else []
    return [*found, _old(client)] if InvoiceKind.OLD in info.kinds else found


_OLD_NAME = "Изменение старых счетов"


def _old(client: BitrixClient) -> Finding:
    try:
        client.call("crm.invoice.update", {"id": _NOBODYS_ID, "fields": {}}, write=True)
    except PortalAccessDenied as error:
        return Finding(False, _OLD_NAME, str(error), _FOLLOWS, _ROLES)
    except PortalError as error:
        log.info("no word about rights from an update of an invoice that is not there: %s", error)
    if is_administrator(client):
        return Finding(True, _OLD_NAME, "Разрешено: владелец вебхука — администратор.")
    return Finding(
        True,
        _OLD_NAME,
        "Отказа нет: проверено на номере, которого нет ни у одного счёта. Доказать право может только запись, а любое "
        "изменение переписывает старый счёт целиком: проверка их не трогает.",
        "Если права всё же нет, первая же оплата остановится на странице «Проблемы».",
        f"Убедитесь сами. {_ROLES}",
    )


_NAME = "Изменение счетов"
_FOLLOWS = "Оплаты не записываются: счёт не перейдёт в «Оплачен»."


def _smart(client: BitrixClient) -> Finding:
    params = {"entityTypeId": SMART_TYPE, "select": ["id", *_UNCHANGED], "order": {"id": "DESC"}, "start": -1}
    rows = rows_of(client.call("crm.item.list", params), "items", "crm.item.list")
    if not rows:
        return Finding(True, _NAME, "Не проверялось: владелец вебхука не видит ни одного счёта.")
    before, number = rows[0], as_int(rows[0], "id")
    try:
        answer = client.call("crm.item.update", {"entityTypeId": SMART_TYPE, "id": number, "fields": {}}, write=True)
    except PortalAccessDenied as error:
        return Finding(False, _NAME, str(error), _FOLLOWS, _ROLES)
    except PortalError as error:
        return not_checked(_NAME, f"Пустое изменение счёта {number} не дало ответа: {error}", stops=False)
    after = answer.get("item") if isinstance(answer, dict) else None
    if not isinstance(after, dict) or any(name in after and after[name] != before.get(name) for name in _UNCHANGED):
        what = f"Счёт {number} во время проверки изменился в Битрикс24 (не проверкой: она не передаёт ни одного поля)."
        return Finding(True, _NAME, what)
    return Finding(
        True,
        _NAME,
        f"Разрешено. Проверено пустым изменением счёта {number}: ни одно поле не передано, стадия и время изменения "
        "остались прежними. Право менять стадию покажет первая оплата.",
    )
