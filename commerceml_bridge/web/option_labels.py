"""Words for what is chosen on the pages of settings: options of a node, its selection of invoices, its policy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from commerceml_bridge.domain.invoices import InvoiceKind
from commerceml_bridge.domain.selection import OnLeave
from commerceml_bridge.web import labels

OPTIONS: Mapping[str, Any] = {
    "from_date": _l("Счета с даты"),
    "client": _l("Программа"),
    "onec_release": _l("Выпуск 1С"),
    "prefix": _l("Префикс номера в 1С, до 9 знаков"),
    "encoding": _l("Кодировка ответов"),
    "currency_names": _l("Имена валют в этой базе"),
    "vat_rates": _l("Ставки НДС, которые знает база"),
    "old_zero_vat": _l("Ставка 0 старых счетов"),
    "document_cap": _l("Документов в одном ответе, не больше (0 — без предела)"),
    "number_digits": _l("Значащих цифр в номере, не больше"),
    "hold_bad_inn": _l("Задерживать счета с неверным ИНН или КПП"),
    "onec_party_ids": _l("Слать Ид контрагента из 1С"),
    "unseen_days": _l("Дней до напоминания о счёте, которого 1С не вернула"),
    "paid_stage": _l("Стадия «оплачен»"),
    "burst_changes": _l("Счетов один файл меняет без вопроса"),
    "burst_unpaid": _l("Счетов, у которых файл отзывает оплату без вопроса"),
    "selection": _l("Отбор счетов"),
    "on_leave": _l("Если счёт вышел из отбора"),
    "catalog": _l("Каталог товаров читается"),
    "match_names": _l("Строки сопоставляются по названию"),
    "unmapped": _l("Строки не из номенклатуры 1С"),
    "service_item": _l("Услуга для таких строк"),
    "schema_version": _l("ВерсияСхемы простой формы (пусто — какую назовёт 1С, иначе 2.05)"),
    "contact_types": _l("Виды контактов"),
    "service_mark": _l("Как пишется услуга"),
    "delivery_row": _l("Строка счёта с этим названием — доставка"),
    "send_stage": _l("Слать стадию счёта"),
    "send_paid": _l("Слать «Заказ оплачен»"),
    "extra_requisites": _l("Свои реквизиты документа"),
    "extra_may_overwrite": _l("Свой реквизит может заполнять поле заказа в УНФ"),
}
OPTION_HINTS: Mapping[str, Any] = {
    "extra_requisites": _l(
        "По одному в строке: Имя=значение или Имя={поле}. Поля: number, date, title, id, pay-before, total, currency, "
        "comment, contact-person, seller, seller-inn, deal, stage."
    ),
}
"""what to type, where that is not plain"""
TYPED = frozenset(
    {"name", "login", "service_item", "delivery_row", "extra_requisites", "currency_names", "prefix", "paid_stage"}
    | {"onec_release"}
)
"""whose values are a person's own words"""
SELECTION: Mapping[str, Any] = {
    "kinds": _l("Вид счетов"),
    "categories": _l("Воронки"),
    "stages": _l("Стадии: ровно эти"),
    "from_stages": _l("Стадии: с этой и все следующие"),
    "sellers": _l("Мои компании (продавцы)"),
    "currencies": _l("Валюты"),
    "responsible": _l("Ответственные"),
}
SELECTED_KINDS: Mapping[str, Any] = {
    InvoiceKind.SMART.value: _l("новые счета (смарт-счета)"),
    InvoiceKind.OLD.value: _l("старые счета"),
}
ON_LEAVE: Mapping[str, Any] = {
    OnLeave.LEAVE.value: _l("оставить в 1С как есть"),
    OnLeave.CANCEL.value: _l("отменить в 1С"),
}
SITUATIONS: Mapping[str, Any] = {
    "seen": _l("найден в 1С (номер 1С)"),
    "payment": _l("каждый платёж"),
    "paid": _l("оплачен полностью"),
    "partly-paid": _l("оплачен частично"),
    "overpaid": _l("переплата"),
    "withdrawn": _l("оплата отозвана"),
    "cancelled": _l("отменён в 1С"),
    "deleted": _l("помечен на удаление"),
    "unposted": _l("не проведён"),
    "shipped": _l("отгружен"),
    "status": _l("статус заказа в 1С"),
}
"""what 1C says: the rows of a policy"""
FIELD_VALUES: Mapping[str, Any] = {
    "number-1c": _l("номер в 1С"),
    "date-1c": _l("дата в 1С"),
    "paid": _l("оплаченная сумма"),
    "payments": _l("номера платежей"),
}
"""What a row of the policy writes to a custom field."""
VALUES: Mapping[str, Mapping[str, Any]] = {
    "client": labels.FAMILIES,
    "encoding": {
        "windows-1251": _l("windows-1251"),
        "utf-8": _l("UTF-8 без метки"),
        "utf-8-sig": _l("UTF-8 с меткой (BOM)"),
    },
    "old_zero_vat": {
        "none": _l("это «Без НДС»"),
        "zero": _l("это 0 %"),
        "hold": _l("задерживать счёт"),
    },
    "unmapped": {
        "send": _l("отправлять как есть"),
        "hold": _l("задерживать счёт"),
        "service": _l("отправлять услугой"),
    },
    "contact_types": {
        "form": _l("как в форме ответа: «Телефон рабочий», «Почта»"),
        "joined": _l("слитно: «ТелефонРабочий», «Почта»"),
        "long": _l("«Телефон рабочий», «Электронная почта»"),
        "joined-long": _l("слитно: «ТелефонРабочий», «ЭлектроннаяПочта»"),
    },
    "service_mark": {
        "capital": _l("«Услуга» в обоих реквизитах"),
        "lower": _l("«услуга» в ВидНоменклатуры"),
    },
    "on_leave": ON_LEAVE,
    "kinds": SELECTED_KINDS,
}
"""words of the choices of an option, by its name"""


def said(name: str, value: object) -> str:
    """Return the stored value of an option in words; "—" for none."""
    if isinstance(value, bool):
        return str(_("да") if value else _("нет"))
    if isinstance(value, Mapping):
        pairs = ((SELECTION.get(key, key), said(key, one)) for key, one in value.items() if one)
        return "; ".join(f"{key}: {words}" for key, words in pairs) or "—"
    if isinstance(value, list | tuple):
        return ", ".join(said(name, one) for one in value) or "—"
    return str(VALUES.get(name, {}).get(str(value), value)) or "—"
