"""A server that takes part in a mode: its process, its database, and the files that its load is made of."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from benchmarks.compare.answers import Asker, Request, difference
from benchmarks.load import Load
from benchmarks.modes import Mode
from benchmarks.places import BenchmarkError
from benchmarks.queries import Query
from benchmarks.rig import Rig
from benchmarks.rig.processes import Running
from benchmarks.rig.sample import Cell, Sample
from benchmarks.servers import Server

Answers = Mapping[str, bytes]

# What the load generators take for the size of a right answer, beside numbers.
ANY = "any"
ERRORS = "errors"


class Contender:
    """A server in a mode.

    Args:
        rig: What is around it.
        server: Which.
        mode: In which circumstances.
        database: Number of its Redis database, where the mode has one.
    """

    def __init__(self, rig: Rig, server: Server, mode: Mode, database: int) -> None:
        self.server = server
        self.name = server.name
        self._rig = rig
        self._mode = mode
        self._database = database
        self._rates: dict[str, float] = {}
        self.running: Running = rig.start(
            server, f"{server.name}-{mode.name}", database if mode.redis else None, in_memory=mode.in_process
        )

    def stop(self) -> None:
        """End its process."""
        self._rig.stop(self.running)

    def answer_all(self, query: Query, customers: Sequence[str]) -> Answers:
        """Ask it for every customer's answer, which also fills its cache; raises ``BenchmarkError`` where it cannot."""
        requests = self._rig.requests(query, customers, with_tokens=self.server.checks_tokens)
        with self._filling():
            answers = Asker(self.running.port).ask_all(requests)
        # What an error says may change from one answer to the next, and its size with it.
        with_errors = self._mode.down and any(b'"errors":' in answer for answer in answers.values())
        sizes = [ERRORS] if with_errors else [str(size) for size in {len(answer) for answer in answers.values()}]
        self._write_load(query, requests, sizes)
        return answers

    def will_ask(self, query: Query, customers: Sequence[str]) -> None:
        """Let these customers be those who ask in turn, whose answers may have any size but no errors."""
        self._write_load(query, self._rig.requests(query, customers, with_tokens=self.server.checks_tokens), [ANY])

    def check(self, query: Query, answers: Answers, expected: Answers) -> None:
        """Raise ``BenchmarkError`` where it says something else than the others."""
        for customer, answer in answers.items():
            if found := difference(expected[customer], answer):
                raise BenchmarkError(f"it answers {query.name} for {customer} otherwise: {found}")

    def warm_up(self, query: Query, seconds: float, concurrency: int) -> None:
        """Let it become as fast as it gets, and learn how fast that is."""
        load = self._load(query, concurrency, seconds)
        cell = Cell(self.name, query.name, self._mode.name, concurrency)
        with self._emptying():
            self._rates[query.name] = self._rig.measure(self.running, cell, load, 0.0).rate

    def measure(self, query: Query, concurrency: int, seconds: float) -> Sample:
        """Measure a cell once; raises ``BenchmarkError`` where that failed."""
        expected = self._rates[query.name]
        load = self._load(query, concurrency, seconds, expected * self._mode.overload)
        cell = Cell(self.name, query.name, self._mode.name, concurrency)
        with self._emptying():
            sample = self._rig.measure(self.running, cell, load, expected)
        if self._mode.may_fail:
            # It may still work on requests that were given up, on the core that the next one is measured on.
            self._rig.wait_until_idle(self.running)
        return sample

    def _write_load(self, query: Query, requests: Sequence[Request], sizes: Sequence[str]) -> None:
        self._requests(query).write_bytes(b"\n".join(one.line() for one in requests))
        self._sizes(query).write_text("\n".join(sizes))

    def _load(self, query: Query, connections: int, seconds: float, rate: float = 0.0) -> Load:
        return Load(self.running.url, self._requests(query), self._sizes(query), connections, seconds, rate)

    def _requests(self, query: Query) -> Path:
        return self._rig.folder / f"{self.name}-{query.name}-requests.tsv"

    def _sizes(self, query: Query) -> Path:
        return self._rig.folder / f"{self.name}-{query.name}-sizes.txt"

    def _filling(self) -> AbstractContextManager[None]:
        return self._rig.stores.keeping(self._database) if self._mode.kept else nullcontext()

    def _emptying(self) -> AbstractContextManager[None]:
        if self._mode.stopped:
            return self._rig.stores.stopped()
        return self._rig.stores.emptying(self._database) if self._mode.emptied else nullcontext()
