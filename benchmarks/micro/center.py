"""The query `center`, of about 2,000 fields."""

from benchmarks.gateway import Gateway
from benchmarks.micro.document import CENTER
from benchmarks.micro.timing import Action
from benchmarks.queries import customer


async def execute(gateway: Gateway) -> Action:
    """`center` from loaders that have everything already, to JSON."""
    person, loaders = customer(1), gateway.loaders()
    await gateway.execute(CENTER, person, loaders)
    return lambda: gateway.execute(CENTER, person, loaders)
