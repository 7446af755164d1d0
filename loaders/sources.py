"""All sources of a process, each made when its loader is first used."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Any, TypeVar

from downstream.client import ServiceClient
from downstream.observer import Observer
from loaders.cache import Cache
from loaders.declaration import Declaration
from loaders.fetcher import Fetcher, Service
from loaders.keeper import Keeper
from loaders.source import Source

# Of so many values of a loader the age is looked at.
AGES = 200

K = TypeVar("K")
V = TypeVar("V")


class Sources:
    """What all requests of a process fetch from.

    Attributes:
        cache: Keeps what was fetched.

    Args:
        services: Client of each service, by its name.
        cache: The same.
        observer: Watches each batch that goes out; None: nobody does.
        ttl_scale: By which all times to live are multiplied.
    """

    def __init__(
        self,
        services: Mapping[str, ServiceClient],
        cache: Cache,
        observer: Observer | None = None,
        ttl_scale: float = 1.0,
    ) -> None:
        self._observer = observer
        self.cache = cache
        self._services = services
        self._ttl_scale = ttl_scale
        self._traffic: Counter[str] = Counter()
        self._made: dict[Declaration[Any, Any], Source[Any, Any]] = {}

    def of(self, declaration: Declaration[K, V]) -> Source[K, V]:
        """Return a loader's source."""
        source = self._made.get(declaration)
        if source is None:
            source = self._made[declaration] = self._make(declaration)
        return source

    def _make(self, declaration: Declaration[K, V]) -> Source[K, V]:
        endpoint, policy = declaration.endpoint, declaration.policy.scaled(self._ttl_scale)
        service = Service(self._services[endpoint.service], self._traffic, self._observer)
        keeper = Keeper(declaration.name, endpoint, policy, self.cache)
        fetcher = Fetcher(declaration.name, endpoint, policy, service, self.cache, keeper)
        return Source(endpoint.service, self.cache, keeper, fetcher)

    def ages(self) -> Mapping[str, float]:
        """Return, by loader, how many seconds ago the values that the process remembers were fetched, on average."""
        now = asyncio.get_running_loop().time()
        ages: dict[str, float] = {}
        for declaration, source in self._made.items():
            lefts = source.lefts(now, AGES)
            if lefts:
                ages[declaration.name] = max(0.0, declaration.policy.ttl * self._ttl_scale - sum(lefts) / len(lefts))
        return ages

    async def start(self) -> None:
        """Connect the cache, if it can be reached now."""
        await self.cache.start()

    async def idle(self) -> None:
        """Return once nothing is being fetched or kept."""
        await asyncio.gather(*(source.idle() for source in self._made.values()))

    async def close(self) -> None:
        """Give up what is under way, and close the cache."""
        await asyncio.gather(*(source.close() for source in self._made.values()))
        await self.cache.close()
