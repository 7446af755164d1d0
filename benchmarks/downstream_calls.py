"""What a call to a service costs this process, and how long it takes while some answers are late.

    python -m benchmarks.downstream_calls cost    CPU per call of 5 KB
    python -m benchmarks.downstream_calls hedge   waits while one answer in a hundred takes 500 ms more

What is measured has one core to itself; services and load have the other.
"""

import asyncio
import os
import random
import statistics
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import cast

import click
import httpx
import uvloop

from benchmarks.askers import Ask, drive, in_words, new_transport
from benchmarks.places import OTHER_CORE, SERVER_CORE, free_port
from benchmarks.rig.processes import Processes
from downstream.call import Call
from downstream.client import ServiceClient
from downstream.policy import CallPolicy
from downstream.product import PRODUCT_BY_ID
from downstream.transport import KeepAliveTransport

CONCURRENCIES = (1, 4, 16)
ROUNDS = 5
CALLS = 1_000
HEDGED_CALLS = 30_000
SLOW_SECONDS = 0.5
SLOW_SHARE = 0.01
LONG = 1e6
KEYS = [f"prd_{number:04}" for number in range(12)]


@click.group()
def main() -> None:
    """Measure the way downstream."""


@main.command()
def cost() -> None:
    """Print CPU microseconds per call of 5 KB: medians of alternating rounds, in all threads of this process."""
    with _service(0.0) as url:
        uvloop.run(_cost(url))


@main.command()
@click.option("--pause-ms", default=0.0, show_default=True, help="Of each asker after an answer, on average.")
def hedge(pause_ms: float) -> None:
    """Print how long calls take with and without second requests, and how many more those are.

    Without pauses service and gateway do all they can, and what is measured is mostly queues. First without any slow
    answer: nothing can be better than that.
    """
    for share, words in ((0.0, "no answer is slow"), (SLOW_SHARE, f"{SLOW_SHARE:.0%} are {SLOW_SECONDS:.1f} s late")):
        with _service(share) as url:
            click.echo(words)
            uvloop.run(_hedge(url, pause_ms / 1000))


@main.command(hidden=True)
@click.argument("port", type=int)
@click.argument("slow_share", type=float)
def serve(port: int, slow_share: float) -> None:
    """Be the service."""
    uvloop.run(_serve(port, slow_share))


async def _cost(url: str) -> None:
    transport = new_transport(url)
    client = _client(transport, url, CallPolicy())
    deadline = asyncio.get_running_loop().time() + LONG
    body = PRODUCT_BY_ID.ask(KEYS).body
    headers = {"Authorization": "Bearer x", "Content-Type": "application/json", "Accept-Encoding": "gzip"}
    plain = httpx.AsyncClient(headers=headers, trust_env=False)

    async def bare() -> None:
        request = httpx.Request("POST", url + PRODUCT_BY_ID.path, headers=headers, content=body)
        response = await transport.handle_async_request(request)
        assert len(await response.aread()) > len(body)  # noqa: S101  a wrong answer is no measurement

    async def rows() -> None:
        assert len(await client.call(Call(PRODUCT_BY_ID.path, body, deadline))) == len(KEYS)  # noqa: S101  the same

    async def records() -> None:
        found = await client.fetch(PRODUCT_BY_ID, KEYS, deadline=deadline)
        assert len(found.values) == len(KEYS)  # noqa: S101  the same

    async def stock() -> None:
        response = await plain.post(url + PRODUCT_BY_ID.path, content=body)
        assert len(response.content) > len(body)  # noqa: S101  the same

    ways: Mapping[str, Ask] = {
        "httpx.AsyncClient": stock,
        "our transport, with httpx's Request and Response": bare,
        "a call: with deadline, limit, breaker, hedge, retry, rows": rows,
        "fetch: the same, and twelve records checked": records,
    }
    for ask in ways.values():
        await drive(ask, max(CONCURRENCIES), count=CALLS // 4)
    for concurrency in CONCURRENCIES:
        click.echo(f"{concurrency} at a time")
        taken: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, ask in ways.items():
                before = time.process_time()
                await drive(ask, concurrency, count=CALLS)
                taken[name].append((time.process_time() - before) / CALLS * 1e6)
        for name, values in taken.items():
            click.echo(f"  {name:58} {statistics.median(values):6.0f} µs")
    await plain.aclose()
    await client.aclose()


async def _hedge(url: str, pause: float) -> None:
    for name, quantile in (("without", 1.0), ("with", CallPolicy().hedge_quantile)):
        client = _client(new_transport(url), url, CallPolicy(hedge_quantile=quantile))
        waits: list[float] = []

        async def ask(client: ServiceClient = client, waits: list[float] = waits) -> None:
            # The event loop's own clock counts whole milliseconds.
            began = time.perf_counter()
            await client.fetch(PRODUCT_BY_ID, KEYS, deadline=asyncio.get_running_loop().time() + 2)
            waits.append(time.perf_counter() - began)
            if pause:
                await asyncio.sleep(random.expovariate(1 / pause))

        await drive(ask, max(CONCURRENCIES), count=HEDGED_CALLS)
        counters = client.counters
        more = counters.attempts / counters.calls - 1
        click.echo(f"  {name:8} second requests: {in_words(waits)}, {more:.1%} more calls, {counters.hedges_won} won")
        await client.aclose()


def _client(transport: KeepAliveTransport, url: str, policy: CallPolicy) -> ServiceClient:
    return ServiceClient("order", transport, url=url, token="x", policy=policy)  # noqa: S106  the service takes any


@contextmanager
def _service(slow_share: float) -> Iterator[str]:
    os.sched_setaffinity(0, {SERVER_CORE})
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.downstream_calls", "serve", str(port), str(slow_share)]
    with Processes() as processes:
        yield processes.start("downstream-service", command, core=OTHER_CORE, port=port).url


async def _serve(port: int, slow_share: float) -> None:
    row = (
        b'{"key":"%b","value":{"id":"%b","shopId":"shop_1","title":"A teapot","description":"%b","category":"Kitchen",'
        b'"imageUrl":null,"url":"https://shop.example/teapot","price":{"amount":"12.90","currencyCode":"EUR"},'
        b'"compareAtPrice":null,"rating":4.5,"ratingCount":12,"inStock":true}}'
    )
    rows = b",".join(row % (key.encode(), key.encode(), b"short and stout " * 8) for key in KEYS)
    body = b'{"rows":[%b]}' % rows
    answer = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)
    loop = asyncio.get_running_loop()

    class Answering(asyncio.Protocol):
        """Answers whatever ends as a request does."""

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = cast("asyncio.Transport", transport)

        def data_received(self, data: bytes) -> None:
            if not data.endswith(b"]}"):  # httpx sends heads and bodies one by one
                return
            is_slow = random.random() < slow_share  # noqa: S311  no secret
            loop.call_later(SLOW_SECONDS if is_slow else 0, self.answer)

        def answer(self) -> None:
            self.transport.write(answer)

    server = await loop.create_server(Answering, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    main()
