"""``rehearse NODE FILE``: what a file of 1C would change, without changing anything."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from commerceml_bridge.cli.common import echo_table, open_bridge
from commerceml_bridge.services import nodes, rehearsing

_PIECE = 1024 * 1024


@click.command()
@click.argument("node")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def rehearse(node: str, file: Path) -> None:
    """Показать, что изменил бы файл FILE, пришли его 1С узла NODE. Ничего не меняется и не записывается.

    Код возврата: 0 — файл прочитан целиком и всё понято, 1 — есть отложенные документы или ошибка в файле.
    """
    bridge = open_bridge()
    found = rehearsing.rehearse_file(bridge, nodes.by_name(bridge, node), lambda: _pieces(file))
    for one in found.listed:
        about = one.document
        click.echo(f"№ {about.number or about.document_id}: {about.state}. {about.reason}")
        if one.changes:
            echo_table(("поле", "сейчас", "стало бы"), [(name, now, then) for name, now, then in one.changes])
        if one.writes:
            click.echo("  Битрикс24 получил бы изменение.")
    click.echo(
        f"Документов {found.documents}: повторяют известное {found.repeated}, отложено {found.set_aside}, "
        f"счетов изменилось бы в Битрикс24: {found.writes}. Ничего не изменено."
    )
    if found.error:
        click.echo(f"Файл не читается до конца: {found.error}", err=True)
    raise SystemExit(1 if found.error or found.set_aside else 0)


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while piece := stream.read(_PIECE):
            yield piece
