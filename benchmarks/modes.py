"""What is around the server while it is measured."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks.places import BenchmarkError


@dataclass(frozen=True)
class Mode:
    """One set of circumstances.

    Attributes:
        name: As on the command line and in the results.
        words: What it means, for the report.
        redis: Whether the server gets a Redis.
        kept: Whether Redis holds everything, for good, before anything is timed.
        stopped: Whether Redis is stopped, and answers nothing, while anything is timed.
        emptied: Whether Redis is emptied again and again while it is timed.
        in_process: Whether the server must have a cache in its own memory.
        delays: Milliseconds that each named service takes to answer.
        late: Milliseconds more that one in a hundred answers of each named service takes.
        down: Services that answer 503.
        overload: Requests go out at this many times the rate that the server can answer; 0: as answers come.
        every_concurrency: Whether it is measured at each concurrency, or at the middle one alone.
    """

    name: str
    words: str
    redis: bool = False
    kept: bool = False
    stopped: bool = False
    emptied: bool = False
    in_process: bool = False
    delays: Mapping[str, int] = field(default_factory=dict)
    late: Mapping[str, int] = field(default_factory=dict)
    down: tuple[str, ...] = ()
    overload: float = 0.0
    every_concurrency: bool = False

    @property
    def may_fail(self) -> bool:
        """Whether errors are part of what is measured, and not a sign that something is wrong with the server."""
        return bool(self.delays or self.down or self.overload)


MODES = (
    Mode("no-cache", "no cache at all: every request goes to the services", every_concurrency=True),
    Mode(
        "warm-redis",
        "Redis holds everything that the requests need, and nothing expires while it is timed",
        redis=True,
        kept=True,
        every_concurrency=True,
    ),
    Mode(
        "cold-cache",
        "Redis is emptied 50 times a second: look-ups miss, writes are lost",
        redis=True,
        emptied=True,
    ),
    Mode(
        "warm-memory",
        "a warm cache in the server's own memory, before Redis",
        redis=True,
        kept=True,
        in_process=True,
        every_concurrency=True,
    ),
    Mode("redis-stopped", "Redis hangs: it takes connections and answers nothing", redis=True, stopped=True),
    Mode("payment-down", "no cache, and the payment service answers 503", down=("payment",)),
    Mode("recs-slow", "no cache, and the recs service takes 200 ms", delays={"recs": 200}),
    Mode("overload", "no cache, and requests come at 10 times the rate that the server can answer", overload=10.0),
)


def find_modes(names: str) -> tuple[Mode, ...]:
    """Return modes by their names, separated by commas; raises ``BenchmarkError`` for one that is none."""
    known = {mode.name: mode for mode in MODES}
    wanted = names.split(",")
    if unknown := [name for name in wanted if name not in known]:
        raise BenchmarkError(f"no mode is called {', '.join(unknown)}; there are {', '.join(known)}")
    return tuple(known[name] for name in wanted)
