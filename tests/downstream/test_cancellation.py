"""A call that is cancelled leaves no socket, task or slot behind, wherever it was just then."""

import asyncio

import pytest

from tests.support import proxy
from tests.support.downstream import Rig, good, rig
from tests.support.proxy import Fault
from tests.support.steps import cancelled_at
from tests.support.waiting import until


async def _in_pieces(exchange: proxy.Exchange) -> None:
    for piece in (b"HTTP/1.1 200 OK\r\n", b"Content-Length: 12\r\n\r\n", b'{"rows"', b": []", b"}"):
        await exchange.write(piece)
        await asyncio.sleep(0.002)


def _strays() -> list[asyncio.Task[object]]:
    """Tasks that are neither this test's nor the proxy's."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    return [task for task in others if "Proxy" not in getattr(task.get_coro(), "__qualname__", "")]


async def _assert_nothing_is_left(one: Rig, *, connections: int) -> None:
    await until(lambda: not one.client.in_flight and not _strays())
    await until(lambda: len(one.proxy.connections) == one.transport.connections)
    assert one.transport.connections <= connections


@pytest.mark.parametrize("late", [False, True], ids=["early", "late"])
@pytest.mark.parametrize("warm", [False, True], ids=["cold", "warm"])
@pytest.mark.parametrize("fault", [good, _in_pieces, proxy.failing, proxy.closing])
async def test_cancelled_at_any_step_a_call_leaves_nothing_behind(fault: Fault, *, warm: bool, late: bool) -> None:
    step, reached = 0, True
    while reached:
        step += 1
        # With a single connection allowed, a slot that is lost would be missed at once.
        async with rig(connections=1, queue=0, retries=1, breaker_failures=100, breaker_share=1.0) as one:
            if warm:
                assert await one.name() == "S"
            one.proxy.fault = fault
            reached = await cancelled_at(one.outcome(), step, late=late)
            await _assert_nothing_is_left(one, connections=1)
            one.proxy.fault = good
            assert await one.name() == "S"
    assert step > (1 if warm else 2)


async def test_cancelled_while_a_second_request_runs_both_are_gone() -> None:
    async with rig(hedge_quantile=0.95, hedge_share=0.5, retry_floor=100.0) as one:
        for _ in range(64):
            assert await one.name() == "S"
        one.proxy.fault = proxy.silent
        asked = len(one.proxy.requests)
        call = asyncio.ensure_future(one.outcome())
        await until(lambda: len(one.proxy.requests) == asked + 2)
        call.cancel()
        await asyncio.wait({call})
        await _assert_nothing_is_left(one, connections=0)


async def test_bursts_of_cancelled_calls_leave_a_client_that_works() -> None:
    async with rig(connections=5, queue=20, queue_seconds=5.0) as one:
        for _ in range(60):
            calls = [asyncio.ensure_future(one.outcome()) for _ in range(20)]
            await asyncio.sleep(0.001)
            for call in calls:
                call.cancel()
            await asyncio.wait(calls)
        assert one.client.in_flight == 0
        assert await asyncio.gather(*(one.name() for _ in range(5))) == ["S"] * 5
        assert one.transport.connections <= 5
