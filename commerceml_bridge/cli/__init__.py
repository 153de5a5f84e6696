"""The command line: ``commerceml-bridge …``. Thin: each command calls one service and prints what it says.

Exit status: 0 done, 1 refused or failed (the reason stands on standard error, in Russian), 2 wrong usage.
"""

from __future__ import annotations

import click

from commerceml_bridge.cli import (
    demo,
    nodes,
    operators,
    portals,
    record,
    running,
    selfcheck,
    simulate,
    syncing,
    validate,
)
from commerceml_bridge.db.database import unavailability
from commerceml_bridge.errors import BridgeError


class _Root(click.Group):
    """Turns an error of the tree into one readable line; ``migrate`` speaks to the database outside units of work."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            with unavailability():
                return super().invoke(ctx)
        except BridgeError as error:
            raise click.ClickException(error.message) from None


@click.group(cls=_Root, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="commerceml-bridge")
def main() -> None:
    """Счета Битрикс24 — в 1С, оплаты — обратно, через штатный «Обмен с сайтом»."""


for command in (
    running.migrate,
    portals.portal,
    nodes.node,
    operators.operator,
    syncing.sync,
    syncing.status,
    running.serve,
    running.worker,
    running.up,
    validate.validate,
    selfcheck.selfcheck,
    record.record,
    simulate.simulate,
    demo.demo,
):
    main.add_command(command)
