"""This gateway's parts, wired in the benchmark's own process: no HTTP before them, real services and Redis behind.

Everything that benchmarks know of the gateway's code from inside is in this file and in ``engine/center.py``.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import strawberry
import strawberry.federation
from graphql import GraphQLError
from redis.asyncio import Redis
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig
from strawberry.types.execution import ExecutionContext, ExecutionResult

from benchmarks.queries import Query
from benchmarks.rig.backends import SERVICES
from downstream.client import ServiceClient
from downstream.errors import DownstreamOverloadedError
from downstream.order import OrderQuery
from downstream.policy import CallPolicy
from downstream.record import Owned
from downstream.transport import KeepAliveTransport
from engine import encode
from gateway.garbage import collect_less_often
from loaders import Loaders
from loaders.cache import Cache
from loaders.changes import Changes
from loaders.invalidation import Invalidator
from loaders.sources import Sources
from resolvers.context import Context, Viewer
from resolvers.cursor import Cursors
from resolvers.rollout import Rollout
from schema import NODES, Schema, create_schema
from schema.errors import formatted
from schema.query import Query as Root
from schema.scalars import SCALARS

MEMORY_BYTES = 256_000_000
PATIENCE_SECONDS = 0.1
DEADLINE_SECONDS = 3600.0
MAX_PAGE_SIZE = 1000
SECRET = b"only-for-benchmarks-only-for-benchmarks"


@dataclass(frozen=True)
class Gateway:
    """What outlives requests."""

    schema: Schema
    graphql_core: strawberry.Schema
    services: dict[str, ServiceClient]
    without_cache: Sources
    over_redis: Sources
    in_memory: Sources

    def loaders(self, sources: Sources | None = None) -> Loaders:
        """Return a request's loaders, without a cache unless it is said; good for as long as a benchmark takes."""
        return Loaders(sources or self.without_cache, patience=PATIENCE_SECONDS, deadline=self.deadline())

    def deadline(self) -> float:
        """Return when to give up: not while a benchmark runs."""
        return asyncio.get_running_loop().time() + DEADLINE_SECONDS

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
        changes = Changes({}, Invalidator(Cache(None), ()))
        return Context(Viewer(customer), loaders, changes, Cursors(SECRET), Rollout(), MAX_PAGE_SIZE)

    async def execute(self, query: Query, customer: str, loaders: Loaders) -> bytes:
        """Answer a customer's query as the gateway does."""
        given = query.variables_of(customer)
        context = self.context(customer, loaders)
        return encoded(await self.schema.execute(query.document, given, context, to_encode=True))

    async def execute_by_graphql_core(self, query: Query, customer: str, loaders: Loaders) -> bytes:
        """Answer it from the same types by stock Strawberry, which parses and validates a known document once, too."""
        given = query.variables_of(customer)
        context = self.context(customer, loaders)
        return encoded(await self.graphql_core.execute(query.document, given, context))


def encoded(result: ExecutionResult) -> bytes:
    """Return the body of an answer."""
    errors = [formatted(error) for error in result.errors or ()]
    return encode(({"errors": errors} if errors else {}) | {"data": result.data})


@asynccontextmanager
async def gateway(standin: str, redis: str) -> AsyncIterator[Gateway]:
    """Wire the parts.

    Args:
        standin: URL of the services' stand-in.
        redis: URL of a Redis database.
    """
    async with AsyncExitStack() as stack:
        services = {}
        policy = CallPolicy()
        for name in SERVICES:
            url = f"{standin}/{name}"
            transport = KeepAliveTransport(url, tls=ssl.create_default_context())
            services[name] = ServiceClient(name, transport, url=url, token="stand-in", policy=policy)  # noqa: S106  it takes any
            stack.push_async_callback(services[name].aclose)
        store = Redis.from_url(redis)
        stack.push_async_callback(store.aclose)
        caches = (Cache(None), Cache(store), Cache(store, memory_bytes=MEMORY_BYTES))
        tiers = [Sources(services, cache) for cache in caches]
        for sources in tiers:
            await sources.start()
            stack.push_async_callback(sources.close)
        made = Gateway(create_schema(), _stock_schema(), services, *tiers)
        # As in a server's process; it is as good for the other ways that are measured here.
        collect_less_often()
        yield made


class _QuietSchema(strawberry.federation.Schema):
    """Stock Strawberry without its log of errors: writing their tracebacks would be most of what is measured."""

    def process_errors(self, errors: Sequence[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Log nothing."""


def _stock_schema() -> strawberry.Schema:
    config = StrawberryConfig(scalar_map=SCALARS)
    return _QuietSchema(Root, types=NODES, config=config, extensions=(ParserCache, ValidationCache))
