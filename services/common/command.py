"""`python -m services.<name>`: runs one service on a loopback port."""

import argparse
import logging
import os
import signal
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from services.common.app import Service, create_app
from services.common.database import Database
from services.common.events import Publisher
from services.common.migrations import MigrationError, migrate, open_database, run_script
from services.common.times import Clock, fixed_clock, real_clock

# Longer than the 30 s that the contract asks for, so that a caller's pool never meets a connection just closed.
_KEEP_ALIVE_SECONDS = 75
_SHUTDOWN_SECONDS = 1
KEPT = Path(__file__).with_name("kept.sql")


def run(service: Service, arguments: Sequence[str] | None = None) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        SystemExit: The options or the data are not usable; its message says why.
    """
    options = _parser(service.name).parse_args(arguments)
    token = options.token or os.environ.get("SERVICE_TOKEN", "")
    if not token:
        message = f"{service.name}: give --token or set SERVICE_TOKEN"
        raise SystemExit(message)
    path = options.data / f"{service.name}.sqlite"
    require_data(service.name, path)
    clock: Clock = fixed_clock(options.now) if options.now else real_clock
    database = Database(path)
    publisher = None
    if options.events:
        from redis.asyncio import Redis  # noqa: PLC0415  it takes long to load, and without events nothing needs it

        publisher = Publisher(service.name, database, Redis.from_url(options.events), clock)
    serve(create_app(service, database, token, clock, publisher), options.host, options.port)


def serve(app: Starlette, host: str, port: int) -> None:
    """Run an app quietly: no access log, since ids must not get into logs, and an orderly end."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    # uvicorn repeats the signal after it stopped; the process then is to end with 0.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
    )
    uvicorn.Server(config).run()


def _parser(name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"services.{name}", description=f"The embedded {name} service.")
    parser.add_argument("--data", type=Path, required=True, help=f"folder with {name}.sqlite")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--token", help="service token that callers must send (default: $SERVICE_TOKEN)")
    parser.add_argument("--events", metavar="URL", help="Redis to publish events to; without it they wait")
    parser.add_argument("--now", type=_moment, help="stand the clock still, for example at 2026-11-24T12:00:00Z")
    return parser


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def require_data(name: str, path: Path) -> None:
    """Bring the data up to this version of the service.

    Raises:
        SystemExit: They are missing or cannot be used; its message says why.
    """
    if not path.is_file():
        message = f"{name}: {path} is missing; make demo data with `python -m services.seed --data {path.parent}`"
        raise SystemExit(message)
    try:
        with closing(open_database(path)) as connection:
            migrate(connection, Path(__file__).parent.parent / name / "migrations")
            run_script(connection, KEPT.read_text(encoding="utf-8"))
    except (sqlite3.Error, MigrationError) as error:
        message = f"{name}: {path} cannot be used: {error}"
        raise SystemExit(message) from error
