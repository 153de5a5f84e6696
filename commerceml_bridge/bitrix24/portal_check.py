"""What an operator should mend before invoices flow: the findings of ``portal check`` that the portal itself tells.

Changes nothing. Follows facts bitrix24-rest §1.4, §4, §6.10 and decision 16. Every finding says what is there, what
follows from it and how to mend it, in Russian and in Bitrix24's own words. Each part stands alone: one that the portal
refuses or cannot answer becomes a finding, and the others go on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from commerceml_bridge.bitrix24 import rights_check, stages_check, surroundings_check
from commerceml_bridge.bitrix24.client import BitrixClient
from commerceml_bridge.bitrix24.findings import Finding, not_checked
from commerceml_bridge.bitrix24.numbering_check import numbering
from commerceml_bridge.bitrix24.portal_info import PortalInfo, detect
from commerceml_bridge.bitrix24.reach_check import diagnose
from commerceml_bridge.bitrix24.refusals import lacks_method
from commerceml_bridge.bitrix24.seller_check import sellers
from commerceml_bridge.errors import PortalError

PATIENCE = 40.0
"""Seconds after which no further part is begun: a person waits for the answer."""


_SCOPE = "Права вебхука"


def check(client: BitrixClient) -> list[Finding]:
    """Look at everything the bridge needs of a portal; one that does not answer gives one finding.

    Never raises ``PortalError``.
    """
    scopes, found = _scopes(client)
    if scopes is None:
        return found
    findings = [Finding(True, "Связь с порталом", f"Портал {client.webhook.host} отвечает.")]
    if client.moved_to:
        findings.append(_moved(client.moved_to.host))
    findings += found
    return findings + _crm(client) if "crm" in scopes else findings


def _scopes(client: BitrixClient) -> tuple[Sequence[object] | None, list[Finding]]:
    """Return the scopes of the webhook with what they and the answer's clock tell; ``None``: it cannot be asked.

    A portal that does not list scopes is believed to have given them: its other answers tell.
    """
    try:
        answer = client.call_full("scope")
    except PortalError as error:
        if lacks_method(error):
            return ["crm"], [not_checked(_SCOPE, error, stops=False)]
        return None, [diagnose(client.webhook, error)]
    scopes = answer.result if isinstance(answer.result, list) else []
    return scopes, [*surroundings_check.clock(answer.time, client.clock()), _scope(scopes)]


def _crm(client: BitrixClient) -> list[Finding]:
    info: PortalInfo | None = None
    findings = []
    try:
        info = detect(client)
    except PortalError as error:
        findings.append(not_checked("Виды счетов, воронки и стадии", error))
    end = time.monotonic() + PATIENCE

    def _part(name: str, look: Callable[[], list[Finding]], *, stops: bool = True) -> list[Finding]:
        if time.monotonic() > end:
            why = "Портал отвечает слишком медленно: до этого проверка не дошла."
            return [not_checked(name, why, stops=stops)]
        try:
            return look()
        except PortalError as error:
            return [not_checked(name, error, stops=stops)]

    findings += _part("Владелец вебхука", lambda: rights_check.owner(client), stops=False)
    findings += _part("Права сотрудника", lambda: rights_check.reading(client, info))
    findings += _part("Мои компании", lambda: sellers(client))
    findings += _part("Валюты", lambda: surroundings_check.currencies(client), stops=False)
    if info is not None:
        known = info
        findings += _part("Изменение счетов", lambda: rights_check.changing(client, known))
        findings += stages_check.kinds(known) + stages_check.paid_stages(known)
        findings += surroundings_check.catalogues(known)
        findings += _part("Нумерация счетов", lambda: numbering(client, known), stops=False)
    return findings


def _moved(host: str) -> Finding:
    return Finding(
        True,
        "Адрес портала",
        f"Портал переехал на {host}.",
        "Новый адрес уже запомнен; перенаправление со старого Битрикс24 когда-нибудь снимет.",
        "Проверьте, что вебхук на новом адресе ваш: он виден в Битрикс24, в разделе «Разработчикам».",
    )


def _scope(scopes: Sequence[object]) -> Finding:
    name = _SCOPE
    edit = "Откройте вебхук: «Разработчикам» → «Интеграции» → ваш входящий вебхук → «Настройка прав»"
    if "crm" not in scopes:
        mend = f"{edit}, отметьте «CRM (crm)» и сохраните."
        return Finding(False, name, "Нет права «CRM (crm)».", "Счета не читаются и не меняются.", mend)
    if "catalog" not in scopes:
        return Finding(
            True,
            name,
            "Есть «CRM (crm)», нет «Торговый каталог (catalog)».",
            "Внешние коды торговых предложений не читаются: такие товары уйдут в 1С под кодами моста.",
            f"{edit}, отметьте «Торговый каталог (catalog)», если в счетах есть торговые предложения.",
        )
    return Finding(True, name, "Есть «CRM (crm)» и «Торговый каталог (catalog)».")
