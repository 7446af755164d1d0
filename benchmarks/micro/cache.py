"""The cache, with Redis on the other core."""

import asyncio

from benchmarks.gateway import Gateway
from benchmarks.micro.batch import products
from benchmarks.micro.timing import Action
from benchmarks.places import BenchmarkError
from downstream.product import PRODUCT_BY_ID

SECONDS_KEPT = 3600.0
SECONDS_UNTIL_WRITTEN = 0.2
LOADER = "product_by_id"


async def hit_of_1(gateway: Gateway) -> Action:
    """1 product from Redis, decoded and checked."""
    return await _hit(gateway, 1)


async def hit_of_20(gateway: Gateway) -> Action:
    """20 products from Redis in one look-up, decoded and checked."""
    return await _hit(gateway, 20)


async def _hit(gateway: Gateway, count: int) -> Action:
    keys = products(count)
    found = await gateway.services[PRODUCT_BY_ID.service].fetch(PRODUCT_BY_ID, keys)
    documents = {key: one for key, one in found.items() if not isinstance(one, Exception)}
    gateway.cache.write(LOADER, PRODUCT_BY_ID, documents, ttl=SECONDS_KEPT)
    await asyncio.sleep(SECONDS_UNTIL_WRITTEN)
    if len(await gateway.cache.read(LOADER, PRODUCT_BY_ID, keys)) < count:
        raise BenchmarkError("the cache does not give back what was written to it")
    return lambda: gateway.cache.read(LOADER, PRODUCT_BY_ID, keys)
