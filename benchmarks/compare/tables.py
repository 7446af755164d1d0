"""The comparison's tables."""

from collections.abc import Sequence

from benchmarks.compare.results import Ratio, Refusal, Results, Row
from benchmarks.modes import MODES
from benchmarks.servers import OURS
from benchmarks.table import number, table

USUAL_MODES = {mode.name for mode in MODES if mode.every_concurrency}
HEAD = (
    "server",
    "c",
    "per second",
    "per CPU-second",
    "ours ÷ it",
    "spread",
    "",
    "p50 ms",
    "p95 ms",
    "p99 ms",
    "errors",
    "RSS MB",
    "calls",
)


def headline(results: Results) -> str:
    """Return one table: answers per CPU-second of every server at the middle concurrency, with the services well."""
    cells = {(row.server, row.query, row.mode): row for row in _middle(results.rows)}
    columns = list(dict.fromkeys((row.query, row.mode) for row in results.rows))
    columns = [at for at in columns if at[1] in USUAL_MODES] or columns
    measured = {row.server for row in results.rows}
    servers = [name for name in results.meta.servers if name in measured]
    lines = [
        [server, *(number(row.requests_per_cpu_second) if (row := cells.get((server, *at))) else "-" for at in columns)]
        for server in servers
    ]
    return table(["answers per CPU-second", *(f"{query}, {mode}" for query, mode in columns)], lines)


def all_tables(results: Results) -> str:
    """Return a table per mode and query, with what is not reported at the end."""
    parts = []
    for mode, words in results.meta.modes.items():
        of_mode = [row for row in results.rows if row.mode == mode]
        if not of_mode:
            continue
        parts.append(f"### {mode}: {words}")
        for query in dict.fromkeys(row.query for row in of_mode):
            size = results.meta.bytes_per_answer.get(query, 0) / 1000
            parts.append(f"`{query}`, {size:.1f} KB an answer")
            rows = [row for row in of_mode if row.query == query]
            rows.sort(key=lambda row: (row.concurrency, list(results.meta.servers).index(row.server)))
            parts.append(_table(rows, results.meta.ratios))
    if results.meta.refused:
        parts += ["### Not reported", refusals(results.meta.refused)]
    return "\n\n".join(parts)


def refusals(refused: Sequence[Refusal]) -> str:
    """Return what is not reported, each reason once per server."""
    lines = [
        f"- {one.server}, {' '.join(filter(None, [one.query, one.mode]))}"
        f"{'' if one.concurrency is None else f', c={one.concurrency}'}: {one.reason.splitlines()[0]}"
        for one in refused
    ]
    return "\n".join(dict.fromkeys(lines))


def _middle(rows: Sequence[Row]) -> Sequence[Row]:
    every = sorted({row.concurrency for row in rows})
    middle = every[len(every) // 2] if every else 0
    return [row for row in rows if row.concurrency == middle]


def _table(rows: Sequence[Row], ratios: Sequence[Ratio]) -> str:
    compared = {(one.server, one.query, one.mode, one.concurrency): one for one in ratios}
    lines = []
    for row in rows:
        ratio = compared.get((row.server, row.query, row.mode, row.concurrency))
        lines.append(
            [
                f"**{row.server}**" if row.server == OURS else row.server,
                str(row.concurrency),
                "≥ " * row.is_held_up + number(row.requests_per_second),
                number(row.requests_per_cpu_second),
                f"{ratio.ratio:.2f}" if ratio else "",
                f"{ratio.low:.2f}-{ratio.high:.2f}" if ratio else "",
                ratio.verdict if ratio else "",
                *("-" if row.is_held_up else number(ms) for ms in (row.p50_ms, row.p95_ms, row.p99_ms)),
                str(row.errors),
                f"{row.rss_mb:.0f}",
                f"{row.downstream_calls_per_request:.2f}",
            ]
        )
    return table(HEAD, lines)
