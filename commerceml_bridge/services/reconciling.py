"""The reconciliation report: a node and a period, every invoice with what disagrees and what to do, and the totals.

The file is a stream: neither the lines nor the text are ever held whole, so that a hundred thousand invoices take no
memory. The page and the command show totals and the first lines: there the database counts, and the table of
differences is asked about one invoice of each group of equals (``db.reconciliations``).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from commerceml_bridge.db.reconciliations import Chosen, Group
from commerceml_bridge.db.rows import NodeRow
from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.domain.differences import (
    RULES,
    UNSEEN_AFTER,
    Difference,
    Line,
    Outlook,
    Totals,
    differences,
)
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
    "Отдан (UTC)",
    "Подтверждён (UTC)",
    "Виден в 1С (UTC)",
    "Сверен (UTC)",
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
    """Totals by currency and counts of the most urgent differences."""

    totals: dict[str, Totals] = field(default_factory=dict)
    by_code: dict[str, int] = field(default_factory=dict)

    def add(self, row: Row) -> None:
        """Count one row."""
        currency = row.line.currency
        self.totals.setdefault(currency, Totals(currency)).add(row.line, different=bool(row.differences))
        for one in row.differences[:1]:
            self.by_code[one.code] = self.by_code.get(one.code, 0) + 1

    def add_group(self, group: Group, found: tuple[Difference, ...]) -> None:
        """Count invoices that disagree alike."""
        currency = group.line.currency
        totals = self.totals.setdefault(currency, Totals(currency))
        count, total, paid = group.invoices, group.total, group.paid
        totals.add_alike(group.line, different=bool(found), invoices=count, total=total, paid=paid)
        for one in found[:1]:
            self.by_code[one.code] = self.by_code.get(one.code, 0) + group.invoices


@dataclass(frozen=True)
class Report:
    """Totals of all invoices of a period, and the first of them or of those that disagree."""

    totals: tuple[Totals, ...]
    """by the name of the currency"""
    by_code: dict[str, int]
    """the most urgent first"""
    rows: tuple[Row, ...]


def report(
    uow: UnitOfWork, bridge: Bridge, node: NodeRow, since: dt.date, until: dt.date, *, every: bool, limit: int
) -> Report:
    """Return the totals and at most ``limit`` lines: those that disagree, or with ``every`` all."""
    outlook = Outlook(bridge.clock(), sees=_sees(uow, node))
    chosen = Chosen(node.id, since, until, outlook.now - UNSEEN_AFTER)
    groups = [(one, differences(one.line, outlook)) for one in uow.reconciliations.groups(chosen)]
    summary = Summary()
    for group, found in groups:
        summary.add_group(group, found)
    different = [group.kind for group, found in groups if found]
    lines = uow.reconciliations.first(chosen, limit, None if every else different) if every or different else []
    urgent = [rule.code for rule in RULES if rule.code in summary.by_code]
    return Report(
        tuple(summary.totals[currency] for currency in sorted(summary.totals)),
        {code: summary.by_code[code] for code in urgent},
        tuple(Row(line, differences(line, outlook)) for line in lines),
    )


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
