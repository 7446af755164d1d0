"""One call to a service."""

from benchmarks.gateway import Gateway
from benchmarks.micro.batch import products
from benchmarks.micro.timing import Action
from downstream.product import PRODUCT_BY_ID


async def of_20_products(gateway: Gateway) -> Action:
    """One call for 20 products, decoded and checked; the stand-in answers from the other core."""
    client, keys = gateway.services[PRODUCT_BY_ID.service], products(20)
    return lambda: client.fetch(PRODUCT_BY_ID, keys, deadline=gateway.deadline())
