"""``$filter``: read and evaluated as the platform does (facts §3.3).

A composite field compared with a bare guid is simply unequal: the silent nothing. Unknown functions are 501.
"""

from __future__ import annotations

import datetime as dt
import operator
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from commerceml_bridge.simulators.odata.failure import Refusal, bad
from commerceml_bridge.simulators.odata.values import Big, Composite, EnumValue, Ref, Row

Resolve = Callable[[Ref], Row | None]
Expression = Callable[[Row], Any]

_TOKEN = re.compile(
    r"\s*(?:(?P<literal>(?:guid|datetime)?'(?:[^']|'')*')|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<name>\w+)|(?P<sign>[(),/]))",
    re.UNICODE,
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}
_TEXT: dict[str, Callable[[str, str], bool]] = {
    "startswith": lambda whole, part: whole.startswith(part),
    "endswith": lambda whole, part: whole.rstrip().endswith(part),
    "substringof": lambda part, whole: part in whole,
}
_PARTS = {"year": "year", "month": "month", "day": "day"}
_UNSUPPORTED = {"length", "indexof", "replace", "tolower", "toupper", "trim", "floor", "ceiling"}


def compile_filter(text: str, resolve: Resolve, fields: set[str]) -> Callable[[Row], bool]:
    """Return the test a filter means. Raises ``Refusal``."""
    parser = _Parser(text, resolve, fields)
    expression = parser.either()
    if parser.peek() is not None:
        raise bad(f'Ошибка разбора опции "$filter" около {parser.peek()!r}', "14")
    return lambda row: expression(row) is True


class _Parser:
    def __init__(self, text: str, resolve: Resolve, fields: set[str]) -> None:
        self._tokens = list(_tokens(text))
        self._at = 0
        self._resolve, self._fields = resolve, fields

    def peek(self) -> str | None:
        """Return the next token."""
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def either(self) -> Expression:
        """Read a disjunction."""
        terms = [self._both()]
        while self._skip("or"):
            terms.append(self._both())
        return terms[0] if len(terms) == 1 else lambda row: any(one(row) is True for one in terms)

    def _both(self) -> Expression:
        terms = [self._comparison()]
        while self._skip("and"):
            terms.append(self._comparison())
        return terms[0] if len(terms) == 1 else lambda row: all(one(row) is True for one in terms)

    def _comparison(self) -> Expression:
        if self._skip("not"):
            inner = self._comparison()
            return lambda row: inner(row) is not True
        left = self._operand()
        sign = self.peek()
        if sign not in _COMPARE:
            return left
        self._at += 1
        right, compare = self._operand(), _COMPARE[sign]
        return lambda row: _compared(compare, left(row), right(row))

    def _operand(self) -> Expression:
        token = self._next()
        if token == "(":  # noqa: S105 - a parenthesis
            inner = self.either()
            self._must(")")
            return inner
        if "'" in token or token[0].isdigit() or token[0] == "-":
            value = _literal(token)
            return lambda _row: value
        if token in ("true", "false", "null"):
            constant = {"true": True, "false": False, "null": None}[token]
            return lambda _row: constant
        return self._function(token) if self.peek() == "(" else self._field(token)

    def _field(self, name: str) -> Expression:
        if name not in self._fields:
            raise bad(f'Сегмент пути "{name}" не найден', "2")
        return lambda row: row[name]

    def _function(self, name: str) -> Expression:
        self._must("(")
        arguments = [self.either()]
        while self._skip(","):
            arguments.append(self.either())
        self._must(")")
        if name in _UNSUPPORTED:
            raise Refusal(501, "0", f'Функция "{name}" не поддерживается')
        if name == "cast":
            return self._cast(arguments)
        first, second = arguments[0], arguments[-1]
        if name == "isof":
            return lambda row: _entity(first(row)) == second(row)
        if name in _TEXT:
            test = _TEXT[name]
            return lambda row: test(str(first(row)), str(second(row)))
        if name in _PARTS:
            part = _PARTS[name]
            return lambda row: Decimal(getattr(first(row), part))
        raise bad(f'Неизвестная функция "{name}"', "6")

    def _cast(self, arguments: list[Expression]) -> Expression:
        if len(arguments) != 2:
            raise bad("Неверное количество аргументов функции cast", "21")
        what, entity = arguments

        def value(row: Row) -> Any:
            inner = what(row)
            if isinstance(inner, _Guid):
                return Ref(str(entity(row)), inner.text)
            if isinstance(inner, Composite):
                inner = inner.value
            return inner if isinstance(inner, Ref) and inner.entity == entity(row) else None

        if not self._skip("/"):
            return value
        field = self._next()

        def through(row: Row) -> Any:
            ref = value(row)
            target = self._resolve(ref) if ref else None
            return target.get(field) if target else None

        return through

    def _next(self) -> str:
        token = self.peek()
        if token is None:
            raise bad('Ошибка разбора опции "$filter": неожиданный конец', "14")
        self._at += 1
        return token

    def _skip(self, token: str) -> bool:
        if self.peek() != token:
            return False
        self._at += 1
        return True

    def _must(self, token: str) -> None:
        if not self._skip(token):
            raise bad(f'Ошибка разбора опции "$filter": ожидалось {token!r}', "14")


class _Guid:
    """A bare guid: equal to a field of one type, never to a composite one."""

    def __init__(self, text: str) -> None:
        self.text = text


def _tokens(text: str) -> list[str]:
    found, at = [], 0
    while at < len(text.rstrip()):
        token = _TOKEN.match(text, at)
        if token is None:
            raise bad(f'Ошибка разбора опции "$filter" в позиции {at}', "14")
        found.append(token.group().strip())
        at = token.end()
    return found


def _literal(token: str) -> Any:
    if token.startswith("guid'"):
        return _Guid(token[5:-1].lower())
    if token.startswith("datetime'"):
        return dt.datetime.fromisoformat(token[9:-1])
    if token.startswith("'"):
        return token[1:-1].replace("''", "'")
    return Decimal(token)


def _entity(value: Any) -> str:
    inner = value.value if isinstance(value, Composite) else value
    return inner.entity if isinstance(inner, Ref) else ""


def _compared(compare: Callable[[Any, Any], bool], left: Any, right: Any) -> bool:
    one, other = _plain(left), _plain(right)
    if isinstance(one, Composite):
        one = one.value if isinstance(other, Ref) else "a composite value"
    elif isinstance(one, Ref) and isinstance(other, _Guid):
        one, other = one.guid, other.text
    if compare in (operator.eq, operator.ne):
        return compare(one, other)
    return type(one) is type(other) and compare(one, other)


def _plain(value: Any) -> Any:
    if isinstance(value, Big):
        return Decimal(value.number)
    if isinstance(value, EnumValue):
        return value.name
    return value.rstrip() if isinstance(value, str) else value
