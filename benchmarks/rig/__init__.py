"""What a measurement needs around the server, and the measurement of one cell."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks import load
from benchmarks.compare.answers import Request
from benchmarks.load import Load
from benchmarks.places import OTHER_CORE, SERVER_CORE, free_port
from benchmarks.queries import Query
from benchmarks.rig import proc
from benchmarks.rig.backends import StandIn, Stores
from benchmarks.rig.processes import Processes, Running
from benchmarks.rig.sample import Cell, Sample
from benchmarks.rig.speed import Speed
from benchmarks.servers import Server, Wiring
from benchmarks.tokens import Tokens

IDLE_SECONDS = 0.2
IDLE_SHARE = 0.1
IDLE_PATIENCE_SECONDS = 20.0


class Rig:
    """The stand-in, Redis, the speed sampler, tokens, and a folder for what lives as long as a run."""

    def __init__(self, processes: Processes, folder: Path) -> None:
        self.folder = folder
        self.tokens = Tokens(folder / "key.pem")
        self.speed = Speed(processes, folder / "speed.txt")
        self.standin = StandIn(processes)
        self.stores = Stores(processes)
        self._processes = processes

    @property
    def answers(self) -> Path:
        """Folder of ready-made answers."""
        return self.folder / "answers"

    def start(self, server: Server, name: str, database: int | None, *, in_memory: bool = False) -> Running:
        """Start a server on its core.

        Args:
            server: Which.
            name: For its log.
            database: Number of its Redis database; None: no cache.
            in_memory: Whether it also caches in its own memory.

        Raises:
            BenchmarkError: It did not start.
        """
        redis = None if database is None else self.stores.url(database)
        wiring = Wiring(free_port(), self.standin.url, redis, self.answers, self.tokens.public_key, in_memory)
        return self._processes.start(
            name,
            server.command(wiring),
            core=SERVER_CORE,
            port=wiring.port,
            environment=server.environment(wiring),
            folder=server.folder,
        )

    def stop(self, running: Running) -> None:
        """End a server."""
        self._processes.stop(running)

    def requests(self, query: Query, customers: Sequence[str], *, with_tokens: bool) -> Sequence[Request]:
        """Return one request per customer."""
        return [Request(one, self.tokens.of(one) if with_tokens else None, query.body(one)) for one in customers]

    def wait_until_idle(self, running: Running) -> None:
        """Return when a server has nothing to do any more, or when patience is at its end."""
        end = time.monotonic() + IDLE_PATIENCE_SECONDS
        before = proc.cpu_seconds(running.pid)
        while time.monotonic() < end:
            time.sleep(IDLE_SECONDS)
            now = proc.cpu_seconds(running.pid)
            if now - before < IDLE_SHARE * IDLE_SECONDS:
                return
            before = now

    def measure(self, running: Running, cell: Cell, sent: Load, expected_rate: float) -> Sample:
        """Put a server under load and note what that cost.

        Raises:
            BenchmarkError: The load generator failed, or the server has ended.
        """
        self.standin.forget_calls()
        proc.forget_peak(running.pid)
        start, cpu = time.monotonic(), proc.cpu_seconds(running.pid)
        own, other = proc.core_time(SERVER_CORE), proc.core_time(OTHER_CORE)
        outcome = load.put_under(sent, expected_rate)
        end, cpu = time.monotonic(), proc.cpu_seconds(running.pid) - cpu
        own_after, other_after = proc.core_time(SERVER_CORE), proc.core_time(OTHER_CORE)
        wall = end - start
        return Sample(
            cell=cell,
            outcome=outcome,
            cpu_seconds=cpu,
            cpu_share=cpu / outcome.seconds,
            work_ms=self.speed.between(start, end),
            rss_mb=proc.peak_memory(running.pid),
            calls=self.standin.calls(),
            foreign_share=max(0.0, own_after.busy - own.busy - cpu) / wall,
            stolen_share=(own_after.stolen - own.stolen) / wall,
            other_share=(other_after.busy - other.busy) / wall,
        )


@contextmanager
def rigged() -> Iterator[Rig]:
    """Start everything but servers, and end everything when the block is left."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="order-center-bench-"))
        yield Rig(stack.enter_context(Processes()), Path(folder))
