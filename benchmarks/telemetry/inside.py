"""Requests given to the application itself, a few at a time for each way, so that a busy machine is busy for all."""

import gc
import statistics
import time
from collections import defaultdict
from collections.abc import Mapping, MutableMapping
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import uvloop
from starlette.applications import Starlette
from starlette.types import Scope

from benchmarks.modes import find_modes
from benchmarks.places import BenchmarkError, free_port
from benchmarks.queries import customer, our_query
from benchmarks.rig.backends import SERVICES, StandIn
from benchmarks.rig.processes import Processes
from benchmarks.table import number, table
from benchmarks.telemetry.receiver import receiver
from benchmarks.tokens import ALGORITHM, AUDIENCE, ISSUER, Tokens
from gateway.app import create_app
from gateway.settings import Settings

MEMORY_BYTES = 256_000_000
# Further requests are not counted before so many were made.
WARM_UP = 30


def run(query: str, rounds: int, requests: int, *, cache: bool) -> str:
    """Return a table of CPU microseconds of one request, and how they compare round by round."""
    with TemporaryDirectory() as folder, Processes() as processes, receiver() as traces_url:
        standin = StandIn(processes)
        standin.behave(find_modes("no-cache")[0])
        tokens = Tokens(Path(folder) / "key.pem")
        given = _settings(standin.url, tokens.public_key, cache=cache)
        ways: Mapping[str, dict[str, Any]] = {
            "off": {},
            "metrics": {"metrics_port": free_port()},
            "metrics, 1 % traced": {"metrics_port": free_port(), "traces_url": traces_url, "traces_share": 0.01},
            "metrics, all traced": {"metrics_port": free_port(), "traces_url": traces_url, "traces_share": 1.0},
        }
        apps = {name: create_app(Settings(**given, **more)) for name, more in ways.items()}
        one = customer(1)
        found = uvloop.run(_measure(apps, _scope(tokens.of(one)), our_query(query).body(one), rounds, requests))
    cached = "from memory" if cache else "without a cache"
    return f"{query} {cached}, {rounds} rounds of {requests} requests, one after the other\n\n{_table(found)}"


async def _measure(
    apps: Mapping[str, Starlette], scope: Scope, body: bytes, rounds: int, requests: int
) -> Mapping[str, list[float]]:
    taken: dict[str, list[float]] = defaultdict(list)
    async with AsyncExitStack() as stack:
        for app in apps.values():
            await stack.enter_async_context(app.router.lifespan_context(app))
            for _ in range(WARM_UP):
                await _ask(app, scope, body)
        gc.collect()
        gc.disable()
        names = list(apps)
        for turn in range(rounds):
            # Whoever is first in one round is last in another.
            for name in (*names[turn % len(names) :], *names[: turn % len(names)]):
                # What has expired meanwhile is fetched outside of what is measured.
                await _ask(apps[name], scope, body)
                before = time.thread_time()
                for _ in range(requests):
                    await _ask(apps[name], scope, body)
                taken[name].append((time.thread_time() - before) / requests * 1e6)
            gc.collect()
        gc.enable()
    return taken


async def _ask(app: Starlette, scope: Scope, body: bytes) -> None:
    status = 0

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        nonlocal status
        status = message.get("status", status)

    await app({**scope}, receive, send)
    if status != 200:  # noqa: PLR2004  the only right one
        raise BenchmarkError(f"the gateway answered {status}")


def _settings(standin: str, public_key: Path, *, cache: bool) -> Mapping[str, Any]:
    services = {f"{name}_service_url": f"{standin}/{name}" for name in SERVICES}
    return {
        **services,
        **{f"{name}_service_token": "stand-in" for name in SERVICES},
        "memory_bytes": MEMORY_BYTES if cache else 0,
        "jwt_public_key_file": str(public_key),
        "jwt_algorithm": ALGORITHM,
        "jwt_issuer": ISSUER,
        "jwt_audience": AUDIENCE,
        "cursor_secret": "only-for-benchmarks-only-for-benchmarks",
        "max_cost": 1_000_000_000,
        "rate_per_person": 1e12,
        "metrics_host": "127.0.0.1",
    }


def _scope(token: str) -> Scope:
    return {
        "type": "http",
        "method": "POST",
        "path": "/graphql",
        "query_string": b"",
        "headers": [
            (b"content-type", b"application/json"),
            (b"accept", b"application/json"),
            (b"authorization", f"Bearer {token}".encode()),
            (b"graphql-client-name", b"benchmark"),
        ],
    }


def _table(taken: Mapping[str, list[float]]) -> str:
    lines = []
    for name, found in taken.items():
        costs = [one / other - 1 for one, other in zip(found, taken["off"], strict=True)]
        quartiles = statistics.quantiles(costs, n=4)
        between = f"{quartiles[0]:+.1%} to {quartiles[2]:+.1%}"
        least = min(found) / min(taken["off"]) - 1
        lines.append((name, number(statistics.median(found)), f"{statistics.median(costs):+.1%}", between,
                      number(min(found)), f"{least:+.1%}"))  # fmt: skip
    head = ("way", "CPU µs, median", "cost, median", "half of the rounds between", "least µs", "cost, least")
    return table(head, lines)
