"""What a sick service does on the wire, and what becomes of a call, the next one, and the connections."""

import asyncio
import gzip
from collections.abc import Mapping

import pytest

from downstream.errors import (
    DownstreamError,
    DownstreamMalformedError,
    DownstreamOverloadedError,
    DownstreamRejectedError,
    DownstreamTimeoutError,
    DownstreamUnavailableError,
)
from downstream.shop import SHOP_BY_ID
from tests.support import proxy
from tests.support.downstream import BODY, good, keep_alive, rig, service_client
from tests.support.proxy import Fault, Proxy, answering, every, in_turn
from tests.support.waiting import until

UNUSABLE: Mapping[str, Fault] = {
    "garbage": proxy.garbage,
    "HTML": proxy.html,
    "bad gzip": proxy.bad_gzip,
    "gzip without its end": answering(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", Content_Encoding="gzip"),
    "another packing": answering(BODY, Content_Encoding="br"),
    "bomb": proxy.bomb,
    "endless": proxy.endless(),
    "endless head": proxy.saying(b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 20_000),
    "endless trailers": proxy.saying(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n" + b"x: y\r\n" * 300_000
    ),
    "truncated": answering(BODY[:-1]),
    "wrong types": answering(b'{"rows": "none"}'),
    "two lengths": proxy.saying(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}"),
    "switching protocols": proxy.saying(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"
    ),
}


@pytest.mark.parametrize("fault", UNUSABLE.values(), ids=UNUSABLE)
async def test_an_answer_that_cannot_be_used_is_malformed_and_the_next_one_is_fine(fault: Fault) -> None:
    async with rig(max_body_bytes=100_000, retries=2) as one:
        one.proxy.fault = fault
        assert await one.outcome() is DownstreamMalformedError
        assert len(one.proxy.requests) == 1
        one.proxy.fault = good
        assert await one.name() == "S"


async def test_names_of_packings_are_the_same_in_capitals() -> None:
    async with rig() as one:
        one.proxy.fault = answering(gzip.compress(BODY), Content_Encoding="GZIP")
        assert await one.name() == "S"


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
async def test_a_service_that_is_not_to_be_asked_before_a_date_is_not_asked_again(status: str) -> None:
    async with rig(retries=2) as one:
        one.proxy.fault = answering(b"", status, Retry_After="Wed, 21 Oct 2099 07:28:00 GMT")
        assert await one.outcome() is DownstreamOverloadedError
        assert len(one.proxy.requests) == 1


async def test_a_cap_is_on_what_is_taken_in() -> None:
    sent = 0

    async def count(exchange: proxy.Exchange) -> None:
        nonlocal sent
        await exchange.write(b"HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\n\r\n")
        while True:
            await exchange.write(b" " * 10_000)
            sent += 10_000

    async with rig(max_body_bytes=100_000) as one:
        one.proxy.fault = count
        assert await one.outcome() is DownstreamMalformedError
        await one.proxy.settled(0)
        assert sent < 20_000_000


async def _truncated(exchange: proxy.Exchange) -> None:
    await exchange.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (len(BODY) + 1) + BODY)
    exchange.close()


async def _reset_midway(exchange: proxy.Exchange) -> None:
    await exchange.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (len(BODY) + 1) + BODY)
    await asyncio.sleep(0.02)
    exchange.reset()


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (_truncated, DownstreamMalformedError),
        (_reset_midway, DownstreamUnavailableError),
        (proxy.closing, DownstreamUnavailableError),
        (proxy.resetting, DownstreamUnavailableError),
        (proxy.failing, DownstreamUnavailableError),
        (proxy.unavailable, DownstreamOverloadedError),
        (answering(b"", "429 Too Many Requests"), DownstreamOverloadedError),
        (answering(b"", "504 Gateway Timeout"), DownstreamTimeoutError),
    ],
)
async def test_a_broken_answer_is_an_error_of_its_own(fault: Fault, error: type[DownstreamError]) -> None:
    async with rig() as one:
        one.proxy.fault = fault
        assert await one.outcome() is error
        one.proxy.fault = good
        assert await one.name() == "S"


async def test_a_service_that_refuses_connections_is_unavailable_until_it_listens_again() -> None:
    async with rig() as one:
        await one.proxy.refuse()
        assert await one.outcome() is DownstreamUnavailableError
        await one.proxy.listen()
        assert await one.name() == "S"


def _drip(head: bytes) -> Fault:
    async def fault(exchange: proxy.Exchange) -> None:
        await exchange.write(head)
        while True:
            await exchange.write(b" ")
            await asyncio.sleep(0.01)

    return fault


@pytest.mark.parametrize(
    "fault",
    [proxy.silent, _drip(b"HTTP/1.1 200 OK\r\nx:"), _drip(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")],
    ids=["silent", "dripping head", "dripping body"],
)
async def test_a_service_that_takes_too_long_is_left_at_the_deadline_and_its_connection_closed(fault: Fault) -> None:
    async with rig(retries=2) as one:
        one.proxy.fault = fault
        async with asyncio.timeout(3):
            assert await one.outcome(seconds=0.2) is DownstreamTimeoutError
        await one.proxy.settled(0)
        assert len(one.proxy.requests) == 1
        assert one.transport.connections == 0
        assert one.client.in_flight == 0


async def test_a_handshake_that_does_not_come_about_is_given_up_at_the_deadline() -> None:
    async with Proxy() as silent:
        url = silent.url.replace("http:", "https:")
        client = service_client("order", keep_alive(url), url=url)
        deadline = asyncio.get_running_loop().time() + 0.2
        async with asyncio.timeout(3):
            with pytest.raises(DownstreamTimeoutError):
                await client.fetch(SHOP_BY_ID, ["shop_a"], deadline=deadline)
        assert silent.accepted == 1
        await silent.settled(0)


async def test_a_kept_connection_that_was_closed_costs_a_read_one_more_request_and_the_client_nothing() -> None:
    async with rig(retries=0, retry_floor=0.0) as one:
        assert await one.name() == "S"
        one.proxy.fault = in_turn(proxy.closing, good)
        assert await one.name() == "S"
        one.proxy.fault = in_turn(proxy.resetting, good)
        assert await one.name() == "S"
        assert len(one.proxy.requests) == 5
        assert one.client.counters.stale == 2
        assert one.client.counters.retries == 0


async def test_all_kept_connections_closed_at_once_cost_one_more_request_each() -> None:
    async with rig() as one:
        assert await asyncio.gather(*(one.name() for _ in range(10))) == ["S"] * 10
        await one.proxy.settled(10)
        one.proxy.drop()
        assert await asyncio.gather(*(one.name() for _ in range(10))) == ["S"] * 10
        assert one.client.counters.failures.keys() <= {"DownstreamStaleError"}


async def test_a_failed_read_is_repeated_and_the_pause_that_the_service_asks_for_is_kept() -> None:
    async with rig(retries=2) as one:
        one.proxy.fault = in_turn(proxy.failing, answering(b"", "503 Service Unavailable", Retry_After="1"), good)
        began = asyncio.get_running_loop().time()
        assert await one.name() == "S"
        assert asyncio.get_running_loop().time() - began >= 1
        assert (len(one.proxy.requests), one.client.counters.retries) == (3, 2)


async def test_a_pause_that_does_not_fit_into_the_deadline_is_not_begun() -> None:
    async with rig(retries=2) as one:
        one.proxy.fault = answering(b"", "429 Too Many Requests", Retry_After="30")
        async with asyncio.timeout(3):
            assert await one.outcome() is DownstreamOverloadedError
        assert len(one.proxy.requests) == 1


async def test_a_third_of_errors_opens_the_breaker_and_retries_stay_in_their_budget() -> None:
    async with rig(retries=2, retry_floor=0.0, breaker_failures=1000) as one:
        one.proxy.fault = every(3, proxy.failing, good)
        for _ in range(200):
            await one.outcome()
        counters = one.client.counters
        assert counters.opened == 1
        assert counters.rejected > 100
        assert counters.retries <= 0.2 * counters.calls
        assert len(one.proxy.requests) < 60


async def test_retries_stay_in_their_budget_when_no_breaker_stops_them() -> None:
    async with rig(retries=2, retry_floor=0.0, breaker_failures=1000, breaker_share=1.0) as one:
        one.proxy.fault = every(3, proxy.failing, good)
        outcomes = [await one.outcome() for _ in range(200)]
        retries = one.client.counters.retries
        assert len(one.proxy.requests) == 200 + retries
        assert 20 <= retries <= 40
        assert set(outcomes) == {"S", DownstreamUnavailableError}


async def test_a_dead_service_is_asked_no_more_and_asked_again_soon_after_it_is_back() -> None:
    async with rig(breaker_seconds=0.2) as one:
        await one.proxy.refuse()
        outcomes = [await one.outcome() for _ in range(20)]
        assert outcomes == [DownstreamUnavailableError] * 5 + [DownstreamRejectedError] * 15
        assert one.client.is_degraded
        await one.proxy.listen()
        await asyncio.sleep(0.3)
        assert await asyncio.gather(*(one.name() for _ in range(2))) == ["S", "S"]
        assert not one.client.is_degraded


async def test_a_slow_service_has_no_more_than_its_share_of_connections_and_others_wait_briefly() -> None:
    async with rig(connections=4, queue=2, queue_seconds=0.1) as one:
        one.proxy.fault = proxy.silent
        outcomes = await asyncio.gather(*(one.outcome(seconds=0.4) for _ in range(20)))
        assert outcomes.count(DownstreamTimeoutError) == 4
        assert outcomes.count(DownstreamRejectedError) == 16
        assert len(one.proxy.requests) == 4
        one.proxy.fault = good
        assert await one.name() == "S"


async def test_a_slow_answer_is_overtaken_by_a_second_request() -> None:
    # On a busy machine some of the first calls are slow too: their second requests must leave some for the one that
    # counts, and must have ended.
    async with rig(hedge_quantile=0.95, retry_floor=100.0, hedge_share=1.0) as one:
        for _ in range(64):
            assert await one.name() == "S"
        await until(lambda: one.client.in_flight == 0)
        kept = len(one.proxy.connections)
        counters = one.client.counters
        sent, won = counters.hedges, counters.hedges_won
        one.proxy.fault = in_turn(proxy.silent, good)
        async with asyncio.timeout(3):
            assert await one.name() == "S"
        assert (counters.hedges - sent, counters.hedges_won - won, counters.retries) == (1, 1, 0)
        assert one.client.in_flight == 0
        # The silent one's connection is closed.
        await one.proxy.settled(max(1, kept - 1))


async def test_a_call_that_finds_out_whether_a_service_is_back_is_one_request() -> None:
    async with rig(
        hedge_quantile=0.95, retry_floor=100.0, hedge_share=1.0, breaker_failures=1, breaker_seconds=0.01,
        breaker_patience=5.0,
    ) as one:  # fmt: skip
        for _ in range(64):
            assert await one.name() == "S"
        one.proxy.fault = proxy.closing
        assert await one.outcome() is DownstreamUnavailableError
        await asyncio.sleep(0.02)
        counters = one.client.counters
        attempts, hedges = counters.attempts, counters.hedges
        one.proxy.fault = _late(0.3)
        assert await one.name() == "S"
        assert (counters.attempts - attempts, counters.hedges - hedges) == (1, 0)


async def test_second_requests_are_few_even_when_every_answer_is_late() -> None:
    async with rig(hedge_quantile=0.95, retry_floor=10.0, hedge_share=0.05) as one:
        for _ in range(64):
            assert await one.name() == "S"
        one.proxy.fault = _late(0.02)
        for _ in range(36):
            assert await one.name() == "S"
        assert 1 <= one.client.counters.hedges <= 5
        assert one.client.counters.attempts == 100 + one.client.counters.hedges


def _late(seconds: float) -> Fault:
    async def fault(exchange: proxy.Exchange) -> None:
        await asyncio.sleep(seconds)
        await good(exchange)

    return fault
