"""One gateway process's loaders, as far as caches and services go, so that a test can run several side by side."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Self

from redis.asyncio import Redis, RedisCluster

from loaders.cache import Cache
from loaders.declaration import Declaration
from loaders.invalidation import Invalidator
from loaders.policy import Policy
from loaders.progress import Progress
from loaders.source import Source
from loaders.sources import Sources
from tests.support.redis import RedisProcess
from tests.support.things import FACT_BY_ID, THING_BY_ID, Things


class Request:
    """The loaders of one request."""

    fact = Declaration(FACT_BY_ID, Policy(ttl=60, subject="fact"))
    thing = Declaration(THING_BY_ID, Policy(ttl=60, subject="thing", group="things"))
    feeder = Declaration(THING_BY_ID, Policy(ttl=60))
    fed = Declaration(FACT_BY_ID, Policy(ttl=60), feeders=(feeder,))
    quick = Declaration(FACT_BY_ID, Policy(ttl=0.2, soft=0.2, stale=60, negative=0.1, subject="fact"))
    aging = Declaration(FACT_BY_ID, Policy(ttl=60, soft=0.05, subject="fact"))

    def __init__(self, sources: Sources, *, seconds: float = 60, quiet_turns: int = 12) -> None:
        self.progress = Progress(5, quiet_turns)
        self.deadline = asyncio.get_running_loop().time() + seconds
        self._sources = sources

    def source(self, declaration: Declaration[Any, Any]) -> Source[Any, Any]:
        return self._sources.of(declaration)


DECLARATIONS = [one for one in vars(Request).values() if isinstance(one, Declaration)]


class Replica:
    """A process's caches over one service and one Redis, or none."""

    def __init__(
        self,
        things: Things,
        redis: "Redis | RedisCluster | None" = None,
        *,
        memory_bytes: int = 1_000_000,
        seconds: float = 1.0,
    ) -> None:
        self.cache = Cache(redis, timeout=seconds, memory_bytes=memory_bytes)
        self.sources = Sources({"order": things.client}, self.cache)
        self._invalidator = Invalidator(self.cache, DECLARATIONS)

    async def __aenter__(self) -> Self:
        await self.sources.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.sources.close()

    def request(self, *, seconds: float = 60) -> Request:
        """The loaders of a new request."""
        return Request(self.sources, seconds=seconds)

    async def invalidate(self, *tags: str) -> None:
        """Invalidate by tag."""
        await self._invalidator.invalidate(tags)

    async def filled(self) -> None:
        """Return once everything that was fetched is kept."""
        await self.sources.idle()


@asynccontextmanager
async def connected(things: Things, server: RedisProcess, *, memory_bytes: int = 1_000_000) -> AsyncIterator[Replica]:
    """Run a replica with a client of its own."""
    async with Redis.from_url(server.url) as redis, Replica(things, redis, memory_bytes=memory_bytes) as one:
        yield one
