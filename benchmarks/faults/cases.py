"""A gateway for each state of the services, asked in turns, so that a core that changes its speed does so for all."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from statistics import median

import httpx
import uvloop
from msgspec import Struct
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.askers import drive, new_transport
from benchmarks.modes import Mode
from benchmarks.places import free_port
from benchmarks.queries import customers, our_query
from benchmarks.rig import Rig
from benchmarks.rig.machine import Machine
from benchmarks.servers import OURS, Server, find_servers

ASKERS = 16
WARM_UP = 200
CALLS = "order_center_service_calls_total"
HEDGES = "order_center_service_hedges_total"

HEALTHY = Mode("healthy", "all answer at once")
SICK = (
    Mode("payment 503", "payment answers 503", down=("payment",)),
    Mode("recs 5 s", "recs takes 5 s", delays={"recs": 5000}),
    Mode("order 5 s", "order takes 5 s", delays={"order": 5000}),
)
LATE = tuple(
    Mode(f"{name} late", f"1 % of {name}'s answers are 500 ms late", late={name: 500})
    for name in ("order", "payment", "recs")
)


class Case(Struct, frozen=True):
    """A state of the services.

    Attributes:
        words: What it is.
        hedged: Whether a read that takes long is sent a second time.
        per_second: Answers; median of the rounds.
        p50_ms: What half of the answers took at most.
        p99_ms: What 99 in a hundred took at most.
        made_twice: Share of calls to services that were sent a second time.
    """

    words: str
    hedged: bool
    per_second: float
    p50_ms: float
    p99_ms: float
    made_twice: float


class Faults(Struct, frozen=True):
    """A run; the first case is the one where all are well."""

    machine: Machine
    rounds: int
    seconds: float
    cases: list[Case]


@dataclass
class _Trial:
    """A server in some circumstances, and what was measured of it so far."""

    mode: Mode
    server: Server
    hedged: bool = True
    words: str = ""
    rates: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def case(self) -> Case:
        ordered = sorted(self.waits)
        return Case(
            words=self.words or self.mode.words,
            hedged=self.hedged,
            per_second=median(self.rates),
            p50_ms=ordered[len(ordered) // 2] * 1000,
            p99_ms=ordered[len(ordered) * 99 // 100] * 1000,
            made_twice=self.counts[HEDGES] / self.counts[CALLS],
        )


def measured(rig: Rig, rounds: int, seconds: float) -> list[Case]:
    """Return each case, after so many rounds of so many seconds."""
    (server,) = find_servers(OURS)
    unhedged = _with(server, DOWNSTREAM_HEDGE_QUANTILE="1")
    gone = _with(server, PAYMENT_SERVICE_URL=f"http://127.0.0.1:{free_port()}")
    trials = [
        *(_Trial(mode, server) for mode in (HEALTHY, *SICK)),
        _Trial(HEALTHY, gone, words="nothing listens at payment's"),
        _Trial(HEALTHY, unhedged, hedged=False),
        *(_Trial(mode, ours, hedged=ours is server) for mode in LATE for ours in (unhedged, server)),
    ]
    for _ in range(rounds):
        for trial in trials:
            _try(rig, trial, seconds)
    return [trial.case() for trial in trials]


def _try(rig: Rig, trial: _Trial, seconds: float) -> None:
    rig.standin.behave(trial.mode)
    port = free_port()
    running = rig.start(_with(trial.server, METRICS_PORT=str(port), METRICS_HOST="127.0.0.1"), "faults", None)
    waits, counts = uvloop.run(_answers(rig, running.url, port, seconds))
    trial.rates.append(len(waits) / seconds)
    trial.waits += waits
    trial.counts += counts
    rig.stop(running)


async def _answers(rig: Rig, url: str, metrics_port: int, seconds: float) -> tuple[Sequence[float], Counter[str]]:
    """Ask for so long; return what each answer took, in seconds, and what the gateway counted meanwhile."""
    requests = rig.requests(our_query("center"), customers(50), with_tokens=True)
    transport = new_transport(url)
    waits: list[float] = []
    number = 0

    async def ask() -> None:
        nonlocal number
        number += 1
        one = requests[number % len(requests)]
        # The event loop's own clock counts whole milliseconds.
        began = time.perf_counter()
        request = httpx.Request("POST", url + "/graphql", headers=one.headers, content=one.body)
        response = await transport.handle_async_request(request)
        await response.aread()
        waits.append(time.perf_counter() - began)

    await drive(ask, ASKERS, count=WARM_UP)
    waits.clear()
    before = _counts(metrics_port)
    await drive(ask, ASKERS, until=asyncio.get_running_loop().time() + seconds)
    counted = _counts(metrics_port) - before
    await transport.aclose()
    return waits, counted


def _counts(metrics_port: int) -> Counter[str]:
    """Read the gateway's own counters, of all services together."""
    counts: Counter[str] = Counter()
    text = httpx.get(f"http://127.0.0.1:{metrics_port}/metrics", trust_env=False).raise_for_status().text
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name in {CALLS, HEDGES}:
                counts[sample.name] += int(sample.value)
    return counts


def _with(server: Server, **more: str) -> Server:
    named = {f"ORDER_CENTER_{name}": value for name, value in more.items()}
    return replace(server, environment=lambda wiring: server.environment(wiring) | named)
