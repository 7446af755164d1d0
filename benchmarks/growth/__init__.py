"""How cost grows with the size of a page, the number of requests at a time, and the number of customers."""

from collections.abc import Callable, Sequence

from benchmarks.growth.plot import plot
from benchmarks.growth.points import Growth, SeriesRun
from benchmarks.growth.series import SERIES, find_series
from benchmarks.growth.tables import series_tables
from benchmarks.kept import keep
from benchmarks.places import PICTURES, RESULTS
from benchmarks.rig import machine, rigged
from benchmarks.servers import Server

__all__ = ["FILE", "SERIES", "run"]

FILE = RESULTS / "growth.json"


def run(servers: Sequence[Server], series: str, seconds: float, rounds: int, report: Callable[[str], None]) -> str:
    """Measure, write ``benchmarks/results/growth.json``, plot into docs/, and return the tables.

    Args:
        servers: Which servers, one after the other.
        series: Names, separated by commas.
        seconds: Of each measurement.
        rounds: How often each point is measured.
        report: Takes lines for the person who waits.

    Raises:
        BenchmarkError: A server did not start, or a name is none.
    """
    chosen = find_series(series)
    with rigged() as rig:
        runs = [SeriesRun(rig, server, one) for one in chosen for server in servers]
        for of_run in runs:
            of_run.measure(seconds, rounds, report)
        reference_ms = rig.speed.reference()
    points = [point for of_run in runs for point in of_run.points(reference_ms)]
    missing = list(dict.fromkeys(gap for of_run in runs for gap in of_run.missing))
    growth = Growth(machine.describe(), seconds, rounds, points, missing)
    keep(FILE, growth)
    PICTURES.mkdir(parents=True, exist_ok=True)
    for one in chosen:
        plot(one, [point for point in points if point.series == one.name], PICTURES / f"{one.name}.png")
    return "\n\n".join(f"{one.title}: {one.words}\n\n{text}" for one, text in series_tables(growth))
