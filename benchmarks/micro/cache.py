"""A request's loader over what is cached: in Redis on the other core, or in the process."""

import asyncio

from benchmarks.gateway import Gateway
from benchmarks.micro.batch import products
from benchmarks.micro.timing import Action
from benchmarks.places import BenchmarkError
from loaders.sources import Sources

SECONDS_UNTIL_WRITTEN = 0.2


async def redis_hit_of_1(gateway: Gateway) -> Action:
    """1 product from Redis, decoded and checked."""
    return await _hit(gateway, gateway.over_redis, 1)


async def redis_hit_of_20(gateway: Gateway) -> Action:
    """20 products from Redis in one look-up, decoded and checked."""
    return await _hit(gateway, gateway.over_redis, 20)


async def memory_hit_of_20(gateway: Gateway) -> Action:
    """20 products from the process's own memory."""
    return await _hit(gateway, gateway.in_memory, 20)


async def _hit(gateway: Gateway, sources: Sources, count: int) -> Action:
    keys = products(count)
    await gateway.loaders(sources).product_by_id.load_all(keys)
    await asyncio.sleep(SECONDS_UNTIL_WRITTEN)
    before = gateway.services["order"].counters.calls
    await gateway.loaders(sources).product_by_id.load_all(keys)
    if gateway.services["order"].counters.calls != before:
        raise BenchmarkError("the cache does not give back what was written to it")
    return lambda: gateway.loaders(sources).product_by_id.load_all(keys)
