"""Words for codes: states, results, forms, families, kinds of work and of history. Codes themselves stay in JSON.

What is chosen in settings has its words in ``option_labels``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

STATES: Mapping[str, Any] = {
    "due": _l("ждёт обмена"),
    "held": _l("задержан"),
    "served": _l("отдан, не подтверждён"),
    "acknowledged": _l("подтверждён"),
    "seen": _l("есть в 1С"),
    "verified": _l("сверен с 1С"),
    "none": _l("не отправляется"),
}
COUNTS: Mapping[str, Any] = {
    "due": _l("ждут обмена"),
    "held": _l("задержаны"),
    "served": _l("отданы, не подтверждены"),
    "acknowledged": _l("подтверждены"),
    "seen": _l("есть в 1С"),
    "verified": _l("сверены с 1С"),
    "none": _l("не отправляются"),
}
STATE_HINTS: Mapping[str, Any] = {
    "due": _l("Уйдёт в 1С при следующем обмене."),
    "held": _l("Не уйдёт, пока причина не устранена или счёт не отпущен."),
    "served": _l("1С получила счёт, но не подтвердила загрузку. При следующем обмене он уйдёт снова."),
    "acknowledged": _l("1С подтвердила загрузку. Самого документа из 1С ещё не видели."),
    "seen": _l("1С вернула этот документ: он в ней есть."),
    "verified": _l("Номер, дата и сумма в 1С совпадают со счётом."),
    "none": _l("Передавать нечего или нельзя."),
}
ALERTS: Mapping[str, Any] = {
    "silent": _l("1С молчит."),
    "unconfirmed": _l("1С не подтверждает."),
    "refused": _l("1С не принимает счета."),
    "unseen": _l("1С не возвращает счета."),
    "portal": _l("Битрикс24 не читается."),
    "parked": _l("Битрикс24 не принял изменения."),
    "odata": _l("Оплаты из базы 1С не читаются."),
}
ROLES: Mapping[str, Any] = {
    "viewer": _l("наблюдатель"),
    "operator": _l("оператор"),
    "administrator": _l("администратор"),
}
ROLE_HINTS: Mapping[str, Any] = {
    "viewer": _l("видит все страницы, ничего не меняет"),
    "operator": _l("отправляет, задерживает и отпускает счета, разбирает проблемы"),
    "administrator": _l("ещё и порталы, узлы, правила, люди"),
}
CHANGES: Mapping[str, Any] = {
    "portal.add": _l("портал добавлен"),
    "portal.set": _l("портал изменён"),
    "portal.remove": _l("портал удалён"),
    "node.add": _l("узел добавлен"),
    "node.set": _l("настройки узла изменены"),
    "node.policy": _l("правила узла изменены"),
    "node.password": _l("пароль узла сменён"),
    "node.remove": _l("узел снят с обмена"),
    "node.take-back": _l("пробный обмен взят назад"),
    "node.notify": _l("звонок в 1С настроен"),
    "node.odata": _l("опрос 1С настроен"),
    "node.items": _l("строки счетов сопоставлены с номенклатурой"),
    "invoice.adopt": _l("счёт связан с документом 1С"),
    "invoice.unlink": _l("связь с документом 1С снята"),
    "node.odata-off": _l("опрос 1С выключен"),
    "statement.applied": _l("платёж из выписки учтён"),
    "statement.declined": _l("платёж из выписки отклонён"),
    "buyer.join": _l("карточки покупателя объединены"),
    "buyer.separate": _l("карточка покупателя отделена"),
    "operator.add": _l("человек добавлен"),
    "operator.role": _l("роль изменена"),
    "operator.password": _l("пароль сменён"),
    "operator.remove": _l("человек удалён"),
}
FACTS: Mapping[str, Any] = {
    "paid-flag": _l("оплачен полностью"),
    "payment": _l("платёж"),
    "refund": _l("возврат"),
    "cancelled": _l("отменён"),
    "deleted": _l("помечен на удаление"),
    "unposted": _l("не проведён"),
    "shipped": _l("отгружен"),
    "status": _l("статус заказа"),
    "not-paid": _l("не оплачен"),
    "partly-paid": _l("оплачена часть"),
    "standing": _l("проведён"),
    "unclear": _l("неясно"),
}
SOURCES: Mapping[str, Any] = {
    "exchange": _l("обмен с сайтом"),
    "odata": _l("опрос 1С"),
    "statement": _l("выписка банка"),
    "operator": _l("оператор"),
}
FILTER_STATES: Mapping[str, Any] = {
    **STATES,
    "never": _l("никогда не передаётся"),
    "problem": _l("ошибка получения"),
    "difference": _l("отличается от 1С"),
    "unposted": _l("не проведён в 1С"),
    "adopted": _l("введён в 1С вручную"),
}
RESULTS: Mapping[str, Any] = {
    "": _l("нет шагов"),
    "success": _l("успешно"),
    "failure": _l("ошибка"),
    "progress": _l("идёт"),
    "xml": _l("отданы документы, нет подтверждения"),
    "text": _l("ответ получен"),
}
STEP_RESULTS: Mapping[str, Any] = {
    "success": _l("успешно"),
    "failure": _l("ошибка"),
    "progress": _l("продолжение"),
    "xml": _l("документы"),
    "text": _l("ответ"),
}
KINDS: Mapping[str, Any] = {"smart": _l("смарт-счёт"), "old": _l("старый счёт")}
FAMILIES: Mapping[str, Any] = {
    "auto": _l("не указано"),
    "ut10": _l("УТ 10.3"),
    "ut11": _l("УТ 11, КА 2, ERP 2, Розница 2"),
    "unf": _l("УНФ"),
    "bp3": _l("Бухгалтерия 3.0"),
    "bitrix": _l("модуль 1С-Битрикс"),
}
EXCHANGE_TYPES: Mapping[str, Any] = {
    "sale": _l("счета"),
    "catalog": _l("товары"),
    "reference": _l("справочники"),
}
FORMS: Mapping[str, Any] = {
    "bare": _l("обычные документы"),
    "subordinate": _l("с подчинёнными документами"),
    "container": _l("контейнеры"),
}
DELIVERY_STATES: Mapping[str, Any] = {
    "open": _l("не подтверждена"),
    "acknowledged": _l("подтверждена"),
    "replaced": _l("заменена новой"),
}
UPLOAD_STATES: Mapping[str, Any] = {
    "receiving": _l("принимается"),
    "complete": _l("принят целиком"),
    "processed": _l("обработан"),
    "quarantined": _l("в карантине"),
    "kept": _l("сохранён"),
    "resolved": _l("разобран"),
}
RETURNED_STATES: Mapping[str, Any] = {
    "applied": _l("учтён"),
    "repeated": _l("повтор, без изменений"),
    "unknown": _l("не наш документ"),
    "set-aside": _l("отложен"),
    "information": _l("к сведению"),
    "quarantined": _l("в карантине"),
}
PAYMENTS: Mapping[str, Any] = {
    "paid": _l("оплачен"),
    "partly-paid": _l("оплачен частично"),
    "withdrawn": _l("оплата отозвана"),
    "cancelled": _l("отменён в 1С"),
    "deleted": _l("удалён в 1С"),
    "unposted": _l("не проведён в 1С"),
    "unclear": _l("неясно"),
    "nothing": _l("без изменений"),
}
JOBS: Mapping[str, Any] = {
    "writeback": _l("запись оплаты в Битрикс24"),
    "comment": _l("комментарий в Битрикс24"),
    "notify": _l("уведомление ответственному"),
    "fetch": _l("получение из Битрикс24"),
}
JOB_STATES: Mapping[str, Any] = {
    "held": _l("ждёт решения человека"),
    "cancelled": _l("отменено"),
    "pending": _l("ждёт"),
    "running": _l("выполняется"),
    "done": _l("сделано"),
    "parked": _l("остановлено"),
}
HISTORY: Mapping[str, Any] = {
    "changed": _l("Изменён в Битрикс24"),
    "fetched": _l("Получен из Битрикс24"),
    "revised": _l("Получена новая версия"),
    "rendered": _l("Документ составлен"),
    "held": _l("Задержан"),
    "released": _l("Отпущен"),
    "resend": _l("Отправка повторяется"),
    "served": _l("Отдан в 1С"),
    "acknowledged": _l("1С подтвердила загрузку"),
    "returned": _l("Вернулся из 1С"),
    "decided": _l("Решение"),
    "written": _l("Записано в Битрикс24"),
    "told": _l("Сказано в Битрикс24"),
    "parked": _l("Запись остановлена"),
    "retried": _l("Повтор записи"),
    "proven": _l("Запись доказана чтением"),
    "refetched": _l("Получен по просьбе оператора"),
    "gone": _l("Удаление в Битрикс24"),
    "resolved": _l("Разобран"),
    "adopted": _l("Связь с документом 1С"),
    "left": _l("Вышел из отбора узла"),
    "taken-back": _l("Обмен взят назад"),
    "entered": _l("Вернулся в отбор узла"),
}
REHEARSED: Mapping[str, Any] = {
    "onec_id": _l("Ид в 1С"),
    "onec_number": _l("номер в 1С"),
    "difference": _l("отличие"),
    "payment": _l("оплата"),
    "paid_amount": _l("оплачено"),
    "payment_reason": _l("объяснение"),
    "voucher_number": _l("номер платёжного документа"),
}
"""What an import may change of an invoice at a node (``services.rehearsing.FIELDS``)."""
MENDING: Mapping[str, Any] = {
    "release": _l("Отпустить"),
    "resend": _l("Отправить снова"),
    "hold": _l("Задержать"),
    "retry": _l("Повторить"),
    "resolve": _l("Разобран"),
    "adopt": _l("Связать"),
    "let-go": _l("Записать"),
    "discard": _l("Отказаться"),
    "join": _l("Объединить"),
    "accept": _l("Да, учесть"),
    "decline": _l("Нет, не наш"),
}
OUTLOOKS: Mapping[str, Any] = {
    "goes": _l("Уйдёт при следующем обмене."),
    "held": _l("Не уйдёт:"),
    "nothing": _l("Ничего."),
}
GOODS_SOURCES: Mapping[str, Any] = {
    "manual": _l("выбрано вручную"),
    "xml-id": _l("по внешнему коду"),
    "article": _l("по артикулу"),
    "name": _l("по названию"),
    "service-item": _l("услуга узла"),
    "foreign-id": _l("код не из этой базы"),
    "none": _l("не сопоставлена"),
}
"""How a line of an invoice was mapped to an item of 1C (``domain.goods.Source``)."""
DIFFERENCES: Mapping[str, Any] = {
    "held": _l("удержан"),
    "not-delivered": _l("не отдан"),
    "not-acknowledged": _l("не подтверждён"),
    "doubt": _l("в 1С похожий"),
    "differs": _l("в 1С иначе"),
    "cancelled-but-open": _l("в 1С отменён"),
    "paid-but-failed": _l("оплачен после отказа"),
    "uncertain": _l("оплата под вопросом"),
    "paid-but-open": _l("оплачен, стадия открыта"),
    "overpaid": _l("переплата"),
    "paid-by-status": _l("оплачен без платежей"),
    "success-but-partly": _l("завершён, оплачена часть"),
    "success-but-unpaid": _l("завершён без оплаты"),
    "partly-paid": _l("оплачен частично"),
    "unposted": _l("не проведён"),
    "unseen": _l("не виден в 1С"),
}
PAYMENT_DECISIONS: Mapping[str, Any] = {
    "applied": _l("учтён"),
    "proposed": _l("ждёт решения"),
    "unmatched": _l("счёт не найден"),
    "declined": _l("не к нашим счетам"),
    "ignored": _l("не поступление"),
}


def label(words: Mapping[str, Any], code: str) -> str:
    """Return the word for a code; a code nobody foresaw is shown as it is."""
    return str(words.get(code, code))
