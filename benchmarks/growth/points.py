"""Measurements of a series: a point per server and value."""

from collections.abc import Callable, Sequence
from statistics import median

from msgspec import Struct

from benchmarks.compare.contender import Contender
from benchmarks.growth.series import Series
from benchmarks.places import BenchmarkError
from benchmarks.rig import Rig
from benchmarks.rig.machine import Machine
from benchmarks.rig.sample import Sample, bottleneck, wrong
from benchmarks.servers import Server

WARM_UP_SECONDS = 1.0


class Point(Struct, frozen=True):
    """A server at one value: medians over the rounds, memory at its greatest.

    Attributes:
        series: Name of the series.
        server: Name of the server.
        value: The number that grows.
        requests_per_second: Right answers per second.
        cpu_us: CPU microseconds of the server per right answer, at equal speed of its core.
        p50_ms: Median wait.
        p99_ms: Wait of the slowest in a hundred.
        rss_mb: Peak resident memory of the server.
        kb: Size of an answer.
        calls: Calls to the services per answer.
        redis_mb: What Redis keeps in memory.
    """

    series: str
    server: str
    value: int
    requests_per_second: float
    cpu_us: float
    p50_ms: float
    p99_ms: float
    rss_mb: float
    kb: float
    calls: float
    redis_mb: float


class Missing(Struct, frozen=True):
    """A value that is not reported for a server, and why."""

    series: str
    server: str
    value: int
    reason: str


class Growth(Struct, frozen=True):
    """A run."""

    machine: Machine
    seconds: float
    rounds: int
    points: list[Point]
    missing: list[Missing]


class SeriesRun:
    """One server along one series."""

    def __init__(self, rig: Rig, server: Server, series: Series) -> None:
        self._rig = rig
        self._server = server
        self._series = series
        self.samples: dict[int, list[tuple[Sample, float]]] = {}
        self.missing: list[Missing] = []

    def measure(self, seconds: float, rounds: int, report: Callable[[str], None]) -> None:
        """Measure every value, up and down the series in turns."""
        self._rig.standin.behave(self._series.mode)
        contender = Contender(self._rig, self._server, self._series.mode, 0)
        try:
            for number in range(rounds):
                for value in self._series.values if number % 2 == 0 else reversed(self._series.values):
                    self._measure_one(contender, value, seconds, report)
        finally:
            contender.stop()

    def points(self, reference_ms: float) -> list[Point]:
        """Return a point per value that may be reported."""
        return [self._point(value, found, reference_ms) for value, found in sorted(self.samples.items())]

    def _measure_one(self, contender: Contender, value: int, seconds: float, report: Callable[[str], None]) -> None:
        place = self._series.place(value)
        self._rig.stores.empty_all()
        try:
            contender.will_ask(place.query, place.before)
            contender.warm_up(place.query, WARM_UP_SECONDS, place.concurrency)
            contender.will_ask(place.query, place.people)
            sample = contender.measure(place.query, place.concurrency, seconds)
            reason = wrong(sample, may_fail=False) or bottleneck(sample)
        except BenchmarkError as error:
            reason = str(error)
        if reason:
            self.missing.append(Missing(self._series.name, self._server.name, value, reason))
            report(f"not reported: {self._server.name} {self._series.name} {value}: {reason}")
            return
        self.samples.setdefault(value, []).append((sample, self._rig.stores.megabytes()))
        report(f"{self._server.name} {self._series.name} {value}: {sample.rate:.1f}/s")

    def _point(self, value: int, found: Sequence[tuple[Sample, float]], reference_ms: float) -> Point:
        samples = [sample for sample, _ in found]
        outcomes = [sample.outcome for sample in samples]
        return Point(
            series=self._series.name,
            server=self._server.name,
            value=value,
            requests_per_second=round(median(one.rate for one in samples), 2),
            cpu_us=round(median(1e6 / one.rate_per_cpu(reference_ms) for one in samples), 1),
            p50_ms=round(median(one.p50_ms for one in outcomes), 2),
            p99_ms=round(median(one.p99_ms for one in outcomes), 2),
            rss_mb=round(max(one.rss_mb for one in samples), 1),
            kb=round(median(one.bytes / one.good for one in outcomes) / 1000, 1),
            calls=round(median(one.calls_per_answer for one in samples), 2),
            redis_mb=round(max(megabytes for _, megabytes in found), 1),
        )
