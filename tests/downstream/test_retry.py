"""Reads are repeated where that may help, and no more often than time and budget allow."""

import asyncio

import pytest

from downstream.budget import Budget
from downstream.counters import Counters
from downstream.errors import (
    DownstreamError,
    DownstreamMalformedError,
    DownstreamOverloadedError,
    DownstreamRefusedError,
    DownstreamRejectedError,
    DownstreamStaleError,
    DownstreamTimeoutError,
    DownstreamUnavailableError,
)
from downstream.retry import Retry
from tests.downstream.sends import ROWS, Scripted, call

DOWN = DownstreamUnavailableError("order")
STALE = DownstreamStaleError("order")


def _retry(send: Scripted, *, retries: int = 2, floor: float = 10.0) -> Retry:
    budget = Budget(share=0.2, floor=floor)
    return Retry(send, retries=retries, budget=budget, is_called=lambda: True, counters=Counters())


async def test_what_another_attempt_may_mend_is_repeated() -> None:
    send = Scripted(DOWN, DownstreamOverloadedError("order"), ROWS)
    assert await _retry(send)(call()) == ROWS
    assert send.attempts == 3


async def test_after_the_last_retry_its_error_is_raised() -> None:
    send = Scripted(DOWN)
    with pytest.raises(DownstreamUnavailableError):
        await _retry(send)(call())
    assert send.attempts == 3


@pytest.mark.parametrize(
    "error",
    [
        DownstreamTimeoutError("order"),
        DownstreamMalformedError("order"),
        DownstreamRefusedError("order"),
        DownstreamRejectedError("order"),
    ],
)
async def test_what_another_attempt_does_not_mend_is_not_repeated(error: DownstreamError) -> None:
    send = Scripted(error)
    with pytest.raises(type(error)):
        await _retry(send)(call())
    assert send.attempts == 1


async def test_a_service_that_is_left_alone_is_not_waited_for() -> None:
    send = Scripted(DownstreamOverloadedError("order", retry_after=1.0), ROWS)
    budget = Budget(share=0.2, floor=10.0)
    retry = Retry(send, retries=2, budget=budget, is_called=lambda: False, counters=Counters())
    async with asyncio.timeout(0.5):
        with pytest.raises(DownstreamOverloadedError):
            await retry(call())
    assert send.attempts == 1


async def test_a_closed_connection_costs_no_budget_and_is_met_once() -> None:
    send = Scripted(STALE, ROWS)
    assert await _retry(send, retries=0, floor=0)(call()) == ROWS
    again = Scripted(STALE)
    with pytest.raises(DownstreamStaleError):
        await _retry(again, retries=2)(call())
    assert again.attempts == 2


async def test_without_budget_nothing_is_repeated() -> None:
    send = Scripted(DOWN)
    retry = _retry(send, floor=0)
    for _ in range(4):
        with pytest.raises(DownstreamUnavailableError):
            await retry(call())
    assert send.attempts == 4
    with pytest.raises(DownstreamUnavailableError):
        await retry(call())
    assert send.attempts == 6


async def test_a_pause_that_would_pass_the_deadline_is_not_begun() -> None:
    send = Scripted(DownstreamOverloadedError("order", retry_after=3))
    with pytest.raises(DownstreamOverloadedError):
        async with asyncio.timeout(1):
            await _retry(send)(call(seconds=2))
    assert send.attempts == 1


async def test_a_budget_gives_its_share_of_the_calls_and_its_floor() -> None:
    budget = Budget(share=0.2, floor=0)
    given = 0
    for _ in range(100):
        budget.deposit()
        given += budget.withdraw()
    assert given in (19, 20)  # a fifth cannot be added up exactly
    assert sum(Budget(share=0, floor=1.0).withdraw() for _ in range(1)) == 1
    floor = Budget(share=0, floor=0.5)
    assert [floor.withdraw() for _ in range(6)] == [True] * 5 + [False]


async def test_a_budget_that_nobody_used_does_not_pile_up() -> None:
    budget = Budget(share=0.2, floor=0)
    for _ in range(10_000):
        budget.deposit()
    assert sum(budget.withdraw() for _ in range(1000)) == 20
