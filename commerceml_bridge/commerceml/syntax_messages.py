"""What the XML parser says of a syntax error, in plain Russian. Its own words are kept where it is none of these.

Must not decide whether a file is broken.
"""

from __future__ import annotations

import re

_ESCAPE = "знак & в тексте пишется как &amp;"
_CHARACTER = "в тексте недопустимый знак с кодом {0}"
_PATTERNS = tuple(
    (re.compile(pattern), text)
    for pattern, text in (
        (r"Opening and ending tag mismatch: (\S+) line (\d+) and (\S+)", "элемент «{0}» (строка {1}) закрыт как «{2}»"),
        (r"XML declaration allowed only", "объявление <?xml …?> стоит не в начале файла или повторено"),
        (r"Invalid character: Char (\S+) out of", _CHARACTER),
        (r"(?:invalid xmlChar|invalid Char) value (\d+)", _CHARACTER),
        (r"EntityRef: (?:no name|expecting ';')", _ESCAPE),
        (r"Entity '(\S+)' not defined", f"неизвестная подстановка &{{0}};: {_ESCAPE}"),
        (r"Extra content at the end", "после конца корневого элемента стоит что-то ещё"),
        (r"StartTag: invalid element name", "после знака < нет имени элемента; в тексте он пишется как &lt;"),
        (r"Couldn't find end of Start Tag (\S+)", "тег «{0}» не закончен знаком >"),
        (r"AttValue: .* expected", "значение атрибута не в кавычках"),
        (r"Attribute (\S+) redefined", "атрибут «{0}» указан дважды"),
        (r"Specification mandates value for attribute (\S+)", "у атрибута «{0}» нет значения"),
        (r"Unescaped '<' not allowed in attributes", "знак < в атрибуте пишется как &lt;"),
        (r"attributes construct error|error parsing attribute name", "атрибуты тега записаны неверно"),
        (r"Namespace prefix (\S+)(?: for \S+)? on \S+ is not defined", "префикс «{0}» нигде не объявлен"),
        (r"Excessive depth", "элементы вложены глубже 256 уровней"),
        (r"Text node too long|huge text node", "в одном элементе больше 10 МБ текста"),
        (r"[Nn]ame too long|NCName", "слишком длинное имя элемента"),
        (r"hyphen within comment", "в комментарии стоит --"),
        (r"Comment not terminated", "комментарий <!-- не закрыт"),
        (r"CData section not finished", "раздел CDATA не закрыт"),
        (r"Sequence '\]\]>' not allowed", "в тексте стоит ]]>"),
        (r"Input is not proper UTF-8|encoding error", "байты не подходят к кодировке"),
        (r"Premature end of data in tag (\S+) line (\d+)", "элемент «{0}» (строка {1}) не закрыт"),
    )
)


def plain(message: str | None) -> str:
    """Return a parser's message as a part of a Russian sentence."""
    said = (message or "синтаксическая ошибка").partition(", line ")[0].strip()
    for pattern, text in _PATTERNS:
        found = pattern.search(said)
        if found is not None:
            return text.format(*found.groups())
    return said
