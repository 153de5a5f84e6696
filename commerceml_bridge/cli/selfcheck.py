"""``selfcheck URL``: calls the public address as 1C would and says what a proxy breaks."""

from __future__ import annotations

import click

from commerceml_bridge.cli.common import password_stdin, secret_from_stdin
from commerceml_bridge.simulators.selfcheck import run_selfcheck


@click.command()
@click.argument("url")
@click.option("--login", required=True, help="Логин узла.")
@password_stdin
def selfcheck(url: str, login: str, password_stdin: bool) -> None:
    """Проверить адрес обмена так, как его вызовет 1С. Документы не запрашиваются и не подтверждаются."""
    findings = run_selfcheck(url, login, secret_from_stdin("Пароль"))
    for finding in findings:
        click.echo(f"{'✓' if finding.ok else '✗'} {finding.name}: {finding.what}")
        if not finding.ok:
            click.echo(f"    Что из этого следует: {finding.follows}")
            click.echo(f"    Что сделать: {finding.mend}")
    if not all(finding.ok for finding in findings):
        raise SystemExit(1)
