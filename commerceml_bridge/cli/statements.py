"""``statement load|list|accept|decline``: bank statements where 1C cannot be asked."""

from __future__ import annotations

from pathlib import Path

import click

from commerceml_bridge.cli.common import echo_table, open_bridge
from commerceml_bridge.services import nodes, statements


@click.group()
def statement() -> None:
    """Выписки банка: узнать оплаты без доступа к базе 1С."""


@statement.command("load")
@click.argument("node_name", metavar="УЗЕЛ")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def load(node_name: str, file: Path) -> None:
    """Загрузить выписку (kl_to_1c.txt): бесспорное учесть, остальное предложить."""
    bridge = open_bridge()
    report = statements.load(bridge, nodes.by_name(bridge, node_name), file.name, file.read_bytes())
    click.echo(
        f"Выписка {report.statement_id}: учтено {report.applied}, ждут решения {report.proposed}, "
        f"не к счетам {report.unmatched}, прочее {report.ignored}, уже были {report.repeated}"
    )
    for line, text in report.problems:
        click.echo(f"строка {line}: {text}", err=True)
    if report.proposed:
        click.echo(f"Решить: commerceml-bridge statement list {node_name}, затем statement accept|decline НОМЕР.")


@statement.command("list")
@click.argument("node_name", metavar="УЗЕЛ")
@click.option("--all", "every", is_flag=True, help="И уже решённые.")
def list_documents(node_name: str, every: bool) -> None:
    """Показать платежи, которые ждут решения."""
    bridge = open_bridge()
    node = nodes.by_name(bridge, node_name)
    found = statements.items(bridge, node.id, states=() if every else (statements.PROPOSED,))
    rows = [
        (
            item.document.id,
            f"{item.document.number} от {item.document.date:%d.%m.%Y}",
            f"{item.document.amount:.2f}",
            item.document.payer if not item.document.refund else f"возврат: {item.document.payee}",
            item.document.state,
            "\n".join(f"{one.id}: счёт {one.invoice_number}, {one.amount:.2f} ({one.reasons})" for one in item.shares),
            item.document.reason,
        )
        for item in found
    ]
    echo_table(("№", "п/п", "сумма", "кто", "состояние", "счета", "почему"), rows)


@statement.command("accept")
@click.argument("document_id", type=int, metavar="НОМЕР")
@click.option("--share", "shares", type=int, multiple=True, help="Только этот счёт из предложенных (номер из list).")
@click.option("--reason", default="", help="Почему.")
def accept(document_id: int, shares: tuple[int, ...], reason: str) -> None:
    """Согласиться: платёж оплачивает предложенные счета."""
    click.echo(statements.accept(open_bridge(), document_id, shares, reason=reason))


@statement.command("decline")
@click.argument("document_id", type=int, metavar="НОМЕР")
@click.option("--reason", default="", help="Почему.")
def decline(document_id: int, reason: str) -> None:
    """Отказать: платёж к этим счетам не относится."""
    click.echo(statements.decline(open_bridge(), document_id, reason=reason))
