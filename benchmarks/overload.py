"""Ten times what the gateway can carry: what it serves, what it refuses and how fast, and whether it stays healthy.

    python -m benchmarks.overload

The peak is measured first, by as many connections as are served best. Then requests come at a multiple of that rate,
from many more connections than are served, whether answers come or not. Meanwhile a few others ask now and then: for an
answer, and for health. Where other processes want the server's core too, or its speed changes, the share by its CPU
time and the core's speed says more.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from statistics import fmean

import click
import httpx
from msgspec import Struct, json

from benchmarks.compare.answers import Request
from benchmarks.compare.contender import Contender
from benchmarks.load import FOLDER
from benchmarks.modes import find_modes
from benchmarks.places import OTHER_CORE, BenchmarkError, program
from benchmarks.queries import Query, customers, our_query
from benchmarks.rig import Rig, rigged
from benchmarks.rig.proc import cpu_seconds
from benchmarks.rig.repeating import repeating
from benchmarks.servers import OURS, Server, find_servers

PEOPLE = 200
PEAK_CONNECTIONS = 16
# About as many are served at a time; the others were refused and wait for their next turn.
SERVED = 32
PAUSE_SECONDS = 0.5
PROBES = 4
PROBE_SECONDS = 0.1
PATIENCE_SECONDS = 10.0
OK = 200
WARM_UP_SECONDS = 3.0
PEAK_SECONDS = 3.0
PEAK_ROUNDS = 3
# What is asked of it.
LEAST_GOODPUT = 0.8


class Flood(Struct, frozen=True):
    """What became of the flood.

    Attributes:
        seconds: How long it took.
        good: Whole answers.
        partial: Answers with errors in them.
        refused: 503 and 429.
        bare: Of these, without Retry-After.
        other: Other answers.
        lost: Connections and requests that came to nothing.
    """

    seconds: float
    good: int
    partial: int
    refused: int
    bare: int
    other: int
    lost: int

    @property
    def rate(self) -> float:
        """All requests per second."""
        return (self.good + self.partial + self.refused + self.other + self.lost) / self.seconds


@dataclass
class Waits:
    """How long answers took, by their status; 0: there was none. And how many had all that was asked."""

    seconds: dict[int, list[float]] = field(default_factory=dict)
    whole: int = 0

    def note(self, response: httpx.Response | None, seconds: float) -> None:
        """Note one."""
        self.seconds.setdefault(0 if response is None else response.status_code, []).append(seconds)
        self.whole += response is not None and response.status_code == OK and b'"errors":' not in response.content

    def __str__(self) -> str:
        """Name median and 99th percentile of each status."""
        parts = []
        for status, waits in sorted(self.seconds.items()):
            ordered = sorted(waits)
            median, last = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
            parts.append(f"{status}: {len(waits)} x, median {median * 1000:.0f} ms, p99 {last * 1000:.0f} ms")
        return "; ".join(parts)


@click.command()
@click.option("--query", default="center", show_default=True, help="Which query is asked.")
@click.option("--mode", default="no-cache", show_default=True, help="As in scripts/bench: what is around it.")
@click.option("--times", default=10.0, show_default=True, help="Multiple of the peak.")
@click.option("--seconds", default=20, show_default=True, help="How long.")
@click.option("--setting", multiple=True, help="NAME=VALUE, without the prefix; may be repeated.")
def main(query: str, mode: str, times: float, seconds: int, setting: Sequence[str]) -> None:
    """Put the gateway under too much load; exits with 1 where it does not stand that."""
    os.sched_setaffinity(0, {OTHER_CORE})
    with rigged() as rig:
        (ours,) = find_servers(OURS)
        own = {f"ORDER_CENTER_{name}": value for name, _, value in (one.partition("=") for one in setting)}
        server = replace(ours, environment=lambda wiring: ours.environment(wiring) | own)
        sys.exit(not _run(rig, server, our_query(query), mode, times, seconds))


def _run(rig: Rig, server: Server, query: Query, mode_name: str, times: float, seconds: int) -> bool:
    (mode,) = find_modes(mode_name)
    rig.standin.behave(mode)
    contender = Contender(rig, server, mode, 0)
    people = customers(PEOPLE)
    contender.answer_all(query, people)
    contender.warm_up(query, WARM_UP_SECONDS, PEAK_CONNECTIONS)
    samples = [contender.measure(query, PEAK_CONNECTIONS, PEAK_SECONDS) for _ in range(PEAK_ROUNDS)]
    peak = max(sample.rate for sample in samples)
    click.echo(f"{query.name}, {mode.name}: the peak is {peak:.0f} answers/s (best of {PEAK_ROUNDS})")

    requests = rig.requests(query, people, with_tokens=True)
    url = contender.running.url
    answers, health = Waits(), Waits()
    asks = [_asks(url, one) for one in requests[:PROBES]]
    looks = [lambda http, path=path: http.get(url + path) for path in ("/health/live", "/health/ready")]
    with _probing(asks, answers), _probing(looks, health):
        used, began = cpu_seconds(contender.running.pid), time.monotonic()
        flood = _flood(rig.folder, url, requests, peak * times, seconds)
        used, work_ms = cpu_seconds(contender.running.pid) - used, rig.speed.between(began, time.monotonic())
    rig.wait_until_idle(contender.running)
    after = contender.measure(query, PEAK_CONNECTIONS, PEAK_SECONDS)
    contender.stop()

    whole = flood.good + answers.whole
    goodput = whole / flood.seconds / peak
    click.echo(f"sent {flood.rate:.0f} requests/s, {flood.rate / peak:.1f} times the peak, for {flood.seconds:.1f} s")
    click.echo(f"served {whole / flood.seconds:.0f}/s whole ({goodput:.0%} of the peak), {flood.partial} in part")
    usual = fmean(sample.rate_per_cpu(1.0) for sample in (*samples, after))
    share, had = whole / used * work_ms / usual, used / flood.seconds
    click.echo(
        f"by its CPU time at one speed, {share:.0%} of what it serves before and after; it had {had:.0%} of a core"
    )
    click.echo(f"refused {flood.refused}, {flood.bare} without Retry-After; {flood.other} other, {flood.lost} lost")
    click.echo(f"answers to others, by status: {answers}")
    click.echo(f"health, by status: {health}")
    click.echo(f"afterwards {after.rate:.0f} answers/s")
    return goodput >= LEAST_GOODPUT and not flood.bare and not flood.other and set(health.seconds) == {OK}


def _flood(folder: Path, url: str, requests: Sequence[Request], rate: float, seconds: int) -> Flood:
    file = folder / "flood.tsv"
    file.write_bytes(b"\n".join(one.line() for one in requests))
    connections = round(SERVED + rate * PAUSE_SECONDS)
    options = ["-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", f"{PATIENCE_SECONDS:.0f}s"]
    script = ["-s", str(FOLDER / "overload.lua"), url, "--", str(file), f"{PAUSE_SECONDS * 1000:.0f}"]
    ended = subprocess.run([program("wrk"), *options, *script], capture_output=True, check=False)  # noqa: S603  our own command
    line = next((line for line in ended.stdout.splitlines() if line.startswith(b"{")), None)
    if line is None:
        raise BenchmarkError(f"the load generator failed: {(ended.stdout + ended.stderr)[-500:].decode()}")
    return json.decode(line, type=Flood)


def _asks(url: str, one: Request) -> Callable[[httpx.Client], httpx.Response]:
    return lambda http: http.post(f"{url}/graphql", content=one.body, headers=one.headers)


@contextmanager
def _probing(asks: Sequence[Callable[[httpx.Client], httpx.Response]], waits: Waits) -> Iterator[None]:
    """Ask again and again, each in a thread of its own, and note how long answers take."""
    with ExitStack() as stack:
        for ask in asks:
            http = stack.enter_context(httpx.Client(trust_env=False, timeout=PATIENCE_SECONDS))
            stack.enter_context(repeating(partial(_probe, ask, http, waits), PROBE_SECONDS))
        yield


def _probe(ask: Callable[[httpx.Client], httpx.Response], http: httpx.Client, waits: Waits) -> None:
    began = time.monotonic()
    try:
        response = ask(http)
    except httpx.HTTPError:
        response = None
    waits.note(response, time.monotonic() - began)


if __name__ == "__main__":
    main()
