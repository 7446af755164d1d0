"""What growth looks like in numbers: a table per series, and where it is linear."""

from collections.abc import Sequence

from benchmarks.growth.points import Growth, Point
from benchmarks.growth.series import SERIES, Series
from benchmarks.table import number, table

# Less than this is no difference on a machine whose host changes its speed.
TIE = 1.15


def series_tables(growth: Growth) -> Sequence[tuple[Series, str]]:
    """Return each measured series with its table and a line per value that is missing."""
    return [
        (series, _series_table(series, growth))
        for series in SERIES.values()
        if series.name in {*(one.series for one in growth.points), *(one.series for one in growth.missing)}
    ]


def steady(series: Series, point: Point) -> float:
    """Return what stays the same where growth is linear: the series' ``measure``."""
    return point.cpu_us / point.value if series.name == "page-size" else point.cpu_us


def linear_words(series: Series, points: Sequence[Point]) -> str:
    """Say from where to where a server's cost is linear: within 15 % of the middle of the series' values."""
    if not points:
        return "nothing could be measured"
    costs = [steady(series, point) for point in points]
    middle = sorted(costs)[len(costs) // 2]
    inside = [point.value for point, cost in zip(points, costs, strict=True) if middle / TIE < cost < middle * TIE]
    outside = [
        f"{point.value:,} ({cost / middle:.2f} times)"
        for point, cost in zip(points, costs, strict=True)
        if point.value not in inside
    ]
    said = (
        f"{series.measure} is {number(middle)} in the middle and within 15 % of it from {inside[0]:,} to {inside[-1]:,}"
    )
    return said + (f"; otherwise at {', '.join(outside)}" if outside else "")


def _series_table(series: Series, growth: Growth) -> str:
    points = [point for point in growth.points if point.series == series.name]
    head = [series.unit, "server", "per second", series.measure, "p50 ms", "p99 ms", "KB an answer", "calls", "RSS MB"]
    head += ["Redis MB"] if series.mode.redis else []
    lines = [_line(series, point) for point in points]
    parts = [table(head, lines, words=0)]
    parts += [
        f"{server}: {linear_words(series, [one for one in points if one.server == server])}."
        for server in dict.fromkeys(point.server for point in points)
    ]
    parts += [
        f"Not reported: {one.server} at {one.value:,}: {one.reason.splitlines()[0]}"
        for one in growth.missing
        if one.series == series.name
    ]
    return "\n\n".join(parts)


def _line(series: Series, point: Point) -> list[str]:
    cells = [f"{point.value:,}", point.server, number(point.requests_per_second), number(steady(series, point))]
    cells += [number(point.p50_ms), number(point.p99_ms), number(point.kb), f"{point.calls:.2f}", f"{point.rss_mb:.0f}"]
    return [*cells, number(point.redis_mb)] if series.mode.redis else cells
