"""What the gateway does for a request, piece by piece, timed by pyperf.

A benchmark is a function in one of this package's files, named by its noun (``batch.py``). It takes the gateway's
parts, prepares, and returns what is timed; the first line of its docstring says what that is. Adding one is
adding such a function, and its file to ``NOUNS`` in ``__main__.py``.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import pyperf

from benchmarks.kept import keep
from benchmarks.micro.timing import REDIS, STANDIN, Timing
from benchmarks.places import RESULTS, ROOT, SERVER_CORE, BenchmarkError
from benchmarks.rig import Rig, rigged
from benchmarks.table import number, table

FILE = RESULTS / "micro.json"
VALUES = 5


def run(only: str, processes: int) -> str:
    """Time the benchmarks, write ``benchmarks/results/micro.json``, and return a table.

    Args:
        only: Part of a name; empty: all.
        processes: Processes per benchmark, one after the other; each gives a few values.
    """
    with rigged() as rig, tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pyperf.json"
        _time(rig, file, only, processes)
        timings = [_timing(benchmark) for benchmark in pyperf.BenchmarkSuite.load(str(file)).get_benchmarks()]
    keep(FILE, timings)
    return timings_table(timings)


def timings_table(timings: Sequence[Timing]) -> str:
    """Return a line per benchmark."""
    lines = [[one.name, one.words, number(one.median_us), f"{one.spread:.0%}"] for one in timings]
    return table(["benchmark", "what is timed", "median µs", "spread"], lines, words=2)


def _time(rig: Rig, file: Path, only: str, processes: int) -> None:
    given = {STANDIN: rig.standin.url, REDIS: rig.stores.url(0)}
    options = [f"--affinity={SERVER_CORE}", f"--processes={processes}", f"--values={VALUES}", "--warmups=1"]
    options += [f"--inherit-environ={','.join(given)}", f"--output={file}", "--quiet"]
    command = [sys.executable, "-m", "benchmarks.micro", *options, only]
    done = subprocess.run(  # noqa: S603  our own command
        command, cwd=ROOT, env=os.environ | given, capture_output=True, check=False, text=True
    )
    if done.returncode or not file.exists():
        raise BenchmarkError(f"pyperf failed: {(done.stdout + done.stderr)[-1500:]}")


def _timing(benchmark: pyperf.Benchmark) -> Timing:
    values = [value * 1e6 for value in benchmark.get_values()]
    middle = median(values)
    words = str(benchmark.get_metadata().get("description", ""))
    return Timing(benchmark.get_name(), round(middle, 2), words, round((max(values) - min(values)) / middle, 3))
