"""Every literal word of CommerceML that the bridge writes or reads.

Nobody else spells an element, attribute, operation, role or requisite name. The words are protocol literals and are
never translated. Facts: commerceml §2 (structure), §2.3 (enumerations), §2.10 (requisites), reference-server §2.
"""

from __future__ import annotations

from typing import Final

# --- root and its branches (commerceml §2.1, §3)
ROOT: Final = "КоммерческаяИнформация"
SCHEMA_VERSION: Final = "ВерсияСхемы"
FORMED_AT: Final = "ДатаФормирования"
CONTAINER: Final = "Контейнер"
DOCUMENT: Final = "Документ"
CLASSIFIER: Final = "Классификатор"
CATALOG: Final = "Каталог"
OFFERS_PACKAGE: Final = "ПакетПредложений"
OFFERS_CHANGES: Final = "ИзмененияПакетаПредложений"
OFFERS: Final = "Предложения"
OFFER: Final = "Предложение"

# --- catalogue (commerceml §8)
CHANGES_ONLY: Final = "СодержитТолькоИзменения"
CATALOG_ID: Final = "ИдКаталога"
CHARACTERISTIC_ID: Final = "ИдХарактеристики"
BARCODE: Final = "Штрихкод"
STATUS: Final = "Статус"
STATUS_DELETED: Final = "Удален"

# --- document (commerceml §2.2, §3)
ID: Final = "Ид"
NUMBER: Final = "Номер"
DATE: Final = "Дата"
TIME: Final = "Время"
OPERATION: Final = "ХозОперация"
ROLE: Final = "Роль"
CURRENCY: Final = "Валюта"
RATE_OF_EXCHANGE: Final = "Курс"
AMOUNT: Final = "Сумма"
REVISION: Final = "НомерВерсии"
DELETION_MARK: Final = "ПометкаУдаления"
NUMBER_1C: Final = "Номер1С"
DATE_1C: Final = "Дата1С"
BASIS: Final = "Основание"
PAY_BEFORE: Final = "СрокПлатежа"
COMMENT: Final = "Комментарий"
SUBORDINATES: Final = "ПодчиненныеДокументы"
SUBORDINATE: Final = "ПодчиненныйДокумент"

# --- taxes
TAXES: Final = "Налоги"
TAX: Final = "Налог"
TAX_RATES: Final = "СтавкиНалогов"
TAX_RATE: Final = "СтавкаНалога"
RATE: Final = "Ставка"
INCLUDED_IN_AMOUNT: Final = "УчтеноВСумме"
VAT: Final = "НДС"

# --- counterparty (commerceml §2.4, §2.5)
COUNTERPARTIES: Final = "Контрагенты"
COUNTERPARTY: Final = "Контрагент"
NAME: Final = "Наименование"
OFFICIAL_NAME: Final = "ОфициальноеНаименование"
FULL_NAME: Final = "ПолноеНаименование"
LAST_NAME: Final = "Фамилия"
FIRST_NAME: Final = "Имя"
SECOND_NAME: Final = "Отчество"
LEGAL_ADDRESS: Final = "ЮридическийАдрес"
REGISTRATION_ADDRESS: Final = "АдресРегистрации"
ADDRESS: Final = "Адрес"
PRESENTATION: Final = "Представление"
ADDRESS_FIELD: Final = "АдресноеПоле"
TYPE: Final = "Тип"
VALUE: Final = "Значение"
INN: Final = "ИНН"
KPP: Final = "КПП"
OKPO: Final = "ОКПО"
OKPO_OF_MODULE: Final = "КодПоОКПО"
ACCOUNTS: Final = "РасчетныеСчета"
ACCOUNT: Final = "РасчетныйСчет"
ACCOUNT_NUMBER: Final = "НомерСчета"
BANK: Final = "Банк"
CORRESPONDENT_ACCOUNT: Final = "СчетКорреспондентский"
BIK: Final = "БИК"
CONTACTS: Final = "Контакты"
CONTACT: Final = "Контакт"

# --- lines (commerceml §2.6)
LINES: Final = "Товары"
LINE: Final = "Товар"
ARTICLE: Final = "Артикул"
BASE_UNIT: Final = "БазоваяЕдиница"
UNIT: Final = "Единица"
UNIT_CODE: Final = "Код"
UNIT_FULL_NAME: Final = "НаименованиеПолное"
UNIT_SHORT_NAME: Final = "НаименованиеКраткое"
UNIT_INTERNATIONAL: Final = "МеждународноеСокращение"
COEFFICIENT: Final = "Коэффициент"
UNIT_PRICE: Final = "ЦенаЗаЕдиницу"
PRICE: Final = "Цена"
QUANTITY: Final = "Количество"

# --- requisites
REQUISITES: Final = "ЗначенияРеквизитов"
REQUISITE: Final = "ЗначениеРеквизита"

# --- values of ХозОперация (commerceml §2.3)
OPERATION_ORDER: Final = "Заказ товара"
OPERATION_CASH_PAYMENT: Final = "Выплата наличных денег"
OPERATION_BANK_PAYMENT: Final = "Выплата безналичных денег"
OPERATION_CARD_PAYMENT: Final = "Эквайринговая операция"
OPERATION_CASH_REFUND: Final = "Возврат наличных денег"
OPERATION_BANK_REFUND: Final = "Возврат безналичных денег"
OPERATION_SHIPMENT: Final = "Отпуск товара"

# --- values of Роль
ROLE_SELLER: Final = "Продавец"
ROLE_BUYER: Final = "Покупатель"

# --- values of Контакт/Тип (commerceml §2.3, reference-server §2.5)
CONTACT_PHONE: Final = "Телефон рабочий"
CONTACT_MAIL: Final = "Почта"
CONTACT_MAIL_OF_MODULE: Final = "Электронная почта"
CONTACT_PHONE_JOINED: Final = "ТелефонРабочий"
CONTACT_MAIL_JOINED: Final = "ЭлектроннаяПочта"

# --- requisites of a line (commerceml §2.6, 1c-clients §3.4)
REQUISITE_ITEM_KIND: Final = "ВидНоменклатуры"
REQUISITE_ITEM_TYPE: Final = "ТипНоменклатуры"
REQUISITE_FULL_NAME: Final = "Полное наименование"
ITEM_GOODS: Final = "Товар"
ITEM_SERVICE: Final = "Услуга"
ITEM_SERVICE_LOWER: Final = "услуга"
DELIVERY_ID: Final = "ORDER_DELIVERY"
"""Ид of the line that is the delivery (reference-server §2.4, 1c-clients §3.4)"""

# --- requisites of a document that say where the invoice stands (reference-server §2.6)
REQUISITE_ORDER_PAID: Final = "Заказ оплачен"
REQUISITE_FINAL: Final = "Финальный статус"
REQUISITE_STATUS: Final = "Статус заказа"
REQUISITE_STATUS_ID: Final = "Статуса заказа ИД"

# --- requisites of a returned document (commerceml §2.10, 1c-clients §4.1, reference-server §3.5)
REQUISITE_NUMBER_1C: Final = "Номер по 1С"
REQUISITE_DATE_1C: Final = "Дата по 1С"
REQUISITE_DELETION_MARK: Final = "ПометкаУдаления"
REQUISITE_POSTED: Final = "Проведен"
REQUISITE_CANCELLED: Final = "Отменен"
REQUISITE_PAID: Final = "Оплачен"
REQUISITE_SHIPPED: Final = "Отгружен"
REQUISITE_PAYMENT_NUMBER: Final = "Номер оплаты по 1С"
REQUISITE_PAYMENT_DATE: Final = "Дата оплаты по 1С"
REQUISITE_SHIPMENT_DATE: Final = "Дата отгрузки по 1С"
REQUISITES_RETURN_FLAG: Final = ("ПризнакВозврата", "Признак возврата")

REQUISITES_OF_PAYMENT_AND_SHIPMENT: Final = (
    "Дата оплаты",
    "Номер платежного документа",
    "Метод оплаты",
    "Метод оплаты ИД",
    "Оплачено",
    "Номер отгрузки по 1С",
    "Доставка разрешена",
    "Дата отгрузки",
    "Дата изменения статуса",
    "Дата отмены заказа",
    "Причина отмены",
    "Идентификатор отправления",
)
"""what else says something of payment, shipment or cancellation (1c-clients §3.5; reference-server §2.6, §2.7)"""

TRUE: Final = "true"
FALSE: Final = "false"

NO_DATE: Final = "0001-01-01"
"""what 1C writes where there is no date"""
