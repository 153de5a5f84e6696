"""Which kinds of invoices a portal uses, and whether each pipeline has the one stage that means "paid".

Part of ``portal check``; pure over what was detected. Follows facts bitrix24-rest §1.4, §3.3, §3.5.
"""

from __future__ import annotations

from commerceml_bridge.bitrix24.findings import Finding
from commerceml_bridge.bitrix24.portal_info import OLD_PAID, Category, PortalInfo
from commerceml_bridge.domain.invoices import InvoiceKind, StageSemantics

_NAMES = {InvoiceKind.SMART: "новые (смарт-счета)", InvoiceKind.OLD: "старые"}
_STAGES = "CRM → «Счета» → шестерёнка → «Настроить стадии» (или CRM → «Настройки» → «Справочники»)"


def kinds(info: PortalInfo) -> list[Finding]:
    """Say which kinds of invoices are in use."""
    if info.kinds:
        what = ", ".join(_NAMES[kind] for kind in InvoiceKind if kind in info.kinds) + "."
        return [Finding(True, "Виды счетов", what)]
    return [
        Finding(
            False,
            "Виды счетов",
            "На портале нет ни новых, ни старых счетов.",
            "Передавать в 1С нечего.",
            "Выставьте первый счёт: CRM → «Счета» → «Создать», и повторите проверку.",
        )
    ]


def paid_stages(info: PortalInfo) -> list[Finding]:
    """Look for the stage that means "paid" in every pipeline and among the statuses of old invoices."""
    found = [_paid(info, category) for category in info.categories]
    if InvoiceKind.OLD in info.kinds:
        status = info.stage(OLD_PAID)
        name = "Статус «оплачен» старых счетов"
        if status:
            found.append(Finding(True, name, f"{status.name} ({status.id})."))
        else:
            found.append(_without(name, f"Среди статусов старых счетов нет «{OLD_PAID}»."))
    return found


def _paid(info: PortalInfo, category: Category) -> Finding:
    name = f"Стадия «оплачен» воронки «{category.name}» ({category.id})"
    own = [stage for stage in info.stages if stage.category_id == category.id]
    paid = [stage for stage in own if stage.semantics is StageSemantics.SUCCESS]
    listed = "; ".join(f"{stage.name} ({stage.id})" for stage in own)
    if not paid:
        return _without(name, f"В воронке нет успешной стадии: {listed or 'стадий нет'}.")
    first = paid[0]
    if len(paid) == 1:
        return Finding(True, name, f"{first.name} ({first.id}). Все стадии: {listed}.")
    others = ", ".join(f"{stage.name} ({stage.id})" for stage in paid[1:])
    return Finding(
        True,
        name,
        f"Успешных стадий {len(paid)}: {first.name} ({first.id}), {others}.",
        f"Оплаченный счёт переводится в первую: «{first.name}».",
        f"Если оплату значит другая, назовите её: commerceml-bridge node set УЗЕЛ --paid-stage {paid[1].id}.",
    )


def _without(name: str, what: str) -> Finding:
    return Finding(
        False,
        name,
        what,
        "Оплаты этой воронки не записываются.",
        f"Добавьте успешную стадию «Оплачен»: {_STAGES}.",
    )
