"""``order-center dev``: everything on one machine."""

import asyncio
import os
from pathlib import Path

import click

from gateway.development.folder import DATA
from gateway.development.machine import Development, DevelopmentError


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True)
@click.option("--data", type=click.Path(path_type=Path), default=DATA, show_default=True, help="Demo data and keys.")
@click.option(
    "--live", is_flag=True, help="Let the first demo person's orders travel: paid, packed, shipped, delivered."
)
@click.option("--fresh", is_flag=True, help="Forget what people did in the demo shop.")
def dev(host: str, port: int, data: Path, *, live: bool, fresh: bool) -> None:
    """Start everything: the three services, Redis, a token issuer and the gateway."""
    try:
        asyncio.run(
            Development(host, port, data, live=live, fresh=fresh, environment=os.environ, report=click.echo).run()
        )
    except DevelopmentError as error:
        raise click.ClickException(str(error)) from None
