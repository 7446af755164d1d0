"""``order-center explain``: what a query does before it runs."""

from pathlib import Path
from typing import Any

import click
import msgspec
from graphql import GraphQLError

from gateway import explain as explanation
from schema import create_schema


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--operation", help="Name of the operation, where the file has several.")
@click.option("--variables", default="{}", show_default=True, help="JSON; required for required variables.")
@click.option("--source", is_flag=True, help="Show the Python that the operation is compiled to as well.")
def explain(file: Path, operation: str | None, variables: str, *, source: bool) -> None:
    """Show what a query does before it runs: its levels, the calls that it can make, its cost."""
    try:
        given = msgspec.json.decode(variables, type=dict[str, Any])
        click.echo(explanation.explain(create_schema(), file.read_text(), given, operation, with_source=source))
    except msgspec.DecodeError:
        raise click.ClickException("--variables must be a JSON object") from None
    except GraphQLError as error:
        raise click.ClickException(str(error)) from None
