"""What grows: each series varies one number and leaves all else as it is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from benchmarks.modes import Mode, find_modes
from benchmarks.places import BenchmarkError
from benchmarks.queries import CUSTOMER, Query, customer, customers, our_query

FEW = 20
MANY = 2_000
PAGE = (Path(__file__).parent / "page.graphql").read_text()
(NO_CACHE,) = find_modes("no-cache")
# Values live as long as in production, so that what is kept depends on how often it is asked for.
WITH_REDIS = Mode("redis", "Redis, with the times to live of production", redis=True)


@dataclass(frozen=True)
class Place:
    """What is measured at one value.

    Attributes:
        query: What is asked.
        before: Who asks in turn while it becomes warm.
        people: Who asks in turn while it is measured.
        concurrency: Connections that wait for an answer.
    """

    query: Query
    before: Sequence[str]
    people: Sequence[str]
    concurrency: int


@dataclass(frozen=True)
class Series:
    """One number that grows.

    Attributes:
        name: As on the command line and in file names.
        title: For the table and the plot.
        unit: What the number counts.
        words: What is measured.
        mode: In which circumstances.
        values: The number's values.
        place: What is measured at a value.
        measure: What should stay the same where growth is linear, as a column of the table.
    """

    name: str
    title: str
    unit: str
    words: str
    mode: Mode
    values: Sequence[int]
    place: Callable[[int], Place]
    measure: str


def _page_size(size: int) -> Place:
    return Place(
        Query(f"page-{size}", PAGE, {"id": CUSTOMER, "first": size}), customers(FEW), customers(FEW), concurrency=1
    )


def _concurrency(connections: int) -> Place:
    return Place(our_query("small"), customers(FEW), customers(FEW), connections)


def _customers(count: int) -> Place:
    random = Random(count)  # noqa: S311  the same people in every run
    before, people = ([customer(random.randint(1, count)) for _ in range(MANY)] for _ in range(2))
    return Place(our_query("orders"), before, people, concurrency=16)


SERIES: Mapping[str, Series] = {
    series.name: series
    for series in (
        Series(
            "page-size",
            "Page size",
            "orders on the page",
            "one person's orders with shops, items, products and payments, no cache, one request at a time",
            NO_CACHE,
            (10, 20, 50, 100, 200, 500, 1000),
            _page_size,
            "CPU µs per order",
        ),
        Series(
            "concurrency",
            "Concurrency",
            "requests at a time",
            "`small`, no cache",
            NO_CACHE,
            (1, 2, 4, 8, 16, 32, 64, 128, 256),
            _concurrency,
            "CPU µs per answer",
        ),
        Series(
            "customers",
            "Number of customers",
            "customers",
            "`orders` for people drawn at random from that many, Redis with production's times to live, 16 at a time",
            WITH_REDIS,
            (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000),
            _customers,
            "CPU µs per answer",
        ),
    )
}


def find_series(names: str) -> list[Series]:
    """Return series by their names, separated by commas; raises ``BenchmarkError`` for one that is none."""
    wanted = names.split(",")
    if unknown := [name for name in wanted if name not in SERIES]:
        raise BenchmarkError(f"no series is called {', '.join(unknown)}; there are {', '.join(SERIES)}")
    return [SERIES[name] for name in wanted]
