"""The whole gateway behind HTTP, one process for each way, under load in turns."""

import statistics
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import click
import httpx

from benchmarks.compare.contender import Contender
from benchmarks.modes import find_modes
from benchmarks.places import BenchmarkError, free_port
from benchmarks.queries import Query, customers, our_query
from benchmarks.rig import Rig, rigged
from benchmarks.rig.repeating import repeating
from benchmarks.rig.sample import wrong
from benchmarks.servers import OURS, Server, Wiring, find_servers
from benchmarks.table import number, table
from benchmarks.telemetry.receiver import receiver

CONNECTIONS = 16
PEOPLE = 50
WARM_UP_SECONDS = 3.0
ORIGIN = "https://shop.example"
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


def run(query: str, mode: str, seconds: float, rounds: int, scrape: float, *, guards: bool = False) -> str:
    """Return a table of right answers per second of CPU time, and how they compare round by round.

    Args:
        query: Which is asked.
        mode: What is around it.
        seconds: Of each measurement.
        rounds: How often each way is measured.
        scrape: Seconds between two readings of the metrics.
        guards: Whether the ways are all that can be switched off against all of it, and not telemetry alone.
    """
    with receiver() as traces_url, rigged() as rig:
        ways = _guards(traces_url) if guards else _ways(traces_url)
        found = _measure(rig, ways, our_query(query), mode, seconds, rounds, scrape)
    title = f"{query}, {mode}, {CONNECTIONS} connections, {rounds} rounds of {seconds:.0f} s"
    return f"{title}\n\n{_table(found)}"


def _ways(traces_url: str) -> Sequence[Way]:
    ports = [free_port() for _ in range(3)]
    traces = {"TRACES_URL": traces_url}
    return (
        Way("off", 0, {}),
        Way("metrics", ports[0], {}),
        Way("metrics, 1 % traced", ports[1], traces | {"TRACES_SHARE": "0.01"}),
        Way("metrics, all traced", ports[2], traces | {"TRACES_SHARE": "1"}),
    )


def _guards(traces_url: str) -> Sequence[Way]:
    # Tokens and limits of documents cannot be switched off: without a token nobody sees anything.
    none = {"RATE_PER_PERSON": "0", "RATE_PER_CLIENT": "0", "LOG_LEVEL": "error"}
    every = {"TRACES_URL": traces_url, "TRACES_SHARE": "0.01", "CORS_ORIGINS": ORIGIN}
    return (
        Way("off", 0, none),
        Way("rates, CORS, metrics, 1 % traced", free_port(), every),
        Way("and a line of log per request", free_port(), every | {"LOG_LEVEL": "info"}),
    )


def _measure(
    rig: Rig, ways: Sequence[Way], query: Query, mode_name: str, seconds: float, rounds: int, scrape: float
) -> Mapping[str, Sequence[float]]:
    (mode,) = find_modes(mode_name)
    rig.standin.behave(mode)
    contenders: dict[str, Contender] = {}
    people = customers(PEOPLE)
    for place, way in enumerate(ways):
        contenders[way.name] = Contender(rig, _server(way), mode, place)
        contenders[way.name].answer_all(query, people)
    rates: dict[str, list[float]] = defaultdict(list)
    with _scraping([way.metrics_port for way in ways if way.metrics_port], scrape):
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
def _scraping(ports: Sequence[int], seconds: float) -> Iterator[None]:
    with httpx.Client(trust_env=False) as http:

        def scrape() -> None:
            for port in ports:
                http.get(f"http://127.0.0.1:{port}/metrics").raise_for_status()

        with repeating(scrape, seconds):
            yield
