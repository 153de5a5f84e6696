"""What an operator should mend before invoices flow: the findings of ``portal check``.

Reads only. Follows facts bitrix24-rest §1.4, §4, §6.10 and decision 16. Every finding says what is there, what follows
from it and how to mend it, in Russian. The right to change invoices cannot be tried without changing one: the first
paid invoice proves it.
"""

from __future__ import annotations

from collections.abc import Sequence

from commerceml_bridge.bitrix24.batch import Batch, BatchResult
from commerceml_bridge.bitrix24.client import BitrixClient
from commerceml_bridge.bitrix24.findings import Finding
from commerceml_bridge.bitrix24.numbering_check import numbering
from commerceml_bridge.bitrix24.portal_info import SMART_TYPE, PortalInfo, detect
from commerceml_bridge.bitrix24.seller_check import sellers
from commerceml_bridge.domain.invoices import InvoiceKind
from commerceml_bridge.errors import PortalError, PortalRefused


def check(client: BitrixClient) -> list[Finding]:
    """Look at everything the bridge needs of a portal; a portal that does not answer gives one finding. Never raises
    ``PortalError``.
    """
    try:
        scopes = client.call("scope")
        info = detect(client)
    except PortalError as error:
        follows = "Счета не читаются, оплаты не записываются."
        return [Finding(False, "Связь с порталом", str(error), follows, "Исправьте и повторите проверку.")]
    findings = [Finding(True, "Связь с порталом", f"Портал {client.webhook.host} отвечает.")]
    if client.moved_to:
        findings.append(_moved(client.moved_to.host))
    findings.append(_scope(scopes if isinstance(scopes, list) else []))
    findings += _rights(client, info)
    findings.append(_kinds(info))
    findings += [_success_stage(info, category.id, category.name) for category in info.categories]
    findings += sellers(client)
    findings += numbering(client, info)
    return findings


def _moved(host: str) -> Finding:
    return Finding(
        False,
        "Адрес портала",
        f"Портал переехал на {host}.",
        "Новый адрес уже запомнен; перенаправление со старого Битрикс24 когда-нибудь снимет.",
        "Проверьте, что вебхук на новом адресе ваш: он виден в Битрикс24, в разделе «Разработчикам».",
    )


def _scope(scopes: Sequence[object]) -> Finding:
    if "crm" not in scopes:
        return Finding(
            False,
            "Права вебхука",
            "Нет права «CRM (crm)».",
            "Счета не читаются и не меняются.",
            "Откройте вебхук в «Разработчикам», отметьте «CRM (crm)» и сохраните.",
        )
    if "catalog" not in scopes:
        return Finding(
            True,
            "Права вебхука",
            "Есть «CRM (crm)», нет «Торговый каталог (catalog)».",
            "Внешние коды торговых предложений не читаются: такие товары уйдут в 1С под кодами моста.",
            "Если в счетах есть торговые предложения, отметьте в вебхуке «Торговый каталог (catalog)».",
        )
    return Finding(True, "Права вебхука", "Есть «CRM (crm)» и «Торговый каталог (catalog)».")


_PROBES = {
    "companies": ("crm.company.list", "Чтение компаний"),
    "contacts": ("crm.contact.list", "Чтение контактов"),
    "requisites": ("crm.requisite.list", "Чтение реквизитов"),
    "links": ("crm.requisite.link.list", "Чтение связей счетов с реквизитами"),
}


def _rights(client: BitrixClient, info: PortalInfo) -> list[Finding]:
    batch = Batch(client)
    if InvoiceKind.SMART in info.kinds:
        batch.add("smart", "crm.item.list", {"entityTypeId": SMART_TYPE, "select": ["id"], "start": -1})
    if InvoiceKind.OLD in info.kinds:
        batch.add("old", "crm.invoice.list", {"select": ["ID"], "start": -1})
    for key, (method, _) in _PROBES.items():
        batch.add(key, method, {"start": -1})
    try:
        result = batch.run()
    except PortalError as error:
        return [Finding(False, "Права сотрудника", str(error), "Права не проверены.", "Повторите проверку позже.")]
    names = {
        "smart": "Чтение счетов",
        "old": "Чтение старых счетов",
        **{key: name for key, (_, name) in _PROBES.items()},
    }
    return [_right(result, key, names[key]) for key in batch.keys]


def _right(result: BatchResult, key: str, name: str) -> Finding:
    try:
        result.get(key)
    except PortalError as error:
        mend = "Дайте владельцу вебхука это право в настройках CRM или создайте вебхук под администратором."
        return Finding(False, name, str(error), "Счета нельзя прочесть целиком.", mend)
    return Finding(True, name, "Разрешено.")


def _kinds(info: PortalInfo) -> Finding:
    if not info.kinds:
        return Finding(
            False,
            "Виды счетов",
            "На портале нет ни новых, ни старых счетов.",
            "Передавать в 1С нечего.",
            "Выставьте первый счёт в CRM и повторите проверку.",
        )
    names = {InvoiceKind.SMART: "новые (смарт-счета)", InvoiceKind.OLD: "старые"}
    return Finding(True, "Виды счетов", ", ".join(names[kind] for kind in InvoiceKind if kind in info.kinds) + ".")


def _success_stage(info: PortalInfo, category_id: int, category_name: str) -> Finding:
    name = f"Стадия «оплачен» воронки «{category_name}»"
    try:
        stage = info.stage(info.success_stage(category_id))
    except PortalRefused as error:
        return Finding(False, name, str(error), "Оплаты этой воронки не записываются.", "Добавьте успешную стадию.")
    return Finding(True, name, f"{stage.name} ({stage.id})." if stage else "")
