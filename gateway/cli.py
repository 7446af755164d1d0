"""The command ``order-center``."""

from importlib import import_module

import click

# In the order of the help. Each has a module, and in it a command, of its name.
COMMANDS = ("dev", "serve", "token", "explain", "schema", "documents", "cache", "contract")


class LazyGroup(click.Group):
    """Imports a command when it is asked for: ``serve`` needs a second's worth of modules that ``token`` does not."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        """Return the names."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  the same
        """Return a command; None where there is no such."""
        if cmd_name not in COMMANDS:
            return None
        command = getattr(import_module(f"gateway.commands.{cmd_name}"), cmd_name)
        if not isinstance(command, click.Command):
            raise TypeError(f"{cmd_name} is no command")
        return command


@click.group(cls=LazyGroup)
@click.version_option(package_name="order-center")
def main() -> None:
    """Order Center: one GraphQL endpoint in front of the order, payment and recs services."""
