"""So many calls at a time, a few in a queue, fewer when the service cannot keep up."""

import asyncio

import pytest

from downstream.counters import Counters
from downstream.errors import (
    DownstreamError,
    DownstreamOverloadedError,
    DownstreamRejectedError,
    DownstreamTimeoutError,
)
from downstream.limit import Limit
from tests.downstream.sends import ROWS, Scripted, call


def _limit(send: Scripted, *, most: int = 2, queue: int = 2, queue_seconds: float = 0.05) -> Limit:
    return Limit(send, service="order", most=most, queue=queue, queue_seconds=queue_seconds, counters=Counters())


async def _outcome(limit: Limit, seconds: float = 5.0) -> object:
    try:
        return await limit(call(seconds))
    except DownstreamError as failure:
        return type(failure)


async def test_calls_above_the_limit_wait_and_then_go_in_the_order_they_came() -> None:
    send = Scripted(ROWS)
    limit = _limit(send, queue=10, queue_seconds=5.0)
    assert await asyncio.gather(*(_outcome(limit) for _ in range(12))) == [ROWS] * 12
    assert (send.attempts, limit.in_flight) == (12, 0)


async def test_no_more_than_the_limit_run_and_no_more_than_the_queue_wait() -> None:
    send = Scripted(None)
    limit = _limit(send)
    calls = [asyncio.ensure_future(_outcome(limit)) for _ in range(6)]
    await asyncio.sleep(0.01)
    assert (send.running, limit.in_flight) == (2, 2)
    assert [one.result() for one in calls if one.done()] == [DownstreamRejectedError] * 2
    await asyncio.sleep(0.1)
    assert [one.result() for one in calls if one.done()] == [DownstreamRejectedError] * 4
    for one in calls:
        one.cancel()
    await asyncio.wait(calls)
    assert limit.in_flight == 0


async def test_a_deadline_that_passes_in_the_queue_is_a_timeout_that_blames_nobody() -> None:
    limit = _limit(Scripted(None), most=1)
    first = asyncio.ensure_future(_outcome(limit))
    await asyncio.sleep(0)
    with pytest.raises(DownstreamTimeoutError) as failed:
        await limit(call(seconds=0.01))
    assert not failed.value.blames
    first.cancel()


@pytest.mark.parametrize("at_the_same_time", [False, True])
async def test_a_caller_that_leaves_the_queue_gives_its_turn_to_the_next(*, at_the_same_time: bool) -> None:
    send = Scripted(None, ROWS)
    limit = _limit(send, most=1, queue_seconds=5.0)
    running, leaving, waiting = (asyncio.ensure_future(_outcome(limit)) for _ in range(3))
    await asyncio.sleep(0.01)
    if at_the_same_time:
        running.cancel()
    leaving.cancel()
    await asyncio.sleep(0.01)
    running.cancel()
    assert await waiting == ROWS
    assert limit.in_flight == 0


async def test_timeouts_and_refusals_shrink_the_limit_once_per_burst_and_use_grows_it_back() -> None:
    send = Scripted(DownstreamOverloadedError("order"))
    limit = _limit(send, most=20, queue=0)
    await asyncio.gather(*(_outcome(limit) for _ in range(20)))
    assert limit.limit == 16
    for _ in range(20):
        await _outcome(limit)
    assert limit.limit == 8
    send.outcomes = [DownstreamTimeoutError("order", blames=False)]
    await _outcome(limit)
    assert limit.limit == 8
    send.outcomes = [ROWS]
    for _ in range(100):
        await _outcome(limit)
    assert limit.limit == 8  # there was no use for more
    for _ in range(60):
        await asyncio.gather(*(_outcome(limit) for _ in range(limit.limit)))
    assert limit.limit == 20
