"""What a call to a service costs this process, and what becomes of answers while a service is slow or gone.

    python -m benchmarks.downstream_calls cost    CPU per call of 5 KB
    python -m benchmarks.downstream_calls hedge   waits while one answer in a hundred takes 500 ms more
    python -m benchmarks.downstream_calls sick    the gateway's rate and waits while a service is slow or gone

What is measured has one core to itself; services and load have the other.
"""

import asyncio
import os
import random
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import cast

import click
import httpx
import uvloop

from benchmarks.compare.answers import Request
from benchmarks.modes import Mode
from benchmarks.places import OTHER_CORE, QUERIES, SERVER_CORE, free_port
from benchmarks.queries import customers, read_queries
from benchmarks.rig import Rig, rigged
from benchmarks.rig.processes import Processes
from benchmarks.servers import OURS, Server, Wiring, find_servers
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
SICK_SECONDS = 10.0
LONG = 1e6
KEYS = [f"prd_{number:04}" for number in range(12)]
SICK_MODES = (
    Mode("healthy", "all services answer at once"),
    Mode("payment 503", "the payment service answers 503", down=("payment",)),
    Mode("recs 5 s", "the recs service takes 5 s", delays={"recs": 5000}),
    Mode("order 5 s", "the order service takes 5 s", delays={"order": 5000}),
)

Ask = Callable[[], Awaitable[object]]


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


@main.command()
def sick() -> None:
    """Print the gateway's answers per second and waits, service by service."""
    os.sched_setaffinity(0, {OTHER_CORE})
    with rigged() as rig:
        uvloop.run(_sick(rig))


@main.command(hidden=True)
@click.argument("port", type=int)
@click.argument("slow_share", type=float)
def serve(port: int, slow_share: float) -> None:
    """Be the service."""
    uvloop.run(_serve(port, slow_share))


async def _cost(url: str) -> None:
    transport = _transport(url)
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
        await _drive(ask, CALLS // 4, max(CONCURRENCIES))
    for concurrency in CONCURRENCIES:
        click.echo(f"{concurrency} at a time")
        taken: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, ask in ways.items():
                before = time.process_time()
                await _drive(ask, CALLS, concurrency)
                taken[name].append((time.process_time() - before) / CALLS * 1e6)
        for name, values in taken.items():
            click.echo(f"  {name:58} {statistics.median(values):6.0f} µs")
    await plain.aclose()
    await client.aclose()


async def _hedge(url: str, pause: float) -> None:
    for name, quantile in (("without", 1.0), ("with", CallPolicy().hedge_quantile)):
        client = _client(_transport(url), url, CallPolicy(hedge_quantile=quantile))
        waits: list[float] = []

        async def ask(client: ServiceClient = client, waits: list[float] = waits) -> None:
            # The event loop's own clock counts whole milliseconds.
            began = time.perf_counter()
            await client.fetch(PRODUCT_BY_ID, KEYS, deadline=asyncio.get_running_loop().time() + 2)
            waits.append(time.perf_counter() - began)
            if pause:
                await asyncio.sleep(random.expovariate(1 / pause))

        await _drive(ask, HEDGED_CALLS, max(CONCURRENCIES))
        counters = client.counters
        more = counters.attempts / counters.calls - 1
        click.echo(f"  {name:8} second requests: {_waits(waits)}, {more:.1%} more calls, {counters.hedges_won} won")
        await client.aclose()


async def _sick(rig: Rig) -> None:
    (server,) = find_servers(OURS)
    query = next(one for one in read_queries(QUERIES) if one.name == "center")
    requests = rig.requests(query, customers(50), with_tokens=True)
    gone = f"http://127.0.0.1:{free_port()}"
    for mode in SICK_MODES:
        rig.standin.behave(mode)
        await _sick_once(rig, server, mode.words, requests)
    rig.standin.behave(SICK_MODES[0])
    dead = replace(server, environment=lambda wiring: _with_dead_payment(server, wiring, gone))
    await _sick_once(rig, dead, "nothing listens where the payment service was", requests)


async def _sick_once(rig: Rig, server: Server, words: str, requests: Sequence[Request]) -> None:
    running = rig.start(server, "downstream-calls", None)
    transport = _transport(running.url)
    waits: list[float] = []
    number = 0

    async def ask() -> None:
        nonlocal number
        number += 1
        one = requests[number % len(requests)]
        began = asyncio.get_running_loop().time()
        request = httpx.Request("POST", running.url + "/graphql", headers=one.headers, content=one.body)
        response = await transport.handle_async_request(request)
        await response.aread()
        waits.append(asyncio.get_running_loop().time() - began)

    await _drive(ask, len(requests) * 4, max(CONCURRENCIES))
    waits.clear()
    until = asyncio.get_running_loop().time() + SICK_SECONDS
    await _drive(ask, None, max(CONCURRENCIES), until)
    click.echo(f"{words}: {len(waits) / SICK_SECONDS:.0f} answers/s, {_waits(waits)}")
    await transport.aclose()
    rig.stop(running)


def _with_dead_payment(server: Server, wiring: Wiring, url: str) -> dict[str, str]:
    return server.environment(wiring) | {"ORDER_CENTER_PAYMENT_SERVICE_URL": url}


async def _drive(ask: Ask, count: int | None, concurrency: int, until: float = LONG) -> None:
    """Ask so many times, or until a time, by as many askers at once as told."""
    loop = asyncio.get_running_loop()
    left = count

    async def one() -> None:
        nonlocal left
        while left != 0 and (left is not None or loop.time() < until):
            left = None if left is None else left - 1
            await ask()

    await asyncio.gather(*(one() for _ in range(concurrency)))


def _waits(waits: Sequence[float]) -> str:
    ordered = sorted(waits)
    median, last = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
    return f"median {median * 1000:.1f} ms, p99 {last * 1000:.1f} ms ({last / median:.1f} times)"


def _transport(url: str) -> KeepAliveTransport:
    return KeepAliveTransport(url, tls=httpx.create_ssl_context(trust_env=False))


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
