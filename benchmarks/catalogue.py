"""A full catalogue as УТ 11 exports it: items with article, unit, VAT and requisites; every tenth is a service."""

from __future__ import annotations

import uuid
from pathlib import Path

_NAMESPACE = uuid.UUID("6f0a9a52-0d0e-4b0e-9d8e-1f6c5f6f0a02")
_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<КоммерческаяИнформация xmlns="urn:1C.ru:commerceml_2" ВерсияСхемы="2.07" ДатаФормирования="2026-03-03T10:00:00">
\t<Каталог СодержитТолькоИзменения="false">
\t\t<Ид>6f0a9a52-0d0e-4b0e-9d8e-1f6c5f6f0a03</Ид>
\t\t<Наименование>Основной каталог товаров</Наименование>
\t\t<Товары>
"""
_TAIL = "\t\t</Товары>\n\t</Каталог>\n</КоммерческаяИнформация>\n"
_ITEM = """\t\t\t<Товар>
\t\t\t\t<Ид>{guid}</Ид>
\t\t\t\t<Артикул>АРТ-{number:06d}</Артикул>
\t\t\t\t<Наименование>Кронштейн стальной оцинкованный {number} мм</Наименование>
\t\t\t\t<БазоваяЕдиница Код="796 " НаименованиеПолное="Штука" МеждународноеСокращение="PCE">шт</БазоваяЕдиница>
\t\t\t\t<Группы>
\t\t\t\t\t<Ид>{group}</Ид>
\t\t\t\t</Группы>
\t\t\t\t<Описание>Для крепления полок и труб, серия {series}, оцинкованная сталь.</Описание>
\t\t\t\t<СтавкиНалогов>
\t\t\t\t\t<СтавкаНалога>
\t\t\t\t\t\t<Наименование>НДС</Наименование>
\t\t\t\t\t\t<Ставка>20</Ставка>
\t\t\t\t\t</СтавкаНалога>
\t\t\t\t</СтавкиНалогов>
\t\t\t\t<ЗначенияРеквизитов>
\t\t\t\t\t<ЗначениеРеквизита>
\t\t\t\t\t\t<Наименование>ТипНоменклатуры</Наименование>
\t\t\t\t\t\t<Значение>{kind}</Значение>
\t\t\t\t\t</ЗначениеРеквизита>
\t\t\t\t\t<ЗначениеРеквизита>
\t\t\t\t\t\t<Наименование>Полное наименование</Наименование>
\t\t\t\t\t\t<Значение>Кронштейн стальной оцинкованный {number} мм, ГОСТ 1234-{series}</Значение>
\t\t\t\t\t</ЗначениеРеквизита>
\t\t\t\t</ЗначенияРеквизитов>
\t\t\t</Товар>
"""


def write(path: Path, count: int) -> int:
    """Write a file of ``count`` items and return its size in bytes."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(_HEAD)
        for number in range(1, count + 1):
            file.write(
                _ITEM.format(
                    guid=uuid.uuid5(_NAMESPACE, str(number)),
                    number=number,
                    group=uuid.uuid5(_NAMESPACE, f"g{number % 50}"),
                    series=number % 100,
                    kind="Товар" if number % 10 else "Услуга",
                )
            )
        file.write(_TAIL)
    return path.stat().st_size
