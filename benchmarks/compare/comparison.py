"""All servers in all modes: who takes part, whether they say the same, and who is measured when."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from benchmarks.compare.contender import Answers, Contender
from benchmarks.compare.results import Refusal
from benchmarks.compare.summary import schedule
from benchmarks.modes import Mode
from benchmarks.places import BenchmarkError
from benchmarks.queries import Query, customers
from benchmarks.rig import Rig
from benchmarks.rig.sample import Sample, bottleneck, wrong
from benchmarks.servers import Server

Report = Callable[[str], None]


@dataclass(frozen=True)
class Options:
    """What is measured.

    Attributes:
        servers: Which; the first is what the others are compared with.
        modes: In which circumstances.
        queries: What is asked.
        concurrencies: How many connections wait for an answer.
        seconds: Of each measurement.
        warm_up: Seconds for each server and query before.
        rounds: How often each cell is measured.
        customers: Number of people who ask in turn.
    """

    servers: tuple[Server, ...]
    modes: tuple[Mode, ...]
    queries: Sequence[Query]
    concurrencies: tuple[int, ...]
    seconds: float
    warm_up: float
    rounds: int
    customers: int

    def concurrencies_in(self, mode: Mode) -> tuple[int, ...]:
        """Return at which concurrencies a mode is measured."""
        return self.concurrencies if mode.every_concurrency else (self.concurrencies[len(self.concurrencies) // 2],)


@dataclass
class Notes:
    """What a run has found so far.

    Attributes:
        samples: Measurements that may be reported.
        refused: Cells that may not.
        anything_wrong: Whether any answer was wrong.
        bytes_per_answer: Of each query, as the first server sends it where nothing is down.
    """

    samples: list[Sample] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    anything_wrong: bool = False
    bytes_per_answer: dict[str, float] = field(default_factory=dict)


def compare(rig: Rig, options: Options, report: Report) -> Notes:
    """Measure everything.

    Args:
        rig: What is around the servers.
        options: What is measured.
        report: Takes lines for the person who waits.
    """
    notes = Notes()
    for mode in options.modes:
        run = _ModeRun(rig, options, mode, notes, report)
        try:
            run.prepare()
            run.measure()
        finally:
            run.stop()
    return notes


class _ModeRun:
    """All servers in one mode."""

    def __init__(self, rig: Rig, options: Options, mode: Mode, notes: Notes, report: Report) -> None:
        self._rig = rig
        self._options = options
        self._mode = mode
        self._notes = notes
        self._report = report
        self._people = customers(options.customers)
        self._contenders: list[Contender] = []
        self._ready: dict[str, list[Contender]] = defaultdict(list)
        self._expected: dict[str, Answers] = {}

    def prepare(self) -> None:
        """Start the servers, one after the other, and compare their answers."""
        self._rig.standin.behave(self._mode)
        self._rig.stores.empty_all()
        for number, server in enumerate(self._options.servers):
            if self._mode.in_process and not server.has_memory_tier:
                self._refuse(server.name, "", None, "it has no cache in its own memory")
                continue
            if server.needs_answers:
                self._write_answers()
            try:
                contender = Contender(self._rig, server, self._mode, number)
            except BenchmarkError as error:
                self._refuse(server.name, "", None, str(error))
                continue
            self._contenders.append(contender)
            for query in self._options.queries:
                self._compare_answers(contender, query)

    def measure(self) -> None:
        """Measure each query at each concurrency."""
        for query in self._options.queries:
            for concurrency in self._options.concurrencies_in(self._mode):
                warm = [one for one in self._ready[query.name] if self._warmed_up(one, query, concurrency)]
                found = self._measure_rounds({one.name: one for one in warm}, query, concurrency)
                rates = ", ".join(f"{name} {rate:.0f}/s" for name, rate in found.items())
                self._report(f"{self._mode.name} {query.name} c={concurrency}: {rates}")

    def stop(self) -> None:
        """End the servers."""
        for contender in self._contenders:
            contender.stop()

    def _compare_answers(self, contender: Contender, query: Query) -> None:
        try:
            answers = contender.answer_all(query, self._people)
            expected = self._expected.setdefault(query.name, answers)
            contender.check(query, answers, expected)
        except BenchmarkError as error:
            self._notes.anything_wrong = True
            self._refuse(contender.name, query.name, None, str(error))
            return
        self._ready[query.name].append(contender)
        mean = sum(map(len, answers.values())) / len(answers)
        self._notes.bytes_per_answer.setdefault(query.name, mean)

    def _write_answers(self) -> None:
        for name, answers in self._expected.items():
            folder = self._rig.answers / name
            folder.mkdir(parents=True, exist_ok=True)
            for customer, answer in answers.items():
                (folder / f"{customer}.json").write_bytes(answer)

    def _warmed_up(self, contender: Contender, query: Query, concurrency: int) -> bool:
        try:
            contender.warm_up(query, self._options.warm_up, concurrency)
        except BenchmarkError as error:
            self._refuse(contender.name, query.name, concurrency, str(error))
            return False
        return True

    def _measure_rounds(self, contenders: dict[str, Contender], query: Query, concurrency: int) -> dict[str, float]:
        rates: dict[str, float] = {}
        for number in range(self._options.rounds if contenders else 0):
            for name, pair in schedule(list(contenders), number):
                sample = self._measured(contenders[name], query, concurrency)
                if sample is not None:
                    self._notes.samples.append(replace(sample, pair=pair))
                    rates[name] = sample.rate
        return rates

    def _measured(self, contender: Contender, query: Query, concurrency: int) -> Sample | None:
        try:
            sample = contender.measure(query, concurrency, self._options.seconds)
        except BenchmarkError as error:
            self._refuse(contender.name, query.name, concurrency, str(error))
            return None
        if reason := wrong(sample, may_fail=self._mode.may_fail):
            self._notes.anything_wrong |= bool(sample.outcome.wrong) or not self._mode.may_fail
            self._refuse(contender.name, query.name, concurrency, reason)
            return None
        if reason := bottleneck(sample):
            self._refuse(contender.name, query.name, concurrency, reason)
            return None
        return sample

    def _refuse(self, server: str, query: str, concurrency: int | None, reason: str) -> None:
        self._notes.refused.append(Refusal(server, query, self._mode.name, concurrency, reason))
        self._report(f"not reported: {server} {query} {self._mode.name}: {reason}")
