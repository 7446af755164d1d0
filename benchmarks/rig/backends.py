"""What stands behind every server: the services' stand-in and Redis, both on the other core."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import redis

from benchmarks.modes import Mode
from benchmarks.places import HERE, OTHER_CORE, free_port, program
from benchmarks.rig.processes import Processes, Running
from benchmarks.rig.repeating import repeating

SERVICES = ("order", "payment", "recs")
SECONDS_BETWEEN_SWEEPS = 0.5
SECONDS_BETWEEN_FLUSHES = 0.02
# Values are written off the request's path, so a moment after the last answer.
SECONDS_UNTIL_WRITTEN = 0.2
SCANNED = 1000


class StandIn:
    """The services' stand-in."""

    def __init__(self, processes: Processes) -> None:
        port = free_port()
        command = [program("node"), str(HERE / "standin" / "server.mjs")]
        self.process = processes.start("standin", command, core=OTHER_CORE, port=port, environment={"PORT": str(port)})
        self.url = self.process.url
        self._http = httpx.Client(base_url=self.url, trust_env=False)

    def behave(self, mode: Mode) -> None:
        """Be as slow, and as far down, as a mode says."""
        nothing = dict.fromkeys(SERVICES, 0)
        given = {"delayMs": nothing | dict(mode.delays), "lateMs": nothing | dict(mode.late), "down": list(mode.down)}
        self._http.post("/control", json=given).raise_for_status()

    def forget_calls(self) -> None:
        """Count from zero."""
        self._http.post("/stats/reset").raise_for_status()

    def calls(self) -> int:
        """Return the calls since then."""
        return int(self._http.get("/stats").raise_for_status().json()["calls"])


class Stores:
    """A Redis server with a database of its own for each server that is measured."""

    def __init__(self, processes: Processes) -> None:
        port = free_port()
        options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.process: Running = processes.start(
            "redis", [program("redis-server"), *options, "--databases", "64"], core=OTHER_CORE, port=port
        )
        self._port = port

    def url(self, database: int) -> str:
        """Return a database's URL."""
        return f"redis://127.0.0.1:{self._port}/{database}"

    def client(self, database: int) -> redis.Redis:
        """Return a client of a database."""
        return redis.Redis(port=self._port, db=database)

    def empty_all(self) -> None:
        """Delete everything."""
        self.client(0).flushall()

    def megabytes(self) -> float:
        """Return what Redis keeps in memory."""
        return float(self.client(0).info("memory")["used_memory"]) / 1e6

    @contextmanager
    def keeping(self, database: int) -> Iterator[None]:
        """Let nothing expire that is written while the block runs, whatever time to live it was given."""
        with repeating(lambda: self._keep(database), SECONDS_BETWEEN_SWEEPS):
            yield
        time.sleep(SECONDS_UNTIL_WRITTEN)
        self._keep(database)

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Let Redis hang while the block runs."""
        os.kill(self.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.process.pid, signal.SIGCONT)

    @contextmanager
    def emptying(self, database: int) -> Iterator[None]:
        """Empty a database again and again while the block runs."""
        with repeating(self.client(database).flushdb, SECONDS_BETWEEN_FLUSHES):
            yield

    def _keep(self, database: int) -> None:
        client = self.client(database)
        with client.pipeline(transaction=False) as pipe:
            for name in client.scan_iter(count=SCANNED):
                pipe.persist(name)
            pipe.execute()
