"""What the benchmarks make of their measurements."""

import json

import pytest
from msgspec.structs import replace

from benchmarks.compare.answers import difference
from benchmarks.compare.summary import ratios, rows, schedule, verdict
from benchmarks.load import Outcome
from benchmarks.modes import MODES
from benchmarks.rig.sample import Cell, Sample, bottleneck, wrong


def _sample(server: str, good: int, pair: int = 0, *, work_ms: float = 1.0, **changes: float) -> Sample:
    outcome = Outcome(
        seconds=2.0, good=good, wrong=0, errors=0, bytes=0, p50_ms=1.0, p95_ms=2.0, p99_ms=3.0, lag_ms=0.0
    )
    given = {"cpu_seconds": 2.0, "cpu_share": 1.0, "foreign_share": 0.0, "stolen_share": 0.0, "other_share": 0.5}
    cell = Cell(server, "center", "no-cache", 16)
    return Sample(
        cell=cell, outcome=outcome, work_ms=work_ms, rss_mb=50, calls=good * 6, pair=pair, **(given | changes)
    )


def test_ours_is_measured_beside_every_other_and_every_other_round_goes_backwards() -> None:
    names = ["ours", "a", "b", "c"]
    assert [name for name, _ in schedule(names, 0)] == ["a", "ours", "b", "c", "ours"]
    assert [name for name, _ in schedule(names, 1)] == ["c", "ours", "b", "a", "ours"]
    assert list(schedule(["ours"], 3)) == [("ours", 3)]


def test_a_slow_core_does_not_make_a_server_slow() -> None:
    fast, slow = _sample("ours", 1000, work_ms=1.0), _sample("other", 500, work_ms=2.0)
    (ratio,) = ratios([fast, slow], "ours", reference_ms=1.0)
    assert (ratio.ratio, ratio.verdict) == (1.0, "tie")


def test_a_row_is_the_median_of_its_rounds() -> None:
    (row,) = rows([_sample("ours", good) for good in (100, 900, 200)], reference_ms=1.0)
    assert (row.requests_per_second, row.requests_per_cpu_second) == (100.0, 100.0)
    assert row.downstream_calls_per_request == 6.0


@pytest.mark.parametrize(("ratio", "said"), [(1.14, "tie"), (0.88, "tie"), (1.16, "faster"), (0.86, "slower")])
def test_less_than_fifteen_percent_is_no_difference(ratio: float, said: str) -> None:
    assert verdict(ratio) == said


def test_what_the_generator_limited_is_marked_and_not_reported_where_the_server_was_idle() -> None:
    assert bottleneck(_sample("ours", 1000, other_share=0.99, cpu_share=0.2)) is not None
    assert bottleneck(_sample("ours", 1000, other_share=0.99, cpu_share=0.5)) is None
    for share, is_marked in ((0.5, True), (0.99, False)):
        (row,) = rows([_sample("ours", 1000, other_share=0.99, cpu_share=share)], reference_ms=1.0)
        assert row.is_held_up is is_marked
    assert bottleneck(_sample("ours", 1000, other_share=0.99, cpu_share=0.99)) is None
    assert bottleneck(_sample("ours", 1000, other_share=0.5, cpu_share=0.5)) is None


def test_wrong_answers_are_not_reported() -> None:
    assert wrong(_sample("ours", 0), may_fail=False) == "there was no right answer"
    assert wrong(_sample("ours", 5), may_fail=False) is None


def test_errors_are_reported_only_where_a_mode_makes_them() -> None:
    some = _sample("ours", 5)
    failing = replace(some, outcome=replace(some.outcome, errors=2))
    assert wrong(failing, may_fail=False) == "2 of 7 answers had errors or did not come"
    assert wrong(failing, may_fail=True) is None
    assert [mode.name for mode in MODES if mode.may_fail] == ["payment-down", "recs-slow", "overload"]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"data": {"b": [1, 2.0], "a": "x"}}, None),
        ({"data": {"a": "y", "b": [1, 2]}}, "data.a: y where others say x"),
        ({"data": {"a": "x", "b": [1, True]}}, "data.b[1]: True where others say 2"),
        ({"data": {"a": "x", "b": [1]}}, "data.b: [1] where others say [1, 2]"),
        ({"data": {"a": "x", "b": [1, 2]}, "errors": [{"message": "no"}]}, 'errors: [{"message":"no"}]'),
    ],
)
def test_answers_are_compared_by_value(given: dict[str, object], says: str | None) -> None:
    expected = json.dumps({"data": {"a": "x", "b": [1, 2]}}).encode()
    assert difference(expected, json.dumps(given).encode()) == says
