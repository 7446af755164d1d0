"""How fast the server's core is: the CPU time of a fixed piece of work, ten times a second.

A virtual machine's host changes a core's speed, here by up to 1.8 times, whatever runs inside. Run as a program, this
module is the sampler; it takes about 1 % of the core.
"""

import statistics
import sys
import time
from pathlib import Path

from benchmarks.places import ROOT, SERVER_CORE
from benchmarks.rig.processes import Processes

SECONDS_BETWEEN = 0.1
STEPS = 8_000
# The fastest few samples may be luck; one in a hundred is not.
REFERENCE_QUANTILE = 0.01


class Speed:
    """The samples of this run.

    Args:
        processes: Starts the sampler.
        file: Where it writes.
    """

    def __init__(self, processes: Processes, file: Path) -> None:
        file.touch()
        self._file = file
        command = [sys.executable, "-m", "benchmarks.rig.speed", str(file)]
        processes.start("speed", command, core=SERVER_CORE, port=0, folder=ROOT)

    def between(self, start: float, end: float) -> float:
        """Return the median milliseconds of the work in this time (monotonic seconds)."""
        samples = self._samples()
        inside = [ms for at, ms in samples if start <= at <= end]
        # A cell shorter than the time between samples takes the one before it.
        return statistics.median(inside or [ms for _, ms in samples[-1:]] or [1.0])

    def reference(self) -> float:
        """Return the milliseconds of the work on this core at its fastest in this run."""
        times = sorted(ms for _, ms in self._samples())
        return times[int(len(times) * REFERENCE_QUANTILE)] if times else 1.0

    def _samples(self) -> list[tuple[float, float]]:
        whole = self._file.read_text().rpartition("\n")[0]
        return [(float(at), float(ms)) for at, ms in (line.split() for line in whole.splitlines())]


def work() -> int:
    """Do what takes a core about a millisecond."""
    table, state = {}, 0
    for step in range(STEPS):
        table[step & 255] = state = (state * 31 + step) & 0xFFFFFFFF
    return state


def sample(file: Path) -> None:
    """Write a line of monotonic seconds and milliseconds of work, until somebody ends this."""
    with file.open("w", buffering=1) as output:
        while True:
            start = time.thread_time_ns()
            work()
            output.write(f"{time.monotonic():.3f} {(time.thread_time_ns() - start) / 1e6:.4f}\n")
            time.sleep(SECONDS_BETWEEN)


if __name__ == "__main__":
    sample(Path(sys.argv[1]))
