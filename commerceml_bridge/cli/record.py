"""``record``: keep a live exchange, redacted, as a replayable test case."""

from __future__ import annotations

from pathlib import Path

import click

from commerceml_bridge.cli.common import open_bridge
from commerceml_bridge.errors import ConfigurationError
from commerceml_bridge.services.recording import Recording, collect


@click.command()
@click.argument("node")
@click.option("--session", "sessions", type=int, multiple=True, help="Номер сеанса; можно несколько раз.")
@click.option("--last", type=click.IntRange(min=1), default=1, show_default=True, help="Последние сеансы узла.")
@click.option(
    "--to", "folder", required=True, type=click.Path(file_okay=False, path_type=Path), help="Новая или пустая папка."
)
def record(node: str, sessions: tuple[int, ...], last: int, folder: Path) -> None:
    """Сохранить обмен узла NODE как пример для проверки: без паролей, имён, ИНН, счетов и адресов."""
    if folder.exists() and any(folder.iterdir()):
        raise ConfigurationError(f"Папка {folder} не пуста: запись в неё смешалась бы с прежней.")
    recording = collect(open_bridge(), node, session_ids=sessions, last=last)
    folder.mkdir(parents=True, exist_ok=True)
    for name, contents in recording.files():
        (folder / name).write_bytes(contents)
    _tell(recording, folder)


def _tell(recording: Recording, folder: Path) -> None:
    click.echo(f"Записано в {folder}: сеансов {len(recording.sessions)}, запросов {len(recording.steps)}.")
    for step in recording.steps:
        if step.remark:
            click.echo(f"  {step.name}: {step.remark}")
    click.echo("Скрыты пароли, названия и имена, ИНН, КПП, счета, телефоны, почта, адреса, комментарии.")
    click.echo("Оставлены номера, даты, суммы, товары и БИК: просмотрите файлы, прежде чем передать их кому-либо.")
