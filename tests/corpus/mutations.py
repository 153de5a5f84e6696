"""One change at a time to a full invoice of ours, and the versions that still accept it (commerceml §6.6)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from commerceml_bridge.domain.documents import Encoding, Form
from tests.unit.commerceml.samples import answer, invoice

VERSIONS = ("2.05", "2.06", "2.07", "2.08", "2.09", "2.10")
ALL, NONE = frozenset(VERSIONS), frozenset[str]()
Change = Callable[[str], str]


def since(first: str) -> frozenset[str]:
    return frozenset(version for version in VERSIONS if version >= first)


def until(last: str) -> frozenset[str]:
    return frozenset(version for version in VERSIONS if version <= last)


def replaced(old: str, new: str) -> Change:
    def change(text: str) -> str:
        assert old in text, old
        return text.replace(old, new, 1)

    return change


def emptied(element: str, *, last: bool = False) -> Change:
    """Empty the first (or last) element of a name."""
    return lambda text: _nth(rf"<{element}>[^<]*</{element}>", f"<{element}></{element}>", text, last=last)


def moved(block: str, before: str) -> Change:
    """Move the first element ``block`` to stand before the first ``before``."""

    def change(text: str) -> str:
        found = re.search(rf"<{block}>.*?</{block}>\n", text, re.DOTALL)
        assert found, block
        rest = text[: found.start()] + text[found.end() :]
        assert f"<{before}" in rest, before
        at = rest.index(f"<{before}")
        return rest[:at] + found[0] + rest[at:]

    return change


def moved_in(parent: str, block: str, before: str) -> Change:
    """The same within the first element ``parent``; before its end if ``before`` is ""."""

    def change(text: str) -> str:
        found = re.search(rf"<{parent}>.*?</{parent}>", text, re.DOTALL)
        assert found, parent
        inner = found[0]
        part = re.search(rf"<{block}>.*?</{block}>\n", inner, re.DOTALL)
        assert part, block
        rest = inner.replace(part[0], "", 1)
        mark = f"<{before}" if before else f"</{parent}>"
        assert mark in rest, mark
        at = rest.index(mark)
        return text[: found.start()] + rest[:at] + part[0] + rest[at:] + text[found.end() :]

    return change


def without(element: str, within: str = "") -> Change:
    def change(text: str) -> str:
        start = text.index(f"<{within}>") if within else 0
        found = re.compile(rf"<{element}[ >].*?</{element}>\n", re.DOTALL).search(text, start)
        assert found, element
        return text[: found.start()] + text[found.end() :]

    return change


def _nth(pattern: str, new: str, text: str, *, last: bool) -> str:
    found = list(re.finditer(pattern, text))
    assert found, pattern
    one = found[-1 if last else 0]
    return text[: one.start()] + new + text[one.end() :]


@dataclass(frozen=True)
class Row:
    name: str
    change: Change
    valid: frozenset[str]


_UNIT = "<Единица>796</Единица>"
_CODE = 'Код="796"'
_FORMED = 'ДатаФормирования="2026-03-05T09:05:07"'
_END = "</Документ>"
_SUBORDINATES = (
    "<ПодчиненныеДокументы><ПодчиненныйДокумент><Ид>1</Ид><Номер>1</Номер><Дата>2026-03-05</Дата>"
    "<ХозОперация>Отпуск товара</ХозОперация></ПодчиненныйДокумент></ПодчиненныеДокументы>" + _END
)
_NAME = "<Наименование>ООО «Северный свет»</Наименование>"
_FIELD = "<АдресноеПоле>\n<Тип>Дом</Тип>\n<Значение>5</Значение>\n</АдресноеПоле>\n"
_KIND = "<Тип>Телефон рабочий</Тип>"
_PERSON = (
    "<ОфициальноеНаименование>Общество с ограниченной ответственностью «Северный свет»</ОфициальноеНаименование>\n"
)


def _salutation(text: str) -> str:
    """A counterparty that is a person, addressed as such."""
    text = re.sub(r"<ЮридическийАдрес>.*?</ЮридическийАдрес>\n", "", text, flags=re.DOTALL)
    text = re.sub(r"<РасчетныеСчета>.*?</РасчетныеСчета>\n", "", text, flags=re.DOTALL)
    text = re.sub(r"<ОКПО>.*?</ОКПО>\n", "", text)
    return replaced(_PERSON, "<ПолноеНаименование>Я</ПолноеНаименование>\n<Обращение>Г-н</Обращение>\n")(text)


def _eleven(text: str) -> str:
    return replaced(_FIELD, _FIELD * 9)(text)


ROWS = (
    Row("nothing changed", lambda text: text, ALL),
    Row("unit шт", replaced(_UNIT, "<Единица>шт</Единица>"), until("2.07")),
    Row("unit 796 with a blank", replaced(_UNIT, "<Единица>796 </Единица>"), since("2.08") | {"2.05"}),
    Row("unit of 5", replaced(_UNIT, "<Единица>упак.</Единица>"), until("2.05")),
    Row("code 796 with a blank", replaced(_CODE, 'Код="796 "'), since("2.08")),
    Row("code of 4", replaced(_CODE, 'Код="0123"'), since("2.08")),
    Row("base unit without attributes", lambda text: re.sub("<БазоваяЕдиница [^>]*>", "<БазоваяЕдиница>", text), ALL),
    Row("no unit", replaced(_UNIT + "\n", ""), ALL),
    Row("short name of the unit", replaced(_CODE, f'{_CODE} НаименованиеКраткое="шт"'), since("2.06")),
    Row("empty Комментарий", emptied("Комментарий"), since("2.06")),
    Row("empty value of a requisite", emptied("Значение", last=True), since("2.06")),
    Row("empty Ид", emptied("Ид"), since("2.06")),
    Row("empty Артикул", emptied("Артикул"), ALL),
    Row("empty Номер", emptied("Номер"), ALL),
    Row("empty value of an address field", emptied("Значение"), ALL),
    Row("empty ИНН", emptied("ИНН"), NONE),
    Row("empty КПП", emptied("КПП"), NONE),
    Row("empty tax amount", emptied("Сумма", last=True), NONE),
    Row("empty Сумма", emptied("Сумма"), NONE),
    Row("empty Товары", lambda text: re.sub("<Товары>.*</Товары>", "<Товары></Товары>", text, flags=re.DOTALL), NONE),
    Row("name of 251", replaced(_NAME, f"<Наименование>{'я' * 251}</Наименование>"), since("2.07")),
    Row("contact of 256", replaced("+7 495 000-00-17", "1" * 256), until("2.05")),
    Row("version of 6", replaced('"2.05"', '"2.05.1"'), until("2.05")),
    Row("contact Прочее", replaced(_KIND, "<Тип>Прочее</Тип>"), since("2.07")),
    Row("contact Электронная почта", replaced("<Тип>Почта</Тип>", "<Тип>Электронная почта</Тип>"), NONE),
    Row("contact ТелефонРабочий", replaced(_KIND, "<Тип>ТелефонРабочий</Тип>"), NONE),
    Row("address field Область", replaced("<Тип>Город</Тип>", "<Тип>Область</Тип>"), NONE),
    Row("11 address fields", _eleven, NONE),
    Row("letter in the account", replaced(">40702810900000012345<", ">40702810900000О12345<"), until("2.05")),
    Row("subordinate documents", replaced(_END, _SUBORDINATES), since("2.10")),
    Row("Обращение", _salutation, since("2.06")),
    Row("moment with zone", replaced(_FORMED, _FORMED[:-1] + '+03:00"'), ALL),
    Row("moment with milliseconds", replaced(_FORMED, _FORMED[:-1] + '.123"'), ALL),
    Row("bare date of the file", replaced(_FORMED, _FORMED[:-10] + '"'), NONE),
    Row("hour of the file without zero", replaced("T09:05:07", "T9:15:30"), NONE),
    Row("hour without zero", replaced(">09:05:07<", ">9:00:00<"), NONE),
    Row("amount with zeros", replaced("<Сумма>4800.00<", "<Сумма>4800.0000<"), ALL),
    Row("quantity with zeros", replaced("<Количество>2<", "<Количество>2.5000<"), ALL),
    Row("rate Без налога", replaced("<Ставка>20<", "<Ставка>Без налога<"), ALL),
    Row("no date", replaced(">2026-03-12<", ">0001-01-01<"), ALL),
    Row("ORDER_DELIVERY", replaced("<Ид>acme-p-1<", "<Ид>ORDER_DELIVERY<"), ALL),
    Row("three digits of money", replaced("<Сумма>4800.00<", "<Сумма>1200.001<"), NONE),
    Row("money with a blank", replaced("<Сумма>4800.00<", "<Сумма>1 200.00<"), NONE),
    Row("money with a comma", replaced("<Сумма>4800.00<", "<Сумма>1200,00<"), NONE),
    Row("currency руб.", replaced("<Валюта>RUB<", "<Валюта>руб.<"), NONE),
    Row("Роль first", moved_in("Контрагент", "Роль", "Ид"), NONE),
    Row("Роль before Контакты", moved_in("Контрагент", "Роль", "Контакты"), NONE),
    Row("Контакты before Адрес", moved_in("Контрагент", "Контакты", "Адрес>"), NONE),
    Row("ИНН before ЮридическийАдрес", moved_in("Контрагент", "ИНН", "ЮридическийАдрес"), NONE),
    Row("БИК first", moved_in("Банк", "БИК", "СчетКорреспондентский"), NONE),
    Row("Наименование of the bank first", moved_in("Банк", "Наименование", "СчетКорреспондентский"), NONE),
    Row("ЗначенияРеквизитов after Сумма", moved_in("Товар", "ЗначенияРеквизитов", "Единица>"), NONE),
    Row("СтавкиНалогов after the price", moved_in("Товар", "СтавкиНалогов", "Количество"), NONE),
    Row("Коэффициент before Единица", moved_in("Товар", "Коэффициент", "Единица>"), NONE),
    Row("Ставка before Сумма", moved_in("Налог", "Ставка", "Сумма"), NONE),
    Row("Время before ХозОперация", moved("Время", "ХозОперация"), NONE),
    Row("Артикул before Штрихкод", replaced("</Артикул>", "</Артикул><Штрихкод>46000000</Штрихкод>"), NONE),
    Row("no Контрагенты", without("Контрагенты"), NONE),
    Row("no Курс", without("Курс"), NONE),
    Row("line without Наименование", without("Наименование", "Товар"), NONE),
    Row("line without БазоваяЕдиница", without("БазоваяЕдиница", "Товар"), NONE),
    Row("bank without БИК", without("БИК"), NONE),
    Row("address without Представление", without("Представление"), NONE),
    Row("no Товары", without("Товары"), ALL),
    Row("two documents", lambda text: re.sub("(<Документ>.*</Документ>)", r"\1\1", text, flags=re.DOTALL), ALL),
    Row("line breaks and indentation", lambda text: text.replace("\n<", "\r\n\t <"), ALL),
    Row("Счет на оплату", replaced(">Заказ товара<", ">Счет на оплату<"), ALL),
    Row("lower case", replaced(">Заказ товара<", ">заказ товара<"), NONE),
    Row("Эквайринговая операция", replaced(">Заказ товара<", ">Эквайринговая операция<"), NONE),
    Row("extra root attribute", replaced(_FORMED, f'{_FORMED} Ид="1"'), NONE),
    Row("no version", replaced('ВерсияСхемы="2.05" ', ""), NONE),
)


def base() -> str:
    """A whole answer with one full invoice of a legal entity."""
    return answer([invoice()], Form.BARE, None, Encoding.UTF8).decode()
