"""What a benchmark is, and what is known of it when it has been timed."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from msgspec import Struct

from benchmarks.gateway import Gateway

# Names of the variables by which a timed process learns where everything is.
STANDIN = "BENCHMARK_STANDIN"
REDIS = "BENCHMARK_REDIS"

# What is timed.
Action: TypeAlias = Callable[[], Awaitable[object]]
# Prepares, and returns what is timed.
Benchmark: TypeAlias = Callable[[Gateway], Awaitable[Action]]


class Timing(Struct, frozen=True):
    """A benchmark's result.

    Attributes:
        name: ``<noun>.<what>``.
        median_us: Median of all values.
        words: What is timed.
        spread: Greatest value less the least, as a share of the median.
    """

    name: str
    median_us: float
    words: str
    spread: float
