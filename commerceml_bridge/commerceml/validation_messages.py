"""What libxml2's schema validator complains of, as a plain Russian sentence.

libxml2 speaks English in a fixed grammar: "Element 'X'[, attribute 'Y']: complaint". A complaint outside the table is
told as "does not fit the schema", without guessing and without English.
"""

from __future__ import annotations

import re

_SUBJECT = re.compile(r"Element '(?P<element>[^']+)'(?:, attribute '(?P<attribute>[^']+)')?: (?P<rest>.*)", re.DOTALL)
_EXPECTED = r"(?: Expected is (?:one of )?\( (?P<names>.*?) \))?"
_LENGTH = r".*The value has a length of '(?P<is>\d+)'; this "
_COMPLAINTS = tuple(
    (re.compile(pattern, re.DOTALL), sentence)
    for pattern, sentence in (
        (r"This element is not expected\." + _EXPECTED, "лишний или стоит не на своём месте{names}"),
        (r"Missing child element\(s\)\." + _EXPECTED, "неполон{names}"),
        (r"The attribute '(?P<a>[^']+)' is required", "не имеет обязательного атрибута «{a}»"),
        (r"The attribute '[^']+' is not allowed", "лишний"),
        (r"No matching global", "не может стоять на этом месте"),
        (r"\[facet '\w+'\] The value has a length of '0'", "пуст"),
        (_LENGTH + r"exceeds .* of '(?P<max>\d+)'", "длиннее {max} знаков ({is})"),
        (_LENGTH + r"underruns .* of '(?P<must>\d+)'", "короче {must} знаков ({is})"),
        (_LENGTH + r".* of '(?P<must>\d+)'", "имеет {is} знаков вместо {must}"),
        (r".*has more fractional digits than are allowed \('(?P<n>\d+)'\)", "имеет больше {n} знаков после точки"),
        (r".*has more digits than are allowed \('(?P<n>\d+)'\)", "имеет больше {n} цифр"),
        (r"\[facet 'enumeration'\].*element of the set \{''\}", "не может иметь значения в этой версии"),
        (r"\[facet 'enumeration'\] The value '(?P<v>.*)' is not an element of the set \{(?P<set>.*)\}",
         "имеет значение «{v}», допустимы: {set}"),
        (r"\[facet '\w+'\] The value '(?P<v>.*?)' ", "имеет значение неверного вида: «{v}»"),
        (r"'(?P<v>.*)' is not a valid value of the \w+ type '(?P<kind>[\w:]+)'", "имеет значение «{v}»{must}"),
        (r"'(?P<v>.*)' is not a valid value", "имеет значение неверного вида: «{v}»"),
        (r"Character content", "содержит текст, хотя должен состоять из элементов"),
        (r"Element content is not allowed", "содержит элементы, хотя должен быть текстом"),
    )
)  # fmt: skip
_SHOWN = 80
_SHOWN_SET = 400
_WANTED = {
    "money": "нужна сумма: цифры и точка, не больше двух знаков после неё, без пробелов",
    "quantity": "нужно число: цифры и точка, без пробелов",
    "whole": "нужно целое число",
    "date": "нужна дата вида 2026-03-05",
    "time": "нужно время вида 09:05:07",
    "moment": "нужны дата и время вида 2026-03-05T09:05:07",
    "flag": "нужно true или false",
    "unit_code": "длина кода единицы не та, что в этой версии",
    "schema_version": "нужно обозначение версии вида 2.05",
    "abbreviation": "нужно не больше трёх знаков",
    "account_number": "нужен счёт из 20 цифр",
}
"""what a value of a kind (``schema_source.values``) has to look like"""


def in_russian(message: str) -> str:
    """Return one sentence for a message of libxml2's schema validator."""
    subject = _SUBJECT.match(message)
    if subject is None:
        return "Документ не соответствует схеме."
    who = f"Элемент «{subject['element']}»"
    if subject["attribute"]:
        who = f"Атрибут «{subject['attribute']}» элемента «{subject['element']}»"
    for pattern, sentence in _COMPLAINTS:
        found = pattern.match(subject["rest"])
        if found is not None:
            return f"{who} {_filled(sentence, found.groupdict())}."
    return f"{who} не соответствует схеме."


def _filled(sentence: str, words: dict[str, str | None]) -> str:
    shown = {name: _cut(word, _SHOWN) for name, word in words.items() if word}
    if words.get("set"):
        shown["set"] = _cut((words["set"] or "").replace("'", ""), _SHOWN_SET)
    wanted = _WANTED.get((words.get("kind") or "").rpartition(":")[2])
    shown["must"] = shown.get("must") or (f", а {wanted}" if wanted else ": такого здесь не бывает")
    shown["names"] = f"; здесь ожидается {words['names']}" if words.get("names") else ""
    shown.setdefault("v", "")
    return sentence.format_map(shown)


def _cut(word: str, limit: int) -> str:
    return word if len(word) <= limit else word[:limit] + "…"


def tolerant_in_russian(name: str, reason: str, text: str) -> str:
    """Return one sentence for a finding of the tolerant schema (xmlschema) in the element ``name``."""
    if "assertion" in reason:
        return f"Элемент «{name}» {_MISSED.get(name, 'неполон')}."
    if "character data" in reason:
        return f"Элемент «{name}» содержит текст, хотя должен состоять из элементов."
    if text.strip():
        return f"Элемент «{name}» имеет значение неверного вида: «{_cut(text.strip(), _SHOWN)}»."
    return f"Элемент «{name}» по значению или составу не такой, как бывает в файлах обмена."


_MISSED = {
    "ЗначениеРеквизита": "не имеет наименования",
    "Товар": "нельзя опознать: нет ни Ид, ни штрихкода, ни артикула, ни наименования",
    "Предложение": "нельзя опознать: нет ни Ид, ни штрихкода, ни артикула, ни наименования",
}
"""what the assertions of the tolerant schema ask for"""
