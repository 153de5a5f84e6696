"""A file as 1C returns it: an order each, five lines, requisites of state; every second one is paid."""

from __future__ import annotations

import uuid
from pathlib import Path

from benchmarks.seeding import DATE, PRICE, ROWS

_NAMESPACE = uuid.UUID("6f0a9a52-0d0e-4b0e-9d8e-1f6c5f6f0a01")
_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<КоммерческаяИнформация ВерсияСхемы="2.07" ДатаФормирования="2026-03-03T10:00:00">
"""
_TAIL = "</КоммерческаяИнформация>\n"
_LINE = """\t\t\t<Товар>
\t\t\t\t<Ид>bench-p-{product}</Ид>
\t\t\t\t<Наименование>Кронштейн стальной оцинкованный {line}00 мм</Наименование>
\t\t\t\t<БазоваяЕдиница Код="796" НаименованиеПолное="Штука">шт</БазоваяЕдиница>
\t\t\t\t<ЦенаЗаЕдиницу>{price}</ЦенаЗаЕдиницу>
\t\t\t\t<Количество>{line}</Количество>
\t\t\t\t<Сумма>{amount}</Сумма>
\t\t\t\t<Налоги>
\t\t\t\t\t<Налог>
\t\t\t\t\t\t<Наименование>НДС</Наименование>
\t\t\t\t\t\t<УчтеноВСумме>true</УчтеноВСумме>
\t\t\t\t\t\t<Ставка>20</Ставка>
\t\t\t\t\t</Налог>
\t\t\t\t</Налоги>
\t\t\t</Товар>
"""
_DOCUMENT = """\t<Документ>
\t\t<Ид>{guid}</Ид>
\t\t<Номер>{number}</Номер>
\t\t<Дата>{date}</Дата>
\t\t<ХозОперация>Заказ товара</ХозОперация>
\t\t<Роль>Продавец</Роль>
\t\t<Валюта>RUB</Валюта>
\t\t<Курс>1</Курс>
\t\t<Сумма>{total}</Сумма>
\t\t<Контрагенты>
\t\t\t<Контрагент>
\t\t\t\t<Ид>bench-co-{client}</Ид>
\t\t\t\t<Наименование>ООО «Пример {client}»</Наименование>
\t\t\t\t<ОфициальноеНаименование>Общество «Пример {client}»</ОфициальноеНаименование>
\t\t\t\t<ИНН>77{client:08d}</ИНН>
\t\t\t\t<КПП>770101001</КПП>
\t\t\t\t<Роль>Покупатель</Роль>
\t\t\t</Контрагент>
\t\t</Контрагенты>
\t\t<Время>00:00:00</Время>
\t\t<Товары>
{lines}\t\t</Товары>
\t\t<ЗначенияРеквизитов>
{requisites}\t\t</ЗначенияРеквизитов>
\t</Документ>
"""
_REQUISITE = """\t\t\t<ЗначениеРеквизита>
\t\t\t\t<Наименование>{}</Наименование>
\t\t\t\t<Значение>{}</Значение>
\t\t\t</ЗначениеРеквизита>
"""


def write(path: Path, count: int) -> int:
    """Write a file of ``count`` documents and return its size in bytes."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(_HEAD)
        for number in range(1, count + 1):
            file.write(_document(number))
        file.write(_TAIL)
    return path.stat().st_size


def _document(number: int) -> str:
    requisites = {
        "Номер по 1С": f"00УТ-{number:06d}",
        "Дата по 1С": f"{DATE}T00:00:00",
        "ПометкаУдаления": "false",
        "Проведен": "true",
    }
    if number % 2:
        requisites |= {"Номер оплаты по 1С": f"00ПЛ-{number:06d}", "Дата оплаты по 1С": f"{DATE}T12:00:00"}
    return _DOCUMENT.format(
        guid=uuid.uuid5(_NAMESPACE, str(number)),
        number=number,
        date=DATE,
        total=PRICE * ROWS * (ROWS + 1) / 2,
        client=number // 10 + 1,
        lines="".join(
            _LINE.format(product=number % 500 * ROWS + line, line=line, price=PRICE, amount=PRICE * line)
            for line in range(1, ROWS + 1)
        ),
        requisites="".join(_REQUISITE.format(name, value) for name, value in requisites.items()),
    )
