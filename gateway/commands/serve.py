"""``order-center serve``: one gateway in production, in one process or several."""

import asyncio
import os
import signal
import sys
from contextlib import suppress
from functools import partial
from typing import cast

import click
import uvicorn

from gateway.app import app_from_environment
from gateway.development.processes import is_free
from gateway.graphiql import is_built
from gateway.protocol import DeadlineProtocol
from gateway.settings import Settings, SettingsError
from gateway.streaming.socket_protocol import DeadlineSocketProtocol
from gateway.telemetry import log
from gateway.workers import Workers, shared_flag

GRACE_SECONDS = 10
# libuv takes one new connection of a socket in each turn of the loop; a flood of them would keep out health checks.
ACCEPTED_AT_ONCE = 16
# Longer than load balancers keep theirs, so that they never use a connection that is being closed.
KEEP_ALIVE_SECONDS = 75


@click.command()
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
