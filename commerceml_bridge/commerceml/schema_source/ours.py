"""What the bridge itself writes: one order and set of elements, valid in 2.05–2.10 at once. Facts: commerceml §6.5, §7.

Read by ``notation``; "2" are the plain documents, "3" the ones in containers. Narrower than any official version:
nothing is empty, every code has its real shape, lengths are the smallest of all versions (schemas/SOURCES.md).
"""

from __future__ import annotations

from commerceml_bridge.commerceml.schema_source.values import Facets

PLAIN, CONTAINER = "2", "3"

TEXT = """
root =
  Документ*:document@2 Контейнер*:container@3
  .ВерсияСхемы:schema_version .ДатаФормирования:moment

container =
  Документ:document

document =
  Ид:id Номер:text Дата:date ХозОперация:order Роль:seller Валюта:currency Курс:one Сумма:money
  НомерВерсии:revision@3
  Контрагенты{ Контрагент:party }
  Время:time СрокПлатежа?:date Комментарий?:comment Налоги:taxes
  Товары{ Товар+:line }
  ЗначенияРеквизитов?:requisites

party =
  Ид:id Наименование:name
  ( ОфициальноеНаименование:name ЮридическийАдрес?:address ИНН?:inn КПП?:kpp
    ОКПО?:text@2 ( ОКПО:text КодПоОКПО:text )?@3
    РасчетныеСчета?{ РасчетныйСчет+:account }
  | ПолноеНаименование:name Фамилия?:text Имя?:text Отчество?:text ИНН?:inn КПП?:kpp АдресРегистрации?:address )
  Адрес?:address Контакты?{ Контакт+{ Тип:contact_kind Значение:text } } Роль:buyer

address =
  Представление:name АдресноеПоле 0..10{ Тип:address_field Значение:text }

account =
  НомерСчета:account_number
  Банк{ СчетКорреспондентский?:account_number Наименование?:name БИК:bik }

taxes =
  Налог{ Наименование:tax_name УчтеноВСумме:yes Сумма:money Ставка:text }

requisites =
  ЗначениеРеквизита+{ Наименование:name Значение:value }

line =
  Ид:item_id Артикул?:text Наименование:name
  БазоваяЕдиница:base_unit@2
  ( Единица{ Код?:unit_code НаименованиеПолное:name } Коэффициент:one )@3
  СтавкиНалогов{ СтавкаНалога{ Наименование:tax_name Ставка:text } }
  ЗначенияРеквизитов:requisites
  ЦенаЗаЕдиницу:money Количество:quantity Сумма:money
  ( Единица?:unit_code Коэффициент:one )@2
  Налоги:taxes

base_unit =
  =name
  .Код?:unit_code .НаименованиеПолное?:name .МеждународноеСокращение?:abbreviation
"""


def _text(least: int, most: int) -> Facets:
    return Facets("string", least, most)


def _shape(*patterns: str, base: str = "string") -> Facets:
    return Facets(base, patterns=patterns)


def _among(*words: str) -> Facets:
    return Facets("string", among=words)


_ACCOUNT = "[0-9]{5}[0-9ABCEHKMPTX][0-9]{14}"

VALUES: dict[str, Facets] = {
    "id": _text(1, 40),
    "item_id": _text(1, 80),
    "name": _text(1, 250),
    "text": _text(1, 255),
    "value": _text(1, 1000),
    "comment": _text(1, 3000),
    "currency": _text(3, 3),
    "abbreviation": _text(1, 3),
    "unit_code": _shape("[0-9]{3}"),
    "inn": _shape("[0-9]{10}", "[0-9]{12}"),
    "kpp": _shape("[0-9A-Z]{9}"),
    "bik": _shape("[0-9]{9}"),
    "account_number": _shape(_ACCOUNT),
    "money": Facets("decimal", patterns=(r"-?[0-9]+\.[0-9]{2}",), total_digits=18, fraction_digits=2),
    "quantity": _shape(r"-?[0-9]+(\.[0-9]*[1-9])?", base="decimal"),
    "date": _shape("[0-9]{4}-[0-9]{2}-[0-9]{2}", base="date"),
    "time": _shape("[0-9]{2}:[0-9]{2}:[0-9]{2}", base="time"),
    "moment": _shape("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}", base="dateTime"),
    "revision": _shape("[0-9]{1,20}"),
    "one": _among("1"),
    "yes": _among("true"),
    "order": _among("Заказ товара"),
    "seller": _among("Продавец"),
    "buyer": _among("Покупатель"),
    "tax_name": _among("НДС"),
    "address_field": _among(
        "Почтовый индекс", "Страна", "Регион", "Район", "Населенный пункт", "Город", "Улица", "Дом", "Корпус",
        "Квартира",
    ),
}  # fmt: skip
OF_FORM: dict[str, dict[str, Facets]] = {
    "out-bare": {
        "schema_version": _among("2.05", "2.06", "2.07", "2.08", "2.09", "2.10"),
        "contact_kind": _among("Телефон рабочий", "Почта"),
    },
    "out-2.10": {"schema_version": _among("2.10"), "contact_kind": _among("Телефон рабочий", "Почта")},
    "out-3.1": {"schema_version": _among("3.1"), "contact_kind": _among("Телефон рабочий", "Электронная почта")},
}
"""what only one form has"""
