"""Lines that are none of 1C's items: listed for a person, and what the person chose taken in again.

The same table goes out and comes back: CSV as a Russian Excel reads and writes it (UTF-8 with BOM, or windows-1251
after Excel saved it; ``;``). A file with one wrong line changes nothing and every wrong line is named.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from commerceml_bridge.db.choices import Choice
from commerceml_bridge.db.rows import NodeRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.domain import snapshots
from commerceml_bridge.domain.goods import IS_MAPPED, Mapped, Source
from commerceml_bridge.domain.identity import goods_key, onec_goods_id
from commerceml_bridge.domain.invoices import InvoiceRow
from commerceml_bridge.domain.totals import rows_of
from commerceml_bridge.errors import BadInput, CannotRender, NotFound
from commerceml_bridge.services import auditing, tabular
from commerceml_bridge.services.bridge import Bridge
from commerceml_bridge.services.mapping import find_one, map_rows

KEY, CHOSEN = "Ключ", "Ид в 1С"
COLUMNS = (
    KEY,
    "Товар Битрикс24",
    "Артикул",
    "Внешний код",
    "Название",
    "Единица",
    "Счетов",
    "Сумма",
    CHOSEN,
    "Позиция 1С",
    "Откуда",
    "Примечание",
)
TAKE_BACK = "-"
AUDITED = 50
"""Lines of one table named in the log of changes; the count tells of all."""
"""In the column of 1C's id: forget what was chosen for this line."""
SOURCES = {
    Source.MANUAL: "выбрано вручную",
    Source.XML_ID: "внешний код",
    Source.ARTICLE: "артикул",
    Source.NAME: "название",
    Source.SERVICE_ITEM: "услуга узла",
    Source.FOREIGN: "чужой код",
    Source.NONE: "нет",
}
MOST_LINES = 100_000
_SHOWN_ERRORS = 50


@dataclass(frozen=True)
class GoodsLine:
    """Everything a portal calls by one key: a product, or a free text with its unit."""

    key: str
    product_id: int
    article: str
    xml_id: str
    name: str
    unit: str
    invoices: int
    amount: Decimal
    mapped: Mapped

    @property
    def is_mapped(self) -> bool:
        """Whether it is an item of 1C."""
        return self.mapped.source in IS_MAPPED


def lines(bridge: Bridge, node: NodeRow, *, everything: bool = False, invoices: int = 0) -> list[GoodsLine]:
    """Return the lines of a node's invoices that are none of 1C's items (or all), the most used first.

    ``invoices``: only the newest so many; 0: all.
    """
    with bridge.db.read() as uow:
        found = _collected(uow, node, invoices)
        mapped = map_rows(uow, node.id, node.options, [row for row, _, _ in found.values()])
    listed = [_line(row, count, amount, mapped[row]) for row, count, amount in found.values()]
    wanted = [line for line in listed if everything or not line.is_mapped]
    return sorted(wanted, key=lambda line: (-line.invoices, -line.amount, line.key))


def _collected(uow: UnitOfWork, node: NodeRow, invoices: int) -> dict[str, tuple[InvoiceRow, int, Decimal]]:
    """Return by key the newest row with this key, the number of invoices and the sum."""
    found: dict[str, tuple[InvoiceRow, int, Decimal]] = {}
    for snapshot in uow.choices.snapshots(node.id, limit=invoices):
        invoice = snapshots.from_json(snapshot)
        try:
            rows = rows_of(invoice, node.options.vat_rates)
        except CannotRender:
            continue  # held for a reason of its own
        counted: set[str] = set()
        for row in rows:
            key = goods_key(row)
            newest, count, amount = found.get(key, (row, 0, Decimal(0)))
            found[key] = (newest, count + (key not in counted), amount + row.price * row.quantity)
            counted.add(key)
    return found


def _line(row: InvoiceRow, count: int, amount: Decimal, mapped: Mapped) -> GoodsLine:
    unit = row.unit_name or row.unit_code
    key, kopecks = goods_key(row), amount.quantize(Decimal("0.01"))
    return GoodsLine(key, row.product_id, row.article, row.product_xml_id, row.name, unit, count, kopecks, mapped)


def to_csv(found: Iterable[GoodsLine]) -> Iterator[str]:
    """Yield the table as text, some lines at a time; encode it as ``utf-8-sig``."""
    return tabular.lines(COLUMNS, map(_cells, found), mark="")


def _cells(line: GoodsLine) -> tuple[object, ...]:
    item = line.mapped.item if line.is_mapped else None
    return (
        line.key,
        line.product_id or "",
        *(line.article, line.xml_id, line.name, line.unit),
        line.invoices,
        line.amount,
        item.item_id if item else "",
        item.name if item else "",
        SOURCES[line.mapped.source],
        line.mapped.note,
    )


@dataclass(frozen=True)
class Chosen:
    """What a file of choices did."""

    chosen: int
    taken_back: int
    untouched: int

    @property
    def text(self) -> str:
        """Say it in one line."""
        return f"Сопоставлено: {self.chosen}, снято: {self.taken_back}, без изменений: {self.untouched}."


def take_csv(bridge: Bridge, node: NodeRow, data: bytes, *, operator: str) -> Chosen:
    """Take in a table a person filled. Raises ``BadInput`` with every wrong line; nothing is changed then.

    A line whose «Ид в 1С» is empty, or still says what it said when the list was made, stays as it is: what is mapped
    by code, article or name must not become a choice by hand because it stood beside one. The column takes 1C's id, or
    the article or exact name of one item.
    """
    wanted = _read(data)
    as_listed = _mapped_by_itself(bridge, node)
    now = bridge.clock()
    with bridge.db.write() as uow:
        uow.catalog.lock(node.id)
        before = uow.choices.of(node.id, wanted)
        rows: list[dict[str, object]] = []
        errors: list[str] = []
        for key, (number, text, name) in wanted.items():
            known = before[key].item_id if key in before else ""
            if text in (known, as_listed.get(key)):
                continue
            item_id = _chosen_id(uow, node, text)
            if item_id is None:
                errors.append(f"строка {number}: позиции «{text[:80]}» нет в номенклатуре 1С, либо их несколько")
            elif known != item_id:
                rows.append({"goods_key": key, "item_id": item_id, "name": name, "chosen_by": operator})
        _refuse(errors)
        uow.choices.choose(node.id, [{**row, "chosen_at": now} for row in rows])
        if rows:
            uow.catalog.changed(node.id, now)
            told = {str(row["name"]): (_item(before, row), row["item_id"]) for row in rows[:AUDITED]}
            auditing.note(uow, bridge, "node.items", node.name, {"строк": ("", len(rows)), **told})
    taken_back = sum(not row["item_id"] for row in rows)
    return Chosen(len(rows) - taken_back, taken_back, len(wanted) - len(rows))


def _mapped_by_itself(bridge: Bridge, node: NodeRow) -> dict[str, str]:
    """Return by key the ids of lines nobody had to choose an item for."""
    found = ((line.key, line.mapped) for line in lines(bridge, node, everything=True) if line.is_mapped)
    return {key: one.item.item_id for key, one in found if one.item and one.source is not Source.MANUAL}


def _item(before: Mapping[str, Choice], row: Mapping[str, object]) -> str:
    known = before.get(str(row["goods_key"]))
    return known.item_id if known else ""


def _chosen_id(uow: UnitOfWork, node: NodeRow, text: str) -> str | None:
    if text == TAKE_BACK:
        return ""
    item = find_one(uow, node.id, text)
    if item is not None:
        return item.item_id
    return None if uow.catalog.has_items(node.id) else onec_goods_id(text)


def _read(data: bytes) -> dict[str, tuple[int, str, str]]:
    """Return by key (line, what was chosen, name) of the lines somebody filled."""
    text = _decoded(data)
    delimiter = max(";,\t", key=text.partition("\n")[0].count)
    try:
        table = list(csv.reader(io.StringIO(text), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise BadInput("Файл не читается как таблица CSV: проверьте кавычки и разделители.") from error
    if not table or KEY not in table[0] or CHOSEN not in table[0]:
        raise BadInput(f"В первой строке файла нужны столбцы «{KEY}» и «{CHOSEN}». Выгрузите список и заполните его.")
    if len(table) > MOST_LINES:
        raise BadInput(f"В файле больше {MOST_LINES} строк. Разделите его.")
    names = [name.strip() for name in table[0]]
    found: dict[str, tuple[int, str, str]] = {}
    errors: list[str] = []
    for number, values in enumerate(table[1:], start=2):
        row = dict(zip(names, (tabular.written(value.strip()) for value in values), strict=False))
        if not row.get(CHOSEN):
            continue
        key = row.get(KEY, "")
        if not key.startswith(("p-", "t-")) or len(key) > 40:
            errors.append(f"строка {number}: «{key[:40]}» не ключ строки")
        elif key in found and found[key][1] != row[CHOSEN]:
            errors.append(f"строка {number}: ключ {key} уже был в строке {found[key][0]} с другой позицией")
        else:
            found[key] = (number, row[CHOSEN], row.get("Название", "")[:250])
    _refuse(errors)
    return found


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "cp1251"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadInput("Файл не в UTF-8 и не в windows-1251. Сохраните его в Excel как «CSV UTF-8».")


def _refuse(errors: Sequence[str]) -> None:
    if errors:
        more = f" и ещё ошибок: {len(errors) - _SHOWN_ERRORS}" if len(errors) > _SHOWN_ERRORS else ""
        raise BadInput(f"Ничего не изменено. {'; '.join(errors[:_SHOWN_ERRORS])}{more}.")


def node_by_id(bridge: Bridge, node_id: int) -> NodeRow:
    """Return a node in service. Raises ``NotFound``."""
    with bridge.db.read() as uow:
        node = uow.nodes.by_id(node_id)
    if node is None:
        raise NotFound("Такого узла нет.")
    return node
