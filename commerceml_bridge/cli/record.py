"""``record``."""

import click


@click.command()
def record() -> None:
    """Записать обмен."""
