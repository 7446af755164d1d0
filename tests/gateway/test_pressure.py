"""How many requests are worked on follows how long they take and whose fault that is."""

import asyncio

import pytest

from gateway.pressure import FIRST, LEAST, TICK_SECONDS, Pressure

MOST = 500


def _look(pressure: Pressure, *, late: float = 0.0, answers: int = 0, wait: float = 0.0, under_way: int = 0) -> None:
    """One look at a loop that was so late, after so many answers with so many requests under way."""
    for _ in range(answers):
        pressure.answered(wait)
    if under_way:
        pressure.admits(under_way - 1)
    pressure.look(TICK_SECONDS + late)


def test_what_exceeds_the_bound_is_refused_and_counted() -> None:
    pressure = Pressure(3, target=1.0)
    assert [pressure.admits(under_way) for under_way in range(5)] == [True, True, True, False, False]
    assert pressure.shed == 2


def test_it_starts_low_and_grows_up_to_its_most_while_the_loop_is_on_time() -> None:
    pressure = Pressure(MOST, target=1.0)
    assert pressure.limit == FIRST
    for _ in range(120):
        # They wait for slow services, which is nothing that this process could do better.
        _look(pressure, answers=1, wait=5.0, under_way=MOST)
    assert pressure.limit == MOST


@pytest.mark.parametrize("late", [0.1, 0.5])
def test_where_the_loop_is_late_and_answers_too_it_becomes_what_is_answered_in_the_target(late: float) -> None:
    pressure = Pressure(MOST, target=0.5)
    pressure.limit = float(MOST)
    elapsed = TICK_SECONDS + late
    for _ in range(100):
        # 60 answers per second.
        _look(pressure, late=late, answers=round(60 * elapsed), wait=2.0, under_way=MOST)
    assert pressure.limit == pytest.approx(round(60 * elapsed) / elapsed * 0.5, rel=0.05)


def test_a_late_loop_is_enough_where_nobody_has_been_answered_yet() -> None:
    pressure = Pressure(MOST, target=0.5)
    _look(pressure, late=0.5, under_way=FIRST)
    assert pressure.limit == pytest.approx(FIRST * 0.7)


def test_it_never_falls_below_its_least() -> None:
    pressure = Pressure(MOST, target=0.5)
    for _ in range(20):
        _look(pressure, late=1.0, answers=1, wait=9.0, under_way=FIRST)
    assert pressure.limit == LEAST
    few = Pressure(2, target=0.5)
    _look(few, late=1.0, answers=1, wait=9.0, under_way=2)
    assert few.limit == 2


def test_quick_answers_let_it_grow_though_the_loop_is_a_little_late_and_it_stays_in_between() -> None:
    pressure = Pressure(MOST, target=0.5)
    _look(pressure, late=0.06, answers=10, wait=0.1, under_way=FIRST)
    assert pressure.limit == pytest.approx(FIRST * 1.1)
    _look(pressure, late=0.06, answers=10, wait=0.4, under_way=FIRST)
    assert pressure.limit == pytest.approx(FIRST * 1.1)


def test_where_nobody_needs_it_it_goes_back_to_where_it_began() -> None:
    for limit in (LEAST, MOST):
        pressure = Pressure(MOST, target=0.5)
        pressure.limit = float(limit)
        for _ in range(60):
            _look(pressure, answers=1, wait=0.01, under_way=1)
        assert pressure.limit == FIRST


async def test_it_looks_at_the_loop_until_it_is_stopped() -> None:
    pressure = Pressure(MOST, target=0.5)
    pressure.limit = LEAST
    pressure.start()
    async with asyncio.timeout(5):
        while pressure.limit == LEAST:  # noqa: ASYNC110  it tells nobody
            await asyncio.sleep(TICK_SECONDS)
    pressure.stop()
    before = pressure.limit
    await asyncio.sleep(3 * TICK_SECONDS)
    assert pressure.limit == before
