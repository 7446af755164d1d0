"""``order-center contract``: whether a running service keeps the contract."""

import os
import subprocess
import sys

import click


@click.command()
@click.argument("service", type=click.Choice(["order", "payment", "recs"]))
@click.argument("url")
@click.option("--token", envvar="SERVICE_TOKEN", required=True, help="The service's token.")
@click.option("--customer", multiple=True, help="Id of a customer with data, to check pages with; may be repeated.")
def contract(service: str, url: str, token: str, customer: tuple[str, ...]) -> None:
    """Check that a running service meets docs/contracts.md."""
    customers = [option for one in customer for option in ("--customer", one)]
    command = [sys.executable, "-m", "services.contract", service, url, *customers]
    sys.exit(subprocess.call(command, env={**os.environ, "SERVICE_TOKEN": token}))  # noqa: S603  our own module
