"""This gateway's parts, wired in the benchmark's own process: no HTTP before them, real services and Redis behind.

Everything that benchmarks know of the gateway's code from inside is in this file and in ``engine/center.py``.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import orjson
import strawberry
from redis.asyncio import Redis
from strawberry.types.execution import ExecutionResult

from benchmarks.queries import Query
from benchmarks.rig.backends import SERVICES
from downstream.client import ServiceClient
from downstream.errors import DownstreamOverloadedError
from downstream.order import OrderQuery
from downstream.record import Owned
from loaders import Loaders
from loaders.cache import Cache
from resolvers.context import Context, Viewer
from resolvers.cursor import Cursors
from resolvers.rollout import Rollout
from schema import Schema, create_schema
from schema.errors import formatted

TIMEOUT_SECONDS = 2.0
PATIENCE_SECONDS = 0.1
MAX_PAGE_SIZE = 1000
SECRET = b"only-for-benchmarks-only-for-benchmarks"


@dataclass(frozen=True)
class Gateway:
    """What outlives requests."""

    schema: Schema
    services: dict[str, ServiceClient]
    cache: Cache

    def loaders(self, *, cached: bool = False) -> Loaders:
        """Return a request's loaders."""
        return Loaders(self.services, self.cache if cached else Cache(None), patience=PATIENCE_SECONDS)

    async def loaders_without_payments(self, customer: str) -> Loaders:
        """Return a request's loaders after the payment service has failed for all orders on a customer's first page.

        A failed call itself is not kept by a loader, so the failures are put in by hand.
        """
        loaders = self.loaders()
        page = await loaders.orders_by_customer.load(OrderQuery(customer_id=customer, limit=20))
        for order in page.items if page else ():
            failure: Any = DownstreamOverloadedError("payment")
            loaders.ledger_by_order.prime(Owned(order.id, order.customer_id), failure)
        return loaders

    def context(self, customer: str, loaders: Loaders) -> Context:
        """Return the context of a request of a customer's."""
        return Context(Viewer(customer), loaders, Cursors(SECRET), Rollout(), MAX_PAGE_SIZE)

    async def execute(self, query: Query, customer: str, loaders: Loaders) -> bytes:
        """Answer a customer's query as the gateway does."""
        given = query.variables_of(customer)
        context = self.context(customer, loaders)
        return encoded(await self.schema.execute(query.document, given, context))

    async def execute_by_graphql_core(self, query: Query, customer: str, loaders: Loaders) -> bytes:
        """Answer it from the same schema by what Strawberry does where nothing is overridden."""
        given = query.variables_of(customer)
        context = self.context(customer, loaders)
        return encoded(await strawberry.Schema.execute(self.schema, query.document, given, context))


def encoded(result: ExecutionResult) -> bytes:
    """Return the body of an answer."""
    errors = [formatted(error) for error in result.errors or ()]
    return orjson.dumps(({"errors": errors} if errors else {}) | {"data": result.data})


@asynccontextmanager
async def gateway(standin: str, redis: str) -> AsyncIterator[Gateway]:
    """Wire the parts.

    Args:
        standin: URL of the services' stand-in.
        redis: URL of a Redis database.
    """
    async with AsyncExitStack() as stack:
        services = {}
        for name in SERVICES:
            headers = {"Authorization": "Bearer stand-in"}
            client = httpx.AsyncClient(base_url=f"{standin}/{name}", headers=headers, trust_env=False)
            await stack.enter_async_context(client)
            services[name] = ServiceClient(name, client, timeout=TIMEOUT_SECONDS)
        store = Redis.from_url(redis)
        stack.push_async_callback(store.aclose)
        cache = Cache(store)
        stack.push_async_callback(cache.close)
        yield Gateway(create_schema(), services, cache)
