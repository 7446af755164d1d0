"""Askers who each wait for their answer before they ask again."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

import httpx

from downstream.transport import KeepAliveTransport

Ask: TypeAlias = Callable[[], Awaitable[object]]


async def drive(ask: Ask, concurrency: int, *, count: int | None = None, until: float = 0.0) -> None:
    """Ask so many times, or until a time of the event loop, by as many askers at once as told."""
    loop = asyncio.get_running_loop()
    left = count

    async def one() -> None:
        nonlocal left
        while left != 0 and (left is not None or loop.time() < until):
            left = None if left is None else left - 1
            await ask()

    await asyncio.gather(*(one() for _ in range(concurrency)))


def in_words(waits: Sequence[float]) -> str:
    """Write median and 99th percentile of waits in seconds."""
    ordered = sorted(waits)
    median, last = ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)]
    return f"median {median * 1000:.1f} ms, p99 {last * 1000:.1f} ms ({last / median:.1f} times)"


def new_transport(url: str) -> KeepAliveTransport:
    """Open our own transport to a server, cheap enough to ask with."""
    return KeepAliveTransport(url, tls=httpx.create_ssl_context(trust_env=False))
