"""What becomes of whole answers without a cache while a service is slow, gone, or late now and then."""

from benchmarks.faults.cases import Case, Faults, measured
from benchmarks.kept import keep
from benchmarks.places import RESULTS
from benchmarks.rig import machine, rigged
from benchmarks.table import number, table

FILE = RESULTS / "faults.json"


def run(rounds: int, seconds: float) -> str:
    """Measure, write ``benchmarks/results/faults.json``, and return a table.

    Args:
        rounds: How often each case is measured; the cases take turns.
        seconds: Of each measurement.
    """
    with rigged() as rig:
        cases = measured(rig, rounds, seconds)
    faults = Faults(machine.describe(), rounds, seconds, cases)
    keep(FILE, faults)
    return faults_table(faults)


def faults_table(faults: Faults) -> str:
    """Return a line per case."""
    healthy = faults.cases[0].per_second
    head = ["services", "slow reads", "answers/s", "of healthy", "p50 ms", "p99 ms", "÷ p50", "calls made twice"]
    return table(head, [_line(case, healthy) for case in faults.cases], words=2)


def _line(case: Case, healthy: float) -> list[str]:
    return [
        case.words,
        "sent twice" if case.hedged else "waited for",
        number(case.per_second),
        f"{case.per_second / healthy:.2f}",
        number(case.p50_ms),
        number(case.p99_ms),
        f"{case.p99_ms / case.p50_ms:.1f}",
        f"{case.made_twice:.1%}",
    ]
