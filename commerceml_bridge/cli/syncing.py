"""``sync`` and ``status``."""

from __future__ import annotations

import json

import click

from commerceml_bridge.cli.common import echo_table, open_bridge
from commerceml_bridge.cli.node_books import poll_line
from commerceml_bridge.services import portals
from commerceml_bridge.services.status import status as read_status
from commerceml_bridge.services.syncing import SyncReport, sync_portal


@click.command()
@click.option("--portal", "portal_name", help="Только этот портал.")
def sync(portal_name: str | None) -> None:
    """Один проход: получить изменения, доставить отложенное, выйти."""
    bridge = open_bridge()
    chosen = [portals.by_name(bridge, portal_name)] if portal_name else portals.all_portals(bridge)
    reports = [sync_portal(bridge, portal) for portal in chosen]
    for report in reports:
        _print(report)
    if any(report.failed for report in reports):
        raise SystemExit(1)


def _print(report: SyncReport) -> None:
    fetched, delivered = report.fetched, report.delivered
    click.echo(
        f"{report.portal}: получено счетов {fetched.invoices}, новых версий {fetched.revisions}, "
        f"не прочитано {fetched.problems}; записано в Битрикс24 {delivered.written}, уже было {delivered.already}, "
        f"отложено до повтора {delivered.retried}, остановлено {delivered.parked}"
    )
    for name, polled in report.polled.items():
        click.echo(f"{name}: {polled.error}" if polled.error else poll_line(name, polled), err=bool(polled.error))
    if report.error:
        click.echo(f"{report.portal}: {report.error}", err=True)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Для программ.")
def status(as_json: bool) -> None:
    """Показать, как обстоят дела."""
    counts = read_status(open_bridge())
    if as_json:
        click.echo(json.dumps(counts, ensure_ascii=False, indent=2))
        return
    echo_table(
        ("портал", "счетов", "ждут записи", "остановлено"),
        [(one["name"], one["invoices"], one["pending"], one["parked"]) for one in counts["portals"]],
    )
    keys = (
        "name",
        "portal",
        "due",
        "delivered",
        "acknowledged",
        "held",
        "quarantined",
        "verified",
        "different",
        "unseen",
    )
    header = (
        "узел",
        "портал",
        "к отправке",
        "отправлено",
        "подтверждено",
        "удержано",
        "в карантине",
        "сверено",
        "отличается",
        "не вернулись",
    )
    echo_table(
        (*header, "номера как на счёте"),
        [[*(one[key] for key in keys), f"{one['numbers_printed']} из {one['numbers']}"] for one in counts["nodes"]],
    )
