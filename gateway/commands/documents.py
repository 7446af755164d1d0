"""``order-center documents``: trusted documents."""

from pathlib import Path

import click
import msgspec
from graphql import GraphQLError

from gateway.admission.documents import ManifestError, documents_of, read_manifest
from schema import create_schema


@click.group()
def documents() -> None:
    """Trusted documents: those that clients may ask by id, or that alone are executed."""


@documents.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@click.option("--to", type=click.Path(path_type=Path), default=Path("documents.json"), show_default=True)
def add(files: tuple[Path, ...], to: Path) -> None:
    """Add documents to the manifest that ORDER_CENTER_DOCUMENTS_FILE names.

    FILES are manifests in Relay's or Apollo's format, or .graphql files, whose id is their SHA-256. A document that the
    schema refuses stops it all.
    """
    checked = create_schema()
    try:
        known = read_manifest(to) if to.exists() else {}
        added = {name: text for file in files for name, text in documents_of(file).items()}
    except ManifestError as error:
        raise click.ClickException(str(error)) from None
    for name, text in added.items():
        if known.get(name, text) != text:
            raise click.ClickException(f"{name} is another document already: what an id means never changes")
        try:
            errors = checked.documents.validate(checked.documents.get(text))
        except GraphQLError as error:
            errors = [error]
        if errors:
            raise click.ClickException(f"{name} is refused: {errors[0].message}")
    to.write_bytes(msgspec.json.format(msgspec.json.encode(known | added)) + b"\n")
    new = len(added.keys() - known.keys())
    click.echo(f"{to} has {len(known) + new} documents, {new} of them new")
