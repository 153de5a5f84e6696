"""``preflight``: what would go out at the next exchange, or exactly why it is held. Changes nothing."""

from __future__ import annotations

import dataclasses
import json
from decimal import Decimal

import click

from commerceml_bridge.cli.common import echo_table, open_bridge
from commerceml_bridge.services import nodes
from commerceml_bridge.services.preflight import Flight, flights


@click.command()
@click.argument("node_name", metavar="[УЗЕЛ]", required=False)
@click.option("--invoice", "number", default="", help="Только счёт с этим номером (напечатанным или в 1С).")
@click.option("--json", "as_json", is_flag=True, help="Для программ: строка JSON на каждый счёт.")
def preflight(node_name: str | None, number: str, as_json: bool) -> None:
    """Показать, что уйдёт в 1С при следующем обмене и что удержано и почему. Код 1 — что-то удержано."""
    bridge = open_bridge()
    chosen = [nodes.by_name(bridge, node_name)] if node_name else nodes.all_nodes(bridge)
    held = 0
    for node in chosen:
        going: list[Flight] = []
        for one in flights(bridge, node, number=number):
            held += bool(one.held)
            if as_json:
                click.echo(json.dumps({"node": node.name, **dataclasses.asdict(one)}, default=_sum, ensure_ascii=False))
            else:
                going.append(one)
        if not as_json:
            _print(node.name, going)
    if held:
        raise SystemExit(1)


def _sum(value: object) -> str:
    """Spell a sum as all JSON of ours does: with its kopecks."""
    assert isinstance(value, Decimal)  # noqa: S101 - nothing else in a flight is unknown to JSON
    return f"{value:.2f}"


def _print(node_name: str, found: list[Flight]) -> None:
    held = sum(bool(one.held) for one in found)
    click.echo(f"Узел «{node_name}»: уйдёт счетов {len(found) - held}, удержано {held}.")
    if not found:
        return
    echo_table(
        ("счёт", "номер в 1С", "контрагент", "ИНН", "сумма", "НДС", "строк", "что будет"),
        [
            (
                one.printed,
                one.number,
                one.counterparty,
                one.inn,
                f"{one.total} {one.currency}",
                one.tax,
                one.lines,
                f"удержан: {one.reason}" if one.held else "; ".join(("уйдёт", *one.warnings)),
            )
            for one in found
        ],
    )
