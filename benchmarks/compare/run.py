"""One comparison, from options to the file that machines read."""

import time

from benchmarks.compare import summary
from benchmarks.compare.comparison import Options, Report, compare
from benchmarks.compare.results import Meta, Results
from benchmarks.kept import keep
from benchmarks.places import RESULTS
from benchmarks.rig import machine, rigged

FILE = RESULTS / "latest.json"
RUNS = RESULTS / "runs"


def compare_and_keep(options: Options, report: Report) -> tuple[Results, bool]:
    """Measure, write the results and a copy that stays, and return them and whether all answers were right."""
    with rigged() as rig:
        notes = compare(rig, options, report)
        reference_ms = rig.speed.reference()
    meta = Meta(
        machine=machine.describe(),
        servers={server.name: server.words for server in options.servers},
        modes={mode.name: mode.words for mode in options.modes},
        seconds=options.seconds,
        rounds=options.rounds,
        customers=options.customers,
        reference_ms=reference_ms,
        slowest=min((reference_ms / sample.work_ms for sample in notes.samples), default=1.0),
        bytes_per_answer=notes.bytes_per_answer,
        ratios=summary.ratios(notes.samples, options.servers[0].name, reference_ms),
        refused=notes.refused,
        samples=notes.samples,
    )
    results = Results(meta, summary.rows(notes.samples, reference_ms))
    keep(FILE, results)
    keep(RUNS / f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}.json", results)
    return results, not notes.anything_wrong
