"""HTTP/1.1 as services speak it: what is a whole answer, and which connections are kept."""

import asyncio

import httpx
import pytest

from downstream import connection
from downstream.connection import StaleConnectionError
from tests.support import proxy
from tests.support.downstream import keep_alive
from tests.support.proxy import Proxy, answering, in_turn, saying
from tests.support.waiting import until


def _request(one: Proxy, body: bytes = b"{}") -> httpx.Request:
    return httpx.Request("POST", f"{one.url}/v1/shops:batchGet?a=b", headers={"X-A": "1"}, content=body)


async def _body(response: httpx.Response) -> bytes:
    return await response.aread()


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody",
        b"HTTP/1.1 200\r\ncontent-length: 4\r\n\r\nbody",
    ],
)
async def test_a_whole_answer_leaves_the_connection_for_the_next_request(answer: bytes) -> None:
    async with Proxy() as one, keep_alive(one.url) as transport:
        one.fault = saying(answer)
        for _ in range(3):
            response = await transport.handle_async_request(_request(one))
            assert response.status_code == 200
            assert "link" not in response.headers
            assert await _body(response) == b"body"
        assert (one.accepted, transport.connections) == (1, 1)


async def _until_the_end(exchange: proxy.Exchange) -> None:
    await exchange.write(b"HTTP/1.1 200 OK\r\n\r\nbo")
    await exchange.write(b"dy")
    exchange.close()


async def _once(exchange: proxy.Exchange) -> None:
    await exchange.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody")


@pytest.mark.parametrize("fault", [_until_the_end, _once])
async def test_a_connection_that_the_service_gives_up_is_not_used_again(fault: proxy.Fault) -> None:
    async with Proxy() as one, keep_alive(one.url) as transport:
        one.fault = fault
        for count in (1, 2):
            assert await _body(await transport.handle_async_request(_request(one))) == b"body"
            await one.settled(0)
            assert (one.accepted, transport.connections) == (count, 0)


async def test_the_request_goes_out_as_it_is() -> None:
    async with Proxy() as one, keep_alive(one.url) as transport:
        one.fault = answering(b"")
        await transport.handle_async_request(_request(one, b'{"keys": []}'))
        head, _, body = one.requests[0].partition(b"\r\n\r\n")
        assert head.split(b"\r\n") == [
            b"POST /v1/shops:batchGet?a=b HTTP/1.1",
            b"Host: " + one.url.removeprefix("http://").encode(),
            b"X-A: 1",
            b"Content-Length: 12",
        ]
        assert body == b'{"keys": []}'


async def test_an_idle_connection_is_closed_before_the_service_would() -> None:
    async with Proxy() as one, keep_alive(one.url, keepalive=0.1) as transport:
        one.fault = answering(b"")
        calls = (transport.handle_async_request(_request(one)) for _ in range(3))
        await asyncio.gather(*calls)
        assert transport.connections == 3
        await one.settled(0)
        assert transport.connections == 0
        await transport.handle_async_request(_request(one))
        assert one.accepted == 4


async def test_a_connection_with_bytes_that_nobody_asked_for_is_not_used_again() -> None:
    extra = saying(
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" + b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
    )
    async with Proxy() as one, keep_alive(one.url) as transport:
        one.fault = in_turn(extra, answering(b"good"))
        assert await _body(await transport.handle_async_request(_request(one))) == b""
        assert await _body(await transport.handle_async_request(_request(one))) == b"good"
        assert one.accepted == 2


async def test_only_a_kept_connection_that_gave_no_byte_is_stale() -> None:
    async with Proxy() as one, keep_alive(one.url) as transport:
        one.fault = proxy.closing
        with pytest.raises(httpx.ReadError):
            await transport.handle_async_request(_request(one))
        one.fault = in_turn(answering(b""), proxy.closing)
        await transport.handle_async_request(_request(one))
        with pytest.raises(StaleConnectionError):
            await transport.handle_async_request(_request(one))


async def test_a_body_comes_in_no_faster_than_it_is_read() -> None:
    sent = 0

    async def flood(exchange: proxy.Exchange) -> None:
        nonlocal sent
        await exchange.write(b"HTTP/1.1 200 OK\r\nContent-Length: 50000000\r\nConnection: close\r\n\r\n")
        while sent < 50_000_000:
            await exchange.write(b" " * 100_000)
            sent += 100_000

    async with Proxy() as one, keep_alive(one.url) as transport:
        one.fault = flood
        response = await transport.handle_async_request(_request(one))
        before = -1
        async with asyncio.timeout(10):
            while sent != before:
                before = sent
                await asyncio.sleep(0.1)
        assert sent < 30_000_000
        assert isinstance(response.stream, connection.Body)
        assert response.stream.buffered < connection.MAX_BUFFERED_BYTES + 1_000_000
        assert len(await _body(response)) == 50_000_000
        await one.settled(0)


async def test_closing_it_ends_what_is_under_way() -> None:
    async with Proxy() as one:
        transport = keep_alive(one.url)
        one.fault = proxy.silent
        call = asyncio.ensure_future(transport.handle_async_request(_request(one)))
        await until(lambda: bool(one.requests))
        await transport.aclose()
        with pytest.raises(httpx.ReadError):
            await call
        await one.settled(0)
