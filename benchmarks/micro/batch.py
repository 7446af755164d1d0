"""A loader's batch, with its call to the services' stand-in on the other core."""

from benchmarks.gateway import Gateway
from benchmarks.micro.timing import Action


async def of_1_key(gateway: Gateway) -> Action:
    """A request's loader gets 1 product."""
    return _products(gateway, 1)


async def of_20_keys(gateway: Gateway) -> Action:
    """A request's loader gets 20 products in one call."""
    return _products(gateway, 20)


async def of_200_keys(gateway: Gateway) -> Action:
    """A request's loader gets 200 products in one call."""
    return _products(gateway, 200)


def products(count: int) -> list[str]:
    """Return ids of the stand-in's products."""
    return [f"prd_{number:05}" for number in range(1, count + 1)]


def _products(gateway: Gateway, count: int) -> Action:
    keys = products(count)
    return lambda: gateway.loaders().product_by_id.load_all(keys)
