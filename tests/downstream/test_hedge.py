"""A second attempt overtakes a slow first one, rarely, and leaves nothing behind."""

import asyncio
from collections.abc import Sequence

import pytest

from downstream.budget import Budget
from downstream.call import Call
from downstream.counters import Counters
from downstream.endpoint import Row
from downstream.errors import DownstreamMalformedError, DownstreamUnavailableError
from downstream.hedge import Hedge
from downstream.quantile import Quantile
from tests.downstream.sends import ROWS, Late, Scripted, call
from tests.support.waiting import until

DOWN = DownstreamUnavailableError("order")
OTHERS = [*ROWS, *ROWS]


async def _hedge(send: Scripted, *, floor: float = 10.0, is_called: bool = True) -> Hedge:
    """A hedge that knows how long calls take."""
    outcomes, send.outcomes = send.outcomes, [ROWS]
    budget = Budget(share=0.2, floor=floor)
    hedge = Hedge(send, quantile=1.0, share=0.05, budget=budget, is_called=lambda: is_called, counters=Counters())
    for _ in range(40):
        await hedge(call())
    send.outcomes, send.attempts = outcomes, 0
    return hedge


async def test_the_second_attempts_answer_is_taken_and_the_first_is_cancelled() -> None:
    send = Scripted(None, OTHERS)
    hedge = await _hedge(send)
    assert await hedge(call()) == OTHERS
    await until(lambda: send.running == 0)
    assert (send.attempts, send.running) == (2, 0)
    task = asyncio.current_task()
    assert task is not None
    assert task.cancelling() == 0


async def test_without_its_budget_the_first_attempt_is_waited_for() -> None:
    send = Scripted(None)
    hedge = await _hedge(send, floor=0)
    for _ in range(2):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(hedge(call()), 0.05)
    assert send.attempts == 2
    assert send.running == 0


async def test_a_service_that_is_left_alone_is_not_asked_a_second_time() -> None:
    send = Scripted(Late(0.05, ROWS), OTHERS)
    hedge = await _hedge(send, is_called=False)
    assert await hedge(call()) == ROWS
    assert send.attempts == 1


async def test_a_first_attempt_that_fails_at_once_is_not_hedged() -> None:
    send = Scripted(DOWN)
    with pytest.raises(DownstreamUnavailableError):
        await (await _hedge(send))(call())
    assert send.attempts == 1


async def test_when_the_first_fails_late_the_second_is_waited_for() -> None:
    send = Scripted(Late(0.05, DOWN), Late(0.1, OTHERS))
    hedge = await _hedge(send)
    assert await hedge(call()) == OTHERS
    assert (send.attempts, send.running) == (2, 0)


async def test_when_both_fail_the_last_failure_is_raised() -> None:
    send = Scripted(Late(0.05, DOWN), Late(0.1, DownstreamMalformedError("order")))
    hedge = await _hedge(send)
    with pytest.raises(DownstreamMalformedError):
        await hedge(call())
    send.outcomes, send.attempts = [Late(0.1, DOWN), DownstreamMalformedError("order")], 0
    with pytest.raises(DownstreamUnavailableError):
        await hedge(call())


async def test_a_caller_that_leaves_cancels_both() -> None:
    send = Scripted(None)
    hedge = await _hedge(send)
    running = asyncio.ensure_future(hedge(call()))
    await until(lambda: send.running == 2)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await until(lambda: send.running == 0)


async def test_a_caller_that_leaves_in_the_moment_of_winning_leaves() -> None:
    class Leaving(Scripted):
        async def __call__(self, one: Call) -> Sequence[Row]:
            if self.outcomes[0] is None and self.attempts == 1:
                running.cancel()
            return await super().__call__(one)

    send = Leaving(None, OTHERS)
    hedge = await _hedge(send)
    running = asyncio.ensure_future(hedge(call()))
    with pytest.raises(asyncio.CancelledError):
        await running
    assert send.attempts == 2
    await until(lambda: send.running == 0)


def test_a_quantile_follows_what_was_observed_last() -> None:
    quantile = Quantile(0.95)
    for number in range(31):
        quantile.observe(number)
    assert quantile.value is None
    for number in range(31, 128):
        quantile.observe(number)
    assert quantile.value == 121
    for _ in range(128):
        quantile.observe(7)
    assert quantile.value == 7
