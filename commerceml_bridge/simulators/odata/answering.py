"""From a request line to rows: addresses, query options, rights, paging (facts §3.1–§3.3, §3.6)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from urllib.parse import unquote_to_bytes

from commerceml_bridge.simulators.odata.books import INVOICE, MONEY, MONEY_ROWS, ORGANIZATION, RECEIPT, STATUS, Books
from commerceml_bridge.simulators.odata.failure import Refusal, bad, unknown_entity
from commerceml_bridge.simulators.odata.filters import compile_filter
from commerceml_bridge.simulators.odata.values import Row, flat

OPTIONS = {
    "$format",
    "$select",
    "$filter",
    "$orderby",
    "$top",
    "$skip",
    "$inlinecount",
    "$expand",
    "allowedOnly",
    "$allowedOnly",
}
EVERYTHING = frozenset({INVOICE, STATUS, MONEY, MONEY_ROWS, RECEIPT, ORGANIZATION})
"""A БП's; of a УТ 11 or УНФ the tests publish other registers."""
_KEY = re.compile(r"(?P<entity>\w+)\(guid'(?P<key>[0-9a-fA-F-]{36})'\)")


@dataclass
class Publication:
    """What the administrator of 1C has set: composition, rights, and what the base cannot do."""

    books: Books
    composition: set[str] = field(default_factory=lambda: set(EVERYTHING))
    unreadable: set[str] = field(default_factory=set)
    """entity sets the login has no right to"""
    hidden_rows: set[str] = field(default_factory=set)
    """entity sets in which record-level rights hide a row: 401/20 without ``allowedOnly``"""
    knows_cast_paths: bool = True
    """whether ``cast(Поле,'Тип')/Date`` works; else 400"""
    knows_isof: bool = True
    dropped_fields: set[str] = field(default_factory=set)
    """fields this release does not have"""


@dataclass(frozen=True)
class Answer:
    """Rows (or one object) and what the service says beside them."""

    rows: list[dict[str, object]]
    single: bool = False
    count: int | None = None
    entity: str = ""


def answer(publication: Publication, path: str, raw_query: str) -> Answer:
    """Answer ``GET path?query``; ``path`` stands behind the service root. Raises ``Refusal``."""
    options = _options(raw_query)
    name = unquote_to_bytes(path).decode("utf-8", "replace")
    if not name:
        return Answer([{"name": one, "url": one} for one in sorted(publication.composition)])
    keyed = _KEY.fullmatch(name)
    entity = keyed["entity"] if keyed else name
    if "/" in name or not re.fullmatch(r"\w+", entity):
        raise bad("Неверный URL: лишние сегменты", "4")
    rows = _table(publication, entity)
    if keyed:
        found = [row for row in rows if row.get("Ref_Key") == keyed["key"].lower()]
        if not found:
            raise Refusal(404, "9", "Экземпляр сущности не найден")
        return Answer(_selected(found, options), single=True, entity=entity)
    return _set(publication, entity, rows, options)


def _set(publication: Publication, entity: str, rows: list[Row], options: dict[str, str]) -> Answer:
    allowed_only = "true" in (options.get("allowedOnly"), options.get("$allowedOnly"))
    if entity in publication.hidden_rows and not allowed_only:
        raise Refusal(401, "20", "Недостаточно прав доступа к данным")
    if entity in publication.hidden_rows:
        rows = rows[1:]
    chosen = _filtered(publication, rows, options.get("$filter", ""))
    count = len(chosen)
    if "$orderby" in options:
        chosen = _ordered(chosen, options["$orderby"])
    if options.get("$inlinecount") == "allpages":  # the trap: paging is ignored
        return Answer(_selected(chosen, options), count=count, entity=entity)
    skip, top = _number(options, "$skip", 0), _number(options, "$top", count)
    return Answer(_selected(chosen[skip : skip + top], options), entity=entity)


def _table(publication: Publication, entity: str) -> list[Row]:
    rows = publication.books.table(entity)
    if rows is None or entity not in publication.composition:
        raise unknown_entity(entity)
    if entity in publication.unreadable:
        raise Refusal(401, "20", "Недостаточно прав доступа")
    return rows


def _options(raw: str) -> dict[str, str]:
    """Read the query by hand: a ``+`` reaches the platform as it is."""
    found: dict[str, str] = {}
    for part in filter(None, raw.split("&")):
        name, _, value = part.partition("=")
        name = unquote_to_bytes(name).decode("utf-8", "replace")
        if "+" in value:
            raise Refusal(500, "-1", 'Операция не разрешена в предложении "ГДЕ"')
        found[name] = unquote_to_bytes(value).decode("utf-8", "replace")
        if name not in OPTIONS:
            raise bad(f'Неизвестная опция "{name}"', "10")
    return found


def _filtered(publication: Publication, rows: list[Row], text: str) -> list[Row]:
    if not text or not rows:
        return rows
    if not publication.knows_cast_paths and ")/" in text:
        raise Refusal(501, "0", "Обращение через cast не поддерживается")
    if not publication.knows_isof and "isof" in text:
        raise Refusal(501, "0", "Функция isof не поддерживается")
    test = compile_filter(text, publication.books.resolve, set(rows[0]))
    return [row for row in rows if test(row)]


def _ordered(rows: list[Row], order: str) -> list[Row]:
    for part in reversed(order.split(",")):
        name, _, direction = part.strip().partition(" ")
        if rows and name not in rows[0]:
            raise bad(f'Сегмент пути "{name}" не найден', "2")
        rows = sorted(rows, key=lambda row: str(row[name]), reverse=direction == "desc")
    return rows


def _selected(rows: list[Row], options: dict[str, str]) -> list[dict[str, object]]:
    wanted = [name.strip() for name in options.get("$select", "").split(",") if name.strip() not in ("", "**")]
    flats = [flat(row) for row in rows]
    for name in wanted:
        if flats and name not in flats[0]:
            raise bad(f'Сегмент пути "{name}" не найден', "2")
    return [{name: row[name] for name in wanted} if wanted else row for row in flats]


def _number(options: dict[str, str], name: str, default: int) -> int:
    text = options.get(name, "")
    if text and not text.isdecimal():
        raise bad(f'Неверное значение опции "{name}"', "10")
    return int(text) if text else default


def plain(value: object) -> object:
    """Make a value ready for JSON: fractions are doubles."""
    return float(value) if isinstance(value, Decimal) else value
