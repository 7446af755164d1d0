"""How well a process keeps to its bound while nearly everything that it is asked for is missing.

    python -m benchmarks.memory --minutes 10 --keys 1000000

Products are loaded by ids that are drawn from very many, so that most have to be fetched and push others out. Rows
come from a generator in this process; everything from the loader to the decoder is the gateway's own.
"""

import asyncio
import json
import os
import random
import time
from pathlib import Path

import click
import httpx
import uvloop

from downstream.client import ServiceClient
from downstream.policy import CallPolicy
from loaders import Loaders
from loaders.cache import Cache
from loaders.sources import Sources

AT_ONCE = 100
SECONDS_BETWEEN_LINES = 30.0
WORDS = [
    "cotton",
    "linen",
    "cast-iron",
    "ceramic",
    "walnut",
    "brushed",
    "hand-made",
    "travel",
    "kitchen",
    "lamp",
    "blanket",
    "kettle",
    "frame",
]


@click.command()
@click.option("--minutes", default=10.0, show_default=True)
@click.option("--keys", default=1_000_000, show_default=True, help="How many different products there are.")
@click.option("--megabytes", default=64, show_default=True, help="The bound.")
def main(minutes: float, keys: int, megabytes: int) -> None:
    """Load products at random and print what memory they take."""
    uvloop.run(_measure(minutes * 60, keys, megabytes * 1_000_000))


async def _measure(seconds: float, keys: int, bound: int) -> None:
    transport = httpx.MockTransport(_answer)
    client = ServiceClient("order", transport, url="http://order", token="generated", policy=CallPolicy())  # noqa: S106  it takes any
    cache = Cache(memory_bytes=bound)
    sources = Sources({"order": client}, cache, ttl_scale=1000)
    # What the calls themselves take is there before it begins.
    await _load(sources, keys, 200, keep=False)
    before = _resident()
    began = time.monotonic()
    greatest, loaded, told = 0, 0, began
    while (now := time.monotonic()) < began + seconds:
        await _load(sources, keys, AT_ONCE, keep=True)
        loaded += AT_ONCE
        greatest = max(greatest, _resident() - before)
        if now > told + SECONDS_BETWEEN_LINES:
            told = now
            click.echo(_line(now - began, loaded, cache, greatest, bound))
    click.echo(_line(seconds, loaded, cache, greatest, bound))
    await sources.close()
    await client.aclose()


async def _load(sources: Sources, keys: int, count: int, *, keep: bool) -> None:
    loaders = Loaders(sources, patience=0.0, deadline=asyncio.get_running_loop().time() + 60)
    first = 0 if keep else keys
    await loaders.product_by_id.load_many(f"prd_{first + random.randrange(keys):08}" for _ in range(count))  # noqa: S311  not for secrets


def _line(seconds: float, loaded: int, cache: Cache, greatest: int, bound: int) -> str:
    kept = len(cache.memory or ())
    held = cache.memory.bytes if cache.memory else 0
    return (
        f"{seconds:5.0f} s  {loaded:,} loaded, {cache.tally.fetched:,} fetched, {kept:,} kept"
        f" by their own account {held / 1e6:.1f} MB; resident memory grew by {greatest / 1e6:.1f} MB at most,"
        f" {greatest / bound:.2f} of the bound"
    )


def _answer(request: httpx.Request) -> httpx.Response:
    rows = [{"key": key, "value": _product(key)} for key in json.loads(request.content)["keys"]]
    return httpx.Response(200, json={"rows": rows})


def _product(key: str) -> dict[str, object]:
    drawn = random.Random(key)  # noqa: S311  the same each time
    return {
        "id": key,
        "shopId": f"shop_{drawn.randrange(100)}",
        "title": " ".join(drawn.choices(WORDS, k=4)),
        "description": " ".join(drawn.choices(WORDS, k=drawn.randrange(5, 60))),
        "category": drawn.choice(WORDS),
        "imageUrl": f"https://images.example.com/{key}.webp",
        "url": f"https://shop.example.com/{key}",
        "price": {"amount": f"{drawn.randrange(1, 500)}.90", "currencyCode": "EUR"},
        "compareAtPrice": None,
        "rating": 4.5,
        "ratingCount": drawn.randrange(5000),
        "inStock": True,
    }


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
