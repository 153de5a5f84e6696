"""``parties list|join|separate|adopt|unlink``: one firm with two cards, and invoices typed into 1C by hand."""

from __future__ import annotations

import click

from commerceml_bridge.cli.common import echo_table, open_bridge
from commerceml_bridge.errors import NotFound
from commerceml_bridge.services import adopting, auditing, buyers, nodes
from commerceml_bridge.services.bridge import Bridge

_reason = click.option("--reason", default="", help="Почему; останется в истории.")


@click.group()
def parties() -> None:
    """Контрагенты: двойники в Битрикс24 и счета, введённые в 1С вручную."""


@parties.command("list")
@click.option("--all", "every", is_flag=True, help="Всех покупателей, а не только двойников и объединённых.")
def list_parties(every: bool) -> None:
    """Показать покупателей с одинаковыми ИНН и КПП."""
    rows = buyers.listed(open_bridge(), doubles_only=not every)
    echo_table(
        ("№", "название", "ИНН", "КПП", "Ид в 1С", "двойник", "объединён с", "Битрикс24"),
        [
            (row.id, row.name, row.inn, row.kpp, row.wire_id, "да" if row.double else "", row.joined_id, row.url)
            for row in rows
        ],
    )


@parties.command("join")
@click.argument("numbers", nargs=-1, type=int, required=True)
@_reason
def join(numbers: tuple[int, ...], reason: str) -> None:
    """Слать счета этих карточек с одним контрагентом. Ничего не отправляется заново."""
    rows = buyers.join(open_bridge(), numbers, operator=auditing.actor(), reason=reason)
    click.echo(f"Объединены: {', '.join(f'№ {row.id} «{row.name}»' for row in rows)}.")


@parties.command("separate")
@click.argument("number", type=int)
@_reason
def separate(number: int, reason: str) -> None:
    """Слать счета карточки снова с её собственным контрагентом."""
    buyers.separate(open_bridge(), number, operator=auditing.actor(), reason=reason)
    click.echo(f"Карточка № {number} снова сама по себе.")


@parties.command("adopt")
@click.argument("document", type=int)
@click.option("--invoice", type=int, help="Номер счёта из адреса его страницы, если не предложенный.")
@_reason
def adopt(document: int, invoice: int | None, reason: str) -> None:
    """Связать документ, введённый в 1С вручную (номер из «Проблем»), со счётом: он не уйдёт второй раз."""
    adopting.adopt(open_bridge(), document, operator=auditing.actor(), reason=reason, invoice_id=invoice)
    click.echo("Счёт связан с документом 1С и в неё не отправляется.")


@parties.command("unlink")
@click.argument("node")
@click.argument("invoice", type=int)
@_reason
def unlink(node: str, invoice: int, reason: str) -> None:
    """Снять связь счёта (номер из адреса его страницы) с документом, введённым в 1С узла вручную."""
    bridge = open_bridge()
    left = adopting.release(bridge, _consignment(bridge, node, invoice), operator=auditing.actor(), reason=reason)
    click.echo(f"Связь снята, счёт задержан: {left}" if left else "Связь снята: счёт уйдёт при следующем обмене.")


def _consignment(bridge: Bridge, node: str, invoice: int) -> int:
    row_of = nodes.by_name(bridge, node)
    with bridge.db.read() as uow:
        row = uow.consignments.of(row_of.id, invoice)
    if row is None:
        raise NotFound(f"Счёта № {invoice} на узле «{node}» нет.")
    return row.id
