"""What 200 entities cost a router, beside the same things by ``nodes`` and by stock Strawberry's federation.

    python -m benchmarks.entities

All are executed in this process from warm loaders, in turns: who else uses the core slows all of them, and a ratio of
two stays what it is.
"""

import asyncio
import os
from collections.abc import Mapping
from statistics import median
from typing import Any

import click
import msgspec
import strawberry.federation
import uvloop
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig

from benchmarks.engine.rounds import Way, measured
from benchmarks.gateway import Gateway, encoded, gateway
from benchmarks.places import OTHER_CORE, SERVER_CORE, BenchmarkError
from benchmarks.queries import customer
from benchmarks.rig import rigged
from benchmarks.table import number, table
from downstream.product import Product as Record
from resolvers.context import Context
from schema import NODES
from schema.product import Product
from schema.query import Query as Root
from schema.scalars import SCALARS

COUNT = 200
FIELDS = "... on Product { id title imageUrl price { amount currencyCode } rating inStock }"
ENTITIES = f"query ($representations: [_Any!]!) {{ all: _entities(representations: $representations) {{ {FIELDS} }} }}"
# The most that `nodes` takes is a hundred.
NODES_QUERY = f"query ($a: [ID!]!, $b: [ID!]!) {{ a: nodes(ids: $a) {{ {FIELDS} }} b: nodes(ids: $b) {{ {FIELDS} }} }}"
OURS = "_entities, this gateway"
BY_NODES = "nodes, this gateway"
STOCK = "_entities, stock Strawberry"


@click.command()
@click.option("--rounds", default=15, show_default=True, help="How often each way is measured.")
@click.option("--executions", default=10, show_default=True, help="In each round.")
def main(rounds: int, executions: int) -> None:
    """Measure 200 entities."""
    os.sched_setaffinity(0, {OTHER_CORE})
    with rigged() as rig, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        os.sched_setaffinity(0, {SERVER_CORE})
        times = runner.run(_compared(rig.standin.url, rig.stores.url(0), rounds, executions))
    base = times[OURS]
    lines = []
    for name, of_way in times.items():
        ratios = [one / other for one, other in zip(of_way, base, strict=True)]
        spread = f"{min(ratios):.2f}-{max(ratios):.2f}"
        lines.append([name, number(median(of_way)), f"{median(of_way) / median(base):.2f}", spread])
    head = [f"{COUNT} products from warm loaders", "CPU µs, median", f"÷ {OURS}", "in one round"]
    click.echo(table(head, lines, words=1))


async def _compared(standin: str, redis: str, rounds: int, executions: int) -> Mapping[str, list[float]]:
    async with gateway(standin, redis) as parts:
        ways = _ways(parts)
        answers = {name: _products(await way()) for name, way in ways.items()}
        if (
            len(answers[OURS]) != COUNT
            or None in answers[OURS]
            or not answers[OURS] == answers[BY_NODES] == answers[STOCK]
        ):
            raise BenchmarkError("the ways answer otherwise")
        return await measured(ways, rounds, executions)


def _products(body: bytes) -> list[Any]:
    data: dict[str, list[Any]] = msgspec.json.decode(body)["data"]
    return [one for of_field in data.values() for one in of_field]


def _ways(parts: Gateway) -> dict[str, Way]:
    loaders = parts.loaders()
    ids = [f"prd_{place:05}" for place in range(1, COUNT + 1)]
    representations = [{"__typename": "Product", "id": one} for one in ids]
    stock = _stock_schema()

    async def answered(schema: strawberry.Schema, query: str, variables: dict[str, Any]) -> bytes:
        return encoded(await schema.execute(query, variables, parts.context(customer(1), loaders)))

    return {
        OURS: lambda: answered(parts.schema, ENTITIES, {"representations": representations}),
        BY_NODES: lambda: answered(parts.schema, NODES_QUERY, {"a": ids[:100], "b": ids[100:]}),
        # It takes the representations apart that it is given.
        STOCK: lambda: answered(stock, ENTITIES, {"representations": [dict(one) for one in representations]}),
    }


def _stock_schema() -> strawberry.Schema:
    async def resolve_reference(info: strawberry.Info[Context, None], id: strawberry.ID) -> Record | None:  # noqa: A002  the key's name
        return await info.context.loaders.product_by_id.load(id)

    # Stock Strawberry looks for it on the class; the gateway's own schema does not.
    Product.resolve_reference = staticmethod(resolve_reference)  # type: ignore[attr-defined]
    config = StrawberryConfig(scalar_map=SCALARS)
    return strawberry.federation.Schema(Root, types=NODES, config=config, extensions=(ParserCache, ValidationCache))


if __name__ == "__main__":
    main()
