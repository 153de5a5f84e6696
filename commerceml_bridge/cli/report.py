"""``report``: a node and a period reconciled, on the screen or as CSV."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from commerceml_bridge.cli.common import echo_table, open_bridge
from commerceml_bridge.domain.differences import Totals
from commerceml_bridge.errors import ConfigurationError
from commerceml_bridge.services import nodes, reconciling

_DATE = click.DateTime(["%Y-%m-%d", "%d.%m.%Y"])
MOST_LINES = 200
"""Differences printed; the file has all."""


@click.command()
@click.argument("node_name", metavar="УЗЕЛ")
@click.option("--from", "since", type=_DATE, required=True, help="Счета с этой даты.")
@click.option("--to", "until", type=_DATE, required=True, help="По эту дату включительно.")
@click.option("--csv", "file", type=click.Path(dir_okay=False, path_type=Path), help="Записать всё в файл для Excel.")
def report(node_name: str, since: dt.datetime, until: dt.datetime, file: Path | None) -> None:
    """Сверить счета узла за период: выставлено, отдано, подтверждено, оплачено, стадия; расхождения и что делать."""
    if since > until:
        raise ConfigurationError("Начало периода позже конца.")
    bridge = open_bridge()
    node = nodes.by_name(bridge, node_name)
    period = since.date(), until.date()
    with bridge.db.read() as uow:
        if file is not None:
            with file.open("w", encoding="utf-8", newline="") as out:
                out.writelines(reconciling.csv_lines(uow, bridge, node, *period))
            click.echo(f"Отчёт записан: {file}")
            return
        found = reconciling.report(uow, bridge, node, *period, every=False, limit=MOST_LINES)
    echo_table(
        ("счёт", "дата", "сумма", "оплачено", "стадия", "расхождение", "что сделать"),
        [
            (
                row.line.number,
                f"{row.line.date:%d.%m.%Y}",
                f"{row.line.total:.2f} {row.line.currency}",
                f"{row.line.paid:.2f}",
                row.line.stage_id,
                row.differences[0].reason,
                row.differences[0].action,
            )
            for row in found.rows
        ],
    )
    for totals in found.totals:
        click.echo(_total(totals))
    if not found.totals:
        click.echo("Счетов за период нет.")


def _total(totals: Totals) -> str:
    return (
        f"Итого {totals.currency}: счетов {totals.invoices} на {totals.invoiced:.2f}; отдано {totals.delivered:.2f}, "
        f"подтверждено {totals.acknowledged:.2f}, сверено {totals.verified:.2f}, оплачено {totals.paid:.2f}, "
        f"завершено в Битрикс24 {totals.succeeded:.2f}; расхождений {totals.different}"
    )
