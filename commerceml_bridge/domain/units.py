"""Units of measure: ОКЕИ codes with the names 1C knows (facts: commerceml §2.8, 1c-clients §3.4). Invents no code."""

from __future__ import annotations

import re

from commerceml_bridge.domain.documents import Unit

PIECE = Unit("796", "шт", "Штука", "PCE")

_KNOWN = {
    unit.code: unit
    for unit in (
        PIECE,
        Unit("006", "м", "Метр", "MTR"),
        Unit("018", "пог. м", "Погонный метр"),
        Unit("055", "м2", "Квадратный метр", "MTK"),
        Unit("111", "мл", "Миллилитр", "MLT"),
        Unit("112", "л", "Литр", "LTR"),
        Unit("113", "м3", "Кубический метр", "MTQ"),
        Unit("163", "г", "Грамм", "GRM"),
        Unit("166", "кг", "Килограмм", "KGM"),
        Unit("168", "т", "Тонна", "TNE"),
        Unit("245", "кВт.ч", "Киловатт-час", "KWH"),
        Unit("356", "ч", "Час", "HUR"),
        Unit("359", "сут", "Сутки", "DAY"),
        Unit("362", "мес", "Месяц", "MON"),
        Unit("625", "лист", "Лист", "LEF"),
        Unit("642", "ед", "Единица"),
        Unit("715", "пар", "Пара", "NPR"),
        Unit("736", "рул", "Рулон", "NPL"),
        Unit("744", "%", "Процент", "P1"),
        Unit("778", "упак", "Упаковка", "NMP"),
        Unit("839", "компл", "Комплект"),
        Unit("876", "усл. ед", "Условная единица"),
    )
}
_CODES_BY_NAME = {unit.name.casefold(): code for code, unit in _KNOWN.items()}
_CODE = re.compile(r"[0-9]{1,3}")


def unit(code: str, name: str) -> Unit:
    """Return the unit of a row by its ОКЕИ code, else by its name; a row that says neither is counted in pieces.

    The row's own name wins over the table's. A code that is not one to three digits is left out.
    """
    code, name = code.strip(), " ".join(name.split())
    if not code and not name:
        return PIECE
    okei = code.zfill(3) if _CODE.fullmatch(code) else _CODES_BY_NAME.get(name.casefold().rstrip("."), "")
    known = _KNOWN.get(okei)
    if known is None:
        return Unit(okei, name or code)
    return Unit(okei, name or known.name, known.full_name, known.international)
