"""``validate FILE…``: is an exchange file what it should be?"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click

from commerceml_bridge.commerceml.schemas import Profile
from commerceml_bridge.commerceml.validation import Level, Report, exit_status, validate_file

_STDIN = "-"


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option(
    "--profile",
    type=click.Choice([one.value for one in Profile]),
    help="Против какой схемы; по умолчанию — по строению файла.",
)
def validate(files: tuple[str, ...], profile: str | None) -> None:
    """Проверить файлы CommerceML (XML или zip): файл, строка, путь и замечание. «-» — стандартный ввод.

    Профили: 2.05…2.10 — так, как решил бы официальный текст этой версии; 3.1 — как пишет модуль 1С-Битрикс;
    in — терпимо, как файлы принимаем мы; out-… — в точности то, что пишем мы.

    Код возврата: 0 — замечаний нет, 1 — есть ошибки, 2 — файл не читается.
    """
    wanted = Profile(profile) if profile else None
    reports = [validate_file(sys.stdin.buffer if file == _STDIN else file, wanted) for file in files]
    for report in reports:
        _print(report)
    raise SystemExit(exit_status(reports))


def _print(report: Report) -> None:
    for problem in report.problems:
        word = "ошибка" if problem.level is Level.ERROR else "замечание"
        place = f"{problem.file or report.file}:{problem.line}" if problem.line else problem.file or report.file
        path = f" {problem.path}:" if problem.path else ""
        click.echo(f"{place}: {word}:{path} {problem.message}")
    if report.untold:
        click.echo(f"{report.file}: и ещё ошибок: {report.untold}")
    errors = report.untold + sum(problem.level is Level.ERROR for problem in report.problems)
    verdict = f"ошибок: {errors}" if errors else "годен"
    click.echo(f"{report.file}: {verdict} ({', '.join(_summary(report))})")


def _summary(report: Report) -> Iterator[str]:
    counted = {"документов": report.documents, "товаров": report.items, "предложений": report.offers}
    yield from [f"{name}: {number}" for name, number in counted.items() if number] or ["документов: 0"]
    if report.profile:
        yield f"профиль {report.profile.value}"
