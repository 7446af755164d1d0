"""A document: from text to something that can be executed."""

from itertools import count

from benchmarks.gateway import Gateway
from benchmarks.micro.timing import Action
from benchmarks.queries import our_query

CENTER = our_query("center")


async def first_time(gateway: Gateway) -> Action:
    """`center` as a new document: parsed, validated, and refused because a variable is missing."""
    numbers = count()
    # A comment makes it another document, and another one in each process.
    return lambda: gateway.schema.execute(f"{CENTER.document}\n# {next(numbers)}")


async def again(gateway: Gateway) -> Action:
    """`center` as a known document: looked up, and refused because a variable is missing."""
    await gateway.schema.execute(CENTER.document)
    return lambda: gateway.schema.execute(CENTER.document)
