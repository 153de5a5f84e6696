"""Elements of 3.1, the branch of the 1C-Bitrix module. Facts: commerceml §3, §4C, §6.2, §6.3, §8.

Definitions of ``structure`` hold unless there is one of the same name here. What the module really writes decides: the
schema it ships rejects its own files. Where this is wider than that schema stands in schemas/SOURCES.md, and
``tests/corpus/test_grammar.py`` lists the same places.
"""

from __future__ import annotations

VERSION = "3.1"

_ROOT = """
# any branches in any order: an exchange is split over files, and 1C puts Каталог before Классификатор as it likes
root =
  ( Классификатор:classifier | ПользовательскиеСправочники:directories | Каталог:catalogue | ПакетПредложений:offers
  | Контрагенты:parties | Скидки:discounts | ВидыДисконтныхКарт:card_kinds | ДисконтныеКарты:cards
  | Контейнер:container )*
  .ВерсияСхемы:schema_version .ДатаФормирования:moment .Ид?:id

versioned =
  НомерВерсии?:revision ПометкаУдаления?:flag

parties =
  Контрагент+:party .СодержитТолькоИзменения?:flag

container =
  Документ*:document

directories =
  Справочник+:directory .СодержитТолькоИзменения?:flag

directory =
  Ид:name Наименование:name
  Реквизиты?{ Реквизит*{ Ид:name Наименование:name ТипЗначений:property_kind } }
  ЭлементыСправочника?{ ЭлементСправочника*{ Ид?:id НомерВерсии?:revision ЗначенияРеквизитов?:requisites } }
"""

_DOCUMENT = """
# Номер1С, Дата1С and Основание are not written for orders that 1C does not know or that have no basis
document =
  Ид:id &versioned Номер:number Номер1С?:number Дата:date Дата1С?:date Время?:time ХозОперация:operation
  Контрагенты{ Контрагент+:party_of_document } Склады?{ Склад+:warehouse }
  Валюта:currency Курс:ratio Сумма:money Основание?:id Роль:role СрокПлатежа?:date Комментарий?:comment
  Налоги?{ Налог+:tax_amount } Скидки?{ Скидка+:surcharge } ДопРасходы?{ ДопРасход+:surcharge }
  ЗначенияРеквизитов?:requisites Подписанты?{ Подписант+:signatory } Товары?{ Товар+:line }
  ИнформацияОЧеках?{ ИнформацияОЧеке+{ Ид?:id ЗначенияСвойств?:property_values } }
"""

_PARTIES = """
# children in any order, as the module's own type model has them
party =
  ( &party_child )*

party_child =
  ( Ид:item_id | НомерВерсии:revision | ПометкаУдаления:flag | Наименование:name | &person_child
  | КодПоОКПО | Представители{ Представитель+:deputy } | Роль:role )

person_child =
  ( ОфициальноеНаименование:name | ЮридическийАдрес:address | ИНН:inn | КПП:kpp | ОсновнойВидДеятельности:name | ЕГРПО
  | ОКВЭД | ОКДП | ОКОПФ | ОКФС | ОКПО | ДатаРегистрации:date | Руководитель:head
  | РасчетныеСчета{ РасчетныйСчет+:account }
  | ПолноеНаименование:name | Обращение:salutation | Фамилия:text | Имя:text | Отчество:text | ДатаРождения:date
  | МестоРождения:address | Пол:sex | УдостоверениеЛичности:identity | АдресРегистрации:address | Организация:firm
  | Должность:text | Комментарий:comment | Адрес:address | Контакты:contacts )

deputy =
  ( Ид:id | Наименование:name | &person_child | Отношение )*

party_of_document =
  ( &party_child | РасчетныйСчет:account | Склад:warehouse )*

bank =
  ( НомерВерсии:revision | СчетКорреспондентский:account_number | Наименование:name | Адрес:address
  | Контакты:contacts | БИК:bik | SWIFT )*

warehouse =
  Ид:id &versioned Наименование?:name Комментарий?:comment Адрес?:address Контакты?:contacts Количество?:quantity
  ЗначенияРеквизитов?:requisites
"""

_ITEMS = """
unit_of_measure =
  Ид?:id &versioned НаименованиеКраткое:short_unit Код?:short_unit НаименованиеПолное?:text
  МеждународноеСокращение?:abbreviation ЗначенияРеквизитов?:requisites

item =
  Ид?:item_id &versioned Штрихкод?:barcode Артикул?:article Наименование:name БазоваяЕдиница?:id
  ИдТовараУКонтрагента?:id Группы?{ Ид+:id } Описание?:description Картинка*:file_name
  Страна?:text ТорговаяМарка?:text ВладелецТорговойМарки?:party Изготовитель?:party
  ЗначенияСвойств?:property_values
  СтавкиНалогов?{ СтавкаНалога+{ Наименование:text Ставка:ratio } }
  Акцизы?{ Акциз+{ Наименование:name СуммаЗаЕдиницу:money Валюта:currency } }
  Комплектующие?{ Комплектующее+:component } Аналоги?{ Аналог+:substitute }
  ХарактеристикиТовара?:traits ЗначенияРеквизитов?:requisites
  Единицы?{ Единица+{ ЕдиницаИзмерения?:unit_of_measure Коэффициент?:ratio ВесБрутто?:quantity } }
  ВесНетто?:quantity Вес?:quantity
  .Статус?:item_status

traits =
  ХарактеристикаТовара*{ Ид?:id Наименование:name Значение:value }

line =
  &item Единица?:unit_of_measure Коэффициент?:ratio Количество?:quantity Цена?:money Сумма?:money
  Налоги?{ Налог+:tax_amount } Скидки?{ Скидка+:surcharge } ДополнительныеЗначенияРеквизитов?:requisites
  ДополнительныеДанные?:requisites
  .Статус?:item_status
"""

_CATALOGUE = """
classifier =
  Ид:id Наименование:name Владелец?:party Описание?:comment
  Группы?:groups Свойства?:properties ТипыЦен?{ ТипЦены*:price_kind } Подписанты?{ Подписант+:signatory }
  Склады?{ Склад+:warehouse } ЕдиницыИзмерения?{ ЕдиницаИзмерения+:unit_of_measure }
  .СодержитТолькоИзменения?:flag

group =
  Ид:id &versioned Наименование:comment Описание?:comment Свойства?:properties Группы?:groups

property =
  ( Ид:id | НомерВерсии:revision | ПометкаУдаления:flag | Наименование:name | Описание:comment
  | Обязательное:property_duty | Множественное:flag | ТипЗначений:property_kind | ТипСправочника:name
  | ВариантыЗначений{ Значение*:value Справочник*{ ИдЗначения?:id Значение:value Картинка?:file_name } }
  | ДляТоваров:flag | ДляПредложений:flag | ДляДокументов:flag | Внешний:flag | Информационное:flag
  | ЗначенияРеквизитов:requisites | Группы{ Ид+:id } )*

price_kind =
  Ид:id &versioned Наименование?:name Валюта?:currency Описание?:comment Налог*:tax

catalogue =
  Ид:id ИдКлассификатора?:id Наименование:name Владелец?:party Товары?{ Товар+:item } Описание?:comment
  Подписанты?{ Подписант+:signatory }
  .СодержитТолькоИзменения?:flag

# fragments of an exchange have neither owner nor offers
offers =
  Ид?:id Наименование:name ИдКаталога:id ИдКлассификатора?:id ДействительноС?:date ДействительноДо?:date
  Описание?:comment Владелец?:party ЗначенияСвойств?:property_values Предложения?{ Предложение+:offer }
  Подписанты?{ Подписант+:signatory }
  .СодержитТолькоИзменения?:flag

offer =
  Ид:item_id &versioned Наименование?:name Штрихкод?:barcode ХарактеристикиТовара?:traits
  ЗначенияСвойств?:property_values Цены?{ Цена+:price } Остатки?{ Остаток+{ Склад?:warehouse Количество?:quantity } }
  Комплектующие?{ Комплектующее+:component } ЗначенияРеквизитов?:requisites Картинка*:file_name

price =
  Представление?:name ИдТипаЦены:id ИдЕдиницыИзмерения?:id ЦенаЗаЕдиницу:money Валюта?:currency
  ДополнительныеДанные?:requisites МинКоличество?:quantity Налог*:tax
"""

_DISCOUNTS = """
discounts =
  Скидка+:discount

discount =
  Ид:id &versioned Наименование?:name Приоритет?:whole Активность?:flag ДатаУстановкиСкидки?:moment ДатаНачала?:moment
  ДатаЗавершения?:moment ГруппаСовместногоПрименения:discount_together Значение:id ТипСкидки:discount_kind
  Условия?{ Условие+{ Наименование?:name ТипУсловия:discount_condition ДополнительныеПараметры?:parameters } }
  УточненияЗначенийСкидок?{ УточнениеЗначенияСкидки+{ Товар?:id Предложение?:item_id Значение:id } }
  ДополнительныеПараметры?:parameters

parameters =
  ПараметрУсловия+{
    Наименование:name Значение:id Предложения?{ Предложение+:item_id }
    ГрафикВыполнения?{ График+{ НомерДня?:whole ВремяНачала?:moment ВремяЗавершения?:moment } }
    Контрагенты?{ Контрагент+:item_id } ВидыДисконтныхКарт?{ ВидДисконтнойКарты+:id } ТипыЦен?{ ТипЦены+:id } }

card_kinds =
  ВидДисконтнойКарты+{ Ид?:id &versioned Наименование?:name }

# what a status holds is said nowhere
cards =
  ДисконтнаяКарта+{ Ид?:item_id &versioned Наименование?:name Статус:anything Контрагент:party Штрихкод:name
    ВидДисконтнойКарты:id }
"""

TEXT = _ROOT + _DOCUMENT + _PARTIES + _ITEMS + _CATALOGUE + _DISCOUNTS

BRANCHES = {
    "Классификатор": "classifier",
    "ПользовательскиеСправочники": "directories",
    "Каталог": "catalogue",
    "ПакетПредложений": "offers",
    "Контрагенты": "parties",
    "Скидки": "discounts",
    "ВидыДисконтныхКарт": "card_kinds",
    "ДисконтныеКарты": "cards",
    "Контейнер": "container",
    "Документ": "document",
}
"""children of the root, and ``Документ``; each may also be held against the schema alone"""
