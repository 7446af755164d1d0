"""The command ``order-center``."""

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, cast

import click
import httpx
import msgspec
import uvicorn
from graphql import GraphQLError

from gateway import log
from gateway.app import app_from_environment, invalidate_tags
from gateway.dev import DATA, ISSUER_URL_FILE, Development, DevelopmentError
from gateway.documents import ManifestError, documents_of, read_manifest
from gateway.explain import explain
from gateway.graphiql import is_built
from gateway.processes import is_free
from gateway.protocol import DeadlineProtocol
from gateway.schema_command import schema
from gateway.settings import Settings, SettingsError
from gateway.socket_protocol import DeadlineSocketProtocol
from gateway.workers import Workers, shared_flag
from loaders.invalidation import InvalidationError
from schema import create_schema

GRACE_SECONDS = 10
# libuv takes one new connection of a socket in each turn of the loop; a flood of them would keep out health checks.
ACCEPTED_AT_ONCE = 16
# Longer than load balancers keep theirs, so that they never use a connection that is being closed.
KEEP_ALIVE_SECONDS = 75


@click.group()
@click.version_option(package_name="order-center")
def main() -> None:
    """Order Center: one GraphQL endpoint in front of the order, payment and recs services."""


@main.command()
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


@main.command()
@click.option("--host", default="0.0.0.0", show_default=True)  # noqa: S104  a container's port is meant to be reached
@click.option("--port", default=8000, show_default=True)
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Processes.")
def serve(host: str, port: int, workers: int) -> None:
    """Serve in production, configured by ORDER_CENTER_… variables (see docs/settings.md)."""
    try:
        settings = Settings.from_environment(os.environ)
    except SettingsError as error:
        raise click.ClickException(f"these settings cannot be used:\n{error}") from None
    log.configure(settings.log_level)
    # Workers take further ports, but the first one is where somebody will look.
    if settings.metrics_port and not is_free(settings.metrics_host, settings.metrics_port):
        raise click.ClickException(f"port {settings.metrics_port}, for metrics, is in use")
    if settings.graphiql and not is_built():
        click.echo("GraphiQL was not built (npm was missing): its page needs a CDN.", err=True)
    # uvicorn raises the signal again once all is closed, and by itself that would be a violent end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    protocol = partial(
        DeadlineProtocol, seconds=settings.receive_timeout, max_requests=settings.max_concurrent, under_way=set()
    )
    socket_protocol = partial(DeadlineSocketProtocol, seconds=settings.receive_timeout)
    config = uvicorn.Config(
        partial(app_from_environment, shared_flag() if workers > 1 else None),
        factory=True,
        host=host,
        port=port,
        workers=workers,
        http=cast("type[asyncio.Protocol]", protocol),
        # Who asks is in the token; no address of a client is used for anything.
        proxy_headers=False,
        ws=cast("type[asyncio.Protocol]", socket_protocol),
        ws_max_size=settings.max_body_bytes,
        # Memory that each connection would hold; and what is compressed beside what a client sent tells about itself.
        ws_per_message_deflate=False,
        # The endpoint has its own, which also tells where the client could resume.
        ws_ping_interval=None,
        access_log=False,
        # The log is the worker's to set up.
        log_config=None,
        log_level=settings.log_level,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    listening = config.bind_socket()
    sockets = [listening, *(listening.dup() for _ in range(ACCEPTED_AT_ONCE - 1))]
    if workers > 1:
        Workers(config, sockets).run()
        return
    server = uvicorn.Server(config)
    with suppress(KeyboardInterrupt):
        server.run(sockets)
    sys.exit(not server.started)


@main.command()
@click.argument("person", default="")
@click.option("--scope", default="", help="Scopes, separated by spaces, such as orders:read:any.")
@click.option("--data", type=click.Path(path_type=Path), default=DATA, show_default=True, help="As given to dev.")
def token(person: str, scope: str, data: Path) -> None:
    """Print a development token, while ``dev`` runs.

    PERSON is a customer id or the start of a demo person's name; the first demo person unless it is given.
    """
    try:
        issuer = (data / ISSUER_URL_FILE).read_text()
        people = httpx.get(f"{issuer}/people", trust_env=False).raise_for_status().json()
        ids = [one["id"] for one in people if one["name"].lower().startswith(person.lower())]
        body = {"sub": ids[0] if ids else person} | ({"scope": scope} if scope else {})
        answer = httpx.post(f"{issuer}/token", json=body, trust_env=False)
    except (httpx.HTTPError, OSError):
        raise click.ClickException("no development issuer runs: start one with 'order-center dev'") from None
    if not answer.is_success:
        names = ", ".join(one["name"] for one in people)
        raise click.ClickException(f"{person!r} is neither a customer id nor one of: {names}")
    click.echo(answer.json()["token"])


@main.group()
def cache() -> None:
    """Look after the cache."""


@cache.command()
@click.argument("tags", nargs=-1, required=True, metavar="TAG...")
def invalidate(tags: tuple[str, ...]) -> None:
    """Make every gateway forget what is under these tags, such as order:ord_… or customer:cus_… (see docs/cache.md)."""
    try:
        settings = Settings.from_environment(os.environ)
        asyncio.run(invalidate_tags(settings, tags))
    except SettingsError as error:
        raise click.ClickException(f"these settings cannot be used:\n{error}") from None
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    except InvalidationError:
        raise click.ClickException("Redis cannot be reached, or did not confirm all of it: try again") from None
    click.echo("done")


main.add_command(schema)


@main.command(name="explain")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--operation", help="Name of the operation, where the file has several.")
@click.option("--variables", default="{}", show_default=True, help="JSON; required for required variables.")
@click.option("--source", is_flag=True, help="Show the Python that the operation is compiled to as well.")
def explain_operation(file: Path, operation: str | None, variables: str, *, source: bool) -> None:
    """Show what a query does before it runs: its levels, the calls that it can make, its cost."""
    try:
        given = msgspec.json.decode(variables, type=dict[str, Any])
        click.echo(explain(create_schema(), file.read_text(), given, operation, with_source=source))
    except msgspec.DecodeError:
        raise click.ClickException("--variables must be a JSON object") from None
    except GraphQLError as error:
        raise click.ClickException(str(error)) from None


@main.command()
@click.argument("service", type=click.Choice(["order", "payment", "recs"]))
@click.argument("url")
@click.option("--token", envvar="SERVICE_TOKEN", required=True, help="The service's token.")
@click.option("--customer", multiple=True, help="Id of a customer with data, to check pages with; may be repeated.")
def contract(service: str, url: str, token: str, customer: tuple[str, ...]) -> None:
    """Check that a running service meets docs/contracts.md."""
    customers = [option for one in customer for option in ("--customer", one)]
    command = [sys.executable, "-m", "services.contract", service, url, *customers]
    sys.exit(subprocess.call(command, env={**os.environ, "SERVICE_TOKEN": token}))  # noqa: S603  our own module


@main.group()
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
