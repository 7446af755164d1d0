"""Three ways of answering `center` from warm loaders: graphql-core's, this gateway's, and one written by hand.

The one written by hand knows the query, checks nothing and handles no error: what a perfect engine comes near.
"""

import asyncio
import os

import uvloop

from benchmarks.engine.rounds import Comparison, compared
from benchmarks.kept import keep
from benchmarks.places import OTHER_CORE, RESULTS, SERVER_CORE
from benchmarks.rig import machine, rigged
from benchmarks.table import number, table

FILE = RESULTS / "engine.json"


def run(rounds: int, executions: int) -> str:
    """Compare, write ``benchmarks/results/engine.json``, and return a table.

    Args:
        rounds: How often each way is measured; the ways take turns.
        executions: In each round.
    """
    with rigged() as rig, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        os.sched_setaffinity(0, {SERVER_CORE})
        try:
            found = runner.run(compared(rig, rounds, executions))
        finally:
            os.sched_setaffinity(0, {OTHER_CORE})
    comparison = Comparison(machine.describe(), rounds, executions, found)
    keep(FILE, comparison)
    return comparison_table(comparison)


def comparison_table(comparison: Comparison) -> str:
    """Return a line per way and state of the services."""
    lines = [
        [
            row.way,
            row.services,
            number(row.median_us),
            f"{number(row.low_us)}-{number(row.high_us)}",
            f"{row.ratio:.3f}",
            f"{row.low_ratio:.3f}-{row.high_ratio:.3f}",
        ]
        for row in comparison.rows
    ]
    head = ["`center` from warm loaders", "services", "CPU µs, median", "spread", "÷ graphql-core", "in one round"]
    return table(head, lines, words=2)
