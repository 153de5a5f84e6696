"""``items list|unmapped|map``: the nomenclature of a 1C base, and which of it lines of invoices are."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import IO

import click

from commerceml_bridge.cli.common import echo_table, open_bridge
from commerceml_bridge.db.catalog import Listed
from commerceml_bridge.services import nodes, nomenclature, remapping


@click.group()
def items() -> None:
    """Номенклатура 1С и сопоставление с ней строк счетов."""


@items.command("list")
@click.argument("node_name", metavar="NODE")
@click.argument("text", required=False, default="")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="Сколько показать.")
def list_items(node_name: str, text: str, limit: int) -> None:
    """Найти позиции 1С по названию, артикулу, штрихкоду или Ид."""
    bridge = open_bridge()
    node = nodes.by_name(bridge, node_name)
    with bridge.db.read() as uow:
        found, size = uow.catalog.find(node.id, text, limit=limit), uow.catalog.size(node.id)
    echo_table(
        ("Ид", "артикул", "название", "ед.", "НДС", "состояние"),
        [
            (
                one.item_id,
                one.article,
                one.name,
                one.unit_name or one.unit_code,
                one.vat_rate,
                _state(one),
            )
            for one in found
        ],
    )
    click.echo(f"Позиций в указателе: {size.items}, пригодных: {size.usable}; выбрано вручную: {size.choices}.")


def _state(one: Listed) -> str:
    if one.usable:
        return ""
    return "нет в каталоге" if one.gone else "помечена на удаление"


@items.command("unmapped")
@click.argument("node_name", metavar="NODE")
@click.option("--to", "path", type=click.Path(dir_okay=False, path_type=Path), help="Файл CSV для Excel.")
@click.option("--all", "everything", is_flag=True, help="И сопоставленные строки тоже.")
def unmapped(node_name: str, path: Path | None, everything: bool) -> None:
    """Показать строки счетов, которые не сопоставлены с номенклатурой 1С."""
    bridge = open_bridge()
    found = nomenclature.lines(bridge, nodes.by_name(bridge, node_name), everything=everything)
    if path is not None:
        path.write_text("".join(nomenclature.to_csv(found)), encoding="utf-8-sig", newline="")
        click.echo(f"Строк: {len(found)}. Заполните столбец «{nomenclature.CHOSEN}» и выполните items map.")
        return
    echo_table(
        ("ключ", "артикул", "внешний код", "название", "счетов", "сумма", "позиция 1С", "примечание"),
        [
            (
                *(line.key, line.article, line.xml_id, line.name, line.invoices, line.amount),
                line.mapped.item.item_id if line.mapped.item else "",
                line.mapped.note,
            )
            for line in found
        ],
    )


@items.command("map")
@click.argument("node_name", metavar="NODE")
@click.argument("file", type=click.File("rb"))
def map_items(node_name: str, file: IO[bytes]) -> None:
    """Взять заполненную таблицу (- — стандартный ввод). С ошибкой хотя бы в одной строке не меняется ничего."""
    bridge = open_bridge()
    node = nodes.by_name(bridge, node_name)
    done = nomenclature.take_csv(bridge, node, file.read(), operator=_who())
    click.echo(done.text)
    freed = remapping.remap(bridge, node.id)
    if freed:
        click.echo(f"Отпущено счетов, которые ждали сопоставления: {freed}.")


def _who() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return Path(sys.argv[0]).name
