"""What telemetry costs: the same gateway without it, with metrics, and with metrics and traces, taking turns.

    python -m benchmarks.telemetry

The metrics are scraped once a second, more often than anybody does; spans go to a receiver that keeps none.
"""

import os
import statistics
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import click
import httpx

from benchmarks.compare.contender import Contender
from benchmarks.modes import find_modes
from benchmarks.places import OTHER_CORE, BenchmarkError, free_port
from benchmarks.queries import Query, customers, our_query
from benchmarks.rig import Rig, rigged
from benchmarks.rig.sample import wrong
from benchmarks.servers import OURS, Server, Wiring, find_servers
from benchmarks.table import number, table

CONNECTIONS = 16
PEOPLE = 50
WARM_UP_SECONDS = 3.0
SCRAPE_SECONDS = 1.0
# Of the fixed piece of work, on the core as it is taken to be; what is compared does not depend on it.
REFERENCE_MS = 1.0


@dataclass(frozen=True)
class Way:
    """One way to run the gateway.

    Attributes:
        name: What it is.
        metrics_port: Where it is scraped; 0: it has no metrics.
        settings: Its settings, beside those that all have.
    """

    name: str
    metrics_port: int
    settings: dict[str, str]


@click.command()
@click.option("--query", default="center", show_default=True, help="Which query is asked.")
@click.option("--mode", default="warm-memory", show_default=True, help="As in scripts/bench: what is around it.")
@click.option("--seconds", default=2.0, show_default=True, help="Of each measurement.")
@click.option("--rounds", default=10, show_default=True, help="How often each way is measured.")
def main(query: str, mode: str, seconds: float, rounds: int) -> None:
    """Print right answers per second of CPU time, and how they compare round by round."""
    os.sched_setaffinity(0, {OTHER_CORE})
    with receiver() as traces_url, rigged() as rig:
        ways = _ways(traces_url)
        found = _measure(rig, ways, our_query(query), mode, seconds, rounds)
    click.echo(f"{query}, {mode}, {CONNECTIONS} connections, {rounds} rounds of {seconds:.0f} s\n")
    click.echo(_table(found))


def _ways(traces_url: str) -> Sequence[Way]:
    ports = [free_port() for _ in range(3)]
    traces = {"TRACES_URL": traces_url}
    return (
        Way("off", 0, {}),
        Way("metrics", ports[0], {}),
        Way("metrics, 1 % traced", ports[1], traces | {"TRACES_SHARE": "0.01"}),
        Way("metrics, all traced", ports[2], traces | {"TRACES_SHARE": "1"}),
    )


def _measure(
    rig: Rig, ways: Sequence[Way], query: Query, mode_name: str, seconds: float, rounds: int
) -> Mapping[str, Sequence[float]]:
    (mode,) = find_modes(mode_name)
    rig.standin.behave(mode)
    contenders: dict[str, Contender] = {}
    people = customers(PEOPLE)
    for place, way in enumerate(ways):
        contenders[way.name] = Contender(rig, _server(way), mode, place)
        contenders[way.name].answer_all(query, people)
    rates: dict[str, list[float]] = defaultdict(list)
    with _scraping([way.metrics_port for way in ways if way.metrics_port]):
        for one in contenders.values():
            one.warm_up(query, WARM_UP_SECONDS, CONNECTIONS)
        for turn in range(rounds):
            # Whoever is first in one round is last in another.
            for way in (*ways[turn % len(ways) :], *ways[: turn % len(ways)]):
                sample = contenders[way.name].measure(query, CONNECTIONS, seconds)
                if reason := wrong(sample, may_fail=mode.may_fail):
                    raise BenchmarkError(f"{way.name}: {reason}")
                rates[way.name].append(sample.rate_per_cpu(REFERENCE_MS))
            click.echo(".", nl=False, err=True)
    click.echo(err=True)
    for one in contenders.values():
        one.stop()
    return rates


def _server(way: Way) -> Server:
    (ours,) = find_servers(OURS)

    def environment(wiring: Wiring) -> dict[str, str]:
        own = way.settings | {"METRICS_PORT": str(way.metrics_port), "METRICS_HOST": "127.0.0.1"}
        return ours.environment(wiring) | {f"ORDER_CENTER_{name}": value for name, value in own.items()}

    return replace(ours, name=way.name.replace(" ", "-"), environment=environment)


def _table(rates: Mapping[str, Sequence[float]]) -> str:
    base = rates["off"]
    lines = []
    for name, found in rates.items():
        costs = [1 - one / other for one, other in zip(found, base, strict=True)]
        quartiles = statistics.quantiles(costs, n=4) if len(costs) > 1 else costs * 3
        between = f"{quartiles[0]:+.1%} to {quartiles[2]:+.1%}"
        lines.append((name, number(statistics.median(found)), f"{statistics.median(costs):+.1%}", between))
    return table(("way", "answers per CPU second", "cost, median", "half of the rounds between"), lines)


@contextmanager
def receiver() -> Iterator[str]:
    """Run a receiver of spans that keeps none, and yield its URL."""

    class Handler(BaseHTTPRequestHandler):
        """Takes everything."""

        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:  # noqa: ANN401  the signature is the base's
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/traces"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def _scraping(ports: Sequence[int]) -> Iterator[None]:
    ended = threading.Event()

    def run() -> None:
        with httpx.Client(trust_env=False) as http:
            while not ended.wait(SCRAPE_SECONDS):
                for port in ports:
                    http.get(f"http://127.0.0.1:{port}/metrics").raise_for_status()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


if __name__ == "__main__":
    try:
        main()
    except BenchmarkError as error:
        click.echo(f"benchmarks: {error}", err=True)
        sys.exit(1)
