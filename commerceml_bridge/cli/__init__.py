"""The command line: ``commerceml-bridge …``. Thin: each command calls one service and prints what it says.

Exit status: 0 done, 1 refused or failed (the reason stands on standard error, in Russian), 2 wrong usage.
A command's module is imported only when the command is called: the server then carries neither the demo nor the
simulators, and ``--help`` answers at once.
"""

from __future__ import annotations

from importlib import import_module

import click

from commerceml_bridge.errors import BridgeError

COMMANDS = {
    "migrate": "running",
    "portal": "portals",
    "node": "nodes",
    "items": "items",
    "operator": "operators",
    "parties": "parties",
    "sync": "syncing",
    "status": "syncing",
    "serve": "running",
    "worker": "running",
    "up": "running",
    "statement": "statements",
    "burst": "stopped",
    "report": "report",
    "validate": "validate",
    "preflight": "preflight",
    "selfcheck": "selfcheck",
    "alert": "alert",
    "rehearse": "rehearse",
    "record": "record",
    "simulate": "simulate",
    "demo": "demo",
}
"""Command → the module of this package that holds it under the same name."""


class _Root(click.Group):
    """Loads commands when they are asked for, and turns an error of the tree into one readable line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = getattr(import_module(f"{__name__}.{COMMANDS[cmd_name]}"), cmd_name)
        assert isinstance(command, click.Command)  # noqa: S101 - the table above is ours
        return command

    def invoke(self, ctx: click.Context) -> object:
        from commerceml_bridge.db.database import unavailability

        try:
            with unavailability():  # ``migrate`` speaks to the database outside units of work
                return super().invoke(ctx)
        except BridgeError as error:
            raise click.ClickException(error.message) from None


@click.group(cls=_Root, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="commerceml-bridge")
def main() -> None:
    """Счета Битрикс24 — в 1С, оплаты — обратно, через штатный «Обмен с сайтом»."""
