"""What a run leaves behind: rows that machines read, and what is needed to judge them."""

from msgspec import Struct

from benchmarks.rig.machine import Machine
from benchmarks.rig.sample import Sample


class Row(Struct, frozen=True):
    """A cell: medians over the rounds; errors of all of them; memory at its greatest.

    Attributes:
        server: Name of the server.
        query: Name of the query.
        mode: Name of the mode.
        concurrency: Connections that wait for an answer.
        requests_per_second: Right answers per second.
        requests_per_cpu_second: The same per second of CPU time of the server process, at equal speed of its core.
        p50_ms: Median wait for an answer; the others accordingly.
        errors: Answers with errors, refusals, and requests without an answer.
        rss_mb: Peak resident memory.
        downstream_calls_per_request: Calls to the services.
        is_held_up: Whether the load generator could not keep the server busy: answers per second are a floor then, and
            waits are not the server's.
    """

    server: str
    query: str
    mode: str
    concurrency: int
    requests_per_second: float
    requests_per_cpu_second: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    errors: int
    rss_mb: float
    downstream_calls_per_request: float
    is_held_up: bool = False


class Ratio(Struct, frozen=True):
    """Ours against another's, by answers per CPU-second at equal speed.

    Attributes:
        server: The other.
        query: Name of the query.
        mode: Name of the mode.
        concurrency: Connections that wait for an answer.
        ratio: Ours divided by the other's: medians over the rounds. Above 1 ours is faster.
        low: Least ratio of two measurements that were taken one after the other.
        high: Greatest.
        verdict: ``faster``, ``slower`` or ``tie``.
    """

    server: str
    query: str
    mode: str
    concurrency: int
    ratio: float
    low: float
    high: float
    verdict: str


class Refusal(Struct, frozen=True):
    """A cell that is not reported, and why."""

    server: str
    query: str
    mode: str
    concurrency: int | None
    reason: str


class Meta(Struct, frozen=True):
    """How a run was made.

    Attributes:
        machine: Where and with what.
        servers: Each server in words.
        modes: Each mode in words.
        seconds: Of each measurement.
        rounds: How often each cell was measured.
        customers: Whose requests were sent in turn.
        reference_ms: What the fixed piece of work took on the server's core at its fastest: speed 1.
        slowest: Speed of the slowest measurement.
        bytes_per_answer: By query, as ours sends it.
        ratios: Ours against each other server.
        refused: Cells that are not reported.
        samples: All measurements.
    """

    machine: Machine
    servers: dict[str, str]
    modes: dict[str, str]
    seconds: float
    rounds: int
    customers: int
    reference_ms: float
    slowest: float
    bytes_per_answer: dict[str, float]
    ratios: list[Ratio]
    refused: list[Refusal]
    samples: list[Sample]


class Results(Struct, frozen=True):
    """A run."""

    meta: Meta
    rows: list[Row]
