"""Where growth is linear, and who asks along a series."""

import pytest

from benchmarks.growth.points import Point
from benchmarks.growth.series import SERIES, find_series
from benchmarks.growth.tables import linear_words
from benchmarks.places import BenchmarkError


def _point(value: int, cpu_us: float) -> Point:
    return Point("page-size", "order-center", value, 1.0, cpu_us, 1.0, 1.0, 50.0, 1.0, 1.0, 0.0)


def test_a_page_is_linear_where_the_cost_of_an_order_stays() -> None:
    points = [_point(10, 2_000), _point(20, 2_000), _point(50, 5_000), _point(100, 10_100), _point(200, 60_000)]
    assert linear_words(SERIES["page-size"], points) == (
        "CPU µs per order is 101 in the middle and within 15 % of it from 20 to 100; "
        "otherwise at 10 (1.98 times), 200 (2.97 times)"
    )


def test_no_point_is_said_to_be_none() -> None:
    assert linear_words(SERIES["customers"], []) == "nothing could be measured"


def test_a_page_of_a_size_asks_for_that_many_orders() -> None:
    place = SERIES["page-size"].place(500)
    assert place.query.variables_of("cus_0001") == {"id": "cus_0001", "first": 500}
    assert place.concurrency == 1


def test_customers_are_drawn_from_as_many_as_the_value_and_the_same_ones_each_time() -> None:
    place = SERIES["customers"].place(1_000_000)
    assert {len(place.before), len(place.people)} == {2_000}
    assert len(set(place.people)) > 1_900
    assert set(place.people) != set(place.before)
    assert place == SERIES["customers"].place(1_000_000)
    assert set(SERIES["customers"].place(1).people) == {"cus_0001"}


def test_a_series_that_is_none_is_refused() -> None:
    with pytest.raises(BenchmarkError, match="no series is called depth; there are page-size, concurrency, customers"):
        find_series("customers,depth")
