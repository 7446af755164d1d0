"""One measurement, and when it must not be reported."""

from msgspec import Struct

from benchmarks.load import Outcome

# The other core has nothing left, while the server has: whatever was measured, it was not the server.
FULL = 0.95
BUSY = 0.90
# A server that has less to do than this shows what being idle costs.
LEAST = 0.30
# With a rate, a generator that is later than this did not keep it.
MAX_LAG_MS = 100.0


class Cell(Struct, frozen=True):
    """What was measured.

    Attributes:
        server: Name of the server.
        query: Name of the query.
        mode: Name of the mode.
        concurrency: Connections that wait for an answer.
    """

    server: str
    query: str
    mode: str
    concurrency: int


class Sample(Struct, frozen=True):
    """One measurement of a cell.

    Attributes:
        cell: What was measured.
        outcome: What came back.
        cpu_seconds: CPU time of the server process.
        cpu_share: The same per second of load, in cores.
        work_ms: How long the server's core took for the fixed piece of work meanwhile.
        rss_mb: Peak resident memory of the server process.
        calls: Calls to the services.
        foreign_share: What others used of the server's core.
        stolen_share: What the host took of it.
        other_share: How busy the other core was.
        pair: Samples of the same number were taken one after the other, ours beside one or two of others.
    """

    cell: Cell
    outcome: Outcome
    cpu_seconds: float
    cpu_share: float
    work_ms: float
    rss_mb: float
    calls: int
    foreign_share: float
    stolen_share: float
    other_share: float
    pair: int = 0

    @property
    def rate(self) -> float:
        """Right answers per second."""
        return self.outcome.good / self.outcome.seconds

    def rate_per_cpu(self, reference_ms: float) -> float:
        """Return right answers per second of CPU time, as if the core had been at its reference speed."""
        return self.outcome.good / max(self.cpu_seconds, 1e-3) * self.work_ms / reference_ms

    @property
    def calls_per_answer(self) -> float:
        """Calls to the services per right answer."""
        return self.calls / max(self.outcome.good, 1)


def wrong(sample: Sample, *, may_fail: bool) -> str | None:
    """Return why a server's answers cannot be trusted; None where they can.

    Args:
        sample: The measurement.
        may_fail: Whether errors are part of what is measured.
    """
    outcome = sample.outcome
    if outcome.wrong:
        return f"{outcome.wrong} of {outcome.good + outcome.wrong + outcome.errors} answers were wrong"
    if outcome.errors and not may_fail:
        return f"{outcome.errors} of {outcome.good + outcome.errors} answers had errors or did not come"
    return None if outcome.good else "there was no right answer"


def is_held_up(sample: Sample) -> bool:
    """Tell whether the load generator's core could not keep the server busy.

    What an answer then costs the server is told too high rather than too low: it finds fewer requests to serve at a
    time. How many it could give in a second, and how long they would take, cannot be told.
    """
    available = 1 - sample.foreign_share - sample.stolen_share
    return sample.other_share >= FULL and sample.cpu_share < BUSY * available


def bottleneck(sample: Sample) -> str | None:
    """Return why a measurement says nothing about the server; None where it does."""
    if sample.outcome.lag_ms > MAX_LAG_MS:
        return f"the load generator was the bottleneck: {sample.outcome.lag_ms:.0f} ms late"
    if is_held_up(sample) and sample.cpu_share < LEAST:
        shares = f"{sample.other_share:.0%} busy, the server {sample.cpu_share:.0%}"
        return f"the load generator's core was the bottleneck: {shares}"
    return None
