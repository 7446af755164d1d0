"""``order-center schema``: the schema as files, and what a change of it would mean to clients."""

import difflib
import sys
from pathlib import Path

import click
from graphql import GraphQLError, build_schema

from gateway.admission.documents import ManifestError, documents_of
from gateway.schema_changes import Kind, changes, render
from schema import create_schema
from schema.sdl import api_sdl, subgraph_sdl

SUBGRAPH = "subgraph.graphql"


@click.group(name="schema", invoke_without_command=True)
@click.option("--check", "only_check", is_flag=True, help="Exit with 1 and a diff when a file is out of date.")
@click.option("--file", type=click.Path(path_type=Path), default=Path("schema.graphql"), show_default=True)
@click.pass_context
def schema(context: click.Context, *, only_check: bool, file: Path) -> None:
    """Write the schema's SDL: what clients see, and beside it what other teams compose with theirs."""
    if context.invoked_subcommand is not None:
        return
    code = create_schema()
    files = {file: api_sdl(code), file.with_name(SUBGRAPH): subgraph_sdl(code)}
    if only_check:
        sys.exit(max(_is_outdated(path, sdl) for path, sdl in files.items()))
    for path, sdl in files.items():
        path.write_text(sdl)
        click.echo(f"wrote {path}")


@schema.command()
@click.option(
    "--against",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    required=True,
    help="The schema.graphql that clients use now.",
)
@click.option(
    "--documents",
    type=click.Path(path_type=Path, exists=True),
    multiple=True,
    help="What clients ask: a manifest in Relay's or Apollo's format, or a .graphql file; may be repeated.",
)
def check(against: Path, documents: tuple[Path, ...]) -> None:
    """Say which changes since a released schema break clients, may surprise them, or are safe.

    With documents, what none of them uses breaks nobody. Exits with 1 where something breaks.
    """
    try:
        old = build_schema(against.read_text())
        texts = [text for file in documents for text in documents_of(file).values()] if documents else None
        found = changes(old, build_schema(api_sdl(create_schema())), texts)
    except (ManifestError, GraphQLError, TypeError) as error:
        raise click.ClickException(str(error)) from None
    click.echo(render(found))
    sys.exit(any(one.kind is Kind.BREAKING for one in found))


def _is_outdated(file: Path, sdl: str) -> bool:
    written = file.read_text() if file.exists() else ""
    diff = list(difflib.unified_diff(written.splitlines(), sdl.splitlines(), str(file), "code", lineterm=""))
    click.echo("\n".join(diff) or f"{file} is up to date")
    return bool(diff)
