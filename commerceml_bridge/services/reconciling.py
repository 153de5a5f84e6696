"""The reconciliation report: a node and a period, every invoice with what disagrees and what to do, and the totals.

A stream: neither the lines nor the file are ever held whole, so that a hundred thousand invoices take no memory.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from commerceml_bridge.db.rows import NodeRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.domain.differences import Difference, Line, Outlook, Totals, differences
from commerceml_bridge.domain.family_switches import switches
from commerceml_bridge.services import tabular
from commerceml_bridge.services.bridge import Bridge

HEADER = (
    "Счёт",
    "Дата",
    "Номер в 1С",
    "Контрагент",
    "ИНН",
    "Валюта",
    "Сумма",
    "Отдан",
    "Подтверждён",
    "Виден в 1С",
    "Сверен",
    "Оплата",
    "Оплачено",
    "Стадия в Битрикс24",
    "Расхождение",
    "Причина",
    "Что сделать",
)


_KOPECKS = Decimal("0.01")


@dataclass(frozen=True)
class Row:
    """A line with its differences."""

    line: Line
    differences: tuple[Difference, ...]


@dataclass
class Summary:
    """Totals by currency and counts of differences, filled while the rows go by."""

    totals: dict[str, Totals] = field(default_factory=dict)
    by_code: dict[str, int] = field(default_factory=dict)

    def add(self, row: Row) -> None:
        """Count one row."""
        currency = row.line.currency
        self.totals.setdefault(currency, Totals(currency)).add(row.line, different=bool(row.differences))
        for one in row.differences[:1]:
            self.by_code[one.code] = self.by_code.get(one.code, 0) + 1


def rows(uow: UnitOfWork, bridge: Bridge, node: NodeRow, since: dt.date, until: dt.date) -> Iterator[Row]:
    """Yield every invoice of the period; the unit of work stays open until the last."""
    outlook = Outlook(bridge.clock(), sees=_sees(uow, node))
    for line in uow.reconciliations.lines(node.id, since, until):
        yield Row(line, differences(line, outlook))


def _sees(uow: UnitOfWork, node: NodeRow) -> bool:
    """БП returns nothing: without OData nobody can see its documents."""
    return not switches(node.options.client).returns_nothing or uow.books.source(node.id) is not None


def csv_lines(uow: UnitOfWork, bridge: Bridge, node: NodeRow, since: dt.date, until: dt.date) -> Iterator[str]:
    """Yield the report as CSV for Excel: semicolons, decimal comma, UTF-8 with a mark; totals at the end."""
    yield from tabular.lines(HEADER, _table(rows(uow, bridge, node, since, until)))


def _table(found: Iterator[Row]) -> Iterator[list[object]]:
    summary = Summary()
    for row in found:
        summary.add(row)
        yield _cells(row)
    for totals in summary.totals.values():
        yield _total_cells(totals)


def _cells(row: Row) -> list[object]:
    line = row.line
    first = row.differences[0] if row.differences else None
    return [
        line.number,
        f"{line.date:%d.%m.%Y}",
        line.onec_number or line.wire_number,
        line.counterparty,
        line.inn,
        line.currency,
        _money(line.total),
        _moment(line.first_served_at),
        _moment(line.acknowledged_at),
        _moment(line.seen_at),
        _moment(line.verified_at),
        line.payment,
        _money(line.paid),
        line.stage_id,
        first.code if first else "",
        " ".join(one.reason for one in row.differences),
        first.action if first else "",
    ]


def _total_cells(totals: Totals) -> list[object]:
    return [
        f"Итого счетов: {totals.invoices}",
        "",
        "",
        "",
        "",
        totals.currency,
        _money(totals.invoiced),
        _money(totals.delivered),
        _money(totals.acknowledged),
        "",
        _money(totals.verified),
        "",
        _money(totals.paid),
        _money(totals.succeeded),
        f"расхождений: {totals.different}",
        "",
        "",
    ]


def _money(amount: Decimal) -> Decimal:
    return amount.quantize(_KOPECKS)


def _moment(at: dt.datetime | None) -> str:
    return f"{at:%d.%m.%Y %H:%M}" if at else ""
