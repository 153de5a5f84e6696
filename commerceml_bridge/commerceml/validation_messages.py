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
        (_LENGTH + r".* of '(?P<must>\d+)'", "имеет {is} знаков вместо {must}"),
        (r"\[facet 'enumeration'\] The value '(?P<v>.*)' is not an element of the set \{(?P<set>.*)\}",
         "имеет значение «{v}», допустимы: {set}"),
        (r"\[facet '\w+'\] The value '(?P<v>.*?)' ", "имеет значение неверного вида: «{v}»"),
        (r"'(?P<v>.*)' is not a valid value", "имеет значение неверного вида: «{v}»"),
        (r"Character content", "содержит текст, хотя должен состоять из элементов"),
        (r"Element content is not allowed", "содержит элементы, хотя должен быть текстом"),
    )
)  # fmt: skip
_SHOWN = 80


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
    shown = {name: word if len(word) <= _SHOWN else word[:_SHOWN] + "…" for name, word in words.items() if word}
    shown["names"] = f"; здесь ожидается {words['names']}" if words.get("names") else ""
    shown.setdefault("v", "")
    return sentence.format_map(shown)
