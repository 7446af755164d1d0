"""What happened on the way to one service since the start, for tests and metrics."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Counters:
    """Counts of one service.

    Attributes:
        calls: Batches that were asked for.
        attempts: Requests that went out: calls, retries and hedges, less what was not let through.
        retries: Requests repeated after a failure.
        hedges: Requests sent a second time because the first took long.
        hedges_won: Of these, how many answered first.
        stale: Requests repeated because a kept connection had just been closed.
        rejected: Requests not let through because the service is failing or busy.
        opened: How often the breaker opened.
        failures: Requests that failed, by the name of the error.
        missing: Keys without a row: they do not exist, or the service left them out.
        unasked: Rows dropped because nobody asked for their key.
        duplicated: Rows dropped because their key had been answered.
        foreign: Rows dropped because they are another thing or somebody else's.
    """

    calls: int = 0
    attempts: int = 0
    retries: int = 0
    hedges: int = 0
    hedges_won: int = 0
    stale: int = 0
    rejected: int = 0
    opened: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    missing: int = 0
    unasked: int = 0
    duplicated: int = 0
    foreign: int = 0
