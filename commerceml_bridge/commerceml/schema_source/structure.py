"""Elements of CommerceML 2.05–2.10 in the order the format gives them. Facts: commerceml §1.1, §2, §8.

Read by ``notation``. Values are named in ``values``. One definition serves all versions; what came or went with a
version carries it behind an ``@``.
"""

from __future__ import annotations

VERSIONS = ("2.05", "2.06", "2.07", "2.08", "2.09", "2.10")

_ROOT = """
root =
  Классификатор?:classifier
  ( Каталог:catalogue | ПакетПредложений:offers | Документ+:document
  | ИзмененияПакетаПредложений+:offer_changes@2.07- )?
  .ВерсияСхемы:schema_version .ДатаФормирования:moment
"""

_DOCUMENT = """
document =
  Ид:id Номер:number Дата:date ХозОперация:operation Роль:role Валюта:currency Курс:ratio Сумма:money
  Контрагенты{ Контрагент+:party_of_document }
  Оплаты?{ Оплата+:site_payment }@2.09
  &document_rest
  ПодчиненныеДокументы?{ ПодчиненныйДокумент+:subordinate }@2.10

# may lack more than a document, and has no subordinates of its own
subordinate =
  Ид:id Номер:number Дата:date ХозОперация:operation Роль?:role Валюта?:currency Курс?:ratio Сумма?:money
  Контрагенты?{ Контрагент+:party_of_document }
  &document_rest

document_rest =
  Время?:time СрокПлатежа?:date Комментарий?:comment
  Налоги?{ Налог+:tax_amount } Скидки?{ Скидка+:surcharge } ДопРасходы?{ ДопРасход+:surcharge }
  Склады?{ Склад+:warehouse }@2.07-
  Товары?{ Товар+:line }
  ЗначенияРеквизитов?:requisites
  Подписанты?{ Подписант+:signatory }@2.06-

site_payment =
  НомерДокумента:number НомерТранзакции:number ДатаОплаты:moment СуммаОплаты:money СпособОплаты:text
  ИдСпособаОплаты?:short_id

tax =
  Наименование:name УчтеноВСумме?:flag Акциз?:flag

tax_amount =
  &tax Сумма:money Ставка?:ratio

# a discount and an extra charge look alike
surcharge =
  Наименование:name Сумма:money Процент?:ratio УчтеноВСумме?:flag Комментарий?:comment

requisites =
  ЗначениеРеквизита+:requisite

requisite =
  Наименование:name Значение+:value
"""

_PARTIES = """
party =
  &party_head
  Представители?{ Представитель+:deputy }

party_head =
  Ид?:id Наименование?:name ( &legal | &physical )
  Комментарий?:comment Адрес?:address Контакты?:contacts

deputy =
  &party_head Представители?{ Представитель+:deputy }@2.05 Отношение

party_of_document =
  &party Роль:role РасчетныйСчет?:account Склад?:warehouse

legal =
  ОфициальноеНаименование:name ЮридическийАдрес?:address ИНН?:inn КПП?:kpp
  ОсновнойВидДеятельности?:name ЕГРПО? ОКВЭД? ОКДП? ОКОПФ? ОКФС? ОКПО? ДатаРегистрации?:date
  Руководитель?:party@2.05 Руководитель?:head@2.06-
  РасчетныеСчета?{ РасчетныйСчет+:account }

firm =
  &legal

physical =
  ПолноеНаименование:name Обращение?:salutation Фамилия?:text Имя?:text Отчество?:text
  ДатаРождения?:date МестоРождения?:address Пол?:sex ИНН?:inn КПП?:kpp
  УдостоверениеЛичности?:identity АдресРегистрации?:address
  Организация?:party@2.05 Организация?:firm@2.06- Должность?:text

# the misspelt element is the format's
head =
  Фамилия:text Имя:text Отчество?:text УдостоверениеЛичности?:identity АресРегистрации?:address Должность:text
  Контакты?:contacts

signatory =
  Фамилия:text Имя:text Отчество?:text Обращение?:salutation УдостоверениеЛичности?:identity
  АдресРегистрации?:address МестоРаботы?:firm Должность?:text Комментарий?:comment

identity =
  ВидДокумента:text Серия?:text Номер:number ДатаВыдачи:date КемВыдан:name

address =
  Представление:name Комментарий?:comment АдресноеПоле 0..10{ Тип:address_field Значение:text }

contacts =
  Контакт+{ Тип:contact_kind Значение:text Комментарий?:comment }

account =
  НомерСчета:account_number Банк:bank БанкКорреспондент?:bank Комментарий?:comment

bank =
  СчетКорреспондентский?:account_number Наименование?:name Адрес?:address Контакты?:contacts ( БИК:bik | SWIFT )

warehouse =
  Ид:id Наименование:name@-2.06 Наименование?:name@2.07- Комментарий?:comment Адрес?:address Контакты?:contacts
"""

_ITEMS = """
item_ids =
  Ид?:item_id Штрихкод?:barcode Артикул?:article

item =
  &item_ids Наименование:name
  БазоваяЕдиница{ ~ Пересчет*{ &measured }
    .Код?:unit_code .НаименованиеПолное?:text .МеждународноеСокращение?:abbreviation .НаименованиеКраткое?:text@2.06- }
  ИдТовараУКонтрагента?:id Группы?{ Ид+:id } Описание?:description Картинка*:file_name
  Страна?:text ТорговаяМарка?:text ВладелецТорговойМарки?:party Изготовитель?:party
  ЗначенияСвойств?:property_values
  СтавкиНалогов?{ СтавкаНалога+{ Наименование:text Ставка:ratio } }
  Акцизы?{ Акциз+{ Наименование:name СуммаЗаЕдиницу:money Валюта:currency } }
  Комплектующие?{ Комплектующее+:component } Аналоги?{ Аналог+:substitute }
  ХарактеристикиТовара?{ ХарактеристикаТовара+{ Ид?:id@2.06- Наименование:name Значение:value } }
  ЗначенияРеквизитов?:requisites
  .Статус?:item_status

measured =
  Единица?:unit Коэффициент?:ratio ДополнительныеДанные?:requisites

component =
  &item ИдКаталога?:id ИдКлассификатора?:id Количество:quantity .Статус?:item_status

substitute =
  &item ИдКаталога?:id ИдКлассификатора?:id .Статус?:item_status

line =
  &item
  ИдКаталога?:id ИдКлассификатора?:id ЦенаЗаЕдиницу?:money Количество?:quantity Сумма?:money &measured
  СтранаПроисхождения?:text ГТД?:text
  Налоги?{ Налог+:tax_amount } Скидки?{ Скидка+:surcharge } ДопРасходы?{ ДопРасход+:surcharge }
  ДополнительныеЗначенияРеквизитов?:requisites
  Склады?{ Склад+:warehouse_of_line }@2.07-
  .Статус?:item_status

warehouse_of_line =
  &warehouse Количество?:quantity

property_values =
  ЗначенияСвойства+{ Ид:id Наименование?:name Значение+:value }
"""

_CATALOGUE = """
classifier =
  Ид:id Наименование:name Владелец:party Описание?:comment
  Группы?:groups Свойства?:properties ТипыЦен?{ ТипЦены+:price_kind } Подписанты?{ Подписант+:signatory }@2.06-

groups =
  Группа+:group

# the name of a group is as long as a comment
group =
  Ид:id Наименование:comment Описание?:comment Свойства?:properties Группы?:groups

properties =
  Свойство+:property

property =
  Ид:id Наименование:name Описание?:comment Обязательное?:property_duty Множественное?:flag ТипЗначений?:property_kind
  ВариантыЗначений?{ Значение*:value Справочник*{ ИдЗначения?:id Значение:value } }
  ( ДляТоваров:flag | ДляПредложений:flag | ДляДокументов:flag )?

price_kind =
  Ид:id Наименование?:name Валюта?:currency Описание?:comment Налог*:tax

catalogue =
  Ид:id ИдКлассификатора?:id Наименование:name Владелец:party Товары{ Товар+:item } Описание?:comment
  Подписанты?{ Подписант+:signatory }@2.06-
  .СодержитТолькоИзменения?:flag

offers =
  Ид?:id Наименование:name ИдКаталога:id ИдКлассификатора?:id ДействительноС?:date ДействительноДо?:date
  Описание?:comment Владелец:party ТипыЦен{ ИдКлассификатора?:id ТипЦены+:price_kind }
  Склады?{ Склад+:warehouse }@2.06-
  ЗначенияСвойств?:property_values
  Предложения{ Предложение+:offer }
  Подписанты?{ Подписант+:signatory }@2.06-
  .СодержитТолькоИзменения?:flag

offer =
  &item Цены{ Цена+:price } Количество?:quantity Склад*:rest@2.06- .Статус?:item_status

rest =
  .ИдСклада:id .КоличествоНаСкладе?:quantity

price =
  Представление?:name ИдТипаЦены:id ЦенаЗаЕдиницу:money Валюта?:currency &measured МинКоличество?:quantity
  ИдКаталога?:id@2.07-

offer_changes =
  Ид:id ИдКаталога?:id Предложения?{ Предложение+:offer_change }
  .СодержитТолькоИзменения?:flag

offer_change =
  &item_ids ИдХарактеристики?:id КодЕдиницыИзмерения?:unit Склады*:rest Цены?{ Цена+:price } Количество?:quantity
"""

TEXT = _ROOT + _DOCUMENT + _PARTIES + _ITEMS + _CATALOGUE

BRANCHES = {
    "Классификатор": "classifier",
    "Каталог": "catalogue",
    "ПакетПредложений": "offers",
    "Документ": "document",
    "ИзмененияПакетаПредложений": "offer_changes",
}
"""children of the root, which may also be held against the schema alone"""
