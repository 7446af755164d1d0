"""The series as pictures."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from benchmarks.growth.points import Point
from benchmarks.growth.series import Series
from benchmarks.growth.tables import steady

INCHES = (9.0, 3.4)
DOTS_PER_INCH = 110


def plot(series: Series, points: Sequence[Point], file: Path) -> None:
    """Draw what stays the same where growth is linear, and the wait, over the number that grows."""
    with mpl.rc_context({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=INCHES, layout="constrained")
        cost, wait = figure.subplots(1, 2)
        for server in dict.fromkeys(point.server for point in points):
            of_server = [point for point in points if point.server == server]
            values = [point.value for point in of_server]
            cost.plot(values, [steady(series, point) for point in of_server], "o-", label=server)
            (median,) = wait.plot(values, [point.p50_ms for point in of_server], "o-", label=f"{server}, median")
            wait.plot(values, [point.p99_ms for point in of_server], ":", color=median.get_color(), label="p99")
        for axes, words in ((cost, series.measure), (wait, "wait, ms")):
            axes.set_xscale("log")
            axes.set_xlabel(series.unit)
            axes.set_ylabel(words)
            axes.grid(alpha=0.3)
            axes.legend(frameon=False)
        cost.set_ylim(bottom=0)
        wait.set_yscale("log")
        figure.suptitle(f"{series.title}: level on the left is linear", fontsize=10)
        # Without the version of matplotlib, so that the same points are the same file.
        figure.savefig(file, dpi=DOTS_PER_INCH, metadata={"Software": None})
