"""The page that is written from results."""

import msgspec
from msgspec.structs import replace

from benchmarks.compare.merge import merged
from benchmarks.compare.results import Meta, Ratio, Results, Row
from benchmarks.load import Outcome
from benchmarks.micro.timing import Timing
from benchmarks.report import TRIAL, Found, page
from benchmarks.rig.machine import Machine
from benchmarks.rig.sample import Cell, Sample


def _row(server: str, mode: str, rate: float) -> Row:
    return Row(server, "small", mode, 16, rate, rate, 1.0, 2.0, 3.0, 0, 50.0, 1.0)


def _run(date: str, *rows: Row) -> Results:
    ratios = [Ratio(row.server, "small", row.mode, 16, 2.0, 1.9, 2.1, "faster") for row in rows[1:]]
    return Results(
        meta=Meta(
            machine=Machine(date, "abc1234", "A processor", 2, 8.0, "Linux", {"Python": "3.11.7"}),
            servers={row.server: "words" for row in rows},
            modes={row.mode: "words" for row in rows},
            seconds=1.0,
            rounds=2,
            customers=50,
            reference_ms=1.0,
            slowest=0.9,
            bytes_per_answer={"small": 200.0},
            ratios=ratios,
            refused=[],
            samples=[],
        ),
        rows=list(rows),
    )


def test_a_page_of_nothing_says_how_each_part_is_measured() -> None:
    text = page(Found())
    for command in ("quick", "faults", "engine", "micro", "growth", "flame"):
        assert f"*Not measured yet: `scripts/bench {command}`.*" in text


def test_what_there_is_is_shown() -> None:
    run = _run("2026-01-02 03:04 UTC", _row("order-center", "no-cache", 400.0), _row("apollo", "no-cache", 200.0))
    text = page(Found(runs=[run], micro=[Timing("cache.hit_of_1", 123.4, "One hit.", 0.05)]))
    assert "| **order-center** | 16 |        400 |            400 |" in text
    assert "| apollo           | 16 |        200 |            200 |      2.00 | 1.90-2.10 | faster |" in text
    assert "| cache.hit_of_1 | One hit.      |       123 |     5% |" in text
    assert "2026-01-02 03:04 UTC" in text
    assert "`scripts/bench engine`.*" in text


def test_figures_from_a_busy_machine_are_called_a_trial() -> None:
    quiet = _run("1", _row("order-center", "no-cache", 1.0))
    outcome = Outcome(1.0, 1, 0, 0, 1, 1.0, 1.0, 1.0, 0.0)
    busy = Sample(Cell("order-center", "small", "no-cache", 16), outcome, 1.0, 1.0, 1.0, 1.0, 1, 0.3, 0.0, 0.5)
    assert TRIAL not in page(Found(runs=[quiet]))
    assert TRIAL in page(Found(runs=[replace(quiet, meta=replace(quiet.meta, samples=[busy]))]))


def test_servers_of_different_runs_are_not_put_into_one_comparison() -> None:
    old = _run(
        "1", _row("order-center", "no-cache", 1.0), _row("apollo", "no-cache", 2.0), _row("apollo", "overload", 3.0)
    )
    new = _run("2", _row("order-center", "no-cache", 4.0))
    both = merged([old, new])
    assert [(row.server, row.mode, row.requests_per_second) for row in both.rows] == [
        ("apollo", "overload", 3.0),
        ("order-center", "no-cache", 4.0),
    ]
    assert [(ratio.server, ratio.mode) for ratio in both.meta.ratios] == [("apollo", "overload")]
    assert both.meta.machine.date == "2"


def test_machines_read_rows_by_these_names() -> None:
    (row,) = msgspec.to_builtins(_run("1", _row("ceiling", "warm-redis", 1.0)))["rows"]
    assert list(row) == [
        "server",
        "query",
        "mode",
        "concurrency",
        "requests_per_second",
        "requests_per_cpu_second",
        "p50_ms",
        "p95_ms",
        "p99_ms",
        "errors",
        "rss_mb",
        "downstream_calls_per_request",
        "is_held_up",
    ]
