"""A service that keeps failing is left alone, and asked again before long."""

import asyncio

import pytest

from downstream.breaker import Breaker
from downstream.counters import Counters
from downstream.errors import (
    DownstreamError,
    DownstreamRefusedError,
    DownstreamRejectedError,
    DownstreamTimeoutError,
    DownstreamUnavailableError,
)
from tests.downstream.sends import ROWS, Late, Scripted, call
from tests.support.waiting import until

DOWN = DownstreamUnavailableError("order")


def _breaker(
    send: Scripted, *, failures: int = 5, share: float = 1.0, seconds: float = 0.05, patience: float = 5.0
) -> Breaker:
    return Breaker(
        send,
        service="order",
        failures=failures,
        share=share,
        seconds=seconds,
        patience=patience,
        counters=Counters(),
    )


async def _outcome(breaker: Breaker, key: str | None = None) -> object:
    try:
        return await breaker(call()._replace(key=key))
    except DownstreamError as failure:
        return type(failure)


async def test_failures_in_a_row_open_it_and_a_success_between_them_does_not_let_them_add_up() -> None:
    send = Scripted(DOWN, DOWN, ROWS, DOWN, DOWN, DOWN, ROWS)
    breaker = _breaker(send, failures=3)
    outcomes = [await _outcome(breaker) for _ in range(8)]
    failed = DownstreamUnavailableError
    assert outcomes == [failed, failed, ROWS, failed, failed, failed, DownstreamRejectedError, DownstreamRejectedError]
    assert (send.attempts, breaker.is_closed) == (6, False)


async def test_a_share_of_failures_opens_it_once_there_are_enough_calls_to_tell() -> None:
    send = Scripted(*(DOWN if number % 3 == 2 else ROWS for number in range(60)))
    breaker = _breaker(send, failures=100, share=0.3)
    for _ in range(60):
        await _outcome(breaker)
    assert send.attempts == 42  # the first failure after the fortieth call


@pytest.mark.parametrize(
    "error", [DownstreamRefusedError("order"), DownstreamTimeoutError("order", blames=False)], ids=["4xx", "no time"]
)
async def test_what_does_not_tell_against_the_service_does_not_open_it(error: DownstreamError) -> None:
    send = Scripted(error)
    breaker = _breaker(send, failures=1)
    for _ in range(10):
        await _outcome(breaker)
    assert send.attempts == 10


async def test_a_caller_that_leaves_does_not_open_it_nor_keeps_it_from_closing() -> None:
    send = Scripted(None)
    breaker = _breaker(send, failures=1)
    for _ in range(3):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(breaker(call()), 0.01)
    assert breaker.is_closed
    send.outcomes = [DOWN]
    await _outcome(breaker)
    assert not breaker.is_closed
    await asyncio.sleep(0.06)
    send.outcomes = [None]
    for _ in range(5):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(breaker(call()), 0.01)
    send.outcomes = [ROWS]
    assert await _outcome(breaker) == ROWS
    assert breaker.is_closed


async def _opened(send: Scripted, patience: float) -> Breaker:
    """A breaker that lets few calls through, as after its time."""
    breaker = _breaker(send, failures=1, patience=patience)
    await _outcome(breaker)
    await asyncio.sleep(0.06)
    return breaker


async def test_a_read_does_not_wait_long_for_a_sick_service_and_finds_out_all_the_same_that_it_is_well() -> None:
    send = Scripted(DOWN, Late(0.1, ROWS), Late(0.1, ROWS), Late(0.1, ROWS), ROWS)
    breaker = await _opened(send, patience=0.02)
    outcomes = await asyncio.gather(*(_outcome(breaker) for _ in range(5)))
    assert outcomes == [DownstreamRejectedError] * 5
    # Those that go on count: no other is sent, and nothing that is asked waits for them.
    assert (send.attempts, send.running, breaker.is_closed) == (4, 3, False)
    assert await _outcome(breaker) is DownstreamRejectedError
    await asyncio.sleep(0.15)
    assert (send.attempts, send.running, breaker.is_closed) == (4, 0, True)
    assert await _outcome(breaker) == ROWS


async def test_a_call_that_nobody_waits_for_keeps_it_open_when_it_fails() -> None:
    send = Scripted(DOWN, Late(0.05, DOWN), ROWS)
    breaker = await _opened(send, patience=0.01)
    assert await _outcome(breaker) is DownstreamRejectedError
    await asyncio.sleep(0.06)
    assert (send.running, breaker.is_closed) == (0, False)
    assert await _outcome(breaker) is DownstreamRejectedError
    assert send.attempts == 2
    await asyncio.sleep(0.06)
    assert await _outcome(breaker) == ROWS


async def test_a_command_is_waited_for_because_its_outcome_has_to_be_told() -> None:
    breaker = await _opened(Scripted(DOWN, Late(0.05, ROWS)), patience=0.01)
    assert await _outcome(breaker, key="once") == ROWS


@pytest.mark.parametrize(("key", "may_have_acted"), [("once", True), (None, False)], ids=["command", "read"])
async def test_a_command_that_closing_has_ended_may_have_acted(key: str | None, *, may_have_acted: bool) -> None:
    send = Scripted(DOWN, None)
    breaker = await _opened(send, patience=5.0)
    asking = asyncio.create_task(breaker(call()._replace(key=key)))
    await until(lambda: send.running == 1)
    await breaker.aclose()
    with pytest.raises(DownstreamRejectedError) as rejected:
        await asking
    assert rejected.value.may_have_acted is may_have_acted


async def test_closing_ends_the_calls_that_nobody_waits_for() -> None:
    send = Scripted(DOWN, None)
    breaker = await _opened(send, patience=0.01)
    await _outcome(breaker)
    assert send.running == 1
    await breaker.aclose()
    assert send.running == 0
    assert len(asyncio.all_tasks()) == 1


async def test_after_its_time_few_calls_go_through_until_one_succeeds() -> None:
    send = Scripted(DOWN)
    breaker = _breaker(send, failures=1)
    await _outcome(breaker)
    await asyncio.sleep(0.06)
    outcomes = await asyncio.gather(*(_outcome(breaker) for _ in range(10)))
    assert outcomes == [DownstreamUnavailableError] * 3 + [DownstreamRejectedError] * 7
    assert await _outcome(breaker) is DownstreamRejectedError
    await asyncio.sleep(0.06)
    send.outcomes = [ROWS]
    assert await _outcome(breaker) == ROWS
    assert await asyncio.gather(*(_outcome(breaker) for _ in range(10))) == [ROWS] * 10
