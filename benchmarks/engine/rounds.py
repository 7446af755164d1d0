"""Measuring the ways in turns, so that a core that changes its speed changes it for all of them."""

import gc
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from statistics import median
from typing import TypeVar

from msgspec import Struct

from benchmarks.compare.answers import difference
from benchmarks.engine.center import answer_by_hand
from benchmarks.gateway import Gateway, gateway
from benchmarks.places import BenchmarkError
from benchmarks.queries import customer, our_query
from benchmarks.rig import Rig
from benchmarks.rig.machine import Machine
from loaders import Loaders

Way = Callable[[], Awaitable[bytes]]
# What a way is called.
N = TypeVar("N")

CENTER = our_query("center")
GRAPHQL_CORE = "graphql-core"
GATEWAY = "this gateway's execution"
BY_HAND = "by hand"
HEALTHY = "healthy"
PAYMENTS_DOWN = "payments down"


class Row(Struct, frozen=True):
    """One way of answering.

    Attributes:
        way: Which.
        services: State of the services when the loaders were filled.
        median_us: CPU time per answer, median of the rounds' means.
        low_us: Least.
        high_us: Greatest.
        ratio: The median divided by graphql-core's with healthy services.
        low_ratio: Least ratio of two that were measured in one round.
        high_ratio: Greatest.
    """

    way: str
    services: str
    median_us: float
    low_us: float
    high_us: float
    ratio: float
    low_ratio: float
    high_ratio: float


class Comparison(Struct, frozen=True):
    """A run."""

    machine: Machine
    rounds: int
    executions: int
    rows: list[Row]


async def compared(rig: Rig, rounds: int, executions: int) -> list[Row]:
    """Return a row per way, with healthy services and with the payment service down; raises ``BenchmarkError``."""
    person = customer(1)
    async with gateway(rig.standin.url, rig.stores.url(0)) as parts:
        failing = await parts.loaders_without_payments(person)
        ways = {
            **await _ways(parts, person, parts.loaders(), HEALTHY, by_hand=True),
            **await _ways(parts, person, failing, PAYMENTS_DOWN, by_hand=False),
        }
        rig.standin.forget_calls()
        times = await measured(ways, rounds, executions)
        if calls := rig.standin.calls():
            raise BenchmarkError(f"the loaders were not warm: {calls} calls while it was timed")
    return [_row(*name, of_way, times[GRAPHQL_CORE, HEALTHY]) for name, of_way in times.items()]


def _row(way: str, services: str, times: Sequence[float], base: Sequence[float]) -> Row:
    ratios = [one / other for one, other in zip(times, base, strict=True)]
    absolute = (round(us, 1) for us in (median(times), min(times), max(times)))
    relative = (round(ratio, 3) for ratio in (median(times) / median(base), min(ratios), max(ratios)))
    return Row(way, services, *absolute, *relative)


async def _ways(
    parts: Gateway, person: str, loaders: Loaders, services: str, *, by_hand: bool
) -> Mapping[tuple[str, str], Way]:
    """Fill loaders, and compare what the ways answer from them."""
    ways: dict[str, Way] = {
        GRAPHQL_CORE: lambda: parts.execute_by_graphql_core(CENTER, person, loaders),
        GATEWAY: lambda: parts.execute(CENTER, person, loaders),
    }
    if by_hand:
        ways[BY_HAND] = lambda: answer_by_hand(loaders, person)
    answers = {name: await way() for name, way in ways.items()}
    expected = answers[GRAPHQL_CORE]
    for name, answer in answers.items():
        # By hand, to the byte; errors may come in another order.
        if answer != expected and (by_hand or difference(expected, answer)):
            raise BenchmarkError(f"{name} answers otherwise than {GRAPHQL_CORE}: {difference(expected, answer)}")
    return {(name, services): way for name, way in ways.items()}


async def measured(ways: Mapping[N, Way], rounds: int, executions: int) -> Mapping[N, list[float]]:
    """Return CPU microseconds per answer of each round."""
    times: dict[N, list[float]] = {name: [] for name in ways}
    for number in range(rounds):
        for name in list(ways) if number % 2 == 0 else list(reversed(list(ways))):
            # What one way leaves behind is not collected in another's time.
            gc.collect()
            # Nothing is waited for, and CPU time is not lengthened by whoever else wants the core.
            start = time.process_time()
            for _ in range(executions):
                await ways[name]()
            times[name].append((time.process_time() - start) / executions * 1e6)
    return times
